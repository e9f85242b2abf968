"""What an experiment's numbers come to, in words."""

from __future__ import annotations

from typing import Any

import pytest
from scipy.stats import false_discovery_control

from reportkit.stats.verdicts import Outcome, adjusted_p_values, judge, p, percent

CONTROL: dict[str, Any] = {
    "status": "completed",
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


def test_no_rows_at_all_leave_nothing_to_decide() -> None:
    assert judge([]).headline == "There is nothing to decide yet."


def test_the_correction_is_the_librarys_over_what_is_known() -> None:
    assert adjusted_p_values([0.01, None, 0.04, 0.03]) == pytest.approx(
        [*false_discovery_control([0.01, 0.04, 0.03])[:1], None, *false_discovery_control([0.01, 0.04, 0.03])[1:]]
    )


def test_numbers_are_written_for_people() -> None:
    assert (percent(0.0412), percent(-0.5), percent(-0.0004), percent(None)) == ("+4.1 %", "−50.0 %", "+0.0 %", "n/a")
    assert (p(0.0341), p(0.0000001), p(None)) == ("0.034", "< 0.001", "n/a")
