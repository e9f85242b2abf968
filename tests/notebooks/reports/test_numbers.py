"""The numbers in each report are those that other libraries find in the warehouse's raw rows.

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
from scipy import stats

from reportkit.stats.words import interval, measured, p, percent

Run = Callable[[str], Executed]
close = partial(pytest.approx, rel=1e-9, abs=1e-12)


def compared(url: str, experiment: str) -> pd.DataFrame:
    """Each variant of each metric against the control, from raw values: Welch's test by scipy."""
    rows = []
    for metric, about in raw_values.metrics(url, experiment).iterrows():
        control, *variants = raw_values.arms(raw_values.per_subject(url, experiment, str(metric))).items()
        for name, values in variants:
            tested = stats.ttest_ind(values, control[1], equal_var=False)
            quantile = float(stats.t.ppf(0.975, raw_values.freedom(values, control[1])))
            low, high = raw_values.log_ratio_interval(values, control[1], quantile)
            rows.append(
                {
                    "metric": about["name"],
                    "role": about["role"],
                    "unit": about["unit"],
                    "variant": name,
                    "mean": values.mean(),
                    "error": stats.sem(values),
                    "control": control[1].mean(),
                    "control_error": stats.sem(control[1]),
                    "difference": tuple(tested.confidence_interval(0.95)),
                    "lift": values.mean() / control[1].mean() - 1,
                    "low": low,
                    "high": high,
                    "p": tested.pvalue,
                }
            )
    return pd.DataFrame(rows)


def corrected(rows: pd.DataFrame) -> pd.DataFrame:
    """With `p` adjusted among all but guardrails."""
    decisive = rows["role"] != "guardrail"
    return rows.assign(p=rows["p"].where(~decisive, None).astype(float)).assign(
        p=lambda each: each["p"].fillna(
            pd.Series(raw_values.benjamini_hochberg(rows.loc[decisive, "p"]), index=rows.index[decisive])
        )
    )


def check_lifts(chart: Mapping[str, Any], expected: Mapping[str, Mapping[str, float]]) -> None:
    """Point and interval of each row, the interval as far as the chart shows it."""
    names = chart["layout"]["yaxis"]["ticktext"]
    cut = {names[place] for trace in chart["data"] if not trace.get("name") for place in numbers(trace["y"])}
    seen = {}
    for trace in (trace for trace in chart["data"] if trace.get("name")):
        reach = zip(numbers(trace["error_x"]["array"]), numbers(trace["error_x"]["arrayminus"]), strict=True)
        for place, x, (up, down) in zip(numbers(trace["y"]), numbers(trace["x"]), reach, strict=True):
            seen[names[place]] = (x, x + up, x - down)
    assert seen.keys() == expected.keys()
    for name, row in expected.items():
        assert seen[name][0] == close(row["lift"])
        if name not in cut:
            assert seen[name][1:] == close((row["high"], row["low"]))


def check_comparisons(table: list[dict[str, str]], expected: pd.DataFrame) -> None:
    """Every row of the table says what was found."""
    assert len(table) == len(expected)
    for row in table:
        named = expected["metric"] == row["Metric"].split(" (")[0]
        variant = expected["variant"] == row["Variant"] if "Variant" in row else True
        [found] = expected[named & variant].to_dict("records")
        assert row["Control"] == measured(found["control"], found["unit"])
        assert row["Variant's"] == measured(found["mean"], found["unit"])
        assert row["Lift"] == percent(found["lift"])
        assert row["95 % CI"] == interval(found["low"], found["high"])
        assert row["p"] == p(found["p"])
        assert (row["Verdict"] == "no clear difference") == (found["p"] >= 0.05)


@pytest.fixture(scope="module")
def checkout(ample: str) -> pd.DataFrame:
    return corrected(compared(ample, "checkout_redesign"))


