"""Whether a metric rose or fell, held against counting by hand."""

from __future__ import annotations

from itertools import combinations, permutations
from statistics import median

import numpy as np
import pandas as pd
import pytest

from reportkit.stats.trends import Trend, direction, findings, trend_of, weekly_trends, weeks_with_levels

FIRST = pd.Timestamp("2026-09-02")
"""A Wednesday."""


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


def rows(days: int, kind: str = "mean") -> tuple[pd.DataFrame, pd.DataFrame]:
    by_day = pd.DataFrame({"day": pd.date_range(FIRST, periods=days)}).assign(**ABOUT, metric_kind=kind)
    mondays = sorted({day - pd.Timedelta(days=day.day_of_week) for day in by_day["day"]})
    counted = {"total": 12.0, "denominator": 4.0, "mean_per_active": 6.0}
    by_week = pd.DataFrame({"week": mondays}).assign(**ABOUT, metric_kind=kind, **counted)
    return by_week, by_day


@pytest.mark.parametrize(
    ("days", "whole"),
    [
        (12, [False, False]),  # until Sunday the 13th: the last day is cut, and with it the week
        (13, [False, True, False]),  # until Monday the 14th
        (1, [False]),
    ],
)
def test_a_week_with_the_first_or_last_day_is_cut_short(days: int, whole: list[bool]) -> None:
    assert list(weeks_with_levels(*rows(days))["whole"]) == whole


@pytest.mark.parametrize(("kind", "level"), [("proportion", 12.0), ("mean", 6.0), ("ratio", 3.0)])
def test_each_kind_of_metric_has_its_level(kind: str, level: float) -> None:
    assert set(weeks_with_levels(*rows(12, kind))["level"]) == {level}


def test_what_was_found_is_a_sentence() -> None:
    by_week, by_day = rows(50)
    by_week["mean_per_active"] = range(len(by_week))
    metrics = by_week.head(1)
    trends = weekly_trends(weeks_with_levels(by_week, by_day), metrics, "x")
    assert findings(trends, metrics) == r"**X \<1\>**, over 6 whole weeks: **M** is rising."
    assert trends[0].latest == (6.0, 5.0)
    assert trends[0].change == pytest.approx(0.2)
