"""The charts and tables that reports share."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from reportkit import charts
from reportkit.stats.verdicts import Outcome, Verdict


def verdict(
    metric: str,
    outcome: Outcome,
    lift: float | None,
    variant: str = "one_page",
    reach: tuple[float, float] = (0.1, 0.2),
    unit: str = "share",
    means: tuple[float | None, float | None] = (0.492, 0.5961),
) -> Verdict:
    low, high = (None, None) if lift is None else (lift - reach[0], lift + reach[1])
    names = {"metric_name": metric.title(), "variant_name": variant.title()}
    measured = {"control_mean": means[0], "mean": means[1], "lift": lift, "low": low, "high": high}
    return Verdict(
        metric=metric, variant=variant, role="primary", outcome=outcome, unit=unit, p_value=0.01, detectable=None,
        **names, **measured,
    )  # fmt: skip


def trace(figure: Any, name: str) -> Any:
    return next(trace for trace in figure.data if trace.name == name)


class TestLifts:
    def test_they_stand_in_the_verdicts_order_with_their_intervals_whatever_their_outcome(self) -> None:
        figure = charts.lifts(
            [verdict("a", Outcome.WORSE, -0.3), verdict("b", Outcome.BETTER, 0.3), verdict("c", Outcome.NO_DATA, None)]
        )
        assert list(figure.layout.yaxis.ticktext) == ["A", "B"]
        better = trace(figure, "better")
        assert (list(better.x), list(better.y)) == ([0.3], [1])
        assert list(better.error_x.array) == pytest.approx([0.2])
        assert list(better.error_x.arrayminus) == pytest.approx([0.1])

    def test_the_alternative_text_tells_every_row(self) -> None:
        figure = charts.lifts([verdict("a", Outcome.WORSE, -0.3), verdict("b", Outcome.BETTER, 0.3)])
        assert figure.layout.meta["alt"].endswith("A: −30.0 %, worse; B: +30.0 %, better")

    def test_with_none_at_all_a_sentence_stands_without_axes(self) -> None:
        figure = charts.lifts([verdict("a", Outcome.NO_DATA, None)])
        assert [note.text for note in figure.layout.annotations] == ["No comparison has a lift yet."]
        assert (figure.layout.xaxis.visible, figure.layout.yaxis.visible) == (False, False)

    def test_variants_are_named_only_where_there_are_several(self) -> None:
        two = [verdict("a", Outcome.BETTER, 0.3), verdict("a", Outcome.BETTER, 0.2, "bold")]
        assert list(charts.lifts(two).layout.yaxis.ticktext) == ["A · One_Page", "A · Bold"]

    def test_one_very_wide_interval_is_cut_with_an_arrow_that_says_how_far_it_goes(self) -> None:
        narrow = [verdict(name, Outcome.UNCLEAR, 0.0) for name in "abc"]
        figure = charts.lifts([*narrow, verdict("d", Outcome.UNCLEAR, 0.5, reach=(0.6, 7.5))])
        drawn, [arrows] = trace(figure, "no clear difference"), [each for each in figure.data if each.name is None]
        edge = 3 * 0.2  # three times as far as the median row reaches
        assert drawn.x[3] + drawn.error_x.array[3] == pytest.approx(edge)
        assert (list(arrows.x), list(arrows.y), list(arrows.text)) == (pytest.approx([edge]), [3], ["to +800.0 %"])
        assert arrows.marker.symbol == "triangle-right"
        assert figure.layout.xaxis.range[1] > edge

    def test_a_point_is_never_cut_off(self) -> None:
        narrow = [verdict(name, Outcome.UNCLEAR, 0.0) for name in "abc"]
        figure = charts.lifts([*narrow, verdict("d", Outcome.WORSE, -4.0, reach=(0.5, 0.5))])
        low, high = figure.layout.xaxis.range
        assert low < -4.0 < 0.2 < high

    def test_a_name_with_tags_is_shown_as_it_is(self) -> None:
        [label] = charts.lifts([verdict("<b>x</b>", Outcome.BETTER, 0.1)]).layout.yaxis.ticktext
        assert label == "&lt;B&gt;X&lt;/B&gt;"

    def test_names_that_are_alike_or_long_keep_a_row_of_their_own(self) -> None:
        two = [verdict("a", Outcome.BETTER, 0.3), verdict("a", Outcome.BETTER, 0.2)]
        figure = charts.lifts(two, names=["x" * 50 + "\nnew", "x" * 50 + "\nnew"])
        assert list(figure.layout.yaxis.ticktext) == ["x" * 39 + "…<br>new"] * 2
        assert list(trace(figure, "better").y) == [0, 1]


class TestTables:
    def test_the_comparison_table_writes_numbers_as_people_do(self) -> None:
        undefined = verdict("b", Outcome.NO_DATA, None, unit="ms", means=(None, 1845.69))
        table = charts.comparison_table([verdict("a", Outcome.BETTER, 0.211), undefined])
        first, second = table.to_dict("records")
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

    def test_nothing_to_compare_is_an_empty_table(self) -> None:
        assert charts.comparison_table([]).empty

    def test_what_people_wrote_is_not_html(self) -> None:
        html = charts.shown(pd.DataFrame({"Name": ["<bronze> & co"]})).to_html()
        assert "&lt;bronze&gt; &amp; co" in html


DAYS = pd.to_datetime(["2026-10-01", "2026-10-02", "2026-10-03"])


def daily(kind: str, totals: list[float], subjects: list[int], denominators: list[float] | None = None) -> pd.DataFrame:
    divisor = denominators or [float("nan")] * 3
    means = [t / d if denominators else t / s for t, s, d in zip(totals, subjects, divisor, strict=True)]
    about = {"metric": "m", "metric_name": "M", "metric_kind": kind, "metric_role": "primary", "unit": "EUR"}
    about |= {"variant": "x", "variant_name": "X", "is_control": False}
    numbers = {"total": totals, "subjects": subjects, "denominator": divisor, "mean": means}
    return pd.DataFrame({"day": DAYS, **numbers}).assign(**about)


class TestLines:
    def test_a_trend_has_a_line_per_variant_in_per_cent_for_shares(self) -> None:
        rows = pd.DataFrame({"variant_name": ["x", "y", "x"], "day": [1, 1, 2], "mean": [0.1, 0.2, 0.3]})
        figure = charts.trend(rows, title="t", unit="share")
        assert [(trace.name, list(trace.y)) for trace in figure.data] == [("x", [0.1, 0.3]), ("y", [0.2])]
        assert figure.layout.yaxis.tickformat.endswith("%")

    def test_a_single_day_of_a_trend_is_seen(self) -> None:
        """A line needs two."""
        rows = pd.DataFrame({"variant_name": ["x"], "day": [1], "mean": [0.1]})
        assert charts.trend(rows, title="t", unit="share").data[0].mode == "lines+markers"

    def test_a_mean_is_that_of_all_until_the_day(self) -> None:
        [figure] = charts.trends(daily("mean", [2.0, 1.0, 3.0], [10, 20, 20]))
        assert figure.layout.title.text == "M, up to each day"
        assert list(figure.data[0].y) == pytest.approx([0.2, 3 / 20, 6 / 20])

    def test_a_ratio_divides_by_all_that_divides_until_the_day(self) -> None:
        [figure] = charts.trends(daily("ratio", [2.0, 1.0, 3.0], [10, 20, 20], [4.0, 1.0, 1.0]))
        assert list(figure.data[0].y) == pytest.approx([0.5, 3 / 5, 1.0])

    def test_a_proportions_days_are_not_added_up(self) -> None:
        [figure] = charts.trends(daily("proportion", [2.0, 1.0, 3.0], [10, 20, 20]))
        assert figure.layout.title.text == "M, on each day"
        assert list(figure.data[0].y) == pytest.approx([0.2, 0.05, 0.15])

    def test_the_note_explains_only_what_is_drawn(self) -> None:
        mean, share = daily("mean", [1.0, 1, 1], [9, 9, 9]), daily("proportion", [1.0, 1, 1], [9, 9, 9])
        assert "not their slope" not in charts.daily_note(mean)
        assert "not their slope" in charts.daily_note(share)
        assert "wander at first" in charts.daily_note(pd.concat([mean, share]))

    def test_nothing_that_happened_is_no_chart(self) -> None:
        nothing = daily("mean", [0.0, 0, 0], [9, 9, 9])
        assert list(charts.trends(nothing)) == []
        assert charts.daily_note(nothing) == "There is no day on which anything happened."

    def test_weeks_cut_short_are_hollow_and_not_joined(self) -> None:
        weeks = pd.DataFrame({"week": DAYS, "level": [1.0, 5.0, 2.0], "whole": [False, True, True]})
        figure = charts.weekly(weeks, title="t", unit="ms")
        whole, cut = trace(figure, "whole weeks"), trace(figure, "weeks cut short")
        assert (list(whole.y), list(cut.y), cut.mode) == ([5.0, 2.0], [1.0], "markers")


class TestCounts:
    def test_bars_carry_their_numbers_and_nothing_is_a_sentence(self) -> None:
        rows = pd.DataFrame({"name": ["<a>", "b"], "count": [1_200, 3]})
        bars = charts.ranked(rows, "name", "count", title="T")
        assert (list(bars.data[0].x), list(bars.data[0].y)) == ([1_200, 3], ["&lt;a&gt;", "b"])
        assert bars.layout.meta["alt"] == "T. <a>: 1,200; b: 3"
        [note] = charts.ranked(rows.head(0), "name", "count", title="T").layout.annotations
        assert note.text == "There is nothing to show."

    def test_a_stack_has_each_series_in_turn(self) -> None:
        rows = pd.DataFrame({"week": [1, 2, 1], "category": ["b", "b", "a"], "entries": [1, 2, 3]})
        figure = charts.stacked(rows, "week", "category", "entries", title="T")
        assert [(trace.name, list(trace.y)) for trace in figure.data] == [("b", [1, 2]), ("a", [3])]

    def test_a_stack_of_few_is_measured_in_whole_ones(self) -> None:
        few = pd.DataFrame({"week": [1, 2, 1], "category": ["b", "b", "a"], "entries": [1, 2, 3]})
        for rows, step in ((few, 1), (few.assign(entries=few["entries"] * 2), None)):
            assert charts.stacked(rows, "week", "category", "entries", title="T").layout.yaxis.dtick == step