class TestExecutiveSummary:
    def test_lifts_and_intervals(self, executed: Run, checkout: pd.DataFrame) -> None:
        expected = {row["metric"]: row for row in checkout.to_dict("records")}
        check_lifts(executed("executive_summary").chart("Lift over the control"), expected)

    def test_the_table(self, executed: Run, checkout: pd.DataFrame) -> None:
        check_comparisons(executed("executive_summary").table("Role", "Verdict"), checkout)

    def test_the_sample_ratio(self, executed: Run, ample: str) -> None:
        counts = raw_values.ask(ample, raw_values.SUBJECTS, experiment="checkout_redesign")["variant"].value_counts()
        expected = counts.sum() / 2
        chance = stats.chi2.sf(((counts - expected) ** 2 / expected).sum(), 1)
        assert f"**Sample ratio:** as planned (p {p(chance)} against" in executed("executive_summary").words


class TestExperimentResults:
    def test_lifts_and_intervals(self, executed: Run, checkout: pd.DataFrame) -> None:
        report = executed("experiment_results")
        check_lifts(report.chart("Lift over"), {row["metric"]: row for row in checkout.to_dict("records")})
        check_comparisons(report.table("Role", "Verdict"), checkout)

    def test_differences_in_the_metrics_own_units(self, executed: Run, checkout: pd.DataFrame) -> None:
        found = {row["metric"]: row for row in checkout.to_dict("records")}
        for row in executed("experiment_results").table("Std. error", "Detectable"):
            about = found[row["Metric"].split(" (")[0]]
            is_variant, unit = row["Variant"] == about["variant"], about["unit"]
            assert row["Mean"] == measured(about["mean" if is_variant else "control"], unit)
            assert row["Std. error"] == measured(about["error" if is_variant else "control_error"], unit)
            if not is_variant:
                assert (row["Difference"], row["Detectable"]) == ("", "")
                continue
            low, high = (measured(end, unit, sign=True) for end in about["difference"])
            assert row["95 % CI"] == f"{low} to {high}"
            error = np.hypot(about["error"], about["control_error"])
            wanted = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * error / about["control"]
            assert row["Detectable"] == percent(wanted).lstrip("+")

    def test_lines_of_means_end_at_the_means(self, executed: Run, ample: str) -> None:
        for metric, name in (("revenue_per_subject", "Revenue per subject"), ("sessions_per_subject", "Sessions")):
            lines = points(executed("experiment_results").chart(name))
            arms = raw_values.arms(raw_values.per_subject(ample, "checkout_redesign", metric))
            assert {variant: list(line.values())[-1] for variant, line in lines.items()} == {
                variant: close(values.mean()) for variant, values in arms.items()
            }

    def test_lines_of_proportions_are_each_days(self, executed: Run, ample: str) -> None:
        subjects = raw_values.per_subject(ample, "checkout_redesign", "purchase_conversion")
        events = raw_values.ask(ample, raw_values.EVENTS, experiment="checkout_redesign")
        bought = events[events["event_name"] == "purchase"].merge(subjects, on="subject_id")
        first = raw_values.ask(
            ample,
            "SELECT subject_id, date(assigned_at) AS day FROM assignments a "
            "JOIN experiments x ON x.id = a.experiment_id WHERE x.key = 'checkout_redesign'",
        )
        assigned = first.set_index("subject_id")["day"]
        for variant, line in points(executed("experiment_results").chart("Purchase conversion")).items():
            members = subjects.loc[subjects["variant"] == variant, "subject_id"]
            for day in list(line)[10:14]:
                until = (members.map(assigned) <= day[:10]).sum()
                did = bought.loc[(bought["variant"] == variant) & (bought["day"] == day[:10]), "subject_id"].nunique()
                assert line[day] == close(did / until)

    def test_platforms_are_compared_and_corrected_among_themselves(self, executed: Run, ample: str) -> None:
        rows = executed("experiment_results").table("Platform", "Lift")
        names = {
            about["name"]: (key, about["unit"])
            for key, about in raw_values.metrics(ample, "checkout_redesign").iterrows()
        }
        found = []
        for row in rows:
            key, unit = names[row["Metric"].split(" (")[0]]
            subjects = raw_values.per_subject(ample, "checkout_redesign", str(key))
            control, variant = raw_values.arms(subjects[subjects["segment"] == row["Platform"]]).values()
            assert row["Subjects"] == f"{len(variant):,}"
            assert row["Control"] == measured(control.mean(), unit)
            assert row["Lift"] == percent(variant.mean() / control.mean() - 1 if control.mean() else None)
            found.append(stats.ttest_ind(variant, control, equal_var=False).pvalue)
        assert [row["p"] for row in rows] == [p(value) for value in raw_values.benjamini_hochberg(found)]


