"""Charts and tables that reports share, in the brand's look. Notebooks call these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from reportkit.brand import DEFAULT, plotly_template
from reportkit.stats.verdicts import Outcome, Verdict, known, p, percent

if TYPE_CHECKING:
    import pandas as pd

COLOURS = {
    Outcome.BETTER: DEFAULT.positive,
    Outcome.WORSE: DEFAULT.negative,
    Outcome.UNCLEAR: DEFAULT.muted,
    Outcome.NO_DATA: DEFAULT.muted,
}


def lifts(verdicts: Sequence[Verdict]) -> go.Figure:
    """Each comparison's lift with its 95 % confidence interval, by outcome; those without a lift are left out."""
    figure = _figure("Lift over the control, with 95 % confidence intervals")
    several = len({verdict.variant for verdict in verdicts}) > 1
    for outcome, colour in COLOURS.items():
        shown = [v for v in verdicts if v.outcome is outcome and v.lift is not None]
        if not shown:
            continue
        figure.add_scatter(
            name=outcome.value,
            x=[v.lift for v in shown],
            y=[_row(v, several) for v in shown],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [_reach(v.high, v.lift) for v in shown],
                "arrayminus": [_reach(v.lift, v.low) for v in shown],
                "thickness": 2,
                "width": 5,
            },
            mode="markers",
            marker={"size": 10, "color": colour},
        )
    rows = [_row(v, several) for v in verdicts if v.lift is not None]
    if not rows:
        figure.add_annotation(text="no comparison has a lift yet", showarrow=False).update_layout(height=140)
        return figure.update_xaxes(visible=False).update_yaxes(visible=False)
    figure.add_vline(x=0, line_width=1, line_color=DEFAULT.ink)
    figure.update_xaxes(tickformat="+.0%", title="lift", showgrid=True)
    figure.update_yaxes(autorange="reversed", categoryorder="array", categoryarray=rows, showgrid=False)
    return figure.update_layout(height=150 + 42 * len(rows))


def _row(verdict: Verdict, several: bool) -> str:
    return f"{verdict.metric_name} · {verdict.variant_name}" if several else verdict.metric_name


def trend(daily: pd.DataFrame, *, title: str, unit: str) -> go.Figure:
    """One line per variant of the mean of each day; `daily` are rows of one metric of `experiment_results` by day."""
    figure = _figure(title)
    share = unit == "share"
    for variant, rows in daily.groupby("variant_name", sort=False):
        figure.add_scatter(
            name=str(variant),
            x=rows["day"],
            y=rows["mean"],
            mode="lines+markers",  # a single day is no line
            line={"width": 2},
            marker={"size": 4},
        )
    figure.update_yaxes(title="" if share else unit, tickformat=".1%" if share else "", rangemode="tozero")
    return figure.update_xaxes(title="day (UTC)")


def comparison_table(results: pd.DataFrame, verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """One row per comparison, as text for people: role, both means, lift, interval, p, outcome."""
    import pandas as pd

    rows = {(row["metric"], row["variant"]): row for row in results.to_dict("records")}
    table = pd.DataFrame(
        {
            "Metric": with_unit(verdict.metric_name, row["unit"]),
            "Role": verdict.role,
            "Variant": verdict.variant_name,
            "Control": measured(row["control_mean"], row["unit"]),
            "Variant's": measured(row["mean"], row["unit"]),
            "Lift": percent(verdict.lift),
            "95 % CI": interval(verdict.low, verdict.high),
            "p": p(verdict.p_value),
            "Verdict": verdict.outcome.value,
        }
        for verdict in verdicts
        for row in [rows[verdict.metric, verdict.variant]]
    )
    return table if table["Variant"].nunique() > 1 else table.drop(columns="Variant")


def segment_table(by_segment: pd.DataFrame) -> pd.DataFrame:
    """One metric's comparisons in each segment, as text for people; rows of `experiment_results` by segment."""
    import pandas as pd

    compared = by_segment[~by_segment["is_control"]].to_dict("records")
    return pd.DataFrame(
        {
            "Platform": [row["segment"] for row in compared],
            "Variant": [row["variant_name"] for row in compared],
            "Subjects": [f"{row['subjects']:,}" for row in compared],
            "Control": [measured(row["control_mean"], row["unit"]) for row in compared],
            "Variant's": [measured(row["mean"], row["unit"]) for row in compared],
            "Lift": [percent(known(row["lift"])) for row in compared],
            "95 % CI": [interval(known(row["lift_low"]), known(row["lift_high"])) for row in compared],
        }
    )


def with_unit(name: str, unit: str) -> str:
    """`Revenue per subject (EUR)`; shares are written as per cent, which says enough."""
    return name if unit == "share" else f"{name} ({unit})"


def measured(mean: float, unit: str) -> str:
    """`12.34 %` for a share, `12.34` and `1,234` for others."""
    if mean != mean:
        return "n/a"
    if unit == "share":
        return f"{mean:.2%}".replace("%", " %")
    return f"{mean:,.0f}" if abs(mean) >= 100 else f"{mean:.2f}"


def interval(low: float | None, high: float | None) -> str:
    return "n/a" if low is None or high is None else f"{percent(low)} to {percent(high)}"


def allocation(subjects: pd.DataFrame) -> go.Figure:
    """Subjects per variant, as they arrived; `subjects` has the columns variant_name and subjects."""
    figure = _figure("Subjects per variant")
    figure.add_bar(
        x=subjects["variant_name"],
        y=subjects["subjects"],
        texttemplate="%{y:,}",
        textposition="outside",
        cliponaxis=False,
    )
    return figure.update_yaxes(title="subjects", tickformat=",").update_layout(height=300)


def _figure(title: str) -> go.Figure:
    layout = {"template": plotly_template(DEFAULT), "title": {"text": title}, "width": 680, "height": 380}
    return go.Figure(layout=layout)


def _reach(far: float | None, near: float | None) -> float:
    return 0.0 if far is None or near is None else far - near
