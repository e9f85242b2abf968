"""From an experiment's results to words a decision can rest on.

The rules, in the order in which they stop a decision:

1. a broken sample ratio (p < 0.001): no number can be trusted;
2. no data: nothing to say yet;
3. only a part of the experiment was counted: decide on the whole;
4. a guardrail that got worse: not to be shipped, whatever the primary metric says;
5. the primary metric: better, worse, or no clear difference.

"Better" and "worse" mean a p-value below 0.05. Those of primary and secondary metrics are first corrected among
themselves by Benjamini-Hochberg (false discovery rate; scipy.stats.false_discovery_control). A guardrail is judged by
its own p-value: harm must not be missed because many other metrics are looked at. Intervals are not corrected.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from reportkit.specs import Period

SIGNIFICANT = 0.05
BROKEN_RATIO = 0.001


class Outcome(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    UNCLEAR = "no clear difference"
    NO_DATA = "no data"


@dataclass(frozen=True)
class Verdict:
    """What one variant did to one metric."""

    metric: str
    metric_name: str
    role: str
    """primary, secondary or guardrail."""
    variant: str
    variant_name: str
    outcome: Outcome
    lift: float | None
    """Share of the control's mean; None where undefined."""
    low: float | None
    high: float | None
    """Ends of the lift's 95 % confidence interval."""
    p_value: float | None
    """What it is judged by: a guardrail's own, else the corrected one. None where nothing varies or can be tested."""

    @property
    def sentence(self) -> str:
        """`Purchase rate: better, +4.1 % (95 % CI +2.0 % to +6.2 %, adjusted p 0.002)`."""
        if self.outcome is Outcome.NO_DATA:
            return f"{self.metric_name}: {self.outcome}"
        lift = "" if self.lift is None else f", {percent(self.lift)}"
        interval = "" if self.low is None else f"95 % CI {percent(self.low)} to {percent(self.high)}, "
        return f"{self.metric_name}: {self.outcome}{lift} ({interval}{self._tested})"

    @property
    def _tested(self) -> str:
        if self.p_value is None:
            return "too few or too equal numbers to test"
        return f"p {p(self.p_value)}" if self.role == "guardrail" else f"adjusted p {p(self.p_value)}"


@dataclass(frozen=True)
class Judgement:
    """What to do, and everything that speaks for or against it."""

    headline: str
    """The recommendation, in one sentence."""
    reason: str
    warnings: tuple[str, ...]
    """What must be read before any number: a part of the run, a broken sample ratio, a guardrail, an unfinished run."""
    verdicts: tuple[Verdict, ...]
    """Primary first, then guardrails, then secondary."""


def judge(results: Sequence[Mapping[str, Any]], part: str = "") -> Judgement:
    """Judges one experiment from its rows of the dataset `experiment_results` (grouping `none`).

    `part` is what `part_counted` says of the period that was asked for.
    """
    verdicts = tuple(sorted(_verdicts(results), key=lambda v: (_RANK.get(v.role, 9), v.metric, v.variant)))
    broken, unfinished = _broken_ratio(results), _unfinished(results)
    guardrails = [v for v in verdicts if v.role == "guardrail" and v.outcome is Outcome.WORSE]
    partial = [f"Only {part} count; the experiment {ran(results[0])}. Decide on the whole."] if part else []
    warnings = [*partial, *broken, *[_guardrail(v) for v in guardrails], *unfinished]
    headline, reason = _recommendation(verdicts, guardrails, bool(broken), bool(partial), bool(unfinished))
    return Judgement(headline, reason, tuple(warnings), verdicts)


def part_counted(experiment: Mapping[str, Any], period: Period, now: datetime) -> str:
    """`the days from 1 to 12 September 2026` where the period cuts the experiment's run short; else empty.

    `experiment` has started_at and ended_at; one without an end is cut where the period ends before `now`.
    """
    started, ended = _moment(experiment["started_at"]), _moment(experiment["ended_at"]) or now
    late = started and period.start and period.start > started
    early = started and period.end and period.end < ended
    if not late and not early:
        return ""
    first, last = period.start, (period.end or now) - timedelta(microseconds=1)
    if first is None:
        return f"the days until {_day(last)}"
    if period.end is None:
        return f"the days since {_day(first)}"
    return f"the days from {_days(first, last)}" if first.date() != last.date() else f"events of {_day(first)}"


def ran(experiment: Mapping[str, Any]) -> str:
    """`ran from 31 August to 12 October 2026`, `has run since 31 August 2026` or `has not started yet`."""
    started, ended = _moment(experiment["started_at"]), _moment(experiment["ended_at"])
    if started is None:
        return "has not started yet"
    return f"has run since {_day(started)}" if ended is None else f"ran from {_days(started, ended)}"


_RANK = {"primary": 0, "guardrail": 1, "secondary": 2}


