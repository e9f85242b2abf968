"""JSON: one object a line, either as the lines of an array (`json`) or by themselves (`ndjson`)."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc

from reportkit.columns import Kind, Schema, Source
from reportkit.specs import FileOptions
from reportkit.writers import DEFAULTS
from reportkit.writers.arrow_text import changed, joined, replaced, rows_of_bytes, spelled
from reportkit.writers.base import About, Alteration, Alterations, BinaryFile, CountedFile, Marks, Written
from reportkit.writers.json_documents import are_json

_ESCAPES = {"\\": "\\\\"} | {chr(code): json.dumps(chr(code))[1:-1] for code in (ord('"'), *range(32))}
_BARE = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.BOOLEAN})


class NdjsonWriter:
    format = "ndjson"
    suffix = ".ndjson"
    media_type = "application/x-ndjson"

    def __init__(self, options: FileOptions = DEFAULTS) -> None:
        self._options = options

    def write(self, source: Source, file: BinaryFile, about: About) -> Written:
        alterations = Alterations()
        lines = CountedFile(file, Marks(b"\n"))
        for batch in source.batches():
            lines.write(encode(source.schema, batch, alterations, end="\n"))
        return Written(lines.records, dict(+alterations))


class JsonWriter:
    format = "json"
    suffix = ".json"
    media_type = "application/json"

    def __init__(self, options: FileOptions = DEFAULTS) -> None:
        self._options = options

    def write(self, source: Source, file: BinaryFile, about: About) -> Written:
        alterations = Alterations()
        file.write(b"[")
        objects = CountedFile(file, Marks(b"\n{"))
        for batch in source.batches():
            lines = encode(source.schema, batch, alterations, start=",\n")
            objects.write(lines if objects.records else lines[1:])
        file.write(b"\n]\n")
        return Written(objects.records, dict(+alterations))


def encode(
    schema: Schema, batch: pa.RecordBatch, alterations: Alterations, *, start: str = "", end: str = ""
) -> memoryview:
    """The objects of one batch, each between `start` and `end`."""
    parts: list[pa.Array | str] = []
    before = start + "{"
    for column, values in zip(schema, batch.columns, strict=True):
        parts += [f"{before}{_text(column.name)}:", _json(column.kind, values, alterations)]
        before = ","
    return rows_of_bytes(*parts, "}" + end)


def _json(kind: Kind, values: pa.Array, alterations: Alterations) -> pa.Array:
    return pc.fill_null(_json_or_null(kind, values, alterations), "null")


def _json_or_null(kind: Kind, values: pa.Array, alterations: Alterations) -> pa.Array:
    texts = spelled(kind, values)
    if kind in _BARE:
        return texts
    if kind is Kind.NUMBER:
        odd = pc.invert(pc.is_finite(values))
        alterations[Alteration.NUMBERS_AS_TEXT] += pc.sum(odd).as_py() or 0
        return changed(texts, odd, _text)
    if kind is Kind.DOCUMENT:
        odd = pc.invert(are_json(texts))
        alterations[Alteration.DOCUMENTS_AS_TEXT] += pc.sum(odd).as_py() or 0
        # In valid JSON a raw line end is white space, and each record has to stay on its line.
        return replaced(changed(texts, odd, _text), {"\n": " ", "\r": " "})
    return joined('"', replaced(texts, _ESCAPES), '"')


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
