"""What a compliance officer is shown first."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from reportkit.stats.oversight import by_week, change, concerns, exporters, latest_of, opening

COLUMNS = ["id", "created_at", "user_id", "username", "role", "action", "category", "entity_type", "entity_id"]


def acts(*entries: dict[str, Any]) -> pd.DataFrame:
    usual = {"user_id": "a", "username": "ann", "role": "admin", "category": "data access", "action": "data.viewed"}
    usual |= {"entity_type": "dataset", "entity_id": "raw_events", "created_at": "2026-10-01T12:00Z", "details": None}
    frame = pd.DataFrame([{**usual, "id": number, **entry} for number, entry in enumerate(entries)])
    frame = frame if len(frame) else pd.DataFrame(columns=[*COLUMNS, "details"])
    return frame.assign(created_at=pd.to_datetime(frame["created_at"], utc=True))


GRANT = {"category": "permission", "action": "permission.granted", "entity_type": "user"}


def test_nothing_stands_out_where_nothing_does() -> None:
    quiet = acts({}, {**GRANT, "entity_id": "b"})
    assert concerns(quiet) == []
    assert opening(quiet) == "Nothing stands out. 2 entries by 1 person, 1 October 2026."
    assert opening(acts()) == "There is no entry that you may see in this period."


def test_a_right_given_to_oneself_is_told_first() -> None:
    own = {**GRANT, "entity_id": "a"}
    first, second = concerns(acts(own, {**own, "entity_id": None}))
    assert first == "1 change of a permission or role was made by the person it is about."
    assert second == "1 entry does not say what was acted on."
    assert opening(acts(own)).startswith("> [!WARNING] Look at these first\n>\n> - 1 change")


def test_changes_by_people_who_are_not_admins_are_counted() -> None:
    by_two = acts({**GRANT, "role": "viewer"}, {**GRANT, "role": "analyst", "user_id": "b"}, {"role": "viewer"})
    [told] = concerns(by_two)
    assert told.startswith("2 admin, permission or configuration changes by 2 people who are not admins now.")


def test_one_person_with_a_large_share_of_exports_is_told_where_there_are_enough() -> None:
    exports = [{"action": "data.exported", "user_id": f"u{number % 10}"} for number in range(20)]
    assert concerns(acts(*exports)) == []
    assert concerns(acts(*exports, exports[0])) == ["One person made 14.3 % of all 21 exports."]
    assert concerns(acts(*exports[:1])) == []


def test_the_latest_come_first_and_no_more_than_asked_for() -> None:
    entries = acts(*[{"created_at": f"2026-10-0{day}T00:00Z"} for day in (1, 3, 2)], GRANT)
    assert list(latest_of(entries, "data access", 2)["id"]) == [1, 2]


def test_weeks_begin_on_monday() -> None:
    entries = acts({"created_at": "2026-10-04T23:59Z"}, {"created_at": "2026-10-05T00:00Z"}, {})
    assert list(by_week(entries)["week"].dt.strftime("%d")) == ["28", "05"]
    assert list(by_week(entries)["entries"]) == [2, 1]


def test_exporters_are_ordered_by_exports_and_a_strange_number_of_rows_is_none() -> None:
    export = {"action": "data.exported"}
    found = exporters(
        acts(
            {**export, "details": {"rows": 5}},
            {**export, "details": {"rows": "many"}},
            {**export, "details": [1]},
            {**export, "user_id": "b", "username": "bob", "details": {"rows": 900}},
        ),
        top=5,
    )
    assert list(zip(found["username"], found["exports"], found["rows"], strict=True)) == [
        ("ann", 3, 5),
        ("bob", 1, 900),
    ]


@pytest.mark.parametrize(
    ("details", "text"),
    [
        ({"before": 730, "after": 365}, "730 → 365"),
        ({"before": None, "after": {"a": 1}}, 'null → {"a": 1}'),
        ({"role": "viewer", "rows": 3}, "role: viewer, rows: 3"),
        (None, ""),
        (float("nan"), ""),
        ([1, "x"], '[1, "x"]'),
        ("a\nb" + "x" * 100, "a b" + "x" * 56 + "…"),
    ],
)
def test_a_change_is_told_in_a_line(details: Any, text: str) -> None:
    assert change(details) == text
