"""CSV to the byte: what is quoted, how values are spelled, and what tools make of it without being told."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from reading_back import Forward, NativeSource, Row, TableSource, about

from reportkit.columns import Column, Kind, Schema, Source
from reportkit.errors import UnwritableExport
from reportkit.specs import FileOptions
from reportkit.writers.base import Written
from reportkit.writers.csv_writer import CsvWriter

SCHEMA = Schema.of([Column(str(kind), kind, "One of each") for kind in Kind])
ROW = [
    *("a", "0b0e5d2c-1f3a-4c58-9d8e-1b2a3c4d5e6f", -7, 0.1 + 0.2, Decimal("12.340000000000000000"), True),
    *(date(7, 1, 2), datetime(2026, 1, 31, 23, 59, 59, 5, UTC), ' {"a": [1, 2]}\n'),
]


PAIR = Schema.of([Column("id", Kind.INTEGER, "Which row"), Column("text", Kind.TEXT, "A text")])
"""What native records are of: a lone column has none."""


def content(source: Source, **options: Any) -> tuple[bytes, Written]:
    file = Forward()
    written = CsvWriter(FileOptions(**options)).write(source, file, about())
    return bytes(file.content), written


def lines(schema: Schema, rows: list[Row], **options: Any) -> tuple[list[str], Written]:
    data, written = content(TableSource(schema, rows), **options)
    return data.decode().split("\n")[:-1], written


def one_column(kind: Kind, values: Sequence[object], **options: Any) -> tuple[list[str], Written]:
    (_, *rows), written = lines(Schema.of([Column("only", kind, "One")]), [(value,) for value in values], **options)
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
    rows, _ = one_column(Kind.TEXT, texts)
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
    rows, written = one_column(Kind.DOCUMENT, ["=1+1", "\t[-1]", "-1", "\t[-1", " [1 "])
    assert rows == ["'=1+1", "[-1]", "-1", '"\'\t[-1"', " [1 "]
    assert written.alterations == {"guarded_texts": 2}


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


def test_a_byte_order_mark_stands_in_front_of_everything() -> None:
    data, written = content(TableSource(PAIR, [(1, "é")]), bom=True)
    assert data == b"\xef\xbb\xbf" + "id,text\n1,é\n".encode()
    assert written == Written(1, {})


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_text_with_the_separator_in_it_is_quoted(separator: str) -> None:
    data, _ = content(TableSource(PAIR, [(1, f"a{separator}b"), (2, "ab")]), separator=separator)
    assert data.decode() == f'id{separator}text\n1{separator}"a{separator}b"\n2{separator}ab\n'


def test_a_name_with_the_separator_in_it_is_quoted() -> None:
    schema = Schema.of([Column("a|b", Kind.INTEGER, "A number"), Column("a,b", Kind.INTEGER, "A number")])
    assert lines(schema, [], separator="|")[0] == ['"a|b"|"a,b"']
    assert lines(schema, [])[0] == ['a|b,"a,b"']


def test_numbers_and_decimals_can_have_a_comma() -> None:
    schema = Schema.of([Column(kind, kind, "One") for kind in (Kind.NUMBER, Kind.DECIMAL, Kind.INTEGER, Kind.TEXT)])
    rows: list[Row] = [
        (-1.5, Decimal("12.340"), 1000, "1.5"),
        (float("nan"), Decimal(2), -1, None),
        (1e-7, None, 0, ""),
    ]
    (_, *found), _ = lines(schema, rows, separator=";", decimal_comma=True)
    assert found == ["-1,5;12,34;1000;1.5", "NaN;2;-1;", '1e-7;;0;""']


@pytest.mark.parametrize(
    ("instant", "zone", "shown"),
    [
        ("2026-03-29T00:59:59.999999Z", "Europe/Berlin", "2026-03-29T01:59:59.999999+01:00"),
        ("2026-03-29T01:00:00Z", "Europe/Berlin", "2026-03-29T03:00:00.000000+02:00"),
        ("2026-10-25T00:30:00Z", "Europe/Berlin", "2026-10-25T02:30:00.000000+02:00"),
        ("2026-10-25T01:30:00Z", "Europe/Berlin", "2026-10-25T02:30:00.000000+01:00"),
        ("2050-07-01T12:00:00Z", "Europe/Berlin", "2050-07-01T14:00:00.000000+02:00"),
        ("1893-03-31T23:06:31Z", "Europe/Berlin", "1893-03-31T23:59:59.000000+00:53:28"),
        ("1893-03-31T23:06:32Z", "Europe/Berlin", "1893-04-01T00:06:32.000000+01:00"),
        ("2026-01-01T02:00:00.5Z", "America/St_Johns", "2025-12-31T22:30:00.500000-03:30"),
        ("2026-01-01T00:00:00Z", "UTC", "2026-01-01T00:00:00.000000+00:00"),
        ("0001-01-01T00:00:00Z", "America/New_York", "0001-01-01T00:00:00.000000+00:00"),
        ("9999-12-31T23:59:59.999999Z", "Europe/Berlin", "9999-12-31T23:59:59.999999+00:00"),
    ],
)
def test_instants_are_shown_in_the_zone_with_their_offset(instant: str, zone: str, shown: str) -> None:
    found, _ = one_column(Kind.INSTANT, [datetime.fromisoformat(instant)], zone=zone)
    assert found == [shown]
    assert datetime.fromisoformat(shown) == datetime.fromisoformat(instant)


def test_a_zone_changes_neither_nulls_nor_days() -> None:
    schema = Schema.of([Column("at", Kind.INSTANT, "A time"), Column("day", Kind.DATE, "A day")])
    (_, row), _ = lines(schema, [(None, date(2026, 1, 31))], zone="Asia/Tokyo")
    assert row == ",2026-01-31"


def test_a_zone_does_not_let_years_pass_that_no_reader_understands() -> None:
    class Infinite(TableSource):
        def batches(self) -> Any:
            import pyarrow as pa

            at = pa.array([2**62], pa.int64()).cast(pa.timestamp("us", "UTC"))
            yield pa.RecordBatch.from_arrays([at], schema=self.schema.arrow())

    with pytest.raises(UnwritableExport, match="years 1 to 9999"):
        content(Infinite(Schema.of([Column("at", Kind.INSTANT, "A time")]), []), zone="Asia/Tokyo")


NATIVE = {"csv": [[b"1,a\n", b'2,"b\n""c"\n'], [], [b'3,""\n']]}


def test_records_that_the_database_wrote_go_out_as_they_are() -> None:
    source = NativeSource(PAIR, NATIVE, {"guarded_texts": 2, "cut_texts": 0})
    data, written = content(source)
    assert data == b'id,text\n1,a\n2,"b\n""c"\n3,""\n'
    assert written == Written(3, {"guarded_texts": 2})


def test_no_native_records_are_a_header() -> None:
    assert content(NativeSource(PAIR, {"csv": []})) == (b"id,text\n", Written(0, {}))


def test_a_database_that_loses_a_record_is_seen_in_the_count() -> None:
    open_quote = NativeSource(PAIR, {"csv": [[b'1,"a\n', b"2,b\n"]]})
    assert content(open_quote)[1].records == 0


@pytest.mark.parametrize(("option", "value"), [("bom", True), ("compression", "gzip"), ("compression", "zstd")])
def test_what_stands_around_the_records_leaves_them_to_the_database(option: str, value: object) -> None:
    _, written = content(NativeSource(PAIR, NATIVE), **{option: value})
    assert written.records == 3


@pytest.mark.parametrize(("option", "value"), [("separator", ";"), ("decimal_comma", True), ("zone", "Europe/Berlin")])
def test_a_spelling_of_ones_own_is_not_the_databases(option: str, value: object) -> None:
    source = TableSource(PAIR, [(1, "a")])
    source.native = NativeSource(PAIR, NATIVE).native  # type: ignore[method-assign]
    _, written = content(source, **{option: value})
    assert written.records == 1


def test_a_lone_column_is_not_the_databases_for_a_null_would_be_an_empty_line() -> None:
    source = TableSource(Schema.of([Column("only", Kind.TEXT, "A text")]), [(None,)])
    source.native = NativeSource(PAIR, NATIVE).native  # type: ignore[method-assign]
    assert content(source)[0] == b'only\n""\n'


def test_what_the_database_writes_itself_needs_no_arrow() -> None:
    """Loading it takes longer than a small export."""
    code = """
import io, sys
from types import SimpleNamespace
from reportkit.columns import Column, Kind, Native, Schema
from reportkit.specs import FileOptions
from reportkit.writers import writer_for
schema = Schema.of([Column("=a", Kind.TEXT, "A text"), Column("b", Kind.TEXT, "A text")])
source = SimpleNamespace(schema=schema, native=lambda format: Native(iter([[b"1,2\\n"]]), {}))
for format in ("csv", "json", "ndjson"):
    for compression in (None, "gzip"):
        writer_for(format, FileOptions(compression=compression)).write(source, io.BytesIO(), None)
print(*sys.modules)
"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "reportkit.writers.csv_writer" in loaded
    assert not {"pyarrow", "numpy", "pandas"} & set(loaded)
