"""Bars: how many of what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from reportkit.brand import current
from reportkit.charts.frame import figure, plain, without_data
from reportkit.stats.words import records

if TYPE_CHECKING:
    import pandas as pd

FEW = 5
"""Up to so many, each has its line: there is no half of one."""


def allocation(arms: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Subjects per variant, as they arrived; of each variant its variant_name and subjects."""
    import pandas as pd

    return ranked(pd.DataFrame(arms), "variant_name", "subjects", title="Subjects per variant")


def ranked(rows: pd.DataFrame, name: str, count: str, *, title: str) -> go.Figure:
    """A bar for each row, from the top down, with its number at its end."""
    told = "; ".join(f"{row[name]}: {row[count]:,}" for row in records(rows))
    chart = figure(title, current(), height=70 + 28 * max(1, len(rows)), alt=told)
    if not len(rows) or not rows[count].sum():
        return without_data(chart, "There is nothing to show.")
    chart.add_bar(
        x=rows[count],
        y=[plain(str(each)) for each in rows[name]],
        orientation="h",
        texttemplate="%{x:,}",
        textposition="outside",
        cliponaxis=False,
        showlegend=False,
    )
    chart.update_xaxes(visible=False, range=[0, float(rows[count].max()) * 1.1])
    chart.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return chart.update_layout(margin={"t": 48, "b": 8})


def stacked(rows: pd.DataFrame, x: str, series: str, count: str, *, title: str) -> go.Figure:
    """Bars over `x`, each made of its series; `rows` has a row for each of both."""
    chart = figure(title, current(), height=280)
    if rows.empty:
        return without_data(chart, "There is nothing to show.")
    for name, part in rows.groupby(series, sort=False):
        chart.add_bar(name=plain(str(name)), x=part[x], y=part[count])
    if rows.groupby(x)[count].sum().max() <= FEW:
        chart.update_yaxes(dtick=1)
    return chart.update_layout(
        barmode="stack", bargap=0.15, showlegend=True, legend={"traceorder": "normal"}, margin={"t": 48, "b": 58}
    )
