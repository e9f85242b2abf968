"""What an experiment's numbers come to, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from scipy.stats import false_discovery_control

from reportkit.stats.verdicts import Judgement, Outcome, adjusted_p_values, by_role, judge, judge_together

STARTED, ENDED = datetime(2026, 8, 31, 9, tzinfo=UTC), datetime(2026, 10, 12, 9, tzinfo=UTC)

CONTROL: dict[str, Any] = {
    "status": "completed",
    "started_at": STARTED,
    "ended_at": ENDED,
    "metric": "purchase",
    "metric_name": "Purchase rate",
    "metric_kind": "proportion",
    "metric_role": "primary",
    "unit": "share",
    "higher_is_better": True,
    "variant": "control",
    "variant_name": "Old checkout",
    "is_control": True,
    "subjects": 1_000,
    "total": 100.0,
    "mean": 0.1,
    "std_error": 0.01,
    "control_mean": 0.1,
    "difference": None,
    "lift": None,
    "lift_low": None,
    "lift_high": None,
    "p_value": None,
    "srm_p_value": 0.4,
}


def row(lift: float, p_value: float, **other: Any) -> dict[str, Any]:
    measured = {
        "mean": 0.1 + lift / 10,
        "difference": lift / 10,
        "lift": lift,
        "lift_low": lift - 0.02,
        "lift_high": lift + 0.02,
    }
    variant = {"variant": "treatment", "variant_name": "New checkout", "is_control": False}
    return {**CONTROL, **variant, **measured, "p_value": p_value, **other}


GUARDRAIL = {
    "metric": "unsubscribe",
    "metric_name": "Unsubscribes",
    "metric_role": "guardrail",
    "higher_is_better": False,
}
RUNNING, STOPPED = {"status": "running"}, {"status": "stopped"}


def test_a_clear_gain_is_to_be_shipped() -> None:
    judged = judge([CONTROL, row(0.041, 0.0002)])
    assert judged.headline == "New checkout should be shipped."
    assert judged.reason == "Purchase rate: better, +4.1 % (95 % CI +2.1 % to +6.1 %, adjusted p < 0.001)."
    assert judged.warnings == ()


def test_a_broken_sample_ratio_stops_every_decision_and_stands_first() -> None:
    broken = {"srm_p_value": 1e-9}
    judged = judge([CONTROL | broken, row(0.041, 0.0002, **broken), row(0.2, 1e-9, **GUARDRAIL)])
    assert judged.headline == "Do not decide on this experiment."
    assert judged.warnings[0] == (
        "The variants did not get the shares of subjects they were meant to get: Old checkout 1,000 and New checkout "
        "1,000 (sample-ratio p < 0.001). Something in assignment or logging is broken; no result below can be trusted."
    )


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


def test_a_gain_in_one_primary_metric_does_not_make_up_for_a_loss_in_another() -> None:
    judged = judge([CONTROL, row(0.041, 0.0002), row(-0.03, 0.0002, metric="revenue", metric_name="Revenue")])
    assert judged.headline == "Keep the control."
    assert "Purchase rate: better" in judged.reason
    assert "Revenue: worse" in judged.reason


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
    judged = judge([CONTROL | RUNNING, row(0.041, 0.0002, **RUNNING)])
    assert judged.headline == "New checkout is ahead; wait for the planned end."
    assert "still running" in judged.warnings[0]
    assert judge([CONTROL | RUNNING, row(0.01, 0.4, **RUNNING)]).headline == "Wait: no clear difference so far."


def test_a_stopped_experiment_says_so_and_is_not_judged_as_one_that_ended() -> None:
    def of(lift: float, p_value: float, **other: Any) -> Judgement:
        return judge([CONTROL | STOPPED, row(lift, p_value, **STOPPED, **other)])

    ahead = of(0.041, 0.0002)
    assert ahead.headline == (
        "New checkout was ahead when the experiment was stopped; run it to its planned end before you ship."
    )
    assert ahead.warnings == (
        "The experiment ran from 31 August to 12 October 2026 and was stopped early. If that was because of how the "
        "numbers looked, they overstate differences and certainty. How many days and subjects were planned is not "
        "recorded.",
    )
    unclear = of(0.01, 0.4)
    assert unclear.headline == "Keep the control: stopped before a difference was clear."
    assert unclear.reason.endswith("Lifts smaller than about 40 % can easily stay unseen.")
    assert of(-0.041, 0.0002).headline == "Keep the control."


def test_a_gain_among_few_subjects_is_to_be_confirmed_first() -> None:
    judged = judge([CONTROL, row(0.041, 0.0002, subjects=99)])
    assert judged.headline == "New checkout is ahead with few subjects; run it with more before you ship."


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


def test_a_part_of_a_run_decides_nothing_and_says_so_first() -> None:
    results = [CONTROL, row(0.041, 0.0002), row(0.2, 1e-6, **GUARDRAIL)]
    judged = judge(results, part="only the days from 1 to 12 September 2026 count")
    assert judged.headline == "Do not decide on a part of the experiment."
    assert judged.reason.startswith("New checkout: Purchase rate: better, +4.1 %")
    assert judged.warnings[0] == (
        "Only the days from 1 to 12 September 2026 count; the experiment ran from 31 August to 12 October 2026. "
        "Decide on the whole."
    )
    assert judged.warnings[1].startswith("Guardrail breached")


def test_no_rows_at_all_leave_nothing_to_decide() -> None:
    assert judge([]).headline == "There is nothing to decide yet."


def test_the_correction_is_the_librarys_over_what_is_known() -> None:
    assert adjusted_p_values([0.01, None, 0.04, 0.03]) == pytest.approx(
        [*false_discovery_control([0.01, 0.04, 0.03])[:1], None, *false_discovery_control([0.01, 0.04, 0.03])[1:]]
    )


def test_experiments_side_by_side_are_corrected_among_all_of_them() -> None:
    alone = judge([CONTROL, row(0.04, 0.04)])
    beside = judge_together([([CONTROL, row(0.04, 0.04)], ""), ([CONTROL, row(0.01, 0.6)], "")])
    assert alone.verdicts[0].outcome is Outcome.BETTER
    assert [judged.verdicts[0].p_value for judged in beside] == pytest.approx([0.08, 0.6])
    assert beside[0].verdicts[0].outcome is Outcome.UNCLEAR


def test_a_single_variant_leaves_nothing_to_compare() -> None:
    judged = judge([CONTROL])
    assert (judged.headline, judged.verdicts) == ("There is nothing to decide yet.", ())
    assert judged.reason == "There is only one variant, so nothing to compare it with."


def test_few_subjects_are_said_before_any_number() -> None:
    few = {"subjects": 22}
    judged = judge([CONTROL, row(0.041, 0.0002, **few)])
    assert judged.warnings == (
        "Few subjects: New checkout (22). Only very large differences would show, and p-values are rough.",
    )


def test_nobody_at_all_is_not_called_few() -> None:
    assert judge([CONTROL | {"subjects": 0}, row(0.0, 1.0, subjects=0)]).warnings == ()


def test_no_clear_difference_says_what_could_stay_unseen() -> None:
    """2.80 times the root of 0.01^2 + 0.01^2, over 0.1."""
    judged = judge([CONTROL, row(0.01, 0.4)])
    assert judged.reason.endswith("Lifts smaller than about 40 % can easily stay unseen.")
    precise = judge([CONTROL | {"std_error": 0.0001}, row(0.0, 0.4, std_error=0.0001)])
    assert precise.reason.endswith("Lifts smaller than about 0.4 % can easily stay unseen.")


def test_each_outcome_has_plain_words() -> None:
    def plain(**measured: Any) -> str:
        return judge([CONTROL, {**row(0.041, 0.0002), **measured}]).verdicts[0].plain

    assert plain() == "10.41 % against 10.00 %, a lift of +4.1 % (95 % CI +2.1 % to +6.1 %, adjusted p < 0.001)"
    assert plain(p_value=0.4).endswith("; any lift from +2.1 % to +6.1 % fits the data (adjusted p 0.400)")
    assert plain(p_value=None) == "10.41 % against 10.00 %; too few or too equal numbers to test"
    assert plain(lift_low=None, lift_high=None) == "10.41 % against 10.00 % (adjusted p < 0.001)"
    assert plain(difference=None) == "there is nothing to compare yet"
    assert plain(unit="EUR", p_value=None).startswith("0.10 against 0.10 EUR;")


def test_rows_are_read_primary_first_and_control_first() -> None:
    rows = [row(0.1, 0.1, metric_role="secondary"), row(0.1, 0.1, **GUARDRAIL), row(0.1, 0.1), CONTROL]
    assert [(each["metric_role"], each["is_control"]) for each in by_role(rows)] == [
        ("primary", True),
        ("primary", False),
        ("guardrail", False),
        ("secondary", False),
    ]
