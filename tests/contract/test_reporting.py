"""What our own catalog says of exports, reports and acts, in both databases that it may be in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import tiny_catalog

from reportkit.access import LOCAL_ADMIN, Actor
from reportkit.datasets.base import Home
from reportkit.datasets.people import find_actor
from reportkit.datasets.query import build_query
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Databases, Snapshots, Warehouse
from reportkit.errors import WarehouseUnavailable
from reportkit.specs import DatasetRequest

Row = dict[str, Any]
Read = Callable[..., list[Row]]


@pytest.fixture(params=["sqlite", "postgresql"])
def homes(request: pytest.FixtureRequest, databases: dict[str, Databases]) -> Databases:
    return databases[request.param]


@pytest.fixture
def read(homes: Databases) -> Read:
    def read(dataset: str = "reporting_usage", actor: Actor = LOCAL_ADMIN, **asked: Any) -> list[Row]:
        query = build_query(Registry.built_in()[dataset], DatasetRequest.of(dataset, **asked), actor)
        with homes[Home.CATALOG].snapshot() as snapshot:
            return [row for batch in snapshot.source(query).batches() for row in batch.to_pylist()]

    return read


def test_every_state_is_told_with_what_came_of_it(read: Read) -> None:
    rows = read(role="analyst")
    assert [(row["kind"], row["made_from"], row["formats"], row["state"], row["error_code"]) for row in rows] == [
        ("export", "raw_events", "csv", "completed", None),
        ("export", "raw_events", "xlsx", "expired", None),
        ("export", "metrics_summary", "parquet", "running", None),
        ("export", "audit_log", "ndjson", "queued", None),
        ("export", "audit_log", "json", "cancelled", "cancelled"),
        ("export", "user_activity", "pdf", "failed", "warehouse_unavailable"),
        ("report", "compliance", "pdf, html", "completed", None),
        ("report", "user_activity", "pdf", "failed", "warehouse_unavailable"),
    ]
    assert [row["asked_at"] for row in rows[1:]] == [row["asked_at"] + timedelta(hours=7) for row in rows[:-1]]
    assert [row["rows"] is not None for row in rows] == [row["state"] in ("completed", "expired") for row in rows]


def test_times_are_exact_and_empty_where_nothing_has_begun_or_ended(read: Read) -> None:
    for row in read():
        begun, ended = row["state"] != "queued", row["state"] not in ("queued", "running")
        assert row["started_at"] == (row["asked_at"] + timedelta(seconds=0.999_999) if begun else None)
        assert row["finished_at"] == (row["asked_at"] + timedelta(seconds=75.000_001) if ended else None)
        assert row["seconds"] == (74.000_002 if ended else None)


def test_what_was_taken_is_told_with_how_far_it_was_redacted(read: Read) -> None:
    personal = "raw_events.ip_address, raw_events.user_email"
    for row in read(state=["completed", "expired"]):
        assert (row["rows"], row["files"], row["size"]) == (1_000, 2, 3_000_000_000)
        clear = row["role"] == "admin"
        assert (row["in_clear"], row["redacted"]) == ((personal, None) if clear else (None, personal))


def test_the_request_is_told_whole(read: Read) -> None:
    [row] = read(state="expired", role="viewer")
    asked = json.loads(row["request"])
    assert asked["request"]["filters"] == {"event_name": ["purchase"]}
    assert asked["request"]["period"]["start"] == "2026-09-30T22:00:00.000000Z"
    [report] = read(made_from="compliance", role="viewer")
    assert json.loads(report["request"])["parameters"]["latest"] == 5


def test_everybody_sees_their_own_and_an_admin_all(homes: Databases, read: Read) -> None:
    ann = find_actor(homes[Home.WAREHOUSE], "ann")
    assert len(read()) == 32
    assert {row["user_id"] for row in read(actor=ann)} == {ann.id}
    assert len(read(actor=ann)) == 8
    assert {row["user_id"] for row in read("reporting_audit", actor=ann)} == {ann.id}


def test_the_dates_are_about_when_it_was_asked_for_and_any_column_orders(read: Read) -> None:
    rows = read(start="2026-10-02", end="2026-10-02", sort="-seconds,-asked_at")
    assert {f"{row['asked_at']:%d}" for row in rows} == {"02"}
    assert [row["seconds"] is None for row in rows] == sorted(row["seconds"] is None for row in rows)
    assert 0 < len(rows) < 32


def test_every_act_is_told_with_the_role_of_that_time(read: Read) -> None:
    acts = read("reporting_audit", action="report.failed")
    assert [(act["role"], act["entity_type"], json.loads(act["details"])) for act in acts] == [
        (role, "report", {"error": "the database was lost"}) for role in ("viewer", "analyst", "admin", "admin")
    ]


def test_what_is_lost_is_called_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_text("no database")
    catalog = Warehouse(f"sqlite:///{tmp_path / 'catalog.db'}", b"k" * 32, home=Home.CATALOG)
    with pytest.raises(WarehouseUnavailable, match="^the catalog refused or was lost"), catalog.snapshot():
        pass


def test_one_snapshot_of_each_database_answers_all(tmp_path: Path, homes: Databases) -> None:
    """Taken when it is first asked for, and not again."""
    query = build_query(Registry.built_in()["reporting_usage"], DatasetRequest("reporting_usage"), LOCAL_ADMIN)
    url = f"sqlite:///{tmp_path / 'catalog.db'}"
    tiny_catalog.fill(url, [])
    with Snapshots({**homes, Home.CATALOG: Warehouse(url, b"k" * 32)}) as snapshots:
        assert snapshots.of(Home.WAREHOUSE) is snapshots.of(Home.WAREHOUSE)
        assert snapshots.taken_at == snapshots.of(Home.WAREHOUSE).taken_at
        tiny_catalog.fill(url, [LOCAL_ADMIN])
        assert snapshots.of(Home.CATALOG).count(query) == 8
        tiny_catalog.fill(url, [Actor("other", LOCAL_ADMIN.role)], first=100)
        assert snapshots.of(Home.CATALOG).count(query) == 8
        assert snapshots.taken_at == snapshots.of(Home.CATALOG).taken_at