class TestExperimentComparison:
    def test_p_values_are_corrected_among_all_sides(self, executed: Run, ample: str) -> None:
        keys = {
            "Checkout redesign": "checkout_redesign",
            "Free shipping from 60 € instead of 40 €": "free_shipping_threshold",
        }
        both = corrected(
            pd.concat([compared(ample, key).assign(side=name) for name, key in keys.items()], ignore_index=True)
        )
        report = executed("experiment_comparison")
        shared = {"Purchase conversion", "Revenue per subject"}
        primary, common = report.tables("Side", "Lift")
        assert {row["Metric"].split(" (")[0] for row in common} == shared
        for row in [*primary, *common]:
            side = next(name for name in keys if row["Side"].startswith(name))
            expected = both[both["side"] == side]
            check_comparisons(
                [row],
                expected[
                    (expected["metric"] == row["Metric"].split(" (")[0]) & (expected["variant"] == row["Variant"])
                ],
            )


class TestMetricsSummary:
    WEEKS = 5

    def levels(self, ample: str) -> dict[str, list[float]]:
        """Of the whole weeks, from 7 September on, by hand."""
        events = raw_values.ask(ample, raw_values.EVENTS, experiment="checkout_redesign")
        days = pd.to_datetime(events["day"])
        events["week"] = (days - pd.to_timedelta(days.dt.day_of_week, unit="D")).dt.strftime("%Y-%m-%d")
        whole = [f"2026-{month:02}-{day:02}" for month, day in ((9, 7), (9, 14), (9, 21), (9, 28), (10, 5))]
        levels = {}
        for _, about in raw_values.metrics(ample, "checkout_redesign").iterrows():
            done = events[events["event_name"] == about["event_name"]].groupby("week")
            active = done["subject_id"].nunique()
            level = active if about["kind"] == "proportion" else done["value"].sum() / active
            levels[about["name"]] = [float(level.get(week, 0.0)) for week in whole]
        return levels

    def test_the_lines_are_the_whole_weeks(self, executed: Run, ample: str) -> None:
        for name, levels in self.levels(ample).items():
            line = points(executed("metrics_summary").chart(f"{name}, "))["whole weeks"]
            assert list(line.values()) == close(levels)

    def test_changes_and_trends(self, executed: Run, ample: str) -> None:
        levels = self.levels(ample)
        chances = dict(zip(levels, raw_values.benjamini_hochberg([kendall(v) for v in levels.values()]), strict=True))
        for row in executed("metrics_summary").table("A week", "Trend"):
            values = levels[row["Metric"]]
            said = [f"{value:,.0f}" if row["In"] == "subjects" else measured(value, "") for value in values]
            assert (row["Latest"], row["Before"]) == (said[-1], said[-2])
            assert row["Change"] == percent(values[-1] / values[-2] - 1)
            slopes = [(values[j] - values[i]) / (j - i) for i, j in combinations(range(self.WEEKS), 2)]
            assert row["A week"] == measured(median(slopes), "", sign=True)
            assert row["p"] == p(chances[row["Metric"]])


def kendall(values: list[float]) -> float:
    """Two-sided, by counting all orders."""

    def score(order: tuple[float, ...]) -> int:
        return int(sum(np.sign(later - earlier) for earlier, later in combinations(order, 2)))

    seen = abs(score(tuple(values)))
    scores = [abs(score(order)) for order in permutations(values)]
    return sum(each >= seen for each in scores) / len(scores)


