"""What every writer promises: each value reads back with tools that are not ours, and no row is lost in silence."""

from __future__ import annotations

import dataclasses
import importlib
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest
from nasty import ALTERATIONS, LONG_TEXTS, ROWS, SCHEMA, VALUES
from reading_back import READERS, Forward, Row, TableSource, about, batch, parsed, read_back

from reportkit.columns import Column, Kind, Schema, Source
from reportkit.errors import Cancelled, UnknownName, UnwritableExport
from reportkit.writers import FORMATS, writer_for
from reportkit.writers.base import Written

ENCODERS = {
    "csv": "csv_records",
    "json": "json_records",
    "ndjson": "json_records",
    "xlsx": "xlsx_writer",
    "parquet": "parquet_writer",
}
READINGS = [(format, reader) for format in FORMATS for reader in READERS[format]]
TEXT_KINDS = {Kind.TEXT, Kind.IDENTIFIER}


def written(format: str, source: Source) -> tuple[bytes, Written]:
    file = Forward()
    written = writer_for(format).write(source, file, about())
    return bytes(file.content), written


def expected(format: str, kind: Kind, value: Any) -> Any:
    if format == "xlsx" and value in LONG_TEXTS:
        return LONG_TEXTS[value]
    return parsed(value) if kind is Kind.DOCUMENT and value is not None else value


def assert_reads_back(format: str, reader: str, schema: Schema, rows: Sequence[Row], data: bytes) -> None:
    header, found = read_back(format, reader, data, schema)
    assert header == list(schema.names)
    assert len(found) == len(rows)
    for row, found_row in zip(rows, found, strict=True):
        for column, value, found_value in zip(schema, row, found_row, strict=True):
            wanted = expected(format, column.kind, value)
            assert READERS[format][reader].finds(wanted, found_value), (column.name, wanted, found_value)


