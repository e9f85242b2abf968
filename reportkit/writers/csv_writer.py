"""CSV as RFC 4180 describes it and PostgreSQL's COPY writes it: UTF-8, lines end in LF, quotes only where needed."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from reportkit.columns import Kind, Schema, Source
from reportkit.specs import FileOptions
from reportkit.writers import DEFAULTS
from reportkit.writers.arrow_text import joined, replaced, rows_of_bytes, spelled
from reportkit.writers.base import (
    About,
    Alteration,
    Alterations,
    BinaryFile,
    CountedFile,
    LineEndsOutsideQuotes,
    Written,
)
from reportkit.writers.formula_guard import guard

_TEXTS = frozenset({Kind.TEXT, Kind.IDENTIFIER, Kind.DOCUMENT})
_NEEDS_QUOTES = r'[",;\t\r\n]|^$|^\\\.$'


class CsvWriter:
    format = "csv"
    suffix = ".csv"
    media_type = "text/csv; charset=utf-8"

    def __init__(self, options: FileOptions = DEFAULTS) -> None:
        self._options = options

    def write(self, source: Source, file: BinaryFile, about: About) -> Written:
        alterations = Alterations()
        file.write(header(source.schema))
        lines = CountedFile(file, LineEndsOutsideQuotes())
        for batch in source.batches():
            lines.write(encode(source.schema, batch, alterations))
        return Written(lines.records, dict(+alterations))


def header(schema: Schema) -> bytes:
    names, _ = guard(pa.array(schema.names))
    return ",".join(_quoted(names).to_pylist()).encode() + b"\n"


def encode(schema: Schema, batch: pa.RecordBatch, alterations: Alterations) -> memoryview:
    """The lines of one batch."""
    fields = [_fields(column.kind, values, alterations) for column, values in zip(schema, batch.columns, strict=True)]
    if len(fields) == 1:
        fields = [_visible_nulls(schema.columns[0].kind, fields[0], alterations)]
    separated = [part for values in fields for part in (values, ",")]
    return rows_of_bytes(*separated[:-1], "\n")


def _fields(kind: Kind, values: pa.Array, alterations: Alterations) -> pa.Array:
    texts = spelled(kind, values)
    if kind not in _TEXTS:
        return texts
    # A document cannot start like a formula if it is JSON; a database that does not check may hold one that is not.
    texts, guarded = guard(texts)
    alterations[Alteration.GUARDED_TEXTS] += guarded
    return _quoted(texts)


def _quoted(texts: pa.Array) -> pa.Array:
    needed = pc.match_substring_regex(texts, _NEEDS_QUOTES)
    if not pc.any(needed).as_py():
        return texts
    return pc.if_else(needed, joined('"', replaced(texts, {'"': '""'}), '"'), texts)


def _visible_nulls(kind: Kind, fields: pa.Array, alterations: Alterations) -> pa.Array:
    """With one column, a NULL would be an empty line, which many readers skip: the row would be lost."""
    if kind in _TEXTS:
        alterations[Alteration.NULLS_AS_EMPTY_TEXTS] += fields.null_count
    return pc.fill_null(fields, '""')