@pytest.fixture(scope="module")
def acts(ample: str) -> pd.DataFrame:
    return raw_values.ask(
        ample,
        "SELECT l.created_at, l.entity_type, u.id AS user_id, u.username, t.name AS team FROM audit_logs l "
        "JOIN users u ON u.id = l.user_id LEFT JOIN teams t ON t.id = u.team_id",
    )


class TestUserActivity:
    def test_the_most_active_people(self, executed: Run, acts: pd.DataFrame) -> None:
        counts = acts.groupby("username").size().sort_values(ascending=False)
        for row in (rows := executed("user_activity").table("Person", "Actions")):
            assert row["Actions"] == f"{counts[row['Person']]:,}"
            assert row["Share"] == percent(counts[row["Person"]] / len(acts)).lstrip("+")
        assert [int(row["Actions"].replace(",", "")) for row in rows] == list(counts.head(10))

    def test_who_was_active(self, executed: Run, acts: pd.DataFrame, ample: str) -> None:
        [people] = raw_values.ask(ample, "SELECT count(*) AS n FROM users")["n"]
        words = executed("user_activity").words
        assert f"**{acts['user_id'].nunique():,}** of {people:,} people were active" in words
        assert f"with {len(acts):,} actions" in words

    def test_the_teams(self, executed: Run, acts: pd.DataFrame) -> None:
        latest = acts[(acts["created_at"] >= "2026-10-05") & (acts["created_at"] < "2026-11-02")]
        before = acts[(acts["created_at"] >= "2026-09-07") & (acts["created_at"] < "2026-10-05")]
        for row in executed("user_activity").table("Team", "Before"):
            now, then = ((part["team"] == row["Team"]).sum() for part in (latest, before))
            assert (row["Latest"], row["Before"]) == (f"{now:,}", f"{then:,}")
            assert row["Change"] == (percent(now / then - 1) if then else "new")

    def test_the_features(self, executed: Run, acts: pd.DataFrame) -> None:
        counts = acts["entity_type"].value_counts()
        chart = executed("user_activity").chart("Actions by what")["data"][0]
        assert dict(zip(chart["y"], numbers(chart["x"]), strict=True)) == counts.to_dict()


class TestCompliance:
    def test_actions_are_counted(self, executed: Run, ample: str) -> None:
        governed = "action LIKE 'admin.%' OR action LIKE 'data.%' OR action LIKE 'perm%.%' OR action LIKE 'config%.%'"
        counts = "SELECT action, count(*) AS n, count(DISTINCT user_id) AS people FROM audit_logs"
        query = f"{counts} WHERE {governed} GROUP BY 1"
        expected = {row["action"]: row for row in raw_values.ask(ample, query).to_dict("records")}
        table = executed("compliance").table("Category", "Entries")
        assert {row["Action"]: (row["Entries"], row["People"]) for row in table} == {
            action: (f"{row['n']:,}", f"{row['people']:,}") for action, row in expected.items()
        }
        bars = points(executed("compliance").chart("Entries by week"))
        assert sum(sum(bar.values()) for bar in bars.values()) == sum(row["n"] for row in expected.values())

    def test_who_exported_most(self, executed: Run, ample: str) -> None:
        query = (
            "SELECT u.username, count(*) AS n, sum(coalesce(json_extract(l.details, '$.rows'), 0)) AS rows "
            "FROM audit_logs l JOIN users u ON u.id = l.user_id WHERE l.action = 'data.exported' GROUP BY 1"
        )
        found = raw_values.ask(ample, query).set_index("username")
        table = executed("compliance").table("Exports", "Rows")
        for row in table:
            assert (row["Exports"], row["Rows"]) == (
                f"{found['n'][row['Person']]:,}",
                f"{found['rows'][row['Person']]:,}",
            )
        assert int(table[0]["Exports"]) == found["n"].max()
