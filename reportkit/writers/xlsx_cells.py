"""Columns to XLSX cells: which values become numbers, dates and booleans, and which have to stay text.

A cell's body is all of its `<c>` element but the reference: ``<c r="B7"`` + body. A NULL has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from reportkit.columns import Kind
from reportkit.writers.arrow_text import changed, joined, replaced, spelled
from reportkit.writers.base import Alteration, Alterations
from reportkit.writers.formula_guard import guard, unguard

NUMBER_FORMATS = {
    Kind.INTEGER: "0",
    Kind.BOOLEAN: '"TRUE";"TRUE";"FALSE"',
    Kind.DATE: "yyyy-mm-dd",
    Kind.INSTANT: 'yyyy-mm-dd hh:mm:ss.000 "UTC"',
}
"""For the kinds that a spreadsheet would not show in full by itself (LibreOffice shows a boolean as 1)."""

EXACT_DIGITS = 15
"""Excel keeps and shows no more."""
LONGEST_TEXT = 32_767
"""UTF-16 code units in one cell."""

# Excel counts days from the epoch, but is right only from March 1900 on: its 1900 has a 29 February.
_EPOCH = date(1899, 12, 30)
_FIRST_DAY, _FIRST_INSTANT = date(1900, 3, 1), datetime(1900, 3, 1, tzinfo=UTC)
_DAYS_TO_1970 = (date(1970, 1, 1) - _EPOCH).days
_MICROSECONDS_A_DAY = 86_400_000_000

_SMALLEST, _LARGEST = 2.2250738585072014e-308, 9.99999999999999e307

_NOT_IN_XML = [*(chr(code) for code in range(32) if chr(code) not in "\t\n\r"), "\ufffe", "\uffff"]
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"} | {
    character: f"_x{ord(character):04X}_" for character in _NOT_IN_XML
}
_LOOKS_ESCAPED = "_x[0-9A-Fa-f]{4}(?:_|[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\ufffe\uffff])"
"""Also where a control character follows, for that will begin with the closing underscore."""


def bodies(kind: Kind, style: int, values: pa.Array, alterations: Alterations) -> pa.Array:
    """The bodies of the cells of one column. `style` is the column's number in the workbook's styles."""
    match kind:
        case Kind.INTEGER | Kind.NUMBER | Kind.DECIMAL:
            plain = spelled(kind, values)
            held = _held_numbers(kind, values, plain)
            alterations[Alteration.NUMBERS_AS_TEXT] += _count(pc.invert(held))
            return _typed(style, plain, held, lambda: plain)
        case Kind.DATE:
            held = _between(values, _FIRST_DAY, date.max)
            alterations[Alteration.DATES_AS_TEXT] += _count(pc.invert(held))
            return _typed(style, _date_serials(values), held, lambda: spelled(kind, values))
        case Kind.INSTANT:
            held = _between(values, _FIRST_INSTANT, datetime.max.replace(tzinfo=UTC))
            shown = pc.floor_temporal(values, unit="millisecond")
            alterations[Alteration.DATES_AS_TEXT] += _count(pc.invert(held))
            alterations[Alteration.INSTANTS_CUT_TO_MILLISECONDS] += _count(pc.and_(held, pc.not_equal(shown, values)))
            return _typed(style, _instant_serials(shown), held, lambda: spelled(kind, values))
        case Kind.BOOLEAN:
            return joined(f'{_styled(style)} t="b"><v>', pc.if_else(values, "1", "0"), "</v></c>")
        case Kind.TEXT | Kind.IDENTIFIER | Kind.DOCUMENT:
            return text_bodies(spelled(kind, values), alterations)


def text_bodies(values: pa.Array, alterations: Alterations, style: int = 0) -> pa.Array:
    """The bodies of text cells: guarded, cut to what a cell holds, and escaped."""
    values, guarded = guard(values)
    alterations[Alteration.GUARDED_TEXTS] += guarded
    return _inline(_cut(values, alterations), style)


def _held_numbers(kind: Kind, values: pa.Array, plain: pa.Array) -> pa.Array:
    """Which numbers Excel holds exactly."""
    if kind is Kind.INTEGER:
        return _between(values, 1 - 10**EXACT_DIGITS, 10**EXACT_DIGITS - 1)
    if kind is Kind.NUMBER:
        size = pc.abs(values)
        return pc.or_(pc.equal(size, 0), _between(size, _SMALLEST, _LARGEST))
    digits = pc.utf8_ltrim(pc.replace_substring_regex(plain, "[-.]", ""), "0")
    return pc.less_equal(pc.utf8_length(digits), EXACT_DIGITS)


def _typed(style: int, numbers: pa.Array, held: pa.Array, plain: Callable[[], pa.Array]) -> pa.Array:
    """Number cells where Excel holds the value, and elsewhere text cells that spell it out."""
    cells = joined(f"{_styled(style)}><v>", numbers, "</v></c>")
    if pc.all(held).as_py() is not False:
        return cells
    return pc.if_else(held, cells, _inline(plain()))


def _inline(values: pa.Array, style: int = 0) -> pa.Array:
    looks_escaped = pc.match_substring_regex(values, _LOOKS_ESCAPED)
    values = changed(values, looks_escaped, lambda text: re.sub(f"_(?={_LOOKS_ESCAPED[1:]})", "_x005F_", text))
    start = f'{_styled(style)} t="inlineStr"><is><t xml:space="preserve">'
    return joined(start, replaced(values, _ESCAPES), "</t></is></c>")


def _styled(style: int) -> str:
    return f' s="{style}"' if style else ""


def _cut(values: pa.Array, alterations: Alterations) -> pa.Array:
    if (pc.max(pc.binary_length(values)).as_py() or 0) <= LONGEST_TEXT:
        return values
    astral = pc.count_substring_regex(values, "[\U00010000-\U0010ffff]")
    too_long = pc.greater(pc.add(pc.utf8_length(values), astral), LONGEST_TEXT)
    alterations[Alteration.CUT_TEXTS] += _count(too_long)
    return changed(values, too_long, _cut_text)


def _cut_text(text: str) -> str:
    mark = f"… [cut: {len(unguard(text)):,} characters]"
    room = LONGEST_TEXT - len(mark)
    return text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore") + mark


def _date_serials(values: pa.Array) -> pa.Array:
    return pc.add(values.cast(pa.int32()), _DAYS_TO_1970).cast(pa.string())


def _instant_serials(values: pa.Array) -> pa.Array:
    microseconds = pc.add(values.cast(pa.int64()), _DAYS_TO_1970 * _MICROSECONDS_A_DAY)
    return pc.divide(microseconds.cast(pa.float64(), safe=False), _MICROSECONDS_A_DAY).cast(pa.string())


def _between(values: pa.Array, first: object, last: object) -> pa.Array:
    low, high = pa.scalar(first, values.type), pa.scalar(last, values.type)
    return pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))


def _count(where: pa.Array) -> int:
    return pc.sum(where).as_py() or 0
