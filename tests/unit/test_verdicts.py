"""What an experiment's numbers come to, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from reportkit.specs import Period
from reportkit.stats.verdicts import Outcome, adjusted_p_values, judge, p, part_counted, percent, ran

STARTED, ENDED = datetime(2026, 8, 31, 9, tzinfo=UTC), datetime(2026, 10, 12, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)

CONTROL: dict[str, Any] = {
    "status": "completed",
    "started_at": STARTED,
    "ended_at": ENDED,
    "metric": "purchase",
    "metric_name": "Purchase rate",
    "metric_role": "primary",
    "higher_is_better": True,
    "variant": "control",
    "variant_name": "Old checkout",
    "is_control": True,
    "difference": None,
    "lift": None,
    "lift_low": None,
    "lift_high": None,
    "p_value": None,
    "srm_p_value": 0.4,
}


def row(lift: float, p_value: float, **other: Any) -> dict[str, Any]:
    measured = {"difference": lift / 10, "lift": lift, "lift_low": lift - 0.02, "lift_high": lift + 0.02}
    variant = {"variant": "treatment", "variant_name": "New checkout", "is_control": False}
    return {**CONTROL, **variant, **measured, "p_value": p_value, **other}


GUARDRAIL = {
    "metric": "unsubscribe",
    "metric_name": "Unsubscribes",
    "metric_role": "guardrail",
    "higher_is_better": False,
}


def test_a_clear_gain_is_to_be_shipped() -> None:
    judged = judge([CONTROL, row(0.041, 0.0002)])
    assert judged.headline == "New checkout should be shipped."
    assert judged.reason == "Purchase rate: better, +4.1 % (95 % CI +2.1 % to +6.1 %, adjusted p < 0.001)."
    assert judged.warnings == ()


def test_a_broken_sample_ratio_stops_every_decision_and_stands_first() -> None:
    broken = {"srm_p_value": 1e-9}
    judged = judge([CONTROL | broken, row(0.041, 0.0002, **broken), row(0.2, 1e-9, **GUARDRAIL)])
    assert judged.headline == "Do not decide on this experiment."
    assert "no result below can be trusted" in judged.warnings[0]


def test_a_sample_ratio_at_the_brink_is_not_broken() -> None:
    assert judge([CONTROL, row(0.041, 0.0002, srm_p_value=0.001)]).warnings == ()


def test_a_breached_guardrail_stops_a_gain() -> None:
    judged = judge([CONTROL, row(0.041, 0.0002), row(0.2, 1e-6, **GUARDRAIL)])
    assert judged.headline == "Keep the control."
    assert judged.reason.startswith("A guardrail got worse. Unsubscribes: worse, +20.0 %")
    assert judged.warnings[0].startswith("Guardrail breached by New checkout.")


def test_a_guardrail_that_improved_stops_nothing() -> None:
    judged = judge([CONTROL, row(0.041, 0.0002), row(-0.2, 1e-6, **GUARDRAIL)])
    assert judged.headline == "New checkout should be shipped."


def test_the_variant_without_harm_is_shipped_though_another_gained_more() -> None:
    other = {"variant": "bold", "variant_name": "Bold checkout"}
    judged = judge([CONTROL, row(0.04, 0.0002), row(0.09, 1e-8, **other), row(0.3, 1e-8, **GUARDRAIL, **other)])
    assert judged.headline == "New checkout should be shipped."


def test_a_loss_keeps_the_control() -> None:
    judged = judge([CONTROL, row(-0.041, 0.0002)])
    assert judged.headline == "Keep the control."
    assert "worse, −4.1 %" in judged.reason


def test_no_clear_difference_keeps_the_control() -> None:
    assert judge([CONTROL, row(0.01, 0.4)]).headline == "Keep the control: no clear difference."


def test_a_p_value_that_does_not_survive_the_correction_is_no_gain() -> None:
    others = [row(0.01, 0.6, metric=f"m{n}", metric_role="secondary") for n in range(9)]
    alone, among_ten = judge([CONTROL, row(0.04, 0.04)]), judge([CONTROL, row(0.04, 0.04), *others])
    assert alone.verdicts[0].outcome is Outcome.BETTER
    assert among_ten.verdicts[0].outcome is Outcome.UNCLEAR


def test_harm_to_a_guardrail_is_seen_however_many_metrics_are_looked_at() -> None:
    others = [row(0.01, 0.6, metric=f"m{n}", metric_role="secondary") for n in range(9)]
    judged = judge([CONTROL, row(0.04, 0.0002), row(0.2, 0.04, **GUARDRAIL), *others])
    assert judged.headline == "Keep the control."
    assert judged.warnings == (
        "Guardrail breached by New checkout. Unsubscribes: worse, +20.0 % (95 % CI +18.0 % to +22.0 %, p 0.040).",
    )


def test_guardrails_do_not_weaken_what_the_primary_metric_shows() -> None:
    guardrails = [row(0.01, 0.6, **GUARDRAIL | {"metric": f"g{n}"}) for n in range(9)]
    judged = judge([CONTROL, row(0.04, 0.04), *guardrails])
    assert judged.verdicts[0].p_value == pytest.approx(0.04)
    assert judged.headline == "New checkout should be shipped."


def test_harm_beside_a_control_of_zero_is_told_without_a_lift() -> None:
    without = dict.fromkeys(("lift", "lift_low", "lift_high"))
    judged = judge([CONTROL, row(0.04, 0.0002), {**row(0.3, 0.045, **GUARDRAIL), **without}])
    assert judged.reason == "A guardrail got worse. Unsubscribes: worse (p 0.045)."


def test_a_running_experiment_says_so_and_is_not_to_be_shipped() -> None:
    judged = judge([{**CONTROL, "status": "running"}, row(0.041, 0.0002, status="running")])
    assert judged.headline == "New checkout is ahead; wait for the planned end."
    assert "still running" in judged.warnings[0]


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_without_data_there_is_nothing_to_decide(missing: float | None) -> None:
    measured = dict.fromkeys(("difference", "lift", "lift_low", "lift_high", "p_value"), missing)
    judged = judge([CONTROL, {**row(0.0, 1.0), **measured}])
    assert judged.headline == "There is nothing to decide yet."
    assert judged.verdicts[0].sentence == "Purchase rate: no data"


def test_zeros_on_both_sides_are_no_clear_difference_and_not_missing_data() -> None:
    zeros = {**row(0.0, 1.0), **dict.fromkeys(("lift", "lift_low", "lift_high", "p_value"))}
    judged = judge([CONTROL, zeros])
    assert judged.headline == "Keep the control: no clear difference."
    assert judged.verdicts[0].sentence == ("Purchase rate: no clear difference (too few or too equal numbers to test)")


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (None, None, ""),
        ("2026-08-31", "2026-10-12", ""),
        ("2026-01-01", None, ""),
        ("2026-09-01", "2026-09-12", "the days from 1 to 12 September 2026"),
        ("2026-09-01", "2026-10-03", "the days from 1 September to 3 October 2026"),
        ("2025-12-31", "2026-10-11", "the days from 31 December 2025 to 11 October 2026"),
        ("2026-09-01", "2026-09-01", "events of 1 September 2026"),
        ("2026-09-01", None, "the days since 1 September 2026"),
        (None, "2026-10-11", "the days until 11 October 2026"),
    ],
)
def test_a_period_that_cuts_the_run_short_is_named(start: str | None, end: str | None, said: str) -> None:
    assert part_counted(CONTROL, Period.parse(start, end), NOW) == said


@pytest.mark.parametrize("open_end", [None, pd.NaT])
def test_what_is_still_running_runs_until_today(open_end: Any) -> None:
    running = {"started_at": STARTED, "ended_at": open_end}
    assert part_counted(running, Period.parse(None, "2026-11-02"), NOW) == ""
    assert part_counted(running, Period.parse(None, "2026-11-01"), NOW) == "the days until 1 November 2026"


def test_what_has_not_started_cannot_be_cut() -> None:
    draft = {"started_at": None, "ended_at": None}
    assert part_counted(draft, Period.parse("2026-09-01", "2026-09-12"), NOW) == ""


def test_a_part_of_a_run_decides_nothing_and_says_so_first() -> None:
    results = [CONTROL, row(0.041, 0.0002), row(0.2, 1e-6, **GUARDRAIL)]
    judged = judge(results, part="the days from 1 to 12 September 2026")
    assert judged.headline == "Do not decide on a part of the experiment."
    assert judged.reason.startswith("New checkout: Purchase rate: better, +4.1 %")
    assert judged.warnings[0] == (
        "Only the days from 1 to 12 September 2026 count; the experiment ran from 31 August to 12 October 2026. "
        "Decide on the whole."
    )
    assert judged.warnings[1].startswith("Guardrail breached")


def test_when_it_ran_is_written_for_people() -> None:
    assert ran({"started_at": STARTED, "ended_at": ENDED}) == "ran from 31 August to 12 October 2026"
    assert ran({"started_at": STARTED, "ended_at": pd.NaT}) == "has run since 31 August 2026"
    assert ran({"started_at": None, "ended_at": None}) == "has not started yet"


def test_no_rows_at_all_leave_nothing_to_decide() -> None:
    assert judge([]).headline == "There is nothing to decide yet."


def test_the_correction_is_the_librarys_over_what_is_known() -> None:
    assert adjusted_p_values([0.01, None, 0.04, 0.03]) == pytest.approx(
        [*false_discovery_control([0.01, 0.04, 0.03])[:1], None, *false_discovery_control([0.01, 0.04, 0.03])[1:]]
    )


def test_numbers_are_written_for_people() -> None:
    assert (percent(0.0412), percent(-0.5), percent(-0.0004), percent(None)) == ("+4.1 %", "−50.0 %", "+0.0 %", "n/a")
    assert (p(0.0341), p(0.0000001), p(None)) == ("0.034", "< 0.001", "n/a")
    assert (p(0.0494), p(0.0496), p(0.04999), p(0.05)) == ("0.049", "< 0.05", "< 0.05", "0.050")
