"""Lifts with their intervals: one row for each comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import plotly.graph_objects as go

from reportkit.brand import Brand, current
from reportkit.charts.frame import LEGEND_ABOVE, figure, plain, without_data
from reportkit.charts.tables import on_sides
from reportkit.stats.readings import Reading
from reportkit.stats.verdicts import Outcome, Verdict
from reportkit.stats.words import percent

TITLE = "Lift over the control, with 95 % confidence intervals"
WIDEST = 3.0
"""An axis reaches at most so many times as far as the median row, lest one wide interval squeeze all others."""
LONGEST = 40
"""Characters of a row's name."""
ONE_LINE, TWO_LINES = 30, 32
"""Height of a row."""
BREATH = 1.12
"""How far beyond what it shows an axis reaches."""


@dataclass(frozen=True)
class _Row:
    """One comparison that has a lift, and where it stands: names may be alike, places never are."""

    place: int
    name: str
    verdict: Verdict
    lift: float


def lifts(verdicts: Sequence[Verdict], *, title: str = TITLE, names: Sequence[str] = ()) -> go.Figure:
    """Each comparison's lift with its 95 % confidence interval, by outcome; those without a lift are left out.

    Rows are called by metric, and by variant where there are several; or by `names`, one for each verdict, of one line
    or two. An interval that would squeeze all others is cut at the chart's edge: an arrow stands there, and how far it
    goes.
    """
    brand = current()
    named = [(name, v, v.lift) for name, v in zip(names or _names(verdicts), verdicts, strict=True)]
    shown = [(name, verdict, lift) for name, verdict, lift in named if lift is not None]
    rows = [_Row(place, *each) for place, each in enumerate(shown)]
    told = "; ".join(f"{' '.join(row.name.split())}: {percent(row.lift)}, {row.verdict.outcome.value}" for row in rows)
    height = TWO_LINES if any("\n" in row.name for row in rows) else ONE_LINE
    chart = figure(title, brand, height=90 + height * len(rows), alt=told)
    if not rows:
        return without_data(chart, "No comparison has a lift yet.")
    low, high = _limits([row.verdict for row in rows])
    for outcome, colour in _colours(brand).items():
        of_outcome = [row for row in rows if row.verdict.outcome is outcome]
        if of_outcome:
            _draw(chart, of_outcome, outcome.value, colour, low, high)
    for side, edge in ((-1, low), (1, high)):
        _arrows(chart, rows, side, edge, brand)
    chart.add_vline(x=0, line_width=1, line_color=brand.ink)
    chart.update_xaxes(tickformat="+.0%", showgrid=True, gridcolor="#E3E8EE", range=[low * BREATH, high * BREATH])
    chart.update_yaxes(
        range=[len(rows) - 0.5, -0.5],
        tickvals=[row.place for row in rows],
        ticktext=[_label(row.name) for row in rows],
        showgrid=False,
        zeroline=False,
    )
    return chart.update_layout(margin={"t": 48, "b": 32}, showlegend=True, legend=LEGEND_ABOVE)


def lifts_of_sides(sides: Sequence[Reading], metric: str = "", *, title: str) -> go.Figure:
    """The lifts of one metric, or of what each was decided by, side below side."""
    found = on_sides(sides, [metric] if metric else [])
    names = [side.name if len(side.arms) == 2 else f"{side.name}\n{v.variant_name}" for side, v in found]
    return lifts([verdict for _, verdict in found], title=title, names=names)


def _draw(chart: go.Figure, rows: Sequence[_Row], outcome: str, colour: str, low: float, high: float) -> None:
    """The points are where the lifts are; an error bar ends at the chart's edge at the latest."""
    chart.add_scatter(
        name=outcome,
        x=[row.lift for row in rows],
        y=[row.place for row in rows],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [_reach(row.lift, row.verdict.high, high) for row in rows],
            "arrayminus": [_reach(row.lift, row.verdict.low, low) for row in rows],
            "thickness": 2,
            "width": 4,
        },
        mode="markers",
        marker={"size": 10, "color": colour},
        hoverinfo="x",
    )


def _arrows(chart: go.Figure, rows: Sequence[_Row], side: int, edge: float, brand: Brand) -> None:
    """At the edge of the chart, and the end of the interval beside it in words."""
    ends = [(row.place, row.verdict.high if side > 0 else row.verdict.low) for row in rows]
    cut = [(place, end) for place, end in ends if end is not None and end * side > edge * side]
    if not cut:
        return
    chart.add_scatter(
        x=[edge] * len(cut),
        y=[place for place, _ in cut],
        mode="markers+text",
        marker={"symbol": "triangle-right" if side > 0 else "triangle-left", "size": 11, "color": brand.muted},
        text=[f"to {percent(end)}" for _, end in cut],
        textposition="top left" if side > 0 else "top right",
        textfont={"size": 11, "color": brand.muted},
        showlegend=False,
        hoverinfo="text",
    )


def _limits(verdicts: Sequence[Verdict]) -> tuple[float, float]:
    """How far the chart reaches to either side of zero: not much farther than most intervals do, but to all points."""
    lifts = [verdict.lift or 0.0 for verdict in verdicts]
    lows = [lift if v.low is None else v.low for lift, v in zip(lifts, verdicts, strict=True)]
    highs = [lift if v.high is None else v.high for lift, v in zip(lifts, verdicts, strict=True)]
    far = WIDEST * median(max(abs(low), abs(high)) for low, high in zip(lows, highs, strict=True))
    low, high = max(min(lows), min(-far, *lifts)), min(max(highs), max(far, *lifts))
    least = max(high, -low, 0.01) / 10
    return min(low, -least), max(high, least)


def _reach(lift: float, end: float | None, edge: float) -> float:
    if end is None:
        return 0.0
    return abs((min(end, edge) if edge > 0 else max(end, edge)) - lift)


def _label(name: str) -> str:
    """Its lines, cut where they would leave no room for the chart."""
    lines = (line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…" for line in name.split("\n"))
    return "<br>".join(map(plain, lines))


def _names(verdicts: Sequence[Verdict]) -> list[str]:
    several = len({verdict.variant for verdict in verdicts}) > 1
    return [f"{v.metric_name} · {v.variant_name}" if several else v.metric_name for v in verdicts]


def _colours(brand: Brand) -> dict[Outcome, str]:
    return {
        Outcome.BETTER: brand.positive,
        Outcome.WORSE: brand.negative,
        Outcome.UNCLEAR: brand.muted,
        Outcome.NO_DATA: brand.muted,
    }
