"""The charts and tables that reports share."""

from __future__ import annotations

import pandas as pd
import pytest

from reportkit import charts
from reportkit.stats.verdicts import Outcome, Verdict


def verdict(metric: str, outcome: Outcome, lift: float | None, variant: str = "one_page") -> Verdict:
    low, high = (None, None) if lift is None else (lift - 0.1, lift + 0.2)
    return Verdict(metric, metric.title(), "primary", variant, variant.title(), outcome, lift, low, high, 0.01)


def test_lifts_stand_in_the_verdicts_order_with_their_intervals_whatever_their_outcome() -> None:
    verdicts = [
        verdict("a", Outcome.WORSE, -0.3),
        verdict("b", Outcome.BETTER, 0.3),
        verdict("c", Outcome.NO_DATA, None),
    ]
    figure = charts.lifts(verdicts)
    assert list(figure.layout.yaxis.categoryarray) == ["A", "B"]
    better = next(trace for trace in figure.data if trace.name == "better")
    assert (list(better.x), list(better.y)) == ([0.3], ["B"])
    assert list(better.error_x.array) == pytest.approx([0.2])
    assert list(better.error_x.arrayminus) == pytest.approx([0.1])


def test_with_no_lift_at_all_a_sentence_stands_without_axes() -> None:
    figure = charts.lifts([verdict("a", Outcome.NO_DATA, None)])
    assert [note.text for note in figure.layout.annotations] == ["no comparison has a lift yet"]
    assert (figure.layout.xaxis.visible, figure.layout.yaxis.visible) == (False, False)


def test_variants_are_named_only_where_there_are_several() -> None:
    two = [verdict("a", Outcome.BETTER, 0.3), verdict("a", Outcome.BETTER, 0.2, "bold")]
    assert list(charts.lifts(two).layout.yaxis.categoryarray) == ["A · One_Page", "A · Bold"]


def test_the_comparison_table_writes_numbers_as_people_do() -> None:
    results = pd.DataFrame(
        [
            {"metric": "a", "variant": "one_page", "unit": "share", "mean": 0.5961, "control_mean": 0.492},
            {"metric": "b", "variant": "one_page", "unit": "ms", "mean": 1845.69, "control_mean": float("nan")},
        ]
    )
    verdicts = [verdict("a", Outcome.BETTER, 0.211), verdict("b", Outcome.NO_DATA, None)]
    first, second = charts.comparison_table(results, verdicts).to_dict("records")
    assert first == {
        "Metric": "A",
        "Role": "primary",
        "Control": "49.20 %",
        "Variant's": "59.61 %",
        "Lift": "+21.1 %",
        "95 % CI": "+11.1 % to +41.1 %",
        "p": "0.010",
        "Verdict": "better",
    }
    assert (second["Metric"], second["Control"], second["Variant's"]) == ("B (ms)", "n/a", "1,846")
    assert (second["Lift"], second["95 % CI"], second["Verdict"]) == ("n/a", "n/a", "no data")


def test_a_trend_has_a_line_per_variant_in_per_cent_for_shares() -> None:
    daily = pd.DataFrame({"variant_name": ["x", "y", "x"], "day": [1, 1, 2], "mean": [0.1, 0.2, 0.3]})
    figure = charts.trend(daily, title="t", unit="share")
    assert [(trace.name, list(trace.y)) for trace in figure.data] == [("x", [0.1, 0.3]), ("y", [0.2])]
    assert figure.layout.yaxis.tickformat == ".1%"


def test_a_single_day_of_a_trend_is_seen() -> None:
    """A line needs two."""
    daily = pd.DataFrame({"variant_name": ["x"], "day": [1], "mean": [0.1]})
    assert charts.trend(daily, title="t", unit="share").data[0].mode == "lines+markers"
