"""The numbers about people in each report are those that pandas finds in the warehouse's and the catalog's raw rows."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from statistics import median

import pandas as pd
import pytest
import raw_values
from executed_report import Executed, numbers, points

from reportkit.stats.words import percent, unsigned
from reportkit.toolkit import Toolkit

Run = Callable[..., Executed]


@pytest.fixture(scope="module")
def acts(ample: str) -> pd.DataFrame:
    found = raw_values.ask(
        ample,
        "SELECT l.created_at, l.entity_type, u.id AS user_id, u.username, t.name AS team FROM audit_logs l "
        "JOIN users u ON u.id = l.user_id LEFT JOIN teams t ON t.id = u.team_id",
    )
    days = pd.to_datetime(found["created_at"].str[:10])
    return found.assign(
        week=days - pd.to_timedelta(days.dt.day_of_week, unit="D"), team=found["team"].fillna("no team")
    )


@pytest.fixture(scope="module")
def created(ample: str) -> pd.DataFrame:
    """Experiments and flags, each with who made it."""
    return raw_values.ask(
        ample,
        "SELECT u.username, made.kind FROM users u JOIN (SELECT created_by, 'experiment' AS kind FROM experiments "
        "UNION ALL SELECT created_by, 'flag' FROM feature_flags) made ON made.created_by = u.id",
    )


class TestUserActivity:
    @pytest.fixture
    def report(self, executed: Run) -> Executed:
        return executed("user_activity")

    def test_the_most_active_people(
        self, report: Executed, acts: pd.DataFrame, created: pd.DataFrame, ample: str
    ) -> None:
        people = raw_values.ask(
            ample, "SELECT u.username, u.role, t.name AS team FROM users u LEFT JOIN teams t ON t.id = u.team_id"
        ).set_index("username")
        counts = acts.groupby("username").size().sort_values(ascending=False)
        latest = pd.to_datetime(acts.groupby("username")["created_at"].max())
        for row in (rows := report.table("Person", "Actions")):
            about, made = people.loc[row["Person"]], created[created["username"] == row["Person"]]
            assert (row["Team"], row["Role"]) == (about["team"], about["role"])
            assert row["Actions"] == f"{counts[row['Person']]:,}"
            assert row["Share"] == unsigned(counts[row["Person"]] / len(acts))
            assert row["Experiments"] == str((made["kind"] == "experiment").sum())
            assert row["Flags"] == str((made["kind"] == "flag").sum())
            assert row["Last active"] == f"{latest[row['Person']]:%-d %b %Y}"
        assert [int(row["Actions"].replace(",", "")) for row in rows] == list(counts.head(10))

    def test_who_was_active(self, report: Executed, acts: pd.DataFrame, created: pd.DataFrame, ample: str) -> None:
        [people] = raw_values.ask(ample, "SELECT count(*) AS n FROM users")["n"]
        counts = acts.groupby("user_id").size().sort_values(ascending=False)
        share = unsigned(len(counts) / people)
        assert f"**{len(counts):,}** of {people:,} people were active ({share}), with {len(acts):,} " in report.words
        made = created["kind"].value_counts()
        assert f"created {made['experiment']:,} experiments and {made['flag']:,} flags." in report.words
        assert f"At least half of the active did {int(median(counts))} actions or fewer." in report.words
        most = counts.head(10).sum() / len(acts)
        assert f"The 10 most active did {unsigned(most)} of all actions." in report.words

    def test_the_teams(self, report: Executed, acts: pd.DataFrame) -> None:
        by_team = acts.groupby("team")["week"]
        latest, before = (
            by_team.agg(lambda weeks, span=span: weeks.isin(span).sum())
            for span in (pd.date_range(first, periods=4, freq="7D") for first in ("2026-10-05", "2026-09-07"))
        )
        rows = report.table("Team", "Before")
        for row in rows:
            now, then = latest[row["Team"]], before[row["Team"]]
            assert row["All actions"] == f"{by_team.size()[row['Team']]:,}"
            assert (row["Latest"], row["Before"]) == (f"{now:,}", f"{then:,}")
            assert row["Change"] == (percent(now / then - 1) if then else "new")
        assert [int(row["Latest"]) for row in rows] == sorted(latest, reverse=True)[:10]

    def test_the_teams_weeks(self, report: Executed, acts: pd.DataFrame) -> None:
        lines = points(report.chart("Actions by week of the most active teams"))
        counts = acts.groupby("team").size().sort_values(ascending=False)
        assert [sum(line.values()) for line in lines.values()] == list(counts.head(6))
        for name, line in lines.items():
            own = acts.loc[acts["team"] == unescape(name), "week"].value_counts()
            assert {week[:10]: actions for week, actions in line.items() if actions} == {
                f"{week:%Y-%m-%d}": actions for week, actions in own.items()
            }

    def test_the_features(self, report: Executed, acts: pd.DataFrame) -> None:
        by_feature = acts.groupby("entity_type")
        counts, people = by_feature.size(), by_feature["user_id"].nunique()
        latest = pd.to_datetime(by_feature["created_at"].max())
        [bars] = report.chart("Actions by what")["data"]
        assert dict(zip(bars["y"], numbers(bars["x"]), strict=True)) == counts.to_dict()
        rows = report.table("Worked with", "People")
        assert [(row["Worked with"], row["Actions"]) for row in rows] == [
            (feature, f"{count:,}") for feature, count in counts.sort_values(ascending=False).items()
        ]
        for row in rows:
            assert row["People"] == f"{people[row['Worked with']]:,}"
            assert row["Share"] == unsigned(counts[row["Worked with"]] / len(acts))
            assert row["Last used"] == f"{latest[row['Worked with']]:%-d %b %Y}"


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
        table = executed("compliance").table("Exports", "Kinds of data")
        for row in table:
            assert (row["Exports"], row["Rows"]) == (
                f"{found['n'][row['Person']]:,}",
                f"{found['rows'][row['Person']]:,}",
            )
        assert int(table[0]["Exports"]) == found["n"].max()

    def test_exports_and_reports_are_counted(self, executed: Run, desk: Toolkit) -> None:
        """The desk's people have asked for the same things, so whoever is an admin has taken as much, but in clear."""
        query = (
            "SELECT j.owner_name AS person, j.kind, j.state, j.owner_role AS role, c.rows, c.size, c.clear "
            "FROM jobs j LEFT JOIN contents c ON c.job_id = j.id WHERE j.finished_at IS NOT NULL"
        )
        jobs = raw_values.ask(desk.settings.catalog, query)
        report = executed("compliance")
        for row in (people := report.table("Person", "Role then")):
            own = jobs[jobs["person"] == row["Person"]]
            assert row["Exports"] == str((own["kind"] == "export").sum())
            assert row["Reports"] == str((own["kind"] == "report").sum())
            assert (row["Rows"], row["MB"]) == (f"{own['rows'].sum():,.0f}", f"{own['size'].sum() / 1e6:,.2f}")
            assert row["In clear"] == str((own["clear"].fillna("") != "").sum())
        assert len(people) == jobs["person"].nunique()
        by_source = report.table("Dataset or notebook", "Rows")
        assert sum(int(row["Rows"].replace(",", "")) for row in by_source) == jobs["rows"].sum()
        bars = points(report.chart("Exports and reports by week"))
        assert {name: sum(bar.values()) for name, bar in bars.items()} == {
            f"{kind}s": number for kind, number in jobs["kind"].value_counts().items()
        }
        clear = jobs[jobs["clear"].fillna("") != ""]
        taken = f"in {(clear['kind'] == 'export').sum()} exports and {(clear['kind'] == 'report').sum()} reports"
        assert f"> - Personal data were given in clear to {clear['person'].nunique()} admins, {taken}: " in report.words
        assert report.words.index("Look at these first") < report.words.index("Personal data were given in clear")
        failed = (jobs["state"] == "failed").sum()
        assert len(report.table("When (UTC)", "Why")) == failed == 8
        largest = [int(row["Rows"].replace(",", "")) for row in report.table("What", "Personal data")]
        assert largest == sorted(jobs["rows"].dropna(), reverse=True)[:10]
