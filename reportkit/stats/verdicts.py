"""From an experiment's results to words a decision can rest on.

The rules, in the order in which they stop a decision:

1. a broken sample ratio (p < 0.001): no number can be trusted;
2. no data, or nothing to compare: nothing to say yet;
3. only a part of the experiment was counted: decide on the whole;
4. a guardrail that got worse: not to be shipped, whatever the primary metric says;
5. the primary metric: better, worse, or no clear difference. Better is to be shipped only if the experiment ran to its
   planned end and has enough subjects.

"Better" and "worse" mean a p-value below 0.05. Those of primary and secondary metrics are first corrected among
themselves by Benjamini-Hochberg (false discovery rate; scipy.stats.false_discovery_control); experiments that are
judged together, all together. A guardrail is judged by its own p-value: harm must not be missed because many other
metrics are looked at. Intervals are not corrected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reportkit.stats.comparison import SIGNIFICANT
from reportkit.stats.power import detectable_lift
from reportkit.stats.quality import BROKEN_RATIO, small_samples
from reportkit.stats.runs import ran
from reportkit.stats.words import interval, known, listed, measured, p, percent

Rows = Sequence[Mapping[str, Any]]


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
    unit: str
    role: str
    """primary, secondary or guardrail."""
    variant: str
    variant_name: str
    outcome: Outcome
    control_mean: float | None
    mean: float | None
    lift: float | None
    """Share of the control's mean; None where undefined."""
    low: float | None
    high: float | None
    """Ends of the lift's 95 % confidence interval."""
    p_value: float | None
    """What it is judged by: a guardrail's own, else the corrected one. None where nothing varies or can be tested."""
    detectable: float | None
    """The lift that 80 of 100 such experiments would find."""

    @property
    def sentence(self) -> str:
        """`Purchase rate: better, +4.1 % (95 % CI +2.0 % to +6.2 %, adjusted p 0.002)`."""
        if self.outcome is Outcome.NO_DATA:
            return f"{self.metric_name}: {self.outcome}"
        lift = "" if self.lift is None else f", {percent(self.lift)}"
        within = "" if self.low is None else f"95 % CI {interval(self.low, self.high)}, "
        return f"{self.metric_name}: {self.outcome}{lift} ({within}{self._tested})"

    @property
    def plain(self) -> str:
        """What was seen, for people who read no table: `from 50.24 % to 59.99 %, which is +19.4 % ...`."""
        if self.outcome is Outcome.NO_DATA:
            return "there is nothing to compare yet"
        means = f"{measured(self.mean, self.unit)} against {measured(self.control_mean, self.unit)}"
        if self.unit != "share":
            means = f"{means} {self.unit}"
        if self.p_value is None:
            return f"{means}; {self._tested}"
        if self.low is None:
            return f"{means} ({self._tested})"
        if self.outcome is Outcome.UNCLEAR:
            return f"{means}; any lift from {interval(self.low, self.high)} fits the data ({self._tested})"
        return f"{means}, a lift of {percent(self.lift)} (95 % CI {interval(self.low, self.high)}, {self._tested})"

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
    """What must be read before any number: a part of the run, a broken sample ratio, a guardrail, a run that is not
    over or was stopped, a small sample."""
    verdicts: tuple[Verdict, ...]
    """Primary first, then guardrails, then secondary."""


def judge(results: Rows, part: str = "") -> Judgement:
    """Judges one experiment from its rows of the dataset `experiment_results` (grouping `none`).

    `part` is what `part_counted` says of the period that was asked for.
    """
    return judge_together([(results, part)])[0]


def judge_together(experiments: Sequence[tuple[Rows, str]]) -> list[Judgement]:
    """Judges experiments that are read side by side, as `judge` does, but corrected among all of them."""
    compared = [[row for row in results if not row["is_control"]] for results, _ in experiments]
    decisive = [row for rows in compared for row in rows if row["metric_role"] != "guardrail"]
    adjusted = iter(adjusted_p_values([known(row["p_value"]) for row in decisive]))
    judged = []
    for (results, part), rows in zip(experiments, compared, strict=True):
        errors = {row["metric"]: known(row.get("std_error")) for row in results if row["is_control"]}
        verdicts = [
            _verdict(row, known(row["p_value"]) if row["metric_role"] == "guardrail" else next(adjusted), errors)
            for row in rows
        ]
        judged.append(_judgement(results, verdicts, part))
    return judged


