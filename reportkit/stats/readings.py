"""One experiment, or several side by side, as a report reads them: rows, judgement, and how to say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from reportkit.specs import Period
from reportkit.stats.runs import part_counted, ran, the_experiment
from reportkit.stats.verdicts import Judgement, Verdict, judge_together
from reportkit.stats.words import Day, counted, day, days, escaped, glued, records

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Asked:
    """What was asked of `experiment_results`: one experiment in one period."""

    key: str
    rows: Sequence[Mapping[str, Any]]
    """By grouping `none`."""
    period: Period
    experiment: Mapping[str, Any]
    """The row that stands for all: the primary metric's first."""
    part: str
    """What `part_counted` says."""

    @classmethod
    def of(cls, results: pd.DataFrame, key: str, start: Day, end: Day, now: datetime) -> Self:
        """Raises LookupError, saying why, where there is nothing to report."""
        rows = records(results)
        experiment, period = the_experiment(rows, key), Period.parse(start, end)
        return cls(key, rows, period, experiment, part_counted(experiment, period, now))


@dataclass(frozen=True)
class Reading:
    """One experiment in one period, judged."""

    asked: Asked
    judged: Judgement
    name: str
    """What it is called beside others."""

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        return self.asked.rows

    @property
    def experiment(self) -> Mapping[str, Any]:
        return self.asked.experiment

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return self.judged.verdicts

    @property
    def arms(self) -> Sequence[Mapping[str, Any]]:
        """One row for each variant: variant, variant_name, subjects."""
        return [row for row in self.rows if row["metric"] == self.experiment["metric"]]

    @property
    def subjects(self) -> int:
        return sum(int(row["subjects"]) for row in self.arms)

    @property
    def has_lifts(self) -> bool:
        return any(verdict.lift is not None for verdict in self.verdicts)

    @property
    def opening(self) -> str:
        """Markdown: warnings, then the recommendation with its reason."""
        warnings = "".join(f"> [!WARNING]\n> {escaped(warning)}\n\n" for warning in self.judged.warnings)
        return glued(f"{warnings}> [!IMPORTANT] {escaped(self.judged.headline)}\n> {escaped(self.judged.reason)}")

    @property
    def facts(self) -> str:
        """Markdown: what ran when, over whom, and what decides."""
        part = f"; {self.asked.part}" if self.asked.part else ""
        variants = counted(len(self.arms), "variant")
        name, metric = escaped(self.experiment["experiment_name"]), escaped(self.experiment["metric_name"].lower())
        return (
            f"**{name}** {ran(self.experiment)}, with {counted(self.subjects, 'subject')} in {variants}{part}. "
            f"It is decided by *{metric}*; guardrails must not get worse."
        )


def read(results: pd.DataFrame, experiment: str, start: Day, end: Day, now: datetime) -> Reading:
    """`results` are the rows of `experiment_results` of this experiment and period. Raises LookupError."""
    return side_by_side([Asked.of(results, experiment, start, end, now)])[0]


def side_by_side(asked: Sequence[Asked]) -> list[Reading]:
    """Judged together, so that p-values are corrected among all of them; named by experiment, by period, or both.

    Raises LookupError where the same is asked for twice, which would count it twice in the correction.
    """
    judged = judge_together([(each.rows, each.part) for each in asked])
    names = _names(asked)
    if len(set(names)) < len(names):
        raise LookupError("two of the sides are the same; name different experiments or periods")
    return [Reading(*each) for each in zip(asked, judged, names, strict=True)]


def warnings_of(sides: Sequence[Reading]) -> str:
    """Markdown: every side's warnings, each by name; a sentence where there is none."""
    found = [
        f"> [!WARNING]\n> **{escaped(side.name)}.** {escaped(warning)}"
        for side in sides
        for warning in side.judged.warnings
    ]
    return (
        glued("\n\n".join(found))
        or "No side has a warning: each ran to its end, and sample ratios, guardrails and sample sizes are in order."
    )


def shared_metrics(sides: Sequence[Reading]) -> dict[str, str]:
    """Key to name of the metrics that every side has."""
    common = set.intersection(*({row["metric"] for row in side.rows} for side in sides))
    return {row["metric"]: row["metric_name"] for row in sides[0].rows if row["metric"] in common}


def _names(asked: Sequence[Asked]) -> list[str]:
    """By what tells them apart: the experiment's name (its key, where names are alike), the period, or both."""
    titles = {each.key: str(each.experiment["experiment_name"]) for each in asked}
    if len(set(titles.values())) < len(titles):
        titles = {key: key for key in titles}
    if len({each.period for each in asked}) == 1:
        return [titles[each.key] for each in asked]
    if len(titles) == 1:
        return [f"{said[0].upper()}{said[1:]}" for each in asked if (said := _said(each.period))]
    return [f"{titles[each.key]}, {_said(each.period)}" for each in asked]


def _said(period: Period) -> str:
    """In the words of its days."""
    last = period.end - timedelta(microseconds=1) if period.end else None
    if period.start and last:
        return days(period.start, last)
    if last:
        return f"until {day(last)}"
    return f"from {day(period.start)}" if period.start else "the whole run"
