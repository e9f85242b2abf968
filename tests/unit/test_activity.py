"""Who uses the platform, and which way teams go."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

from reportkit.specs import Period
from reportkit.stats.activity import most_active, team_changes, team_note, use, weekly_totals, whole_weeks

NOW = datetime(2026, 11, 2, tzinfo=UTC)
MONDAYS = pd.date_range("2026-09-07", periods=8, freq="7D")


def people(*actions: int) -> pd.DataFrame:
    rows = [{"user_id": f"u{number}", "total_actions": count} for number, count in enumerate(actions)]
    return pd.DataFrame(rows).assign(experiments_created=1, flags_created=2)


def weeks(**teams: list[int]) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"week": MONDAYS[: len(counts)], "team": name, "total_actions": counts})
        for name, counts in teams.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_the_most_active_are_named_with_their_share_of_everything_and_idle_ones_never() -> None:
    found = most_active(people(1, 0, 6, 3), top=3)
    assert list(found["user_id"]) == ["u2", "u3", "u0"]
    assert list(found["share"]) == [0.6, 0.3, 0.1]


def test_use_is_told_in_sentences() -> None:
    assert use(people(1, 0, 6, 3), top=2).replace("\u00a0", " ").splitlines() == [
        "- **3** of 4 people were active (75.0 %), with 10 actions.",
        "- People created 4 experiments and 8 flags.",
        "- At least half of the active did 3 actions or fewer.",
        "- The 2 most active did 90.0 % of all actions.",
    ]
    assert use(people(1, 0, 6, 3), top=1).endswith("- The most active person did 60.0\u00a0% of all actions.")
    assert use(people(0, 1), top=2).startswith("- **1** of 2 people was active")
    assert use(people(0, 0), top=2) == (
        "None of the 2 people you may see did anything in this period. They created 2 experiments and 4 flags."
    )


def test_one_person_alone_is_told_in_words_that_hold_for_every_reader() -> None:
    """A viewer, an analyst, and the admin of a platform of one."""
    assert use(people(5), top=2) == (
        "The one person you may see did 5 actions and created 1 experiment and 2 flags. Only admins see everyone."
    )


def test_only_weeks_that_are_over_and_wholly_asked_for_count() -> None:
    rows = weeks(a=[0, 1, 1, 1, 1, 1, 1, 1])

    def kept(start: str | None, end: str | None, now: datetime = NOW) -> list[str]:
        return list(whole_weeks(rows, Period.parse(start, end), now)["week"].dt.strftime("%m-%d"))

    assert kept(None, None)[0] == "09-14"  # the first with an action
    assert kept(None, None)[-1] == "10-26"
    assert kept(None, None, datetime(2026, 11, 1, 12, tzinfo=UTC))[-1] == "10-19"
    assert kept("2026-09-15", "2026-10-04") == ["09-21", "09-28"]
    assert kept("2026-11-09", None) == []


def test_the_largest_teams_are_drawn_the_largest_first() -> None:
    rows = weeks(small=[1, 1], large=[5, 5], middle=[2, 3])
    assert list(weekly_totals(rows, largest=2)["team"].unique()) == ["large", "middle"]


def test_a_teams_change_is_of_four_weeks_against_the_four_before() -> None:
    table = team_changes(weeks(a=[1, 1, 1, 1, 2, 2, 2, 0], b=[0, 0, 0, 0, 1, 1, 1, 1])).set_index("team")
    assert tuple(table.loc["a", ["latest", "before", "change"]]) == (6, 4, 0.5)
    assert table.loc["b", "before"] == 0
    assert table["change"].isna()["b"]
    assert team_note(weeks(a=[1] * 8)).startswith("*Latest* are the 4 weeks from 5 October 2026 on")


def test_too_few_weeks_have_no_change() -> None:
    rows = weeks(a=[1, 1, 1])
    assert team_changes(rows)["change"].isna().all()
    assert team_note(rows) == "Only 3 whole weeks: too few to set the latest 4 against the 4 before."
    assert "admins only" in team_note(rows.head(0))


def test_people_without_a_team_are_one_group() -> None:
    rows = weeks(a=[1] * 8).assign(team=None)
    assert list(team_changes(rows)["team"]) == ["no team"]
