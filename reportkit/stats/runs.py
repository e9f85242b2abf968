"""When an experiment ran, and how much of that a report counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reportkit.specs import Period
from reportkit.stats.words import day, days, moment

if TYPE_CHECKING:
    import pandas as pd

A_WEEK = timedelta(days=7)


def the_experiment(results: Sequence[Mapping[str, Any]], key: str) -> Mapping[str, Any]:
    """What the rows of `experiment_results` say of the experiment they are about, from its primary metric if it can be.

    Raises LookupError, in words for whoever asked, where there is no such experiment or nothing to decide it by.
    """
    if not results:
        raise no_experiment(key)
    primary = [row for row in results if row["metric_role"] == "primary"]
    if not primary:
        raise LookupError(f"{key} has no primary metric, so there is nothing to decide it by; give it one")
    return primary[0]


def no_experiment(key: str) -> LookupError:
    return LookupError(
        f"there is no experiment {key!r} that you may see, or it has no metrics; its key is needed, not its name"
    )


def part_counted(experiment: Mapping[str, Any], period: Period, now: datetime) -> str:
    """`only the days from 1 to 12 September 2026 count` where the period cuts the experiment's run short; else empty.

    `experiment` has started_at and ended_at; one without an end is cut where the period ends before `now`. Only days
    of the run are named, whatever was asked for.
    """
    started, ended = moment(experiment["started_at"]), moment(experiment["ended_at"])
    if started is None:
        return ""
    until = ended or max(now, started)
    first, last = max(period.start or started, started), min(period.end or until, until)
    if first == started and last == until:
        return ""
    if first >= last:
        return "none of its days lie within the period that was asked for"
    last -= timedelta(microseconds=1)
    if first.date() == last.date():
        return f"only events of {day(first)} count"
    if ended is None and period.end is None:
        return f"only the days since {day(first)} count"
    return f"only the days from {days(first, last)} count"


def ran(experiment: Mapping[str, Any]) -> str:
    """`ran from 31 August to 12 October 2026`, then perhaps `and was stopped early`; or `has run since 31 August 2026`,
    or `has not started yet`.
    """
    started, ended = moment(experiment["started_at"]), moment(experiment["ended_at"])
    if started is None:
        return "has not started yet"
    if ended is None:
        return f"has run since {day(started)}"
    cut = " and was stopped early" if experiment["status"] == "stopped" else ""
    return f"ran from {days(started, max(started, ended - timedelta(microseconds=1)))}{cut}"


def whole_within(weeks: pd.Series, first: datetime | None, last: datetime | None) -> pd.Series:
    """Whether the week of each Monday (UTC) begins at `first` or later, and ends at `last` or earlier."""
    starts = weeks.dt.tz_localize("UTC")
    begun: pd.Series = starts >= (first or datetime.min.replace(tzinfo=UTC))
    whole: pd.Series = begun & (starts + A_WEEK <= (last or datetime.max.replace(tzinfo=UTC)))
    return whole


def shorter_than_a_week(experiment: Mapping[str, Any], now: datetime) -> bool:
    """Whether not every day of the week has been seen."""
    started = moment(experiment["started_at"])
    return started is not None and (moment(experiment["ended_at"]) or now) - started < A_WEEK
