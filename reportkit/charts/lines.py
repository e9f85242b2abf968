"""Lines over time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from reportkit.brand import current
from reportkit.charts.frame import LEGEND_ABOVE, figure, plain, without_data
from reportkit.stats.verdicts import by_role
from reportkit.stats.words import records

if TYPE_CHECKING:
    import pandas as pd

DAY = 86_400_000
"""In milliseconds, by which Plotly counts."""
MOST_TICKS = 10
SMALL, SMALLER = 200, 168
"""Heights of charts among several."""


def trend(daily: pd.DataFrame, *, title: str, unit: str, height: int = 280) -> go.Figure:
    """One line per variant of the mean of each day; `daily` are rows of one metric of `experiment_results` by day."""
    return _axes(lines(daily, "day", "mean", "variant_name", title=title, height=height), unit)


def trends(daily: pd.DataFrame) -> Iterator[go.Figure]:
    """A chart for each metric on which anything happened; `daily` are all of an experiment's rows by day.

    Means and ratios are shown up to each day, so that they end at what the report compares. Subjects convert on several
    days and count once, so the days of a proportion cannot be added up: it is shown day by day.
    """
    for row in by_role(records(daily.drop_duplicates("metric"))):
        rows = daily[daily["metric"] == row["metric"]]
        if not happened(rows["mean"]):
            continue
        if row["metric_kind"] == "proportion":
            title = f"{row['metric_name']}, on each day"
        else:
            title, rows = f"{row['metric_name']}, up to each day", up_to_each_day(rows)
        yield _small(trend(rows, title=title, unit=row["unit"], height=SMALL))


def up_to_each_day(rows: pd.DataFrame) -> pd.DataFrame:
    """One mean's or ratio's rows by day, with `mean` of all that happened until the end of the day."""
    totals = rows.groupby("variant")[["total", "denominator"]].cumsum()
    whole = totals["denominator"].where(rows["metric_kind"] == "ratio", rows["subjects"].astype(float))
    return rows.assign(mean=totals["total"] / whole.where(whole != 0))


def daily_note(daily: pd.DataFrame) -> str:
    """How to read `trends`; a sentence in their place where they show nothing."""
    if not happened(daily["mean"]):
        return "There is no day on which anything happened."
    notes = {
        False: "Means and ratios are those of everything up to the day, so they wander at first and settle later.",
        True: "A proportion is the share of all subjects assigned by then who did it on the day itself: most act soon "
        "after they were assigned, so all lines fall as subjects gather. Read the gap between them, not their slope.",
    }
    return " ".join(notes[kind] for kind in sorted({kind == "proportion" for kind in daily["metric_kind"]}))


def weekly(weeks: pd.DataFrame, *, title: str, unit: str) -> go.Figure:
    """One metric week by week; `weeks` has week, level and whole. Weeks that are not whole are hollow points."""
    brand = current()
    chart = figure(title, brand, height=SMALLER)
    if not happened(weeks["level"]):
        return without_data(chart, "Nothing has happened yet.")
    whole, cut = weeks[weeks["whole"]], weeks[~weeks["whole"]]
    hollow = {"color": "#FFFFFF", "line": {"color": brand.accent, "width": 1.5}}
    for rows, name, mode, marker in (
        (whole, "whole weeks", "lines+markers", {}),
        (cut, "weeks cut short", "markers", hollow),
    ):
        if rows.empty:
            continue
        chart.add_scatter(
            x=rows["week"],
            y=rows["level"],
            mode=mode,
            name=name,
            line={"color": brand.accent},
            marker=marker,
            cliponaxis=False,
        )
    apart = 7 * math.ceil(len(weeks) / MOST_TICKS)
    chart.update_xaxes(tick0=weeks["week"].min(), dtick=apart * DAY, tickformat="%-d %b")
    return _small(_axes(chart, "share" if unit == "share" else ""))


def lines(
    rows: pd.DataFrame, x: str, y: str, series: str, *, title: str, height: int = 240, y_title: str = ""
) -> go.Figure:
    """A line for each value of `series`, in the order in which they come; a single point is seen as a point."""
    chart = figure(title, current(), height=height)
    if rows.empty:
        return without_data(chart, "There is nothing to show.")
    for name, part in rows.groupby(series, sort=False):
        chart.add_scatter(
            name=plain(str(name)), x=part[x], y=part[y], mode="lines+markers", line={"width": 2}, marker={"size": 4}
        )
    chart.update_yaxes(rangemode="tozero", title=y_title, nticks=6)
    return chart.update_layout(margin={"t": 48, "b": 58}, showlegend=True)


def happened(values: pd.Series) -> bool:
    """Whether there is a value that is not zero."""
    return bool((values.fillna(0) != 0).any())


def _small(chart: go.Figure) -> go.Figure:
    return chart.update_layout(margin={"t": 46, "b": 36}, legend=LEGEND_ABOVE)


def _axes(chart: go.Figure, unit: str) -> go.Figure:
    share = unit == "share"
    return chart.update_yaxes(title="" if share else unit, tickformat=".1~%" if share else "", rangemode="tozero")
