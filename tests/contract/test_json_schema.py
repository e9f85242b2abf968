"""The JSON Schema of a dataset's rows holds for every row that its NDJSON export gives, whoever asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

import jsonschema
import pytest
from reading_back import about

from reportkit.access import LOCAL_ADMIN, Actor, Role
from reportkit.columns import Column, Kind, Sensitivity
from reportkit.datasets.base import Dataset, Shape
from reportkit.datasets.json_schema import json_schema
from reportkit.datasets.people import find_actor
from reportkit.datasets.query import build_query
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Databases, Warehouse
from reportkit.errors import UnknownName
from reportkit.specs import DatasetRequest
from reportkit.writers import writer_for

DATASETS = Registry.built_in()
SHAPES = [(name, by) for name, dataset in DATASETS.items() for by in dataset.shapes]
FORMATS = jsonschema.FormatChecker(("uuid", "date"))


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def validator(schema: Mapping[str, Any]) -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=FORMATS)


@pytest.fixture(scope="module")
def lines(warehouses: dict[str, Warehouse], databases: dict[str, Databases]) -> Callable[..., list[bytes]]:
    people = {Role.VIEWER: "vic", Role.ANALYST: "ann"}
    actors: dict[Role, Actor] = {role: find_actor(warehouses["sqlite"], name) for role, name in people.items()}

    def exported(dataset: str, by: str, role: Role, place: str) -> list[bytes]:
        query = build_query(DATASETS[dataset], DatasetRequest(dataset, by=by), actors.get(role, LOCAL_ADMIN))
        file = BytesIO()
        with databases[place][DATASETS[dataset].home].snapshot() as snapshot:
            writer_for("ndjson").write(snapshot.source(query), file, about())
        return file.getvalue().splitlines()

    return exported


@pytest.mark.parametrize("place", ["sqlite", "postgresql"])
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("dataset", "by"), SHAPES)
def test_every_exported_row_is_valid(
    lines: Callable[..., list[bytes]], dataset: str, by: str, role: Role, place: str
) -> None:
    rows = validator(json_schema(DATASETS[dataset], by))
    given = lines(dataset, by, role, place)
    assert given or role is not Role.ADMIN
    for line in given:
        rows.validate(json.loads(line))


def dataset(*columns: Column) -> Dataset:
    shape = Shape(columns, lambda scope: pytest.fail("nothing is asked"), order=(columns[0].name,))
    return Dataset("things", "Things", "Every thing.", "Nobody.", "None.", {"none": shape})


VALUES: Mapping[Kind, tuple[list[Any], list[Any]]] = {
    Kind.TEXT: (["", "x"], [1, True, {}]),
    Kind.IDENTIFIER: (["00000000-0000-4000-8000-000000000001"], ["x", 1]),
    Kind.INTEGER: ([0, -1, 2**63], [1.5, "1", True]),
    Kind.NUMBER: ([0, 1.5, "NaN", "Infinity", "-Infinity"], ["1.5", "nan", True]),
    Kind.DECIMAL: ([0, 1.5, 12345678901234567890], ["1.5", "NaN"]),
    Kind.BOOLEAN: ([True, False], [0, "true"]),
    Kind.DATE: (["2026-01-31", "0987-01-01"], ["2026-02-30", "31.1.2026", 1]),
    Kind.INSTANT: (["2026-01-31T23:59:59.123456Z"], ["2026-01-31T23:59:59", "soon", 1]),
    Kind.DOCUMENT: ([{"a": [1]}, "x", 1, True], []),
}


@pytest.mark.parametrize("kind", Kind)
def test_a_column_takes_values_of_its_kind_and_null(kind: Kind) -> None:
    rows = validator(json_schema(dataset(Column("v", kind, "A value"))))
    right, wrong = VALUES[kind]
    for value in (*right, None):
        rows.validate({"v": value})
    for value in wrong:
        assert not rows.is_valid({"v": value}), value


def test_a_row_has_every_open_column_and_no_other() -> None:
    rows = validator(
        json_schema(
            dataset(
                Column("a", Kind.TEXT, "A"),
                Column("b", Kind.TEXT, "B"),
                Column("s", Kind.TEXT, "S", sensitivity=Sensitivity.SECRET),
            )
        )
    )
    rows.validate({"a": "x", "b": None})
    for wrong in ({"a": "x"}, {"a": "x", "b": "y", "s": "z"}, {}, []):
        assert not rows.is_valid(wrong)


def test_each_column_says_what_it_means() -> None:
    schema = json_schema(
        dataset(
            Column("n", Kind.INTEGER, "How many", unit="users"),
            Column("id", Kind.IDENTIFIER, "Who", sensitivity=Sensitivity.PERSONAL),
        )
    )
    assert (schema["title"], schema["description"]) == ("Things", "Every thing.")
    assert schema["properties"] == {
        "n": {"description": "How many", "type": ["integer", "null"], "x-unit": "users", "x-sensitivity": "public"},
        "id": {"description": "Who", "type": ["string", "null"], "x-sensitivity": "personal"},
    }


def test_each_grouping_has_its_own() -> None:
    results = DATASETS["experiment_results"]
    assert "day" in json_schema(results, "day")["properties"]
    assert "day" not in json_schema(results, "none")["properties"]
    with pytest.raises(UnknownName, match="has no grouping 'month'"):
        json_schema(results, "month")
