"""From an experiment's results to words a decision can rest on.

The rules, in the order in which they stop a decision:

1. a broken sample ratio (p < 0.001): no number can be trusted;
2. no data: nothing to say yet;
3. a guardrail that got worse: not to be shipped, whatever the primary metric says;
4. the primary metric: better, worse, or no clear difference.

"Better" and "worse" mean a p-value below 0.05 after Benjamini-Hochberg's correction over all of the
experiment's comparisons (false discovery rate; scipy.stats.false_discovery_control).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

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
    p_adjusted: float | None

    @property
    def sentence(self) -> str:
        """`Purchase rate: better, +4.1 % (95 % CI +2.0 % to +6.2 %, adjusted p 0.002)`."""
        if self.outcome is Outcome.NO_DATA:
            return f"{self.metric_name}: no data"
        interval = f"95 % CI {percent(self.low)} to {percent(self.high)}" if self.low is not None else "no interval"
        return f"{self.metric_name}: {self.outcome}, {percent(self.lift)} ({interval}, adjusted p {p(self.p_adjusted)})"


@dataclass(frozen=True)
class Judgement:
    """What to do, and everything that speaks for or against it."""

    headline: str
    """The recommendation, in one sentence."""
    reason: str
    warnings: tuple[str, ...]
    """What must be read before any number: a broken sample ratio, a guardrail, an unfinished experiment."""
    verdicts: tuple[Verdict, ...]
    """Primary first, then guardrails, then secondary."""


def judge(results: Sequence[Mapping[str, Any]]) -> Judgement:
    """Judges one experiment from its rows of the dataset `experiment_results` (grouping `none`)."""
    verdicts = tuple(sorted(_verdicts(results), key=lambda v: (_RANK.get(v.role, 9), v.metric, v.variant)))
    broken, unfinished = _broken_ratio(results), _unfinished(results)
    guardrails = [v for v in verdicts if v.role == "guardrail" and v.outcome is Outcome.WORSE]
    warnings = [*broken, *[_guardrail(v) for v in guardrails], *unfinished]
    headline, reason = _recommendation(verdicts, guardrails, bool(broken), bool(unfinished))
    return Judgement(headline, reason, tuple(warnings), verdicts)


_RANK = {"primary": 0, "guardrail": 1, "secondary": 2}


def _verdicts(results: Sequence[Mapping[str, Any]]) -> Iterable[Verdict]:
    rows = [row for row in results if not row["is_control"]]
    for row, adjusted in zip(rows, adjusted_p_values([known(row["p_value"]) for row in rows]), strict=True):
        yield Verdict(
            metric=row["metric"],
            metric_name=row["metric_name"],
            role=row["metric_role"],
            variant=row["variant"],
            variant_name=row["variant_name"],
            outcome=_outcome(row, adjusted),
            lift=known(row["lift"]),
            low=known(row["lift_low"]),
            high=known(row["lift_high"]),
            p_adjusted=adjusted,
        )


def adjusted_p_values(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg over those that are known; the others stay None."""
    from scipy.stats import false_discovery_control

    known = [value for value in p_values if value is not None]
    adjusted = iter(false_discovery_control(known) if known else [])
    return [None if value is None else float(next(adjusted)) for value in p_values]


def _outcome(row: Mapping[str, Any], adjusted: float | None) -> Outcome:
    difference = known(row["difference"])
    if adjusted is None or difference is None:
        return Outcome.NO_DATA
    if adjusted >= SIGNIFICANT or difference == 0:
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
    verdicts: Sequence[Verdict], guardrails: Sequence[Verdict], broken: bool, unfinished: bool
) -> tuple[str, str]:
    primary = [v for v in verdicts if v.role == "primary"]
    if broken:
        return "Do not decide on this experiment.", "Its sample ratio is broken; find the cause and run it again."
    if all(v.outcome is Outcome.NO_DATA for v in primary):
        return "There is nothing to decide yet.", "The primary metric has no data in this period."
    harmful = {v.variant for v in guardrails}
    shippable = [v for v in primary if v.outcome is Outcome.BETTER and v.variant not in harmful]
    if shippable:
        best = max(shippable, key=lambda v: abs(v.lift or 0.0))
        act = "is ahead; wait for the planned end" if unfinished else "should be shipped"
        return f"{best.variant_name} {act}.", f"{best.sentence}."
    if harmful & {v.variant for v in primary}:
        return "Keep the control.", f"A guardrail got worse. {guardrails[0].sentence}."
    if any(v.outcome is Outcome.WORSE for v in primary):
        return "Keep the control.", " ".join(f"{v.variant_name}: {v.sentence}." for v in primary)
    act = "Wait: no clear difference so far." if unfinished else "Keep the control: no clear difference."
    return act, " ".join(f"{v.variant_name}: {v.sentence}." for v in primary)


def percent(share: float | None) -> str:
    """`+4.1 %`, with a true minus sign; `n/a` for None."""
    if share is None:
        return "n/a"
    return f"{round(share, 3) + 0.0:+.1%}".replace("-", "−").replace("%", " %")


def p(value: float | None) -> str:
    """`0.034`; below a thousandth `< 0.001`, for more digits would only feign precision."""
    if value is None:
        return "n/a"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def known(value: Any) -> float | None:
    """None also for the NaN by which pandas says the same."""
    return None if value is None or value != value or math.isinf(value) else float(value)
