"""Columns to XLSX cells: which values become numbers, dates and booleans, and which have to stay text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reportkit.columns import Kind
from reportkit.writers.arrow_text import changed, joined, replaced, spelled, utf8
from reportkit.writers.base import Alteration, Alterations
from reportkit.writers.formula_guard import guard, unguard
from reportkit.writers.zones import offsets, on_clocks

EXACT_DIGITS = 15
"""Excel keeps and shows no more."""
LONGEST_TEXT = 32_767
"""UTF-16 code units in one cell."""

# Excel counts days from the epoch, but is right only from March 1900 on: its 1900 has a 29 February.
_EPOCH = date(1899, 12, 30)
_FIRST_DAY, _FIRST_INSTANT = date(1900, 3, 1), datetime(1900, 3, 1)
_DAYS_TO_1970 = (date(1970, 1, 1) - _EPOCH).days
_MILLISECONDS_A_DAY = 86_400_000

_SMALLEST, _LARGEST = 2.2250738585072014e-308, 9.99999999999999e307

_NOT_IN_XML = [*(chr(code) for code in range(32) if chr(code) not in "\t\n\r"), "\ufffe", "\uffff"]
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_RARE = {"\r": "&#13;", "\n": "&#10;"} | {character: f"_x{ord(character):04X}_" for character in _NOT_IN_XML}
_RARE_BYTES = (0x20, 0xEE)
"""In UTF-8 the rare characters begin below or above these."""
_LOOKS_ESCAPED = "_x[0-9A-Fa-f]{4}(?:_|[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\ufffe\uffff])"
"""Also where a control character follows, for that will begin with the closing underscore."""


Parts = list[pa.Array | str]
"""Texts that, row by row, stand one after the other; where an array is NULL, none of its row does."""


@dataclass(frozen=True)
class Place:
    """Where cells go that are alike."""

    letters: str
    """The sheet's name of their column."""
    rows: pa.Array
    """Their row numbers, as text."""
    style: int = 0
    """A number in the workbook's table of styles; 0 is plain."""

    def start(self, *, plain: bool = False) -> Parts:
        """A cell's element up to its type."""
        return [f'<c r="{self.letters}', self.rows, '"' if plain or not self.style else f'" s="{self.style}"']


def cells(kind: Kind, values: pa.Array, place: Place, zone: tzinfo, alterations: Alterations) -> Parts:
    """The cells of one column; a NULL has none."""
    match kind:
        case Kind.INTEGER | Kind.NUMBER | Kind.DECIMAL:
            plain = spelled(kind, values)
            held = _held_numbers(kind, values, plain)
            alterations[Alteration.NUMBERS_AS_TEXT] += _count(pc.invert(held))
            return _typed(place, plain, held, lambda: plain)
        case Kind.DATE:
            held = _between(values, _FIRST_DAY, date.max)
            alterations[Alteration.DATES_AS_TEXT] += _count(pc.invert(held))
            return _typed(place, _date_serials(values), held, lambda: spelled(kind, values))
        case Kind.INSTANT:
            shown = _shown(values, zone)
            held = _between(shown, _FIRST_INSTANT, datetime.max)
            microseconds = pc.add(shown.cast(pa.int64()), _DAYS_TO_1970 * _MILLISECONDS_A_DAY * 1000)
            milliseconds = pc.divide(microseconds, 1000)
            cut = pc.not_equal(pc.multiply(milliseconds, 1000), microseconds)
            alterations[Alteration.DATES_AS_TEXT] += _count(pc.invert(held))
            alterations[Alteration.INSTANTS_CUT_TO_MILLISECONDS] += _count(pc.and_(held, cut))
            return _typed(place, _instant_serials(milliseconds), held, lambda: spelled(kind, values))
        case Kind.BOOLEAN:
            return _cells([*place.start(), ' t="b"><v>', pc.if_else(values, "1", "0"), "</v></c>"])
        case Kind.TEXT | Kind.IDENTIFIER | Kind.DOCUMENT:
            return text_cells(spelled(kind, values), place, alterations)