def _verdicts(results: Sequence[Mapping[str, Any]]) -> Iterable[Verdict]:
    rows = [row for row in results if not row["is_control"]]
    guardrails = [row for row in rows if row["metric_role"] == "guardrail"]
    others = [row for row in rows if row["metric_role"] != "guardrail"]
    own = [known(row["p_value"]) for row in guardrails]
    adjusted = adjusted_p_values([known(row["p_value"]) for row in others])
    for row, p_value in zip([*guardrails, *others], [*own, *adjusted], strict=True):
        yield Verdict(
            metric=row["metric"],
            metric_name=row["metric_name"],
            role=row["metric_role"],
            variant=row["variant"],
            variant_name=row["variant_name"],
            outcome=_outcome(row, p_value),
            lift=known(row["lift"]),
            low=known(row["lift_low"]),
            high=known(row["lift_high"]),
            p_value=p_value,
        )


def adjusted_p_values(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg over those that are known; the others stay None."""
    from scipy.stats import false_discovery_control

    known = [value for value in p_values if value is not None]
    adjusted = iter(false_discovery_control(known) if known else [])
    return [None if value is None else float(next(adjusted)) for value in p_values]


def _outcome(row: Mapping[str, Any], p_value: float | None) -> Outcome:
    difference = known(row["difference"])
    if difference is None:  # for a mean is undefined: no subjects, or nothing that divides
        return Outcome.NO_DATA
    if p_value is None or p_value >= SIGNIFICANT or difference == 0:
        return Outcome.UNCLEAR
    return Outcome.BETTER if (difference > 0) == bool(row["higher_is_better"]) else Outcome.WORSE


def _broken_ratio(results: Sequence[Mapping[str, Any]]) -> list[str]:
    found = [value for row in results if (value := known(row["srm_p_value"])) is not None]
    if not found or min(found) >= BROKEN_RATIO:
        return []
    return [
        f"The variants did not get the shares of subjects they were meant to get (sample-ratio p {p(min(found))}). "
        "Something in assignment or logging is broken; no result below can be trusted."
    ]


def _guardrail(verdict: Verdict) -> str:
    return f"Guardrail breached by {verdict.variant_name}. {verdict.sentence}."


def _unfinished(results: Sequence[Mapping[str, Any]]) -> list[str]:
    if not results or results[0]["status"] != "running":
        return []
    return ["The experiment is still running; numbers will change, and looking early overstates certainty."]


def _recommendation(
    verdicts: Sequence[Verdict], guardrails: Sequence[Verdict], broken: bool, partial: bool, unfinished: bool
) -> tuple[str, str]:
    primary = [v for v in verdicts if v.role == "primary"]
    found = " ".join(f"{v.variant_name}: {v.sentence}." for v in primary)
    if broken:
        return "Do not decide on this experiment.", "Its sample ratio is broken; find the cause and run it again."
    if all(v.outcome is Outcome.NO_DATA for v in primary):
        return "There is nothing to decide yet.", "The primary metric has no data in this period."
    if partial:
        return "Do not decide on a part of the experiment.", found
    harmful = {v.variant for v in guardrails}
    shippable = [v for v in primary if v.outcome is Outcome.BETTER and v.variant not in harmful]
    if shippable:
        best = max(shippable, key=lambda v: abs(v.lift or 0.0))
        act = "is ahead; wait for the planned end" if unfinished else "should be shipped"
        return f"{best.variant_name} {act}.", f"{best.sentence}."
    if harmful & {v.variant for v in primary}:
        return "Keep the control.", f"A guardrail got worse. {guardrails[0].sentence}."
    if any(v.outcome is Outcome.WORSE for v in primary):
        return "Keep the control.", found
    act = "Wait: no clear difference so far." if unfinished else "Keep the control: no clear difference."
    return act, found


def percent(share: float | None) -> str:
    """`+4.1 %`, with a true minus sign; `n/a` for None."""
    if share is None:
        return "n/a"
    return f"{round(share, 3) + 0.0:+.1%}".replace("-", "−").replace("%", " %")


def p(value: float | None) -> str:
    """`0.034`; below a thousandth `< 0.001`, for more digits would only feign precision.

    A value that is below 0.05 never reads as 0.050.
    """
    if value is None:
        return "n/a"
    if value < 0.001:
        return "< 0.001"
    return "< 0.05" if value < SIGNIFICANT <= round(value, 3) else f"{value:.3f}"


def _days(first: date, last: date) -> str:
    """`1 to 12 September 2026`, `31 August to 12 October 2026`; years only where they differ."""
    if first.year != last.year:
        return f"{_day(first)} to {_day(last)}"
    return f"{first:%-d}{'' if first.month == last.month else f'{first: %B}'} to {_day(last)}"


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"


def _moment(value: Any) -> datetime | None:
    """None also for the NaT by which pandas says the same."""
    return None if value is None or value != value else value


def known(value: Any) -> float | None:
    """None also for the NaN by which pandas says the same."""
    return None if value is None or value != value or math.isinf(value) else float(value)
