"""JSON objects made of Arrow batches, one a line."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc

from reportkit.columns import Kind, Schema
from reportkit.writers.arrow_text import changed, joined, replaced, rows_of_bytes, spelled
from reportkit.writers.base import Alteration, Alterations
from reportkit.writers.json_documents import are_json

_ESCAPES = {"\\": "\\\\"} | {chr(code): json.dumps(chr(code))[1:-1] for code in (ord('"'), *range(32))}
_BARE = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.BOOLEAN})


def encode(schema: Schema, batch: pa.RecordBatch, alterations: Alterations) -> memoryview:
    """The lines of one batch."""
    parts: list[pa.Array | str] = []
    before = "{"
    for column, values in zip(schema, batch.columns, strict=True):
        parts += [f"{before}{_text(column.name)}:", _json(column.kind, values, alterations)]
        before = ","
    return rows_of_bytes(*parts, "}\n")


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
