"""Parquet: typed columns in row groups, with what does not change from run to run in the file's own metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reportkit.columns import Column, Schema, Source
from reportkit.specs import FileOptions
from reportkit.writers import DEFAULTS
from reportkit.writers.arrow_text import check_years
from reportkit.writers.base import About, BinaryFile, Written

ROWS_PER_GROUP = 128 * 1024
MOST_BYTES_PER_GROUP = 64 << 20
"""Of Arrow memory; a row group with long texts ends earlier."""
_ROWS_PER_VALUE = 8
"""A column in which each value comes up as often as this is written as a dictionary."""


class ParquetWriter:
    format = "parquet"
    suffix = ".parquet"
    media_type = "application/vnd.apache.parquet"

    def __init__(self, options: FileOptions = DEFAULTS) -> None:
        """No option changes the file: it is compressed by itself, and its instants are UTC."""

    def write(self, source: Source, file: BinaryFile, about: About) -> Written:
        schema = described(source.schema, about)
        batches = (encode(source.schema, batch) for batch in source.batches())
        parquet: pq.ParquetWriter | None = None
        with _Sink(file) as sink:
            for group in _groups(schema, batches):
                parquet = parquet or _started(sink, schema, group)
                parquet.write_table(group)
                del group  # while the next one is gathered
            parquet = parquet or _started(sink, schema, schema.empty_table())
            sink.keep()
            parquet.close()
        return Written(pq.read_metadata(pa.BufferReader(sink.kept)).num_rows, {})


def encode(schema: Schema, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch as Parquet holds it: as it is, if its dates are ones that readers understand."""
    for column, values in zip(schema, batch.columns, strict=True):
        check_years(column.kind, values)
    return batch


def described(schema: Schema, about: About) -> pa.Schema:
    """The Arrow schema; each field has its column's kind, description and unit, the whole has what was asked for."""
    fields = [field.with_metadata(_said(column)) for field, column in zip(schema.arrow(), schema, strict=True)]
    return pa.schema(fields, metadata={"reportkit": json.dumps(_facts(schema, about), sort_keys=True)})


def _said(column: Column) -> dict[str, str]:
    return {name: fact for name, fact in _column_facts(column).items() if fact is not None}


def _column_facts(column: Column) -> dict[str, str | None]:
    return {"kind": column.kind.value, "unit": column.unit, "description": column.description}


def _facts(schema: Schema, about: About) -> dict[str, Any]:
    asked = asdict(about.read)
    redactions = {column["name"]: column["redaction"] for column in asked.pop("columns")}
    del asked["rows"]  # the file says it by itself
    columns = [
        {"name": column.name, **_column_facts(column), "redaction": redactions.get(column.name)} for column in schema
    ]
    return {**asked, "title": about.title, "description": about.description, "columns": columns}


def _groups(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows of one row group after the other."""
    pending, rows, size = [], 0, 0
    for batch in batches:
        while batch.num_rows:
            head, batch = batch.slice(0, ROWS_PER_GROUP - rows), batch.slice(ROWS_PER_GROUP - rows)
            pending.append(head)
            rows, size = rows + head.num_rows, size + head.nbytes
            if rows == ROWS_PER_GROUP or size >= MOST_BYTES_PER_GROUP:
                yield _table(schema, pending)
                pending, rows, size = [], 0, 0
    if pending:
        yield _table(schema, pending)


def _table(schema: pa.Schema, batches: list[pa.RecordBatch]) -> pa.Table:
    return pa.Table.from_batches([pa.record_batch(batch.columns, schema) for batch in batches], schema)


def _started(sink: _Sink, schema: pa.Schema, first: pa.Table) -> pq.ParquetWriter:
    return pq.ParquetWriter(sink, schema, compression="zstd", use_dictionary=_repetitive(first))


def _repetitive(rows: pa.Table) -> list[str]:
    """Names of the columns that are smaller as numbers into a dictionary."""
    return [
        name
        for name, values in zip(rows.column_names, rows.columns, strict=True)
        if pc.count_distinct(values).as_py() * _ROWS_PER_VALUE <= rows.num_rows
    ]


class _Sink:
    """What pyarrow needs of a file that can only be written forward."""

    closed = False

    def __init__(self, file: BinaryFile) -> None:
        self._file: BinaryFile | None = file
        self._position = 0
        self._keeps = False
        self.kept = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """A writer that failed still writes its end when it is collected; nobody wants that."""
        self._file = None

    def keep(self) -> None:
        """From here on what goes out is kept, too."""
        self._keeps = True

    def write(self, data: bytes, /) -> int:
        if self._file:
            self._file.write(data)
        if self._keeps:
            self.kept += data
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        """Nothing is held back here."""

    def close(self) -> None:
        """The file is its owner's to close."""
