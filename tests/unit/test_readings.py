"""Experiments as reports read them, alone and side by side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from reportkit.stats.quality import remarks
from reportkit.stats.readings import Asked, read, shared_metrics, side_by_side, warnings_of

NOW = datetime(2026, 11, 2, tzinfo=UTC)
ROW: dict[str, Any] = {
    "experiment_name": "Checkout",
    "status": "completed",
    "started_at": datetime(2026, 8, 31, 9, tzinfo=UTC),
    "ended_at": datetime(2026, 10, 12, 9, tzinfo=UTC),
    "data_cutoff": datetime(2026, 10, 12, 9, 5, tzinfo=UTC),
    "metric": "bought",
    "metric_name": "Bought",
    "metric_kind": "proportion",
    "metric_role": "primary",
    "unit": "share",
    "higher_is_better": True,
    "subjects": 1_000,
    "total": 100.0,
    "mean": 0.1,
    "control_mean": 0.1,
    "std_error": 0.01,
    "srm_p_value": 0.4,
}
CONTROL = ROW | {"variant": "control", "variant_name": "Old", "is_control": True}
CONTROL |= dict.fromkeys(("difference", "lift", "lift_low", "lift_high", "p_value"))
VARIANT = ROW | {"variant": "new", "variant_name": "New", "is_control": False, "mean": 0.12, "difference": 0.02}
VARIANT |= {"lift": 0.2, "lift_low": 0.1, "lift_high": 0.3, "p_value": 0.001}


@pytest.fixture
def asked() -> Callable[..., Asked]:
    def make(key: str, start: str | None = None, end: str | None = None, **other: Any) -> Asked:
        return Asked.of(pd.DataFrame([CONTROL | other, VARIANT | other]), key, start, end, NOW)

    return make


def test_two_primary_metrics_do_not_count_their_subjects_twice() -> None:
    other = {"metric": "spent", "metric_name": "Spent"}
    reading = read(pd.DataFrame([CONTROL, VARIANT, CONTROL | other, VARIANT | other]), "checkout", None, None, NOW)
    assert reading.facts == (
        "**Checkout** ran from 31 August to 12 October 2026, with 2,000 subjects in 2 variants. "
        "It is decided by *bought*; guardrails must not get worse."
    )
    assert reading.opening.startswith("> [!IMPORTANT] New should be shipped.\n> Bought: better, +20.0\u00a0%")


def test_sides_are_named_by_what_tells_them_apart(asked: Callable[..., Asked]) -> None:
    def names(*sides: Asked) -> list[str]:
        return [side.name for side in side_by_side(sides)]

    assert names(asked("a"), asked("b", experiment_name="Search")) == ["Checkout", "Search"]
    assert names(asked("a"), asked("b")) == ["a", "b"]
    assert names(asked("a", end="2026-09-20"), asked("a", "2026-09-21", "2026-10-12")) == [
        "Until 20 September 2026",
        "21 September to 12 October 2026",
    ]
    assert names(asked("a"), asked("a", "2026-09-21")) == ["The whole run", "From 21 September 2026"]
    assert names(asked("a"), asked("b", "2026-09-21", experiment_name="Search")) == [
        "Checkout, the whole run",
        "Search, from 21 September 2026",
    ]


def test_the_same_twice_would_be_corrected_for_twice(asked: Callable[..., Asked]) -> None:
    with pytest.raises(LookupError, match="two of the sides are the same"):
        side_by_side([asked("a"), asked("a")])


def test_warnings_tell_whose_they_are(asked: Callable[..., Asked]) -> None:
    quiet, loud = side_by_side([asked("a"), asked("b", experiment_name="<Search>", srm_p_value=1e-9)])
    assert warnings_of([quiet]).startswith("No side has a warning")
    assert warnings_of([quiet, loud]).startswith("> [!WARNING]\n> **\\<Search\\>.** The variants did not get")


def test_only_what_every_side_has_is_shared(asked: Callable[..., Asked]) -> None:
    one, other = side_by_side([asked("a"), asked("b", experiment_name="Search", metric="clicks")])
    assert shared_metrics([one]) == {"bought": "Bought"}
    assert shared_metrics([one, other]) == {}


def test_remarks_say_what_makes_numbers_doubtful() -> None:
    def said(**other: Any) -> str:
        return "\n".join(remarks([CONTROL | other, VARIANT | other], NOW))

    assert said() == (
        "**Sample ratio:** as planned (p 0.400 against the planned shares; below 0.001 would be broken).\n"
        "**Latest event counted:** received 12 October 2026, 09:05 UTC."
    )
    assert "**Sample ratio:** broken (p < 0.001" in said(srm_p_value=1e-9)
    assert "**Sample ratio:** not tested" in said(srm_p_value=None)
    assert "**Sample size:** Few subjects: Old (22) and New (22)." in said(subjects=22)
    assert "**Duration:** less than a week" in said(started_at=datetime(2026, 10, 8, tzinfo=UTC))
    assert "**Latest event counted:** none yet." in said(data_cutoff=pd.NaT)
    assert "**Bought:** in Old and New fewer than 10 subjects did it, or did not" in said(total=9.0)
    assert "fewer than 10 subjects" in said(total=991.0)
    assert "fewer than 10 subjects" not in said(total=9.0, metric_kind="mean")
    assert "**Bought:** nothing to divide by in Old and New" in said(mean=float("nan"))
    assert "every subject of a variant is alike" in said(std_error=0.0)
    apart = "\n".join(
        remarks([CONTROL | {"std_error": 0.0, "mean": 0.0}, VARIANT | {"std_error": 0.0, "mean": 1.0}], NOW)
    )
    assert "every subject of a variant is alike (0.00 % and 100.00 %)" in apart
