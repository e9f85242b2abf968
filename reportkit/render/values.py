"""A dataset's values as people read them in print, a column at a time.

What is not shown literally is counted by reason, with the names that manifests use.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from reportkit.columns import Column, Kind

MISSING = "–"
LONGEST_TEXT = 1_000
"""Characters of one value; more would fill a page with one cell."""
FEWEST_DECIMALS, MOST_DECIMALS = 2, 4
"""Digits after the point, unless a number is exact with fewer. A percentage has no more than the fewest."""
SIGNIFICANT = 6
"""Digits that a column's largest number has at least, if it needs them."""
HUGE = 1e15
"""From here on a number is written with its exponent."""

ENDLESS = {"nan": "NaN", "inf": "∞", "-inf": "−∞"}
NUMERIC = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.DECIMAL})


@dataclass(frozen=True)
class Shown:
    """One column as it is printed."""

    texts: Sequence[str]
    unit: str = ""
    """What stands below the column's name."""
    changes: Counter[str] = field(default_factory=Counter)
    """How many values are not shown literally, by reason."""


def show(column: Column, values: Sequence[Any], zone: tzinfo = UTC) -> Shown:
    """`values` are as Arrow gives them to Python, NULL as None; `zone` is whose clocks show instants.

    Raises OverflowError for an instant that those clocks cannot show.
    """
    unit = column.unit or ""
    match column.kind:
        case Kind.INTEGER:
            # What has no unit counts nothing: it is a number as on a door.
            return Shown(_each(values, lambda value: signed(f"{value:,}" if unit else str(value))), unit)
        case Kind.NUMBER if unit == "share":
            return _numbers(values, "", percent=True)
        case Kind.NUMBER:
            return _numbers(values, unit, percent=False)
        case Kind.DECIMAL:
            return Shown(_decimals(values), unit)
        case Kind.BOOLEAN:
            return Shown(_each(values, lambda value: "yes" if value else "no"))
        case Kind.DATE:
            return Shown(_each(values, str))
        case Kind.INSTANT:
            return _instants(values, zone)
        case Kind.TEXT | Kind.IDENTIFIER | Kind.DOCUMENT:
            return _texts(values, unit)


def signed(number: str) -> str:
    """With a true minus sign."""
    return number.replace("-", "−")


def _each(values: Iterable[Any], spell: Any) -> list[str]:
    return [MISSING if value is None else spell(value) for value in values]


def _texts(values: Sequence[str | None], unit: str) -> Shown:
    cut = sum(value is not None and len(value) > LONGEST_TEXT for value in values)
    return Shown(_each(values, _cut), unit, Counter(cut_texts=cut))


def _cut(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    mark = f"… [cut: {len(text):,} characters]"
    return text[: LONGEST_TEXT - len(mark)] + mark


def _instants(values: Sequence[datetime | None], zone: tzinfo) -> Shown:
    """To the minute where all are whole minutes, else to the second."""
    clocks = [value if value is None else value.astimezone(zone).replace(tzinfo=None) for value in values]
    known = [clock for clock in clocks if clock is not None]
    whole = all(not clock.second and not clock.microsecond for clock in known)
    cut = sum(clock.microsecond > 0 for clock in known)
    texts = _each(clocks, lambda clock: clock.isoformat(" ", "minutes" if whole else "seconds"))
    return Shown(texts, str(zone), Counter(instants_cut_to_seconds=cut))


def _decimals(values: Sequence[Decimal | None]) -> list[str]:
    """Exact; a column's points stand below each other where that takes few zeros."""
    places = max((_places(value) for value in values if value is not None), default=0)
    if places > MOST_DECIMALS:
        return _each(values, lambda value: signed(f"{value:,.{_places(value)}f}"))
    return _each(values, lambda value: signed(f"{value:,.{places}f}"))


def _places(value: Decimal) -> int:
    """Digits after the point that are not idle zeros."""
    return len(f"{value:f}".partition(".")[2].rstrip("0"))  # not normalize(): it rounds to 28 digits


def _numbers(values: Sequence[float | None], unit: str, *, percent: bool) -> Shown:
    exact = {value: _exact(value, percent) for value in values if value is not None and math.isfinite(value)}
    usual = {value: number for value, number in exact.items() if abs(number) < HUGE}
    places = _places_for(usual.values(), FEWEST_DECIMALS if percent else MOST_DECIMALS)
    shown, rounded = {}, set()
    for value, number in exact.items():
        text = f"{number:,.{places}f}"
        if value not in usual or (value and not float(text.replace(",", ""))):
            text = f"{number:.2e}"
        if Decimal(text.replace(",", "")) != number:
            rounded.add(value)
        shown[value] = signed(text) + (" %" if percent else "")
    texts = _each(values, lambda value: shown.get(value) or ENDLESS[str(value)])
    return Shown(texts, unit, Counter(rounded_numbers=sum(value in rounded for value in values)))


def _exact(value: float, percent: bool) -> Decimal:
    """The shortest decimal number that is read as `value`, without a sign on zero."""
    return Decimal(repr(value + 0.0)) * (100 if percent else 1)


def _places_for(numbers: Iterable[Decimal], most: int) -> int:
    """Digits after the point for a column: as many as it needs, within what a reader can use."""
    known = list(numbers)
    largest = max((abs(number) for number in known), default=Decimal(0))
    useful = min(most, max(FEWEST_DECIMALS, SIGNIFICANT - len(str(int(largest)))))
    return min(useful, max(map(_places, known), default=0))