def adjusted_p_values(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg over those that are known; the others stay None."""
    from scipy.stats import false_discovery_control

    known = [value for value in p_values if value is not None]
    adjusted = iter(false_discovery_control(known) if known else [])
    return [None if value is None else float(next(adjusted)) for value in p_values]


RANK = {"primary": 0, "guardrail": 1, "secondary": 2}


def by_role(rows: Rows) -> list[Mapping[str, Any]]:
    """Primary metrics first, then guardrails, then secondary; of each metric the control first."""
    return sorted(
        rows, key=lambda row: (RANK.get(row["metric_role"], len(RANK)), row["metric"], not row.get("is_control"))
    )


def _verdict(row: Mapping[str, Any], p_value: float | None, control_errors: Mapping[str, float | None]) -> Verdict:
    control_mean = known(row["control_mean"])
    return Verdict(
        metric=row["metric"],
        metric_name=row["metric_name"],
        unit=row["unit"],
        role=row["metric_role"],
        variant=row["variant"],
        variant_name=row["variant_name"],
        outcome=_outcome(row, p_value),
        control_mean=control_mean,
        mean=known(row["mean"]),
        lift=known(row["lift"]),
        low=known(row["lift_low"]),
        high=known(row["lift_high"]),
        p_value=p_value,
        detectable=detectable_lift(known(row.get("std_error")), control_errors.get(row["metric"]), control_mean),
    )


def _outcome(row: Mapping[str, Any], p_value: float | None) -> Outcome:
    difference = known(row["difference"])
    if difference is None:  # for a mean is undefined: no subjects, or nothing that divides
        return Outcome.NO_DATA
    if p_value is None or p_value >= SIGNIFICANT or difference == 0:
        return Outcome.UNCLEAR
    return Outcome.BETTER if (difference > 0) == bool(row["higher_is_better"]) else Outcome.WORSE


def _judgement(results: Rows, found: Sequence[Verdict], part: str) -> Judgement:
    verdicts = tuple(sorted(found, key=lambda v: (RANK.get(v.role, len(RANK)), v.metric, v.variant)))
    broken, small = _broken_ratio(results), small_samples(results)
    guardrails = [v for v in verdicts if v.role == "guardrail" and v.outcome is Outcome.WORSE]
    partial = [f"{part[0].upper()}{part[1:]}; the experiment {ran(results[0])}. Decide on the whole."] if part else []
    warnings = [*partial, *broken, *map(_breached, guardrails), *_unfinished(results), *small]
    acts = _acts(results[0]["status"] if results else "", bool(small))
    headline, reason = _recommendation(verdicts, guardrails, bool(broken), bool(partial), acts)
    return Judgement(headline, reason, tuple(warnings), verdicts)


def _broken_ratio(results: Rows) -> list[str]:
    found = [value for row in results if (value := known(row["srm_p_value"])) is not None]
    if not found or min(found) >= BROKEN_RATIO:
        return []
    subjects = {row["variant_name"]: row["subjects"] for row in results}
    counts = listed(f"{name} {count:,}" for name, count in subjects.items())
    return [
        f"The variants did not get the shares of subjects they were meant to get: {counts} (sample-ratio p "
        f"{p(min(found))}). Something in assignment or logging is broken; no result below can be trusted."
    ]


def _breached(verdict: Verdict) -> str:
    return f"Guardrail breached by {verdict.variant_name}. {verdict.sentence}."


def _unfinished(results: Rows) -> list[str]:
    """The warehouse knows that a run was cut short, and not when it should have ended."""
    match results[0]["status"] if results else "":
        case "running":
            return ["The experiment is still running; numbers will change, and looking early overstates certainty."]
        case "stopped":
            return [
                f"The experiment {ran(results[0])}. If that was because of how the numbers looked, they overstate "
                "differences and certainty. How many days and subjects were planned is not recorded."
            ]
    return []


def _acts(status: str, small: bool) -> tuple[str, str]:
    """What follows where a variant is better, and where none is clearly so."""
    if status == "stopped":
        return (
            "was ahead when the experiment was stopped; run it to its planned end before you ship",
            "Keep the control: stopped before a difference was clear.",
        )
    if status != "completed":
        return "is ahead; wait for the planned end", "Wait: no clear difference so far."
    ship = "is ahead with few subjects; run it with more before you ship" if small else "should be shipped"
    return ship, "Keep the control: no clear difference."


def _recommendation(
    verdicts: Sequence[Verdict], guardrails: Sequence[Verdict], broken: bool, partial: bool, acts: tuple[str, str]
) -> tuple[str, str]:
    primary = [v for v in verdicts if v.role == "primary"]
    found = " ".join(f"{v.variant_name}: {v.sentence}." for v in primary)
    if broken:
        return "Do not decide on this experiment.", "Its sample ratio is broken; find the cause and run it again."
    if not verdicts:
        return "There is nothing to decide yet.", "There is only one variant, so nothing to compare it with."
    if all(v.outcome is Outcome.NO_DATA for v in primary):
        return "There is nothing to decide yet.", "The primary metric has nothing to compare in this period."
    if partial:
        return "Do not decide on a part of the experiment.", found
    harmful = {v.variant for v in guardrails}
    lost = {v.variant for v in primary if v.outcome is Outcome.WORSE}
    shippable = [v for v in primary if v.outcome is Outcome.BETTER and v.variant not in harmful | lost]
    if shippable:
        best = max(shippable, key=lambda v: abs(v.lift or 0.0))
        return f"{best.variant_name} {acts[0]}.", f"{best.sentence}."
    if harmful & {v.variant for v in primary}:
        return "Keep the control.", f"A guardrail got worse. {guardrails[0].sentence}."
    if lost:
        return "Keep the control.", found
    return acts[1], f"{found}{_could_have_found(primary)}"


def _could_have_found(primary: Sequence[Verdict]) -> str:
    """So that nobody takes "not seen" for "not there"."""
    sizes = [v.detectable for v in primary if v.detectable is not None]
    return f" Lifts smaller than about {float(f'{100 * max(sizes):.2g}'):g} % can easily stay unseen." if sizes else ""