def contents(format: str, data: bytes) -> object:
    """What is in a file, however it is compressed."""
    if format != "xlsx":
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.mark.parametrize("format", FORMATS)
class TestEveryWriter:
    def test_every_nasty_value_is_accounted_for(self, format: str) -> None:
        _, result = written(format, TableSource(SCHEMA, ROWS))
        assert result == Written(len(ROWS), ALTERATIONS[format])

    def test_the_account_can_stand_in_a_manifest(self, format: str) -> None:
        _, result = written(format, TableSource(SCHEMA, ROWS))
        kept = json.loads(json.dumps(dataclasses.asdict(result)))
        assert kept == {"records": len(ROWS), "alterations": ALTERATIONS[format]}

    @pytest.mark.parametrize("batch_rows", [1, 7, len(ROWS)])
    def test_the_file_is_the_same_however_the_rows_are_batched(self, format: str, batch_rows: int) -> None:
        data, result = written(format, TableSource(SCHEMA, ROWS, batch_rows))
        whole, whole_result = written(format, TableSource(SCHEMA, ROWS))
        assert contents(format, data) == contents(format, whole)
        assert result == whole_result

    def test_sliced_and_empty_batches_make_no_difference(self, format: str) -> None:
        class Sliced(TableSource):
            def batches(self) -> Iterator[pa.RecordBatch]:
                whole = batch(SCHEMA, [*ROWS, *ROWS])
                yield whole.slice(3, 0)
                yield whole.slice(len(ROWS), 5)
                yield whole.slice(5, 0)
                yield whole.slice(5, len(ROWS) - 5)

        data, _ = written(format, Sliced(SCHEMA, []))
        assert contents(format, data) == contents(format, written(format, TableSource(SCHEMA, ROWS))[0])

    def test_the_same_rows_give_the_same_bytes(self, format: str) -> None:
        assert written(format, TableSource(SCHEMA, ROWS)) == written(format, TableSource(SCHEMA, ROWS))

    @pytest.mark.parametrize("batches", [0, 1])
    def test_an_empty_answer_is_a_valid_file_with_its_header(self, format: str, batches: int) -> None:
        class Empty(TableSource):
            def batches(self) -> Iterator[pa.RecordBatch]:
                yield from [batch(SCHEMA, [])] * batches

        data, result = written(format, Empty(SCHEMA, []))
        assert result == Written(0, {})
        for reader in READERS[format]:
            assert_reads_back(format, reader, SCHEMA, [], data)

    def test_an_encoder_that_loses_a_row_is_seen_in_the_count(
        self, format: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        module = importlib.import_module(f"reportkit.writers.{ENCODERS[format]}")
        honest = module.encode
        monkeypatch.setattr(
            module, "encode", lambda schema, rows, *rest, **more: honest(schema, rows[1:], *rest, **more)
        )
        _, result = written(format, TableSource(SCHEMA, ROWS, len(ROWS)))
        assert result.records == len(ROWS) - 1

    @pytest.mark.parametrize("after", [0, 300, 3000])
    def test_a_full_disk_is_passed_on(self, format: str, after: int) -> None:
        class FullDisk(Forward):
            def write(self, data: bytes | memoryview, /) -> int:
                if len(self.content) + len(data) > after:
                    raise OSError(28, "No space left on device")
                return super().write(data)

        with pytest.raises(OSError, match="No space left"):
            writer_for(format).write(TableSource(SCHEMA, ROWS), FullDisk(), about())

    def test_what_the_source_raises_is_passed_on(self, format: str) -> None:
        class Stopped(TableSource):
            def batches(self) -> Iterator[pa.RecordBatch]:
                yield batch(SCHEMA, ROWS)
                raise Cancelled("stopped by its owner")

        with pytest.raises(Cancelled):
            written(format, Stopped(SCHEMA, []))

    def test_memory_does_not_grow_with_rows(self, format: str) -> None:
        class Endless(TableSource):
            def batches(self) -> Iterator[pa.RecordBatch]:
                rows = batch(SCHEMA, ROWS)
                for _ in range(200):
                    held.append(pa.total_allocated_bytes())
                    yield rows

        class Nowhere(Forward):
            def write(self, data: bytes | memoryview, /) -> int:
                return len(data)

        held: list[int] = []
        writer_for(format).write(Endless(SCHEMA, []), Nowhere(), about())
        assert max(held[100:]) < 1.5 * max(held[:100])

    def test_a_date_that_no_reader_understands_is_refused(self, format: str) -> None:
        class Infinite(TableSource):
            def batches(self) -> Iterator[pa.RecordBatch]:
                infinity = pa.array([2**31 - 1], pa.int32()).cast(pa.date32())
                yield pa.RecordBatch.from_arrays([infinity], schema=self.schema.arrow())

        with pytest.raises(UnwritableExport, match="years 1 to 9999"):
            written(format, Infinite(Schema.of([Column("day", Kind.DATE, "A day")]), []))

    def test_it_says_what_it_is(self, format: str) -> None:
        writer = writer_for(format)
        assert writer.format == format
        assert writer.suffix == f".{format}"
        assert "/" in writer.media_type


@pytest.mark.parametrize(("format", "reader"), READINGS)
class TestEveryReading:
    def test_every_nasty_value_reads_back_the_same(self, format: str, reader: str) -> None:
        data, _ = written(format, TableSource(SCHEMA, ROWS))
        assert_reads_back(format, reader, SCHEMA, ROWS, data)

    def test_a_single_row_reads_back(self, format: str, reader: str) -> None:
        data, result = written(format, TableSource(SCHEMA, ROWS[2:3]))
        assert result.records == 1
        assert_reads_back(format, reader, SCHEMA, ROWS[2:3], data)

    @pytest.mark.parametrize("kind", list(Kind))
    def test_one_column_reads_back_with_its_nulls(self, format: str, reader: str, kind: Kind) -> None:
        schema = Schema.of([Column("only", kind, "The only column")])
        values = VALUES[kind]
        rows: list[Row] = [(values[0],), (None,), (values[0],), (None,), (values[-1],)]
        data, result = written(format, TableSource(schema, rows))
        assert result.records == len(rows)
        as_written = [("",) if row == (None,) and format == "csv" and kind in TEXT_KINDS else row for row in rows]
        assert_reads_back(format, reader, schema, as_written, data)


def test_an_unknown_format_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        UnknownName, match=r"no format 'xls'; did you mean 'xlsx'\? known: csv, json, ndjson, parquet, xlsx"
    ):
        writer_for("xls")
