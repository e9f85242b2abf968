"""Whether a metric rose or fell, held against counting by hand."""

from __future__ import annotations

from itertools import combinations, permutations
from statistics import median

import numpy as np
import pandas as pd
import pytest

from reportkit.specs import Period
from reportkit.stats.trends import (
    MetricTrend,
    Trend,
    direction,
    findings,
    trend_of,
    weekly_trends,
    whole_weeks,
    with_levels,
)


def score(values: tuple[float, ...]) -> float:
    return float(sum(np.sign(later - earlier) for earlier, later in combinations(values, 2)))


@pytest.mark.parametrize("seed", range(10))
def test_a_trend_is_kendalls_and_theil_and_sens(seed: int) -> None:
    values = tuple(np.random.default_rng(seed).normal(0, 1, 6).tolist())
    slopes = [(values[j] - values[i]) / (j - i) for i, j in combinations(range(6), 2)]
    scores = [abs(score(order)) for order in permutations(values)]
    found = trend_of(values)
    assert found.slope == pytest.approx(median(slopes), rel=1e-9)
    assert found.p_value == pytest.approx(sum(each >= abs(score(values)) for each in scores) / len(scores), rel=1e-9)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.slope <= found.high


@pytest.mark.parametrize("values", [(1, 1, 2, 2, 3), (1, 1, 2, 3, 4), (0, 0, 0, 1, 2), (3, 3, 2, 2, 1, 1)])
def test_weeks_with_equal_levels_are_no_more_certain_than_counting_finds_them(values: tuple[float, ...]) -> None:
    scores = [abs(score(order)) for order in permutations(values)]
    counted = sum(each >= abs(score(values)) for each in scores) / len(scores)
    found = trend_of(values).p_value
    assert found == pytest.approx(counted, abs=0.011)
    assert found is not None
    assert (found < 0.05) == (counted < 0.05)


def test_a_week_without_a_level_keeps_its_place() -> None:
    assert trend_of([1, 2, None, 4, 5, 6]).slope == pytest.approx(1)
    assert trend_of([1, 2, None, 4, 5]) == Trend(4)


def test_too_few_weeks_have_no_trend_and_enough_steady_ones_do() -> None:
    assert trend_of([1, 2, 3, 4]) == Trend(4)
    rising, falling = trend_of([1, 2, 3, 4, 5]), trend_of([5, 4, 3, 2, 1])
    assert (direction(rising, rising.p_value), direction(falling, falling.p_value)) == ("rising", "falling")
    assert direction(rising, 0.05) == "no clear trend"
    assert direction(trend_of([1]), None) == "too few whole weeks (1)"


def test_weeks_that_are_all_alike_have_no_trend() -> None:
    flat = trend_of([3.0] * 6)
    assert (flat.p_value, direction(flat, flat.p_value)) == (None, "no clear trend")


ABOUT = {"experiment_name": "X <1>", "metric": "m", "metric_name": "M", "metric_role": "primary", "unit": "EUR"}


MONDAYS = pd.date_range("2026-09-07", periods=3, freq="7D")


def results(started: str | None, ended: str | None, received: str | None = None) -> pd.DataFrame:
    about = {"started_at": started, "ended_at": ended, "data_cutoff": received}
    moments = {name: pd.Series([at, at], dtype="datetime64[us, UTC]") for name, at in about.items()}
    return pd.DataFrame(moments).assign(**ABOUT, metric_kind="mean")


@pytest.mark.parametrize(
    ("run", "period", "whole"),
    [
        (("2026-09-01", "2026-10-01"), (None, None), [True, True, True]),
        (("2026-09-07", "2026-09-28"), (None, None), [True, True, True]),
        (("2026-09-07T00:01", "2026-09-27T23:59"), (None, None), [False, True, False]),
        (("2026-09-01", "2026-10-01"), ("2026-09-07", "2026-09-27"), [True, True, True]),
        (("2026-09-01", "2026-10-01"), ("2026-09-08", "2026-09-26"), [False, True, False]),
        (("2026-09-01", None, "2026-09-27T23:59"), (None, None), [True, True, False]),
        (("2026-09-01", None, "2026-09-28T00:01"), (None, "2026-09-27"), [True, True, True]),
        ((None, None), (None, None), [False, False, False]),
    ],
)
def test_a_week_is_whole_if_the_run_the_period_and_the_data_fill_it(
    run: tuple[str, ...], period: tuple[str | None, str | None], whole: list[bool]
) -> None:
    assert list(whole_weeks(pd.Series(MONDAYS), results(*run), Period.parse(*period))) == whole


@pytest.mark.parametrize(("kind", "level"), [("proportion", 12.0), ("mean", 6.0), ("ratio", 3.0)])
def test_each_kind_of_metric_has_its_level(kind: str, level: float) -> None:
    row = {"metric_kind": kind, "total": 12.0, "denominator": 4.0, "mean_per_active": 6.0}
    assert list(with_levels(pd.DataFrame([row]))["level"]) == [level]


def trends_over(weeks: int, end: str | None = None) -> tuple[list[MetricTrend], str]:
    """Those of an experiment that rises, and what is said of them."""
    mondays = pd.date_range("2026-09-07", periods=weeks, freq="7D")
    counted = {"total": 12.0, "denominator": 4.0, "mean_per_active": [float(week) for week in range(weeks)]}
    by_week = pd.DataFrame({"week": mondays}).assign(**ABOUT, metric_kind="mean", **counted)
    rows = results("2026-09-08", "2026-12-01")
    trends = weekly_trends(by_week, rows, "x", None, end)
    return trends, findings(trends, rows)


def test_what_was_found_is_a_sentence() -> None:
    trends, said = trends_over(7)
    assert said == (
        r"**X \<1\>**, over 6 whole weeks: **M** is rising (adjusted p 0.003). "
        "Cut short, and left out of changes and trends: the week from 7 September 2026."
    )
    assert trends[0].latest == (6.0, 5.0)
    assert trends[0].change == pytest.approx(0.2)


def test_a_period_that_ends_within_a_week_leaves_that_week_out_and_says_so() -> None:
    trends, said = trends_over(7, "2026-10-22")
    assert trends[0].latest == (5.0, 4.0)
    assert said.endswith(
        "over 5 whole weeks: **M** is rising (adjusted p 0.017). "
        "Cut short, and left out of changes and trends: the weeks from 7 September 2026 and 19 October 2026."
    )
    assert "has 1 whole week: too few to speak of trends. Cut short" in trends_over(3, "2026-09-22")[1]
