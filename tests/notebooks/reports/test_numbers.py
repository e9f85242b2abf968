"""The numbers about experiments in each report are those that other libraries find in the warehouse's raw rows.

scipy.stats on raw values, and pandas over sqlite3; chart values are compared to 1e-9, tables by what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import combinations, permutations
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pytest
import raw_values
from executed_report import Executed, numbers, points
from numpy.typing import NDArray
from scipy import stats

from reportkit.stats.words import interval, measured, p, percent

Run = Callable[..., Executed]
close = partial(pytest.approx, rel=1e-9, abs=1e-12)


def compared(url: str, experiment: str, segment: str = "") -> pd.DataFrame:
    """Each variant of each metric against the control, from raw values: Welch's test by scipy."""
    rows = []
    for metric, about in raw_values.metrics(url, experiment).iterrows():
        subjects = raw_values.per_subject(url, experiment, str(metric))
        chosen = subjects[subjects["segment"] == segment] if segment else subjects
        control, *variants = raw_values.arms(chosen).items()
        for name, values in variants:
            named = {"metric": about["name"], "role": about["role"], "unit": about["unit"], "variant": name}
            rows.append({**named, **against(values, control[1])})
    return pd.DataFrame(rows)


def against(values: NDArray[np.float64], control: NDArray[np.float64]) -> dict[str, Any]:
    tested = stats.ttest_ind(values, control, equal_var=False)
    quantile = float(stats.t.ppf(0.975, raw_values.freedom(values, control)))
    low, high = raw_values.log_ratio_interval(values, control, quantile)
    error = np.hypot(stats.sem(values), stats.sem(control))
    return {
        "subjects": len(values),
        "mean": values.mean(),
        "error": stats.sem(values),
        "control": control.mean(),
        "control_subjects": len(control),
        "control_error": stats.sem(control),
        "difference": tuple(tested.confidence_interval(0.95)),
        "lift": values.mean() / control.mean() - 1,
        "low": low,
        "high": high,
        "p": tested.pvalue,
        "detectable": (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * error / control.mean(),
    }


def corrected(rows: pd.DataFrame) -> pd.DataFrame:
    """With `p` adjusted among all but guardrails."""
    decisive = rows["role"] != "guardrail"
    return rows.assign(p=rows["p"].where(~decisive, None).astype(float)).assign(
        p=lambda each: each["p"].fillna(
            pd.Series(raw_values.benjamini_hochberg(rows.loc[decisive, "p"]), index=rows.index[decisive])
        )
    )


def subjects_of(url: str, experiment: str) -> pd.DataFrame:
    """Of each variant its weight and how many subjects it has."""
    weights = """
        SELECT v.name, v.weight FROM variants v
        JOIN experiments x ON x.id = v.experiment_id AND x.key = :experiment
    """
    counts = raw_values.ask(url, raw_values.SUBJECTS, experiment=experiment)["variant"].value_counts()
    return raw_values.ask(url, weights, experiment=experiment).set_index("name").assign(subjects=counts)


def sample_ratio(url: str, experiment: str) -> float:
    arms = subjects_of(url, experiment)
    expected = arms["subjects"].sum() * arms["weight"] / arms["weight"].sum()
    return float(stats.chi2.sf(((arms["subjects"] - expected) ** 2 / expected).sum(), len(arms) - 1))


def check_lifts(chart: Mapping[str, Any], expected: Mapping[str, Mapping[str, float]]) -> None:
    """Point and interval of each row, the interval as far as the chart shows it, and in words where it goes on."""
    names = chart["layout"]["yaxis"]["ticktext"]
    seen, cut = {}, {}
    for trace in chart["data"]:
        if not trace.get("name"):
            side = "low" if trace["marker"]["symbol"] == "triangle-left" else "high"
            cut |= {(names[place], side): text for place, text in zip(numbers(trace["y"]), trace["text"], strict=True)}
            continue
        reach = zip(numbers(trace["error_x"]["array"]), numbers(trace["error_x"]["arrayminus"]), strict=True)
        for place, x, (up, down) in zip(numbers(trace["y"]), numbers(trace["x"]), reach, strict=True):
            seen[names[place]] = {"lift": x, "high": x + up, "low": x - down}
    assert seen.keys() == expected.keys()
    for name, row in expected.items():
        assert seen[name]["lift"] == close(row["lift"])
        for side in ("low", "high"):
            if (name, side) in cut:
                assert cut[name, side] == f"to {percent(row[side])}"
            else:
                assert seen[name][side] == close(row[side])


def check_comparisons(table: list[dict[str, str]], expected: pd.DataFrame) -> None:
    """Every row of the table says what was found."""
    assert len(table) == len(expected)
    for row in table:
        named = expected["metric"] == row["Metric"].split(" (")[0]
        variant = expected["variant"] == row["Variant"] if "Variant" in row else True
        [found] = expected[named & variant].to_dict("records")
        check_comparison(row, found)
        assert (row["Verdict"] == "no clear difference") == (found["p"] >= 0.05)


def check_comparison(row: Mapping[str, str], found: Mapping[Any, Any]) -> None:
    assert row["Control"] == measured(found["control"], found["unit"])
    assert row["Variant's"] == measured(found["mean"], found["unit"])
    assert row["Lift"] == percent(found["lift"])
    assert row["95 % CI"] == interval(found["low"], found["high"])
    assert row["p"] == p(found["p"])


@pytest.fixture(scope="module", params=["checkout_redesign", "search_ranking"])
def experiment(request: pytest.FixtureRequest) -> str:
    """One with means and proportions; one with ratios, which still runs."""
    return str(request.param)


@pytest.fixture(scope="module")
def found(ample: str, experiment: str) -> pd.DataFrame:
    return corrected(compared(ample, experiment))


class TestExecutiveSummary:
    @pytest.fixture
    def report(self, executed: Run, experiment: str) -> Executed:
        return executed("executive_summary", experiment=experiment)

    def test_lifts_and_intervals(self, report: Executed, found: pd.DataFrame) -> None:
        check_lifts(report.chart("Lift over the control"), {row["metric"]: row for row in found.to_dict("records")})

    def test_the_table_and_the_sentences(self, report: Executed, found: pd.DataFrame) -> None:
        check_comparisons(report.table("Role", "Verdict"), found)
        for row in found.to_dict("records"):
            means = f"{measured(row['mean'], row['unit'])} against {measured(row['control'], row['unit'])}"
            assert f"**{row['metric']}** ({row['role']}): " in report.words
            assert means in report.words

    def test_over_whom(self, report: Executed, ample: str, experiment: str) -> None:
        arms = subjects_of(ample, experiment)
        assert f"with {arms['subjects'].sum():,} subjects in {len(arms)} variants." in report.words

    @pytest.mark.parametrize(
        ("other", "held"),
        [("checkout_redesign", "as planned"), ("dark_mode", "as planned"), ("pricing_page", "broken")],
    )
    def test_the_sample_ratio(self, executed: Run, ample: str, other: str, held: str) -> None:
        words = executed("executive_summary", experiment=other).words
        assert f"**Sample ratio:** {held} (p {p(sample_ratio(ample, other))} against" in words

    @pytest.mark.parametrize("other", ["search_ranking", "recommendation_carousel"])
    def test_the_lift_that_could_have_been_found(self, executed: Run, ample: str, other: str) -> None:
        rows = compared(ample, other)
        largest = 100 * rows.loc[rows["role"] == "primary", "detectable"].max()
        told = f"Lifts smaller than about {largest:.2g} % can easily stay unseen."
        assert told in executed("executive_summary", experiment=other).words


class TestExperimentResults:
    @pytest.fixture
    def report(self, executed: Run, experiment: str) -> Executed:
        return executed("experiment_results", experiment=experiment)

    def test_lifts_and_intervals(self, report: Executed, found: pd.DataFrame) -> None:
        check_lifts(report.chart("Lift over"), {row["metric"]: row for row in found.to_dict("records")})
        check_comparisons(report.table("Role", "Verdict"), found)

    def test_differences_in_the_metrics_own_units(self, report: Executed, found: pd.DataFrame) -> None:
        by_name = {row["metric"]: row for row in found.to_dict("records")}
        table = report.table("Std. error", "Detectable")
        assert len(table) == 2 * len(found)
        for row in table:
            about = by_name[row["Metric"].split(" (")[0]]
            is_variant, unit = row["Variant"] == about["variant"], about["unit"]
            assert row["Subjects"] == f"{about['subjects' if is_variant else 'control_subjects']:,}"
            assert row["Mean"] == measured(about["mean" if is_variant else "control"], unit)
            assert row["Std. error"] == measured(about["error" if is_variant else "control_error"], unit)
            if not is_variant:
                assert (row["Difference"], row["Detectable"]) == ("", "")
                continue
            low, high = (measured(end, unit, sign=True) for end in about["difference"])
            assert row["95 % CI"] == f"{low} to {high}"
            assert row["Detectable"] == percent(about["detectable"]).lstrip("+")

    def test_lines_are_each_days(self, report: Executed, ample: str, experiment: str) -> None:
        """Of a proportion who did it on the day; of a mean and a ratio all that happened until its end."""
        subjects = raw_values.ask(ample, raw_values.SUBJECTS, experiment=experiment)
        events = raw_values.ask(ample, raw_values.EVENTS, experiment=experiment)
        events = events.merge(subjects[["subject_id", "variant"]], on="subject_id")

        for about in raw_values.metrics(ample, experiment).to_dict("records"):
            is_proportion = about["kind"] == "proportion"
            title = f"{about['name']}, {'on' if is_proportion else 'up to'} each day"
            lines = points(report.chart(title))
            assert lines.keys() == set(subjects["variant"])
            for variant, line in lines.items():
                days = [day[:10] for day in line]
                own = events[events["variant"] == variant].groupby(["event_name", "day"])
                of_day = own["subject_id"].nunique() if is_proportion else own["value"].sum()
                assigned = np.sort(subjects.loc[subjects["variant"] == variant, "day"].to_numpy(str))
                whole = np.searchsorted(assigned, days, side="right")
                done = of_day[about["event_name"]].reindex(days, fill_value=0)
                if about["kind"] == "ratio":
                    whole = of_day[about["denominator_event_name"]].reindex(days, fill_value=0).cumsum().to_numpy()
                expected = (done if is_proportion else done.cumsum()).to_numpy() / whole
                assert list(line.values()) == close(list(expected))

    def test_platforms_are_compared_and_corrected_among_themselves(
        self, report: Executed, ample: str, experiment: str
    ) -> None:
        platforms = ("android", "ios", "web")
        rows = pd.concat(
            [compared(ample, experiment, platform).assign(platform=platform) for platform in platforms],
            ignore_index=True,
        )
        rows["p"] = raw_values.benjamini_hochberg(list(rows["p"]))
        expected = {(row["metric"], row["platform"]): row for row in rows.to_dict("records")}
        table = report.table("Platform", "Lift")
        assert len(table) == len(expected)
        for row in table:
            found = expected[row["Metric"].split(" (")[0], row["Platform"]]
            assert row["Subjects"] == f"{found['subjects']:,}"
            check_comparison(row, found)

    def test_subjects_per_variant(self, report: Executed, ample: str, experiment: str) -> None:
        arms = subjects_of(ample, experiment)["subjects"]
        [bars] = report.chart("Subjects per variant")["data"]
        assert dict(zip(bars["y"], numbers(bars["x"]), strict=True)) == arms.to_dict()
        assert f"with {arms.sum():,} subjects in {len(arms)} variants." in report.words


SIDES = {
    "Checkout redesign": "checkout_redesign",
    "Free shipping from 60 € instead of 40 €": "free_shipping_threshold",
}
SHARED = ("Purchase conversion", "Revenue per subject")


@pytest.fixture(scope="module")
def both(ample: str) -> pd.DataFrame:
    """Corrected among all sides."""
    sides = [compared(ample, key).assign(side=name) for name, key in SIDES.items()]
    return corrected(pd.concat(sides, ignore_index=True))


class TestExperimentComparison:
    def test_every_row_of_every_side(self, executed: Run, both: pd.DataFrame) -> None:
        primary, common = executed("experiment_comparison").tables("Side", "Lift")
        assert {row["Metric"].split(" (")[0] for row in common} == set(SHARED)
        for row in [*primary, *common]:
            named = both["metric"] == row["Metric"].split(" (")[0]
            of_side, of_variant = both["side"] == row["Side"], both["variant"] == row["Variant"]
            check_comparisons([row], both[named & of_side & of_variant])

    def test_lifts_and_intervals(self, executed: Run, both: pd.DataFrame) -> None:
        charts = {f"{name}: lift": both[both["metric"] == name] for name in SHARED}
        charts["Lift of the primary metric"] = both[both["role"] == "primary"]
        for title, rows in charts.items():
            expected = {row["side"]: row for row in rows.to_dict("records")}
            check_lifts(executed("experiment_comparison").chart(title), expected)

    def test_subjects_and_sample_ratios(self, executed: Run, ample: str) -> None:
        rows = executed("experiment_comparison").table("Sample-ratio p", "Subjects")
        assert [(row["Side"], row["Subjects"], row["Sample-ratio p"]) for row in rows] == [
            (name, f"{subjects_of(ample, key)['subjects'].sum():,}", p(sample_ratio(ample, key)))
            for name, key in SIDES.items()
        ]


WHOLE = {
    "checkout_redesign": pd.date_range("2026-09-07", "2026-10-05", freq="7D"),
    "dark_mode": pd.date_range("2026-09-14", "2026-10-19", freq="7D"),
    "search_ranking": pd.date_range("2026-10-05", "2026-10-19", freq="7D"),
}
"""The Mondays of whole weeks: five, six with levels that are equal, and too few for a trend."""


@pytest.fixture(scope="module", params=WHOLE)
def followed(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def levels(ample: str, followed: str) -> dict[str, pd.Series]:
    """By Monday, by hand."""
    events = raw_values.ask(ample, raw_values.EVENTS, experiment=followed)
    days = pd.to_datetime(events["day"])
    weeks = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
    weekly = events.assign(week=weeks).groupby("event_name")
    found = {}
    for about in raw_values.metrics(ample, followed).to_dict("records"):
        done = weekly.get_group(about["event_name"]).groupby("week")
        total, active = done["value"].sum(), done["subject_id"].nunique()
        level = active if about["kind"] == "proportion" else total / active
        if about["kind"] == "ratio":
            level = total / weekly.get_group(about["denominator_event_name"]).groupby("week")["value"].sum()
        found[about["name"]] = level.reindex(pd.date_range(weeks.min(), weeks.max(), freq="7D"), fill_value=0)
    return found


class TestMetricsSummary:
    @pytest.fixture
    def report(self, executed: Run, followed: str) -> Executed:
        return executed("metrics_summary", experiment=followed)

    def test_the_lines_are_the_weeks(self, report: Executed, levels: dict[str, pd.Series], followed: str) -> None:
        for name, level in levels.items():
            [title] = [title for title in report.titles() if title.split(", ")[0] == name]
            lines = points(report.chart(title))
            whole, cut = lines["whole weeks"], lines["weeks cut short"]
            assert [week[:10] for week in whole] == [f"{week:%Y-%m-%d}" for week in WHOLE[followed]]
            drawn = {week[:10]: value for week, value in (whole | cut).items()}
            assert drawn == close({f"{week:%Y-%m-%d}": value for week, value in level.items()})

    def test_changes_and_trends(self, report: Executed, levels: dict[str, pd.Series], followed: str) -> None:
        whole = {name: [float(value) for value in level[WHOLE[followed]]] for name, level in levels.items()}
        can_tell = len(WHOLE[followed]) >= 5
        chances = raw_values.benjamini_hochberg([kendall(values) for values in whole.values()]) if can_tell else []
        adjusted = dict(zip(whole, chances, strict=can_tell))
        for row in report.table("A week", "Trend"):
            values = whole[row["Metric"]]
            said = [f"{value:,.0f}" if row["In"] == "subjects" else measured(value, "") for value in values]
            assert (row["Latest"], row["Before"]) == (said[-1], said[-2])
            assert row["Change"] == percent(values[-1] / values[-2] - 1)
            if not can_tell:
                assert (row["A week"], row["95 % CI"], row["p"]) == ("n/a", "n/a", "n/a")
                continue
            slope, low, high = (measured(value, "", sign=True) for value in sen(values))
            assert (row["A week"], row["95 % CI"]) == (slope, f"{low} to {high}")
            assert row["p"] == p(adjusted[row["Metric"]])


def sen(values: list[float]) -> tuple[float, float, float]:
    """Median of the slopes, and its interval by ranks (Gilbert, Statistical Methods, 1987, 16.5)."""
    slopes = sorted((values[j] - values[i]) / (j - i) for i, j in combinations(range(len(values)), 2))
    reach = stats.norm.ppf(0.975) * np.sqrt(variance(values))
    lower, upper = (len(slopes) - reach) / 2, (len(slopes) + reach) / 2 + 1
    return median(slopes), slopes[round(lower) - 1], slopes[round(upper) - 1]


def kendall(values: list[float]) -> float:
    """Two-sided, by counting all orders; of equal values by the normal distribution, as Gilbert does it (16.4)."""

    def score(order: tuple[float, ...]) -> int:
        return int(sum(np.sign(later - earlier) for earlier, later in combinations(order, 2)))

    seen = abs(score(tuple(values)))
    if len(set(values)) < len(values):
        return float(min(1.0, 2 * stats.norm.sf((seen - 1) / np.sqrt(variance(values)))))
    scores = [abs(score(order)) for order in permutations(values)]
    return sum(each >= seen for each in scores) / len(scores)


def variance(values: list[float]) -> float:
    """Of Mann and Kendall's score."""
    groups = np.unique(values, return_counts=True)[1]
    terms = [n * (n - 1) * (2 * n + 5) for n in (len(values), *groups)]
    return float(terms[0] - sum(terms[1:])) / 18
