"""Parquet: what type each column has, how it is stored, and what the file says of itself."""

from __future__ import annotations

import gc
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nasty import ROWS, SCHEMA
from reading_back import Forward, Row, TableSource, about, batch

from reportkit.columns import Column, Kind, Schema
from reportkit.errors import Cancelled
from reportkit.manifests import DatasetRead
from reportkit.writers import parquet_writer
from reportkit.writers.base import Written
from reportkit.writers.parquet_writer import ParquetWriter

NUMBERED = Schema.of([Column("id", Kind.INTEGER, "Which row"), Column("word", Kind.TEXT, "A word")])


def content(source: TableSource, what: Any = None) -> tuple[bytes, Written]:
    file = Forward()
    written = ParquetWriter().write(source, file, what or about())
    return bytes(file.content), written


def metadata(source: TableSource) -> pq.FileMetaData:
    return pq.read_metadata(io.BytesIO(content(source)[0]))


def numbered(rows: int) -> TableSource:
    return TableSource(NUMBERED, [(number, f"word {number % 3}") for number in range(rows)])


def test_each_kind_has_its_type() -> None:
    found = pq.read_schema(io.BytesIO(content(TableSource(SCHEMA, ROWS))[0]))
    assert {kind: str(type) for kind, type in zip(Kind, found.types, strict=True)} == {
        Kind.TEXT: "string",
        Kind.IDENTIFIER: "string",
        Kind.INTEGER: "int64",
        Kind.NUMBER: "double",
        Kind.DECIMAL: "decimal128(38, 18)",
        Kind.BOOLEAN: "bool",
        Kind.DATE: "date32[day]",
        Kind.INSTANT: "timestamp[us, tz=UTC]",
        Kind.DOCUMENT: "string",
    }


def test_readers_that_do_not_know_arrow_find_the_same_types() -> None:
    logical = [metadata(TableSource(SCHEMA, ROWS)).schema.column(index).logical_type for index in range(len(SCHEMA))]
    assert [json.loads(type.to_json())["Type"] for type in logical] == [
        *("String", "String", "None", "None", "Decimal", "None", "Date", "Timestamp", "String")
    ]
    assert json.loads(logical[7].to_json())["isAdjustedToUTC"] is True


def test_a_column_of_nulls_keeps_its_type() -> None:
    data, written = content(TableSource(SCHEMA, [(None,) * len(SCHEMA)] * 3))
    assert written == Written(3, {})
    assert pq.read_table(io.BytesIO(data)).schema.types == SCHEMA.arrow().types


def test_the_file_says_what_was_asked_for_and_what_the_columns_mean() -> None:
    schema = Schema.of(
        [Column("revenue", Kind.DECIMAL, "What came in", unit="USD"), Column("name", Kind.TEXT, "Wer's war: é")]
    )
    read = DatasetRead(
        dataset="sales",
        rows=1,
        period={"start": "2026-10-01T00:00:00.000000Z", "end": None},
        by="day",
        filters={"country": ["DE"]},
        columns=[
            {"name": "revenue", "kind": "decimal", "unit": "USD", "redaction": None},
            {"name": "name", "kind": "text", "unit": None, "redaction": "masked"},
        ],
        data_cutoff="2026-11-02T09:00:00.000000Z",
    )
    data, _ = content(TableSource(schema, [(1, "***")]), replace(about("Sales"), read=read, description="All sales."))
    found = pq.read_schema(io.BytesIO(data))
    facts = json.loads(found.metadata[b"reportkit"])
    assert list(facts) == sorted(facts)
    assert facts["columns"] == [
        {"name": "revenue", "kind": "decimal", "unit": "USD", "description": "What came in", "redaction": None},
        {"name": "name", "kind": "text", "unit": None, "description": "Wer's war: é", "redaction": "masked"},
    ]
    asked = {"dataset": "sales", "title": "Sales", "description": "All sales.", "by": "day", "period": read.period}
    asked |= {"filters": read.filters, "data_cutoff": read.data_cutoff}
    assert facts.items() >= asked.items()
    assert found.field("revenue").metadata == {b"kind": b"decimal", b"unit": b"USD", b"description": b"What came in"}
    assert found.field("name").metadata == {b"kind": b"text", b"description": "Wer's war: é".encode()}


def test_who_asked_and_when_is_not_in_the_file() -> None:
    someone = replace(about(), made_at=about().made_at.replace(year=2027), actor=replace(about().actor, id="someone"))
    assert content(numbered(3), someone) == content(numbered(3))


def test_only_columns_whose_values_come_up_again_have_a_dictionary() -> None:
    group = metadata(numbered(100)).row_group(0)
    assert ["RLE_DICTIONARY" in group.column(index).encodings for index in range(2)] == [False, True]


def test_columns_are_compressed_and_have_statistics() -> None:
    group = metadata(numbered(100)).row_group(0)
    for index, (least, most) in enumerate([(0, 99), ("word 0", "word 2")]):
        column = group.column(index)
        assert column.compression == "ZSTD"
        assert (column.statistics.min, column.statistics.max, column.statistics.null_count) == (least, most, 0)


@pytest.mark.parametrize("batch_rows", [1, 4, 7, 100])
def test_row_groups_are_full_however_the_rows_are_batched(batch_rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_writer, "ROWS_PER_GROUP", 10)
    rows: list[Row] = [(number, f"word {number % 3}") for number in range(25)]
    data, written = content(TableSource(NUMBERED, rows, batch_rows))
    found = pq.read_metadata(io.BytesIO(data))
    assert [found.row_group(index).num_rows for index in range(found.num_row_groups)] == [10, 10, 5]
    assert written == Written(25, {})
    assert [tuple(row.values()) for row in pq.read_table(io.BytesIO(data)).to_pylist()] == rows


def test_a_row_group_with_long_texts_ends_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_writer, "MOST_BYTES_PER_GROUP", 1000)
    found = metadata(TableSource(NUMBERED, [(number, "x" * 400) for number in range(9)], 1))
    assert [found.row_group(index).num_rows for index in range(found.num_row_groups)] == [3, 3, 3]


def test_no_rows_are_no_row_group() -> None:
    assert metadata(TableSource(NUMBERED, [])).num_row_groups == 0


def test_full_row_groups_are_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    class Long(TableSource):
        def batches(self) -> Iterator[pa.RecordBatch]:
            for _ in range(100):
                held.append(pa.total_allocated_bytes())
                yield batch(NUMBERED, [(number, f"word {number}") for number in range(100)])

    class Nowhere(Forward):
        def write(self, data: bytes | memoryview, /) -> int:
            return len(data)

    held: list[int] = []
    monkeypatch.setattr(parquet_writer, "ROWS_PER_GROUP", 500)
    ParquetWriter().write(Long(NUMBERED, []), Nowhere(), about())
    assert max(held[50:]) <= max(held[:50])


def test_a_writer_that_failed_writes_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(TableSource):
        def batches(self) -> Iterator[pa.RecordBatch]:
            yield batch(NUMBERED, [(1, "a"), (2, "b")])
            raise Cancelled("stopped by its owner")

    monkeypatch.setattr(parquet_writer, "ROWS_PER_GROUP", 1)
    file = Forward()
    with pytest.raises(Cancelled):
        ParquetWriter().write(Stopped(NUMBERED, []), file, about())
    gc.collect()
    assert file.content.startswith(b"PAR1")
    assert not file.content.endswith(b"PAR1")
