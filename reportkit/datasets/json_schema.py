"""A dataset's rows as a JSON Schema (draft 2020-12): one object a row, as `json` and `ndjson` files hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportkit.columns import Column, Kind, Sensitivity
from reportkit.datasets.base import Dataset

DRAFT = "https://json-schema.org/draft/2020-12/schema"
NOT_NUMBERS = ["NaN", "Infinity", "-Infinity"]
"""JSON has no such numbers; they are given as texts."""
VALUES: Mapping[Kind, Mapping[str, Any]] = {
    Kind.TEXT: {"type": ["string", "null"]},
    Kind.IDENTIFIER: {"type": ["string", "null"], "format": "uuid"},
    Kind.INTEGER: {"type": ["integer", "null"]},
    Kind.NUMBER: {"anyOf": [{"type": ["number", "null"]}, {"enum": NOT_NUMBERS}]},
    Kind.DECIMAL: {"type": ["number", "null"]},
    Kind.BOOLEAN: {"type": ["boolean", "null"]},
    Kind.DATE: {"type": ["string", "null"], "format": "date"},
    Kind.INSTANT: {"type": ["string", "null"], "format": "date-time"},
    Kind.DOCUMENT: {},
}


def json_schema(dataset: Dataset, by: str | None = None) -> dict[str, Any]:
    """Of a row with all columns, in grouping `by`; a file with chosen fields lacks the others. Raises UnknownName."""
    columns = dataset.shape(by).open
    return {
        "$schema": DRAFT,
        "title": dataset.title,
        "description": dataset.description,
        "type": "object",
        "properties": {column.name: _property(column) for column in columns},
        "required": list(columns.names),
        "additionalProperties": False,
    }


def _property(column: Column) -> dict[str, Any]:
    """What stands in for a personal value is a text like any other."""
    personal = column.sensitivity is Sensitivity.PERSONAL
    return {
        "description": column.description,
        **VALUES[Kind.TEXT if personal else column.kind],
        **({"x-unit": column.unit} if column.unit else {}),
        "x-sensitivity": column.sensitivity.value,
    }
