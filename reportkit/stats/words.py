"""Numbers, spans of time and what is missing, as people write them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from reportkit.stats.comparison import SIGNIFICANT

if TYPE_CHECKING:
    import pandas as pd

Day = str | date | None
"""As a report's parameter gives it."""

_MARKUP = re.compile(r"[\\`*_\[\]<>&#|~$!]")


def percent(share: float | None) -> str:
    """`+4.1 %`, with a true minus sign; `n/a` for None."""
    if share is None:
        return "n/a"
    return f"{round(share, 3) + 0.0:+,.1%}".replace("-", "−").replace("%", " %")


def unsigned(share: float | None) -> str:
    """`4.1 %`: a part of a whole, where a sign would mislead; `n/a` for None."""
    return percent(share).lstrip("+")


def interval(low: float | None, high: float | None) -> str:
    """`+2.0 % to +6.2 %`."""
    return "n/a" if low is None or high is None else f"{percent(low)} to {percent(high)}"


def p(value: float | None) -> str:
    """`0.034`; below a thousandth `< 0.001`, for more digits would only feign precision.

    A value that is below 0.05 never reads as 0.050.
    """
    if value is None:
        return "n/a"
    if value < 0.001:
        return "< 0.001"
    return "< 0.05" if value < SIGNIFICANT <= round(value, 3) else f"{value:.3f}"


def measured(value: float | None, unit: str, *, sign: bool = False) -> str:
    """`12.34 %` for a share, `12.34` and `1,234` for others; with `sign` of a difference, `+0.30`."""
    if value is None:
        return "n/a"
    plus = "+" if sign else ""
    if unit == "share":
        text = f"{value:{plus}z.2%}".replace("%", " %")
    else:
        text = f"{value:{plus}z,.{0 if abs(value) >= 100 else 2}f}"
    return text.replace("-", "−")


def with_unit(name: str, unit: str) -> str:
    """`Revenue per subject (EUR)`; not where the name or the way shares are written says enough."""
    return name if unit == "share" or unit.lower() in name.lower() else f"{name} ({unit})"


def glued(text: str) -> str:
    """With no break between a number and its per cent sign."""
    return text.replace(" %", "\u00a0%")


def escaped(text: str) -> str:
    """Text that people chose, such as a name, within Markdown: it says what it says."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def counted(count: int, one: str, several: str = "") -> str:
    """`1 entry`, `1,200 entries`; the plural only where it is not with an s."""
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"


def listed(names: Iterable[str]) -> str:
    """`a, b and c`."""
    *first, last = [*names] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def days(first: date, last: date) -> str:
    """`1 to 12 September 2026`, `31 August to 12 October 2026`; years only where they differ."""
    if first.year != last.year:
        return f"{day(first)} to {day(last)}"
    if (first.month, first.day) == (last.month, last.day):
        return day(last)
    return f"{first:%-d}{'' if first.month == last.month else f'{first: %B}'} to {day(last)}"


def day(of: date) -> str:
    return f"{of:%-d %B %Y}"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Its rows, by column name."""
    return frame.to_dict("records")  # type: ignore[return-value]


def known(value: Any) -> float | None:
    """None also for the NaN by which pandas says the same."""
    return None if value is None or value != value or math.isinf(value) else float(value)


def moment(value: Any) -> datetime | None:
    """None also for the NaT by which pandas says the same."""
    return None if value is None or value != value else value
