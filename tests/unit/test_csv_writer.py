"""CSV to the byte: what is quoted, how values are spelled, and what tools make of it without being told."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from reading_back import Forward, Row, TableSource, about

from reportkit.columns import Column, Kind, Schema
from reportkit.writers.base import Written
from reportkit.writers.csv_writer import CsvWriter

SCHEMA = Schema.of([Column(str(kind), kind, "One of each") for kind in Kind])
ROW = [
    *("a", "0b0e5d2c-1f3a-4c58-9d8e-1b2a3c4d5e6f", -7, 0.1 + 0.2, Decimal("12.340000000000000000"), True),
    *(date(7, 1, 2), datetime(2026, 1, 31, 23, 59, 59, 5, UTC), ' {"a": [1, 2]}\n'),
]


def lines(schema: Schema, rows: list[Row]) -> tuple[list[str], Written]:
    file = Forward()
    written = CsvWriter().write(TableSource(schema, rows), file, about())
    return file.content.decode().split("\n")[:-1], written


def one_column(kind: Kind, values: list[object]) -> tuple[list[str], Written]:
    (_, *rows), written = lines(Schema.of([Column("only", kind, "One column")]), [(value,) for value in values])
    return rows, written


def test_values_are_spelled_so_that_they_read_back_the_same() -> None:
    (header, row), _ = lines(SCHEMA, [ROW])
    assert header == "text,identifier,integer,number,decimal,boolean,date,instant,document"
    assert row == (
        "a,0b0e5d2c-1f3a-4c58-9d8e-1b2a3c4d5e6f,-7,0.30000000000000004,12.34,true,0007-01-02,"
        '2026-01-31T23:59:59.000005+00:00,"{""a"": [1, 2]}"'
    )


def test_null_is_nothing_and_empty_text_is_quoted() -> None:
    schema = Schema.of([Column(name, Kind.TEXT, "A text") for name in "abc"])
    (_, row), _ = lines(schema, [("", None, "")])
    assert row == '"",,""'


def test_only_what_needs_quotes_has_them() -> None:
    texts = ["plain", "with space ", "a,b", 'a"b', "a\rb", "semi;colon", "\\.", "naïve 😀"]
    rows, _ = one_column(Kind.TEXT, texts)  # type: ignore[arg-type]
    assert rows == ["plain", "with space ", '"a,b"', '"a""b"', '"a\rb"', '"semi;colon"', '"\\."', "naïve 😀"]


def test_numbers_that_are_none_are_spelled_as_postgresql_does() -> None:
    assert one_column(Kind.NUMBER, [float("nan"), float("inf"), -float("inf")])[0] == ["NaN", "Infinity", "-Infinity"]


@pytest.mark.parametrize(("kind", "counted"), [(Kind.TEXT, {"nulls_as_empty_texts": 2}), (Kind.INTEGER, {})])
def test_a_lone_null_is_never_an_empty_line_that_readers_skip(kind: Kind, counted: dict[str, int]) -> None:
    rows, written = one_column(kind, [None, None])
    assert rows == ['""', '""']
    assert written == Written(2, counted)
    assert list(csv.reader(rows)) == [[""], [""]]


def test_column_names_are_quoted_and_guarded_too() -> None:
    schema = Schema.of([Column(name, Kind.INTEGER, "A number") for name in ("a,b", "=1+1", "")])
    assert lines(schema, [])[0] == ['"a,b",\'=1+1,""']


def test_a_document_that_is_not_json_is_guarded_like_any_text() -> None:
    rows, written = one_column(Kind.DOCUMENT, ["=1+1", "\t[-1]", "-1"])
    assert rows == ["'=1+1", "[-1]", "-1"]
    assert written.alterations == {"guarded_texts": 1}


def test_duckdb_finds_the_types_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    with path.open("wb") as file:
        CsvWriter().write(TableSource(SCHEMA, [ROW, [None] * len(SCHEMA)]), file, about())
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        described = connection.execute("DESCRIBE SELECT * FROM read_csv($path)", {"path": str(path)}).fetchall()
    found = {name: type for name, type, *_ in described}
    assert found["integer"] == "BIGINT"
    assert found["number"] == found["decimal"] == "DOUBLE"
    assert found["boolean"] == "BOOLEAN"
    assert found["date"] == "DATE"
    assert found["instant"] == "TIMESTAMP WITH TIME ZONE"
