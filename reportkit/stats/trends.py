"""Did a metric rise or fall from week to week?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING, Any

from reportkit.specs import Period
from reportkit.stats.comparison import CONFIDENCE_LEVEL, SIGNIFICANT
from reportkit.stats.runs import no_experiment, whole_within
from reportkit.stats.verdicts import adjusted_p_values, by_role
from reportkit.stats.words import Day, counted, day, escaped, known, listed, moment, p, records

if TYPE_CHECKING:
    import pandas as pd

FEWEST_WEEKS = 5
"""Below this many even a steady rise has a p-value above 0.05."""


@dataclass(frozen=True)
class Trend:
    """How a metric went over whole weeks; None where there are too few of them."""

    weeks: int
    slope: float | None = None
    """Change a week, in the metric's unit: the median of all pairs of weeks (Theil-Sen)."""
    low: float | None = None
    high: float | None = None
    """Ends of its 95 % confidence interval."""
    p_value: float | None = None
    """Mann-Kendall: how often weeks in random order would be at least this orderly."""


def trend_of(levels: Sequence[float | None]) -> Trend:
    """`levels` are those of successive weeks, None where a week has none.

    Weeks that depend on each other make the p-value too small.
    """
    from scipy.stats import theilslopes

    found = {week: level for week, level in enumerate(levels) if level is not None}
    if len(found) < FEWEST_WEEKS:
        return Trend(len(found))
    slope, _, low, high = theilslopes([*found.values()], [*found], alpha=CONFIDENCE_LEVEL)
    return Trend(len(found), float(slope), float(low), float(high), _mann_kendall([*found.values()]))


def _mann_kendall(levels: Sequence[float]) -> float | None:
    """Two-sided. Exact; where levels are equal the normal approximation, corrected for them and for continuity.

    scipy leaves out the latter, and so finds trends in few weeks with equal levels where there are none.
    """
    from scipy.stats import kendalltau, norm

    count, equal = len(levels), Counter(levels).values()
    if max(equal) == 1:
        return float(kendalltau(range(count), levels).pvalue)
    score = sum((later > earlier) - (later < earlier) for earlier, later in combinations(levels, 2))
    variance = sum(sign * n * (n - 1) * (2 * n + 5) for sign, n in [(1, count), *((-1, n) for n in equal)]) / 18
    return float(2 * norm.sf(max(abs(score) - 1, 0) / math.sqrt(variance))) if variance else None


def direction(trend: Trend, adjusted: float | None) -> str:
    """`rising`, `falling`, `no clear trend`, or why there is no answer. `adjusted` is the corrected p-value."""
    if trend.slope is None:
        return f"too few whole weeks ({trend.weeks})"
    if adjusted is None or adjusted >= SIGNIFICANT or trend.slope == 0:
        return "no clear trend"
    return "rising" if trend.slope > 0 else "falling"


def with_levels(by_week: pd.DataFrame) -> pd.DataFrame:
    """The rows of `metrics_summary` by week with the column `level`.

    It is how many subjects did it (proportion), the mean of an active subject (mean), or the ratio: enrolment moves the
    first, and not the others.
    """
    level = by_week["mean_per_active"].where(by_week["metric_kind"] == "mean", by_week["total"])
    ratio = by_week["total"] / by_week["denominator"].where(by_week["denominator"] != 0)
    return by_week.assign(level=level.where(by_week["metric_kind"] != "ratio", ratio))


def whole_weeks(weeks: pd.Series, results: pd.DataFrame, period: Period) -> pd.Series:
    """Whether the run and the period fill each of them; what still runs, does until its latest event was received."""
    started, ended = (moment(results[name].iloc[0]) for name in ("started_at", "ended_at"))
    until = ended or moment(results["data_cutoff"].max()) or datetime.min.replace(tzinfo=UTC)
    return whole_within(weeks, started, until) & whole_within(weeks, period.start, period.end)


def level_unit(metric: Mapping[str, Any]) -> str:
    """What the level of this metric is in."""
    units = {"proportion": "subjects", "mean": f"{metric['unit']} per active subject", "ratio": metric["unit"]}
    return str(units[metric["metric_kind"]])


@dataclass(frozen=True)
class MetricTrend:
    """One metric of an experiment over its weeks."""

    name: str
    unit: str
    weeks: pd.DataFrame
    """Rows with week, level and whole."""
    trend: Trend
    """Over the whole weeks."""
    p_value: float | None
    """Adjusted among the experiment's metrics."""

    @property
    def title(self) -> str:
        return self.name if self.unit.lower() in self.name.lower() else f"{self.name}, {self.unit}"

    @property
    def direction(self) -> str:
        return direction(self.trend, self.p_value)

    @property
    def latest(self) -> tuple[float | None, float | None]:
        """The levels of the last whole week, and of the one before."""
        levels = [known(level) for level in self.weeks.loc[self.weeks["whole"], "level"]]
        before, last = [None, None, *levels][-2:]
        return last, before

    @property
    def change(self) -> float | None:
        """Of the last whole week against the one before, as a share of the latter."""
        last, before = self.latest
        return None if last is None or not before else last / before - 1


def weekly_trends(
    by_week: pd.DataFrame, results: pd.DataFrame, experiment: str, start: Day, end: Day
) -> list[MetricTrend]:
    """One for each metric; `by_week` are the rows of `metrics_summary` from `start` to `end`, `results` those of
    `experiment_results` of the whole run.

    Raises LookupError where there is no such experiment.
    """
    if results.empty:
        raise no_experiment(experiment)
    rows = by_role(records(results.drop_duplicates("metric")))
    levels = with_levels(by_week).assign(whole=whole_weeks(by_week["week"], results, Period.parse(start, end)))
    weeks = [levels[levels["metric"] == row["metric"]] for row in rows]
    trends = [trend_of([known(level) for level in each.loc[each["whole"], "level"]]) for each in weeks]
    adjusted = adjusted_p_values([trend.p_value for trend in trends])
    return [
        MetricTrend(row["metric_name"], level_unit(row), *found)
        for row, *found in zip(rows, weeks, trends, adjusted, strict=True)
    ]


def findings(trends: Sequence[MetricTrend], results: pd.DataFrame) -> str:
    """Markdown: what moved, in a sentence or two, and which weeks are left out."""
    name = escaped(results["experiment_name"].iloc[0])
    weeks = trends[0].weeks
    if weeks.empty:
        return f"**{name}** has no week yet: it has not started, or nothing of it lies in the period asked for."
    cut = weeks.loc[~weeks["whole"], "week"]
    from_days = f"the {'week' if len(cut) == 1 else 'weeks'} from {listed(map(day, cut))}"
    left_out = f" Cut short, and left out of changes and trends: {from_days}." if len(cut) else ""
    if (whole := int(weeks["whole"].sum())) < FEWEST_WEEKS:
        return f"**{name}** has {counted(whole, 'whole week')}: too few to speak of trends.{left_out}"
    moving = [
        f"**{escaped(each.name)}** is {each.direction} (adjusted p {p(each.p_value)})"
        for each in trends
        if each.direction in ("rising", "falling")
    ]
    found = listed(moving) if moving else "no metric has a clear trend"
    return f"**{name}**, over {whole} whole weeks: {found}.{left_out}"
