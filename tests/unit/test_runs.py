"""When an experiment ran, and which part of it a period counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from reportkit.specs import Period
from reportkit.stats.runs import part_counted, ran, shorter_than_a_week, the_experiment

STARTED, ENDED = datetime(2026, 8, 31, 9, tzinfo=UTC), datetime(2026, 10, 12, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
RAN = {"status": "completed", "started_at": STARTED, "ended_at": ENDED}


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (None, None, ""),
        ("2026-08-31", "2026-10-12", ""),
        ("2026-01-01", None, ""),
        ("2026-09-01", "2026-09-12", "only the days from 1 to 12 September 2026 count"),
        ("2026-09-01", "2026-10-03", "only the days from 1 September to 3 October 2026 count"),
        ("2026-09-01", "2026-09-01", "only events of 1 September 2026 count"),
        ("2026-09-01", None, "only the days from 1 September to 12 October 2026 count"),
        (None, "2026-10-11", "only the days from 31 August to 11 October 2026 count"),
    ],
)
def test_a_period_that_cuts_the_run_short_is_named(start: str | None, end: str | None, said: str) -> None:
    assert part_counted(RAN, Period.parse(start, end), NOW) == said


def test_days_outside_the_run_are_not_said_to_count() -> None:
    """Whatever was asked for: nothing of the experiment happened on them."""
    early, late = Period.parse("2025-12-31", "2026-09-12"), Period.parse("2026-10-01", "2027-03-31")
    assert part_counted(RAN, early, NOW) == "only the days from 31 August to 12 September 2026 count"
    assert part_counted(RAN, late, NOW) == "only the days from 1 to 12 October 2026 count"


@pytest.mark.parametrize(("start", "end"), [(None, "2026-08-30"), ("2026-10-13", None), ("2027-01-01", "2027-02-01")])
def test_a_period_beside_the_run_counts_nothing(start: str | None, end: str | None) -> None:
    said = "none of its days lie within the period that was asked for"
    assert part_counted(RAN, Period.parse(start, end), NOW) == said


@pytest.mark.parametrize("open_end", [None, pd.NaT])
def test_what_is_still_running_runs_until_now(open_end: Any) -> None:
    running = {"started_at": STARTED, "ended_at": open_end}
    assert part_counted(running, Period.parse(None, "2026-11-02"), NOW) == ""
    said = part_counted(running, Period.parse(None, "2026-11-01"), NOW)
    assert said == "only the days from 31 August to 1 November 2026 count"
    assert part_counted(running, Period.parse("2026-09-07", None), NOW) == (
        "only the days since 7 September 2026 count"
    )


def test_what_has_not_started_cannot_be_cut() -> None:
    draft = {"started_at": None, "ended_at": None}
    assert part_counted(draft, Period.parse("2026-09-01", "2026-09-12"), NOW) == ""


def test_when_it_ran_is_written_for_people() -> None:
    assert ran(RAN) == "ran from 31 August to 12 October 2026"
    midnight = datetime(2026, 10, 12, tzinfo=UTC)
    assert ran(RAN | {"status": "stopped"}) == "ran from 31 August to 12 October 2026 and was stopped early"
    assert ran(RAN | {"ended_at": midnight}) == "ran from 31 August to 11 October 2026"
    assert ran({"started_at": STARTED, "ended_at": pd.NaT}) == "has run since 31 August 2026"
    assert ran({"started_at": None, "ended_at": None}) == "has not started yet"


def test_a_week_holds_every_day_of_the_week() -> None:
    running = {"started_at": datetime(2026, 10, 27, tzinfo=UTC), "ended_at": None}
    assert shorter_than_a_week(running, NOW)
    assert not shorter_than_a_week(RAN, NOW)
    assert not shorter_than_a_week({"started_at": pd.NaT, "ended_at": pd.NaT}, NOW)


def test_an_experiment_that_is_not_there_is_told_as_such() -> None:
    with pytest.raises(LookupError, match="there is no experiment 'tea' that you may see"):
        the_experiment([], "tea")
    with pytest.raises(LookupError, match="tea has no primary metric"):
        the_experiment([{"metric_role": "secondary"}], "tea")
