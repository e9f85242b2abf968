"""How far incremental exports have come: what the catalog remembers, and of which it is reminded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from reportkit import instants
from reportkit.access import Actor, Role
from reportkit.catalog import jobs, tables
from reportkit.catalog.database import Catalog
from reportkit.jobs import Artifact, Job, JobKind, Mark, State
from reportkit.specs import DatasetRequest, ExportSpec

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ANN = Actor("u-1", Role.ANALYST, "ann")
WAREHOUSE = "sqlite:///wh.db"
REQUEST = DatasetRequest.of("raw_events", start="2026-10-01", sort="-value", experiment=["a", "b"])


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    catalog.migrate()
    yield catalog
    catalog.close()


def export(
    catalog: Catalog,
    name: str,
    minutes: int | None,
    *,
    request: DatasetRequest = REQUEST,
    actor: Actor = ANN,
    state: State = State.COMPLETED,
    after: str | None = None,
    declaration: str = "",
    **options: Any,
) -> None:
    """Has come `minutes` after NOW; None: it is not incremental."""
    spec = ExportSpec(request, "csv", since_last=minutes is not None, **options).to_json()
    until = None if minutes is None else instants.to_text(NOW + timedelta(minutes=minutes))
    manifest = {
        "reads": [{"until": until, "declaration": declaration}],
        "previous": {"job": after} if after else None,
        "signature": {"value": f"signed {name}"},
    }
    made = Artifact(f"{name}-a", name, "f.csv", "csv", name, 1, "", manifest, NOW, NOW)
    with catalog.write() as connection:
        jobs.add(connection, Job(name, JobKind.EXPORT, actor, spec, State.QUEUED, 0, NOW))
        jobs.claim(connection, name, 1, token="t", now=NOW, lease=timedelta(seconds=30))
        jobs.finish(connection, name, State.COMPLETED if state is State.EXPIRED else state, token="t", now=NOW)
        if state in (State.COMPLETED, State.EXPIRED):
            jobs.leave_mark(connection, [made, made], WAREHOUSE)
        if state is State.EXPIRED:
            jobs.expire(connection, name)


def last(
    catalog: Catalog,
    actor: Actor = ANN,
    request: DatasetRequest = REQUEST,
    warehouse: str = WAREHOUSE,
    declaration: str = "",
) -> Mark | None:
    with catalog.read() as connection:
        return jobs.last_mark(connection, actor, request.to_json(), warehouse, declaration)


def take_back(catalog: Catalog, name: str) -> None:
    with catalog.write() as connection:
        assert jobs.take_back_mark(connection, name)


def test_nothing_has_been_exported_yet(catalog: Catalog) -> None:
    assert last(catalog) is None


def test_the_next_goes_on_from_the_one_that_came_furthest(catalog: Catalog) -> None:
    export(catalog, "one", 0)
    export(catalog, "forked", 20)
    export(catalog, "two", 10)
    assert last(catalog) == Mark("forked", NOW + timedelta(minutes=20), "signed forked")


def test_an_export_whose_file_has_been_deleted_still_counts(catalog: Catalog) -> None:
    export(catalog, "old", 0, state=State.EXPIRED)
    assert last(catalog) == Mark("old", NOW, "signed old")


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_what_was_not_completed_does_not_count(catalog: Catalog, state: State) -> None:
    export(catalog, "broken", 0, state=state)
    assert last(catalog) is None


def test_an_export_of_everything_leaves_no_mark(catalog: Catalog) -> None:
    export(catalog, "whole", None)
    assert last(catalog) is None


def test_format_and_file_options_do_not_matter(catalog: Catalog) -> None:
    export(catalog, "parts", 0, rows_per_file=10)
    assert last(catalog) == Mark("parts", NOW, "signed parts")


@pytest.mark.parametrize(
    "other",
    [
        DatasetRequest.of("raw_events"),
        DatasetRequest.of("raw_events", start="2026-10-01", sort="-value", experiment=["a"]),
        DatasetRequest.of("raw_events", start="2026-10-01", sort="value", experiment=["a", "b"]),
        DatasetRequest.of("raw_events", start="2026-10-01", sort="-value", fields="id", experiment=["a", "b"]),
    ],
)
def test_another_request_starts_from_the_beginning(catalog: Catalog, other: DatasetRequest) -> None:
    export(catalog, "one", 0)
    assert last(catalog, request=other) is None


@pytest.mark.parametrize("other", [Actor("u-2", Role.ANALYST, "ann"), Actor("u-1", Role.ADMIN, "ann")])
def test_somebody_else_and_somebody_in_another_role_start_from_the_beginning(catalog: Catalog, other: Actor) -> None:
    export(catalog, "one", 0)
    assert last(catalog, actor=other) is None


def test_another_warehouse_starts_from_the_beginning(catalog: Catalog) -> None:
    export(catalog, "one", 0)
    assert last(catalog, warehouse="sqlite:///sample.db") is None


def test_another_declaration_of_the_dataset_starts_from_the_beginning(catalog: Catalog) -> None:
    export(catalog, "one", 0, declaration="as it was")
    assert last(catalog, declaration="edited") is None
    export(catalog, "two", 10, declaration="edited")
    assert last(catalog, declaration="edited") == Mark("two", NOW + timedelta(minutes=10), "signed two")
    assert last(catalog, declaration="as it was") == Mark("one", NOW, "signed one")


def test_a_mark_from_before_marks_had_a_declaration_is_of_our_own_datasets(catalog: Catalog) -> None:
    export(catalog, "one", 0)
    with catalog.write() as connection:
        mark = dict(jobs.get(connection, "one").mark or {})
        assert mark.pop("declaration") == ""
        connection.execute(update(tables.jobs).values(mark=mark))
    assert last(catalog) == Mark("one", NOW, "signed one")
    assert last(catalog, declaration="a file's") is None


def test_what_went_on_from_an_export_that_was_taken_back_does_not_count_either(catalog: Catalog) -> None:
    export(catalog, "one", 0)
    export(catalog, "two", 10, after="one")
    export(catalog, "three", 20, after="two")
    export(catalog, "beside", 5, after="one")
    take_back(catalog, "two")
    assert last(catalog) == Mark("beside", NOW + timedelta(minutes=5), "signed beside")


def test_one_that_completes_after_what_it_went_on_from_was_taken_back_does_not_count(catalog: Catalog) -> None:
    export(catalog, "one", 0)
    take_back(catalog, "one")
    export(catalog, "two", 10, after="one")
    assert last(catalog) is None


def test_completed_exports_are_of_the_dataset_and_the_format(catalog: Catalog) -> None:
    export(catalog, "one", 0)
    export(catalog, "two", None, state=State.EXPIRED)
    export(catalog, "failed", None, state=State.FAILED)
    export(catalog, "other", None, request=DatasetRequest("audit_log"))
    export(catalog, "hers", None, actor=Actor("u-2", Role.ANALYST))
    with catalog.read() as connection:
        assert {job.id for job in jobs.completed_exports(connection, ANN, "raw_events", "csv")} == {"one", "two"}
        assert jobs.completed_exports(connection, ANN, "raw_events", "xlsx") == []
