"""How a column looks in a sheet: its number format, and a width by what its first rows hold."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from reportkit.columns import Column, Kind
from reportkit.writers.xlsx_cells import EXACT_DIGITS

MEASURED_ROWS = 1000

_TEXTS = frozenset({Kind.TEXT, Kind.IDENTIFIER, Kind.DOCUMENT})
_NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.DECIMAL})
_CURRENCY = re.compile("[A-Z]{3}")
_WITHOUT_CENTS = frozenset({"JPY", "KRW", "CLP", "ISK", "VND", "XAF", "XOF"})
_MOST_DECIMALS = 6

_NARROWEST, _WIDEST = 8, 60
_ROOM = 3
_ROOM_FOR_SIGNS = 4
"""Minus, point, percent sign or currency."""
_ROOM_FOR_FILTER = 5
"""Widths count characters; the filter button covers about this many."""


@dataclass(frozen=True)
class Look:
    number_format: str
    width: int
    """In characters."""
    aligned: str | None = None
    """`right`, with room before the next column, or `left`; None is up to the program."""


def look_of(column: Column, values: pa.Array, zone: str) -> Look:
    """`values` are the column's first; `zone` names whose clocks show instants."""
    number_format = _number_format(column, values, zone)
    shown = max(_shown(column, values, number_format), _NARROWEST) + _ROOM
    width = min(max(shown, len(column.name) + _ROOM_FOR_FILTER), _WIDEST)
    if column.kind in _TEXTS:
        return Look(number_format, width)
    return Look(number_format, width, "right" if column.kind in _NUMBERS else "left")


def _number_format(column: Column, values: pa.Array, zone: str) -> str:
    match column.kind, column.unit:
        case Kind.DATE, _:
            return "yyyy-mm-dd"
        case Kind.INSTANT, _:
            return f'yyyy-mm-dd hh:mm:ss.000 "{zone}"'
        case Kind.BOOLEAN, _:
            return '"TRUE";"TRUE";"FALSE"'  # LibreOffice would show 1
        case Kind.INTEGER, None:
            return "0"  # what has no unit counts nothing: it is a number as on a door
        case ((Kind.NUMBER | Kind.DECIMAL), "share"):
            return "0.00%"
        case ((Kind.NUMBER | Kind.DECIMAL), "probability"):
            return "[<0.0001]0.0E+00;0.0000"
        case ((Kind.INTEGER | Kind.NUMBER | Kind.DECIMAL), str(unit)) if _CURRENCY.fullmatch(unit):
            return f"[${unit}] #,##0{'' if unit in _WITHOUT_CENTS else '.00'}"
        case Kind.INTEGER, _:
            return "#,##0"
        case ((Kind.NUMBER | Kind.DECIMAL), _):
            decimals = _decimals(values)
            return "General" if decimals is None else f"#,##0.{'0' * decimals}"
        case _:
            return "General"


def _decimals(values: pa.Array) -> int | None:
    """So many that the smallest fraction still shows two digits; None where that takes too many, or none is seen."""
    sizes = _sizes(values)
    if pc.all(pc.equal(sizes, pc.floor(sizes))).as_py() is not False:
        return None
    smallest = pc.min(sizes.filter(pc.greater(sizes, 0))).as_py()
    decimals = max(2, 1 - math.floor(math.log10(smallest)))
    return decimals if decimals <= _MOST_DECIMALS else None


def _sizes(values: pa.Array) -> pa.Array:
    sizes = pc.abs(values.cast(pa.float64(), safe=False))
    return sizes.filter(pc.is_finite(sizes))


def _shown(column: Column, values: pa.Array, number_format: str) -> int:
    """How many characters the longest of the values is shown with."""
    match column.kind:
        case Kind.DATE | Kind.INSTANT:
            return len(number_format.replace('"', ""))
        case Kind.BOOLEAN:
            return len("FALSE")
        case Kind.INTEGER | Kind.NUMBER | Kind.DECIMAL:
            return _digits(values, number_format)
        case Kind.TEXT | Kind.IDENTIFIER | Kind.DOCUMENT:
            return pc.max(pc.utf8_length(values)).as_py() or 0


def _digits(values: pa.Array, number_format: str) -> int:
    largest = min(pc.max(_sizes(values)).as_py() or 0, 10.0**EXACT_DIGITS)
    decimals = number_format.partition(".")[2].count("0")
    return len(f"{largest:,.0f}") + decimals + _ROOM_FOR_SIGNS
