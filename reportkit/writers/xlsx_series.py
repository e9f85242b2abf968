"""Which rows of a sheet make up the series of a chart, noted while the rows go out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

import pyarrow as pa

from reportkit.columns import Chart, Schema

MOST_CHARTS = 24
MOST_SERIES = 8
"""In one chart: a brand has so many colours."""
MOST_ROWS = 20_000
"""That charts are drawn of; more could neither be told apart nor kept in mind."""
_ENDLESS = 1e300

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Point:
    category: Any
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass
class Series:
    """Rows that follow each other on one sheet."""

    name: str
    first_row: int
    points: list[Point] = field(default_factory=list)

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.points) - 1

    def cut(self, first: int, last: int) -> Series:
        return Series(self.name, self.first_row + first, self.points[first:last])


@dataclass(frozen=True)
class Panel:
    """One chart as it is drawn: the last of the declared `series` columns tells its series apart, the others tell it
    from other panels."""

    chart: Chart
    title: str
    series: Sequence[Series]

    @property
    def shows_something(self) -> bool:
        return any(point.value for series in self.series for point in series.points)

    @property
    def fits_together(self) -> bool:
        categories = [[point.category for point in series.points] for series in self.series]
        return len(self.series) <= MOST_SERIES and all(each == categories[0] for each in categories)

    def trimmed(self) -> Panel:
        """Without the ends where no series has a value, as where a control comes first."""
        first, last = self._known.index(True), len(self._known) - self._known[::-1].index(True)
        return replace(self, series=[each.cut(first, last) for each in self.series])

    @property
    def _known(self) -> list[bool]:
        """For each category, whether there is a value."""
        rows = zip_longest(*[series.points for series in self.series])
        return [any(point and point.value is not None for point in points) for points in rows]


class Noted:
    """The series of one declared chart, as far as the rows have gone out."""

    def __init__(self, chart: Chart, schema: Schema) -> None:
        self.chart = chart
        self._series: dict[Key, Series] = {}
        self._latest: Key | None = None
        self._rows = 0
        missing = [name for name in _columns(chart) if name not in schema]
        self._obstacle = f"it needs the columns {', '.join(missing)}" if missing else ""

    def note(self, batch: pa.RecordBatch, first_row: int) -> None:
        """`batch` went into the first sheet of rows, from `first_row` on."""
        self._rows += batch.num_rows
        if self._rows > MOST_ROWS:
            self.give_up(f"there are more than {MOST_ROWS:,} rows")
        if self._obstacle:
            return
        for row, values in enumerate(batch.select(_columns(self.chart)).to_pylist(), start=first_row):
            self._add(values, row)

    def give_up(self, obstacle: str) -> None:
        self._obstacle = self._obstacle or obstacle
        self._series.clear()

    def _add(self, values: dict[str, Any], row: int) -> None:
        chart = self.chart
        key = tuple(values[name] for name in chart.series)
        if key != self._latest:
            if key in self._series:
                return self.give_up("sorted like this, the rows of a series do not follow each other")
            self._series[key] = Series(_text(key[-1:]) or chart.value, row)
            self._latest = key
        value, low, high = (_number(values[name]) if name else None for name in (chart.value, chart.low, chart.high))
        self._series[key].points.append(Point(values[chart.category], value, low, high))
        return None

    def panels(self) -> tuple[list[Panel], list[str]]:
        """The charts to draw, and in sentences what is not drawn and why."""
        if self._obstacle:
            return [], [f"“{self.chart.title}” is not drawn: {self._obstacle}."]
        together: dict[Key, list[Series]] = {}
        for key, series in self._series.items():
            together.setdefault(key[:-1], []).append(series)
        panels = [Panel(self.chart, _text(key) or self.chart.title, series) for key, series in together.items()]
        telling = [panel for panel in panels if panel.shows_something]
        drawable = [panel.trimmed() for panel in telling if panel.fits_together]
        return drawable[:MOST_CHARTS], list(self._missing(len(drawable), len(telling), len(panels)))

    def _missing(self, drawable: int, telling: int, panels: int) -> Iterator[str]:
        if drawable > MOST_CHARTS:
            yield f"“{self.chart.title}” is drawn for the first {MOST_CHARTS} of {drawable}: filter for the others."
        if empty := panels - telling:
            yield f"“{self.chart.title}” is not drawn for {empty} of {panels}: they have no values but zeros."
        if left_out := telling - drawable:
            yield (
                f"“{self.chart.title}” is not drawn for {left_out} of {panels}: "
                f"they have more than {MOST_SERIES} series, or series that do not share their {self.chart.category}."
            )


def _columns(chart: Chart) -> list[str]:
    names = [*chart.series, chart.category, chart.value, chart.low, chart.high]
    return list(dict.fromkeys(name for name in names if name))


def _number(value: Any) -> float | None:
    """None, a gap, also for what no axis reaches."""
    return float(value) if value is not None and abs(value) < _ENDLESS else None


def _text(key: Sequence[Any]) -> str:
    return " · ".join(str(part) for part in key if part not in (None, ""))
