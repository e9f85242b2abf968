"""Whatever the values, every format gives them back: each kind in each format, with values nobody thought of."""

from __future__ import annotations

import json
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_back import READERS, Forward, TableSource, about, csv_reader, parsed, read_back

from reportkit.columns import Column, Kind, Schema
from reportkit.specs import FileOptions
from reportkit.writers import FORMATS, writer_for

EXACT_READER = {"csv": "duckdb", "json": "json module", "ndjson": "json module", "xlsx": "xml", "parquet": "duckdb"}

markup = st.text(st.sampled_from("'\"=-,\\\n\r\t\x00\x0b ＝<>&_x0041]é😀\ufffe"), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | markup,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: st.text() | markup,
    Kind.IDENTIFIER: st.uuids().map(str),
    Kind.INTEGER: st.integers(-(2**63), 2**63 - 1),
    Kind.NUMBER: st.floats(),
    Kind.DECIMAL: st.integers(-(10**38) + 1, 10**38 - 1).map(lambda digits: Decimal(f"{digits}e-18"))
    | st.decimals(-(10**6), 10**6, places=2),
    Kind.BOOLEAN: st.booleans(),
    Kind.DATE: st.dates(),
    Kind.INSTANT: st.datetimes(timezones=st.just(UTC)),
    Kind.DOCUMENT: st.builds(json.dumps, json_values, indent=st.none() | st.just(1), ensure_ascii=st.booleans()),
}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("format", sorted(FORMATS))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_value_reads_back(format: str, kind: Kind, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | VALUES[kind], max_size=12))
    schema = Schema.of([Column("number", Kind.INTEGER, "Which row"), Column("value", kind, "Any value")])
    rows = list(enumerate(values))
    file = Forward()

    written = writer_for(format).write(TableSource(schema, rows, batch_rows=5), file, about())

    _, found = read_back(format, EXACT_READER[format], bytes(file.content), schema)
    wanted = [parsed(value) if kind is Kind.DOCUMENT and value is not None else value for value in values]
    assert written.records == len(rows)
    assert [number for number, _ in found] == list(range(len(rows)))
    assert all(
        READERS[format][EXACT_READER[format]].finds(want, value) for want, (_, value) in zip(wanted, found, strict=True)
    ), (wanted, found)


dialects = st.builds(
    FileOptions,
    compression=st.sampled_from([None, "gzip", "zstd"]),
    bom=st.booleans(),
    separator=st.sampled_from(";\t|"),
    decimal_comma=st.booleans(),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"]),
)


@pytest.mark.parametrize("kind", list(Kind))
@settings(max_examples=25, deadline=None)
@given(data=st.data(), options=dialects)
def test_every_value_reads_back_in_every_dialect_of_csv(kind: Kind, data: st.DataObject, options: FileOptions) -> None:
    values = data.draw(st.lists(st.none() | VALUES[kind], max_size=12))
    schema = Schema.of([Column("number", Kind.INTEGER, "Which row"), Column("value", kind, "Any value")])
    rows = list(enumerate(values))
    file = Forward()

    written = writer_for("csv", options).write(TableSource(schema, rows, batch_rows=5), file, about())

    header, found = csv_reader(options).table(bytes(file.content), schema)
    wanted = [parsed(value) if kind is Kind.DOCUMENT and value is not None else value for value in values]
    assert header == list(schema.names)
    assert written.records == len(rows) == len(found)
    assert all(csv_reader(options).finds(want, value) for want, (_, value) in zip(wanted, found, strict=True))
