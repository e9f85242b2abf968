"""The numbers about people, against pandas on the raw tables."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pandas as pd
import pytest

from reportkit.specs import Period

PERIODS: list[dict[str, str]] = [{}, {"start": "2026-09-10", "end": "2026-10-05"}, {"end": "2026-09-12T15:30:00Z"}]

Tables = dict[str, pd.DataFrame]
Read = Callable[..., pd.DataFrame]

DEEDS = [("experiments_created", "experiments", "created_by"), ("flags_created", "feature_flags", "created_by")]


def within(frame: pd.DataFrame, dates: dict[str, str]) -> pd.DataFrame:
    period = Period.parse(dates.get("start"), dates.get("end"))
    if period.start:
        frame = frame[frame["created_at"] >= period.start]
    return frame[frame["created_at"] < period.end] if period.end else frame


@pytest.mark.parametrize("dates", PERIODS)
def test_activity_of_users_is_counted_table_by_table(read: Read, tables: Tables, dates: dict[str, str]) -> None:
    found = read("user_activity", **dates).set_index("user_id")
    assert sorted(found.index) == sorted(tables["users"]["id"])
    for column, table, user in [*DEEDS, ("total_actions", "audit_logs", "user_id")]:
        expected = within(tables[table], dates)[user].value_counts()
        assert found[column].to_dict() == expected.reindex(found.index, fill_value=0).to_dict()
    latest = within(tables["audit_logs"], dates).groupby("user_id")["created_at"].max()
    assert found["last_activity"].dropna().to_dict() == latest.to_dict()
    assert (found["total_actions"] == 0).any()
    assert found["total_actions"].sum() > 100


@pytest.mark.parametrize("dates", PERIODS)
def test_activity_of_teams_has_every_team_in_every_week(read: Read, tables: Tables, dates: dict[str, str]) -> None:
    found = read("user_activity", by="team_week", **dates)
    teams = [*tables["teams"]["id"], None]
    mondays = sorted(found["week"].unique())
    assert {day.weekday() for day in mondays} == {0}
    assert [(b - a).days for a, b in pairwise(mondays)] == [7] * (len(mondays) - 1)
    assert len(found) == len(teams) * len(mondays)

    team_of = tables["users"].set_index("id")["team_id"]
    for column, table, user in [*DEEDS, ("total_actions", "audit_logs", "user_id")]:
        deeds = within(tables[table], dates)
        week = deeds["created_at"].dt.date.map(lambda day: day - pd.Timedelta(days=day.weekday()))
        expected = deeds.groupby([week, deeds[user].map(team_of).fillna("none")]).size().to_dict()
        counted = found[found[column] > 0]
        assert (
            dict(
                zip(zip(counted["week"], counted["team_id"].fillna("none"), strict=True), counted[column], strict=True)
            )
            == expected
        )
    assert (found["total_actions"] == 0).any()
    assert (found["active_users"] <= found["total_actions"]).all()


@pytest.mark.parametrize("dates", PERIODS)
def test_features_are_shares_of_all_actions(read: Read, tables: Tables, dates: dict[str, str]) -> None:
    found = read("user_activity", by="feature", **dates).set_index("feature")
    actions = within(tables["audit_logs"], dates)
    assert sorted(found.index) == sorted(tables["audit_logs"]["entity_type"].unique())
    for feature, row in found.iterrows():
        own = actions[actions["entity_type"] == feature]
        assert (row["total_actions"], row["active_users"]) == (len(own), own["user_id"].nunique())
        assert row["share"] == pytest.approx(len(own) / len(actions))
    assert found["share"].sum() == pytest.approx(1.0)


def test_a_time_without_actions_has_features_and_users_of_zeros(read: Read) -> None:
    features = read("user_activity", by="feature", start="2001-01-01", end="2001-12-31")
    assert set(features["total_actions"]) == {0}
    assert features["share"].isna().all()
    users = read("user_activity", start="2001-01-01", end="2001-12-31")
    assert set(users["total_actions"]) == set(users["experiments_created"]) == {0}
    assert read("user_activity", by="team_week", start="2001-01-01", end="2001-12-31").empty


@pytest.mark.parametrize(
    ("action", "category"),
    [
        ("admin.role_changed", "admin"),
        ("data.exported", "data access"),
        ("permission.granted", "permission"),
        ("configuration.changed", "configuration"),
        ("experiment.created", "other"),
    ],
)
def test_the_category_of_an_entry_is_that_of_its_actions_area(read: Read, action: str, category: str) -> None:
    assert set(read("audit_log", action=action)["category"]) == {category}
