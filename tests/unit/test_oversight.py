"""What a compliance officer is shown first."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from reportkit.stats.oversight import (
    by_week,
    change,
    concerns,
    exporters,
    failed,
    largest,
    latest_of,
    made_by_week,
    opening,
    sources,
    takers,
    usage,
)

COLUMNS = ["id", "created_at", "user_id", "username", "role", "action", "category", "entity_type", "entity_id"]


def acts(*entries: dict[str, Any]) -> pd.DataFrame:
    usual = {"user_id": "a", "username": "ann", "role": "admin", "category": "data access", "action": "data.viewed"}
    usual |= {"entity_type": "dataset", "entity_id": "raw_events", "created_at": "2026-10-01T12:00Z", "details": None}
    frame = pd.DataFrame([{**usual, "id": number, **entry} for number, entry in enumerate(entries)])
    frame = frame if len(frame) else pd.DataFrame(columns=[*COLUMNS, "details"])
    return frame.assign(created_at=pd.to_datetime(frame["created_at"], utc=True))


def made(*jobs: dict[str, Any]) -> pd.DataFrame:
    """With the dtypes that `reportkit.dataset` gives."""
    usual = {"user_id": "a", "username": "ann", "role": "admin", "kind": "export", "made_from": "raw_events"}
    usual |= {"state": "completed", "asked_at": "2026-10-01T12:00Z", "rows": 10, "size": 2_000_000, "in_clear": None}
    frame = pd.DataFrame([{**usual, **job} for job in jobs], columns=list(usual))
    types = {"rows": "Int64", "size": "Int64", "in_clear": "str", "kind": "str", "state": "str"}
    return frame.astype(types).assign(asked_at=pd.to_datetime(frame["asked_at"], utc=True))


NOTHING = made()
REPORT = {"kind": "report", "made_from": "compliance"}
GRANT = {"category": "permission", "action": "permission.granted", "entity_type": "user"}


def test_nothing_stands_out_where_nothing_does() -> None:
    quiet = acts({}, {**GRANT, "entity_id": "b"})
    assert concerns(quiet, made({})) == []
    assert opening(quiet, made({})) == "Nothing stands out. 2 entries by 1 person, 1 October 2026."
    assert opening(acts(), NOTHING) == "There is no entry that you may see in this period."


def test_personal_data_in_clear_stand_before_all_else() -> None:
    clear = {"in_clear": "raw_events.ip_address, raw_events.user_email"}
    taken = made(clear, {**clear, **REPORT, "user_id": "b", "in_clear": "audit_log.username"}, {**REPORT})
    first, second = concerns(acts({**GRANT, "entity_id": "a"}), taken)
    assert first == (
        r"Personal data were given in clear to 2 admins, in 1 export and 1 report: audit\_log (username) "
        r"and raw\_events (ip\_address, user\_email)."
    )
    assert second.startswith("1 change of a permission")
    assert opening(acts(), taken).endswith(".\n\nThere is no entry that you may see in this period.")
    assert "> - Personal data were given in clear" in opening(acts(), taken)


def test_a_right_given_to_oneself_is_told_first() -> None:
    own = {**GRANT, "entity_id": "a"}
    first, second = concerns(acts(own, {**own, "entity_id": None}), NOTHING)
    assert first == "1 change of a permission or role was made by the person it is about."
    assert second == "1 entry does not say what was acted on."
    assert opening(acts(own), NOTHING).startswith("> [!WARNING] Look at these first\n>\n> - 1 change")


def test_changes_by_people_who_are_not_admins_are_counted() -> None:
    by_two = acts({**GRANT, "role": "viewer"}, {**GRANT, "role": "analyst", "user_id": "b"}, {"role": "viewer"})
    [told] = concerns(by_two, NOTHING)
    assert told.startswith("2 admin, permission or configuration changes by 2 people who are not admins now.")


def test_one_person_with_a_large_share_of_exports_is_told_where_there_are_enough() -> None:
    exports = [{"action": "data.exported", "user_id": f"u{number % 10}"} for number in range(20)]
    assert concerns(acts(*exports), NOTHING) == []
    assert concerns(acts(*exports, exports[0]), NOTHING) == ["One person made 14.3 % of all 21 exports."]
    assert concerns(acts(*exports[:1]), NOTHING) == []


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


def test_how_much_was_made_is_told_in_a_paragraph() -> None:
    jobs = made({}, {**REPORT, "state": "expired"}, {"state": "failed", "rows": None, "size": None, "user_id": "b"})
    assert usage(jobs, acts({})) == (
        "2 exports and 1 report by 2 people, 1 October 2026: 2 completed and 1 failed. They took 20 rows in 4.00 MB. "
        "Data were previewed 1 time by 1 person."
    )
    assert usage(made({}), acts()).startswith("1 export by 1 person, 1 October 2026: 1 completed. They took 10 rows")
    assert usage(NOTHING, acts()) == "No exports or reports in this period."


def test_who_took_most_comes_first_and_what_failed_took_nothing() -> None:
    failure = {"state": "failed", "rows": None, "size": None}
    jobs = made({}, failure, {**REPORT, "rows": 5}, {"user_id": "b", "username": "bob", "rows": 900, "in_clear": "a.b"})
    people = takers(jobs, top=2)
    columns = ("username", "exports", "reports", "rows", "size", "in_clear")
    assert [tuple(row[name] for name in columns) for row in people.to_dict("records")] == [
        ("bob", 1, 0, 900, 2_000_000, 1),
        ("ann", 2, 1, 15, 4_000_000, 0),
    ]
    assert list(takers(jobs, top=1)["username"]) == ["bob"]
    by_source = sources(jobs, top=5)
    assert list(zip(by_source["made_from"], by_source["people"], by_source["rows"], strict=True)) == [
        ("raw_events", 2, 910),
        ("compliance", 1, 5),
    ]
    assert list(largest(jobs, most=2)["rows"]) == [900, 10]
    assert len(failed(jobs)) == 1


def test_weeks_of_exports_and_of_reports_are_counted_apart() -> None:
    weeks = made_by_week(made({"asked_at": "2026-10-04T23:59Z"}, {"asked_at": "2026-10-05T00:00Z"}, REPORT))
    assert list(zip(weeks["kind"], weeks["week"].dt.strftime("%d"), weeks["made"], strict=True)) == [
        ("exports", "28", 1),
        ("exports", "05", 1),
        ("reports", "28", 1),
    ]
