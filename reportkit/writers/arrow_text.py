"""Arrow values to text, whole columns at a time: the one place that says how a number or an instant is spelled.

NULLs stay NULLs in everything here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reportkit.columns import Kind
from reportkit.errors import UnwritableExport
from reportkit.writers.json_documents import WHITE_SPACE, without_edges


def spelled(kind: Kind, values: pa.Array) -> pa.Array:
    """The values as plain text: numbers with all their digits, instants and dates in ISO 8601, text as it is.

    Raises UnwritableExport for a date or an instant outside the years 1 to 9999.
    """
    check_years(kind, values)
    return _SPELLINGS[kind](values)


def check_years(kind: Kind, values: pa.Array) -> None:
    """Raises UnwritableExport for a date or an instant outside the years 1 to 9999."""
    if kind is Kind.DATE:
        _refuse_outside(values, pa.scalar(date.min), pa.scalar(date.max))
    if kind is Kind.INSTANT:
        ends = (end.replace(tzinfo=UTC) for end in (datetime.min, datetime.max))
        _refuse_outside(values, *(pa.scalar(end, values.type) for end in ends))


def clock_texts(clocks: pa.Array) -> pa.Array:
    """Timestamps without a zone in ISO 8601."""
    return pc.replace_substring(_cast(clocks), " ", "T")


def joined(*parts: pa.Array | str) -> pa.Array:
    """Row by row, the parts one after the other; NULL where one of them is NULL."""
    return pc.binary_join_element_wise(*parts, "")


def rows_of_bytes(*parts: pa.Array | str) -> memoryview:
    """All rows, each its parts one after the other, as one piece of UTF-8; a NULL part is left out."""
    return utf8(pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement=""))


def utf8(texts: pa.Array) -> memoryview:
    """The texts one after the other, without a copy."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return memoryview(b"")
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(data)[bounds[0] : bounds[-1]]


def replaced(texts: pa.Array, replacements: Mapping[str, str]) -> pa.Array:
    """The texts with each key replaced, in the order given."""
    content = bytes(utf8(texts))
    for old, new in replacements.items():
        if old.encode() in content:
            texts = pc.replace_substring(texts, old, new)
    return texts


def changed(texts: pa.Array, where: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """The texts, those at `where` changed one by one: for what is rare."""
    if not pc.any(where).as_py():
        return texts
    changes = [change(text) for text in texts.filter(where).to_pylist()]
    return pc.replace_with_mask(texts, pc.fill_null(where, False), pa.array(changes, pa.string()))


def _cast(values: pa.Array) -> pa.Array:
    return values.cast(pa.string())


def _numbers(values: pa.Array) -> pa.Array:
    texts = _cast(values)
    if pc.all(pc.is_finite(values)).as_py() is False:
        texts = pc.replace_substring(pc.replace_substring(texts, "nan", "NaN"), "inf", "Infinity")
    return texts


def _decimals(values: pa.Array) -> pa.Array:
    """Plain notation, without trailing zeros; Arrow spells zero as 0E-18."""
    texts = pc.if_else(pc.equal(values, 0), "0.0", _cast(values))
    texts = changed(texts, pc.match_substring(texts, "E"), lambda text: f"{Decimal(text):f}")
    return pc.ascii_rtrim(pc.ascii_rtrim(texts, "0"), ".")


def _instants(values: pa.Array) -> pa.Array:
    return joined(clock_texts(values.cast(pa.timestamp("us"))), "+00:00")


def _documents(values: pa.Array) -> pa.Array:
    has_edges = pc.not_equal(pc.binary_length(pc.utf8_trim(values, WHITE_SPACE)), pc.binary_length(values))
    return changed(values, has_edges, without_edges)


def _refuse_outside(values: pa.Array, first: pa.Scalar, last: pa.Scalar) -> None:
    if pc.any(pc.or_(pc.less(values, first), pc.greater(values, last))).as_py():
        raise UnwritableExport("a date lies outside the years 1 to 9999, which no reader understands; filter it out")


_SPELLINGS: Mapping[Kind, Callable[[pa.Array], pa.Array]] = {
    Kind.TEXT: lambda values: values,
    Kind.IDENTIFIER: lambda values: values,
    Kind.DOCUMENT: _documents,
    Kind.INTEGER: _cast,
    Kind.NUMBER: _numbers,
    Kind.DECIMAL: _decimals,
    Kind.BOOLEAN: _cast,
    Kind.DATE: _cast,
    Kind.INSTANT: _instants,
}