def text_cells(values: pa.Array, place: Place, alterations: Alterations) -> Parts:
    """Text cells: guarded, cut to what a cell holds, and escaped."""
    values, guarded = guard(values)
    alterations[Alteration.GUARDED_TEXTS] += guarded
    return _cells(_inline(_cut(values, alterations), place.start()))


def _held_numbers(kind: Kind, values: pa.Array, plain: pa.Array) -> pa.Array:
    """Which numbers Excel holds exactly."""
    if kind is Kind.INTEGER:
        return _between(values, 1 - 10**EXACT_DIGITS, 10**EXACT_DIGITS - 1)
    if kind is Kind.NUMBER:
        size = pc.abs(values)
        return pc.or_(pc.equal(size, 0), _between(size, _SMALLEST, _LARGEST))
    digits = pc.utf8_ltrim(pc.replace_substring_regex(plain, "[-.]", ""), "0")
    return pc.less_equal(pc.utf8_length(digits), EXACT_DIGITS)


def _typed(place: Place, numbers: pa.Array, held: pa.Array, plain: Callable[[], pa.Array]) -> Parts:
    """Number cells where Excel holds the value, and elsewhere text cells that spell it out."""
    parts = [*place.start(), "><v>", numbers, "</v></c>"]
    if pc.all(held).as_py() is not False:
        return _cells(parts)
    return [pc.if_else(held, joined(*parts), joined(*_inline(plain(), place.start(plain=True))))]


def _cells(parts: Parts) -> Parts:
    """Where there are NULLs, each cell as one text, which is NULL with its value."""
    return [joined(*parts)] if any(part.null_count for part in parts if isinstance(part, pa.Array)) else parts


def _inline(values: pa.Array, start: Parts) -> Parts:
    trimmed = pc.utf8_trim_whitespace(values)
    has_edges = pc.not_equal(pc.binary_length(trimmed), pc.binary_length(values))
    element: pa.Array | str = "<t>"
    if pc.any(has_edges).as_py():
        element = pc.if_else(has_edges, '<t xml:space="preserve">', "<t>")
    return [*start, ' t="inlineStr"><is>', element, _escaped(values), "</t></is></c>"]


def _escaped(values: pa.Array) -> pa.Array:
    content = utf8(values)
    if b"_x" in bytes(content):
        looks_escaped = pc.match_substring_regex(values, _LOOKS_ESCAPED)
        values = changed(values, looks_escaped, lambda text: re.sub(f"_(?={_LOOKS_ESCAPED[1:]})", "_x005F_", text))
    values = replaced(values, _MARKUP)
    codes = np.frombuffer(content, np.uint8)
    lowest, highest = _RARE_BYTES
    # Each of them is looked for in all texts: not where a glance tells that none is there.
    if len(codes) and (codes.min() < lowest or codes.max() > highest):
        values = replaced(values, _RARE)
    return values


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


def date_serial(day: date) -> int:
    """What Excel calls the day."""
    return (day - _EPOCH).days


def _date_serials(values: pa.Array) -> pa.Array:
    return pc.add(values.cast(pa.int32()), _DAYS_TO_1970).cast(pa.string())


def _shown(values: pa.Array, zone: tzinfo) -> pa.Array:
    """What a clock in `zone` shows then."""
    return values.cast(pa.timestamp("us")) if zone is UTC else on_clocks(values, offsets(values, zone))


def _instant_serials(milliseconds: pa.Array) -> pa.Array:
    return pc.divide(milliseconds.cast(pa.float64()), _MILLISECONDS_A_DAY).cast(pa.string())


def _between(values: pa.Array, first: object, last: object) -> pa.Array:
    low, high = pa.scalar(first, values.type), pa.scalar(last, values.type)
    return pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))


def _count(where: pa.Array) -> int:
    return pc.sum(where).as_py() or 0
