"""CSV records made of Arrow batches."""

from __future__ import annotations

from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from reportkit import instants
from reportkit.columns import Kind, Schema
from reportkit.specs import FileOptions
from reportkit.writers import DEFAULTS
from reportkit.writers.arrow_text import check_years, clock_texts, joined, replaced, rows_of_bytes, spelled
from reportkit.writers.base import Alteration, Alterations
from reportkit.writers.csv_header import needs_quotes
from reportkit.writers.formula_guard import guard
from reportkit.writers.zones import offsets, on_clocks, spelled_offsets

_TEXTS = frozenset({Kind.TEXT, Kind.IDENTIFIER, Kind.DOCUMENT})
_WITH_A_POINT = frozenset({Kind.NUMBER, Kind.DECIMAL})

_time_zone = lru_cache(instants.time_zone)  # finding it takes 10 ms, too long for every batch


def encode(
    schema: Schema, batch: pa.RecordBatch, alterations: Alterations, options: FileOptions = DEFAULTS
) -> memoryview:
    """The lines of one batch."""
    fields = [
        _fields(column.kind, values, alterations, options) for column, values in zip(schema, batch.columns, strict=True)
    ]
    if len(fields) == 1:
        fields = [_visible_nulls(schema.columns[0].kind, fields[0], alterations)]
    separated = [part for values in fields for part in (values, options.separator)]
    return rows_of_bytes(*separated[:-1], "\n")


def _fields(kind: Kind, values: pa.Array, alterations: Alterations, options: FileOptions) -> pa.Array:
    if kind is Kind.INSTANT and options.zone != DEFAULTS.zone:
        return _in_zone(values, options.zone)
    texts = spelled(kind, values)
    if kind in _WITH_A_POINT and options.decimal_comma:
        return pc.replace_substring(texts, ".", ",")
    if kind not in _TEXTS:
        return texts
    # A document cannot start like a formula if it is JSON; a database that does not check may hold one that is not.
    texts, guarded = guard(texts)
    alterations[Alteration.GUARDED_TEXTS] += guarded
    return _quoted(texts, options.separator)


def _in_zone(values: pa.Array, name: str) -> pa.Array:
    check_years(Kind.INSTANT, values)
    ahead = offsets(values, _time_zone(name))
    return joined(clock_texts(on_clocks(values, ahead)), spelled_offsets(ahead))


def _quoted(texts: pa.Array, separator: str) -> pa.Array:
    needed = pc.match_substring_regex(texts, needs_quotes(separator))
    if not pc.any(needed).as_py():
        return texts
    return pc.if_else(needed, joined('"', replaced(texts, {'"': '""'}), '"'), texts)


def _visible_nulls(kind: Kind, fields: pa.Array, alterations: Alterations) -> pa.Array:
    """With one column, a NULL would be an empty line, which many readers skip: the row would be lost."""
    if kind in _TEXTS:
        alterations[Alteration.NULLS_AS_EMPTY_TEXTS] += fields.null_count
    return pc.fill_null(fields, '""')
