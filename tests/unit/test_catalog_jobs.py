"""A job row's life: who may change it when, and what two workers at once come to."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from reportkit.access import Actor, Role
from reportkit.catalog import database, jobs
from reportkit.catalog.database import Catalog
from reportkit.catalog.tables import metadata
from reportkit.errors import BadSettings, Cancelled, NotFound, WarehouseUnavailable
from reportkit.jobs import LEGAL, Job, JobKind, State

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=30)
LATER = NOW + timedelta(minutes=1)
ANN = Actor("u-1", Role.ANALYST, "ann")
JOB = Job("j-1", JobKind.EXPORT, ANN, {"format": "csv"}, State.QUEUED, 0, NOW)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(f"sqlite:///{tmp_path / 'state' / 'catalog.db'}")
    catalog.migrate()
    with catalog.write() as connection:
        jobs.add(connection, JOB)
    yield catalog
    catalog.close()


def claim(catalog: Catalog, attempt: int = 1, token: str = "t", now: datetime = NOW) -> Job | None:
    with catalog.write() as connection:
        return jobs.claim(connection, "j-1", attempt, token=token, now=now, lease=LEASE)


def beat(catalog: Catalog, token: str = "t", now: datetime = NOW) -> jobs.Beat:
    with catalog.write() as connection:
        return jobs.beat(
            connection, "j-1", token=token, now=now, lease=LEASE, stage="writing", rows_done=5, rows_expected=10
        )


def stored(catalog: Catalog) -> Job:
    with catalog.read() as connection:
        return jobs.get(connection, "j-1")


def test_a_job_reads_back_as_it_was_added(catalog: Catalog) -> None:
    assert stored(catalog) == JOB


def test_an_unknown_job_is_not_found(catalog: Catalog) -> None:
    with catalog.read() as connection, pytest.raises(NotFound):
        jobs.get(connection, "j-2")


def test_a_claim_starts_the_job_under_a_lease(catalog: Catalog) -> None:
    expected = replace(
        JOB, state=State.RUNNING, attempt=1, token="t", lease_until=NOW + LEASE, heartbeat_at=NOW, started_at=NOW
    )
    assert claim(catalog) == expected == stored(catalog)


def test_of_many_claims_at_once_one_wins(catalog: Catalog) -> None:
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda n: claim(catalog, token=f"t{n}"), range(8)))
    [winner] = [job for job in claims if job]
    assert stored(catalog).token == winner.token


@pytest.mark.parametrize("attempt", [0, 2, 3])
def test_a_claim_for_another_attempt_gets_nothing(catalog: Catalog, attempt: int) -> None:
    assert claim(catalog, attempt=attempt) is None


def test_a_heartbeat_renews_the_lease_and_shows_the_progress(catalog: Catalog) -> None:
    claim(catalog)
    assert beat(catalog, now=LATER) == jobs.Beat(held=True, cancel=False)
    job = stored(catalog)
    assert (job.lease_until, job.stage, job.rows_done, job.rows_expected) == (LATER + LEASE, "writing", 5, 10)


def test_a_worker_that_lost_its_job_learns_it_and_can_change_nothing(catalog: Catalog) -> None:
    claim(catalog)
    with catalog.write() as connection:
        connection.exec_driver_sql("UPDATE jobs SET token = 'somebody-else'")
    assert beat(catalog) == jobs.Beat(held=False, cancel=False)
    with catalog.write() as connection:
        assert not jobs.finish(connection, "j-1", State.COMPLETED, token="t", now=LATER)
    assert stored(catalog).state is State.RUNNING


def test_a_queued_job_is_cancelled_at_once_and_cannot_be_claimed(catalog: Catalog) -> None:
    with catalog.write() as connection:
        jobs.ask_to_cancel(connection, "j-1", LATER)
    assert stored(catalog).state is State.CANCELLED
    assert claim(catalog) is None


def test_a_running_job_learns_of_its_cancelling_by_heartbeat(catalog: Catalog) -> None:
    claim(catalog)
    with catalog.write() as connection:
        jobs.ask_to_cancel(connection, "j-1", LATER)
    assert stored(catalog).state is State.RUNNING
    assert beat(catalog).cancel
    with catalog.write() as connection:
        jobs.finish(connection, "j-1", State.CANCELLED, token="t", now=LATER, error=Cancelled("on request"))
    job = stored(catalog)
    assert (job.state, job.error_code, job.error, job.finished_at) == (
        State.CANCELLED,
        "cancelled",
        "on request",
        LATER,
    )


def test_cancelling_what_has_ended_changes_nothing(catalog: Catalog) -> None:
    claim(catalog)
    with catalog.write() as connection:
        jobs.finish(connection, "j-1", State.COMPLETED, token="t", now=LATER)
        jobs.ask_to_cancel(connection, "j-1", LATER)
    assert stored(catalog).state is State.COMPLETED
    assert not stored(catalog).cancel


def test_a_failure_keeps_its_code_and_reason(catalog: Catalog) -> None:
    claim(catalog)
    with catalog.write() as connection:
        jobs.finish(connection, "j-1", State.FAILED, token="t", now=LATER, error=WarehouseUnavailable("gone"))
    job = stored(catalog)
    assert (job.error_code, job.error, job.token, job.lease_until) == ("warehouse_unavailable", "gone", None, None)


def reaped(catalog: Catalog, now: datetime) -> list[State]:
    with catalog.write() as connection:
        return [job.state for job in jobs.reap(connection, leased_before=now, queued_before=now - LEASE)]


def test_a_live_lease_is_not_reaped(catalog: Catalog) -> None:
    claim(catalog)
    assert reaped(catalog, NOW + LEASE) == []


def test_a_job_whose_lease_ran_out_fails_and_says_to_run_it_again(catalog: Catalog) -> None:
    claim(catalog)
    assert reaped(catalog, LATER) == [State.FAILED]
    job = stored(catalog)
    assert (job.state, job.token) == (State.FAILED, None)
    assert "its worker was lost" in (job.error or "")
    assert "run it again" in (job.error or "")
    assert reaped(catalog, LATER) == []


def test_a_job_that_no_worker_came_for_fails_after_a_while(catalog: Catalog) -> None:
    assert reaped(catalog, NOW + LEASE) == []
    assert reaped(catalog, LATER) == [State.FAILED]


def test_a_lost_job_that_was_to_be_cancelled_is_cancelled(catalog: Catalog) -> None:
    claim(catalog)
    with catalog.write() as connection:
        jobs.ask_to_cancel(connection, "j-1", NOW)
    assert reaped(catalog, LATER) == [State.CANCELLED]


@pytest.mark.parametrize("claimed", [True, False])
def test_a_worker_known_to_be_dead_fails_its_job_with_the_reason(catalog: Catalog, claimed: bool) -> None:
    if claimed:
        claim(catalog)
    with catalog.write() as connection:
        assert jobs.worker_died(connection, "j-1", LATER, "its worker was killed by SIGKILL")
    job = stored(catalog)
    assert (job.state, job.error_code) == (State.FAILED, "worker_died")


def test_the_death_of_a_worker_that_had_finished_changes_nothing(catalog: Catalog) -> None:
    claim(catalog)
    with catalog.write() as connection:
        jobs.finish(connection, "j-1", State.COMPLETED, token="t", now=LATER)
        assert not jobs.worker_died(connection, "j-1", LATER, "exit code 0")
    assert stored(catalog).state is State.COMPLETED


def test_an_ended_job_never_moves_again_but_to_expired() -> None:
    for state, following in LEGAL.items():
        if state.ended:
            assert following <= {State.EXPIRED}


def test_an_illegal_transition_is_a_programming_error(catalog: Catalog) -> None:
    with catalog.write() as connection, pytest.raises(ValueError, match="cannot go from running to expired"):
        jobs.finish(connection, "j-1", State.EXPIRED, token="t", now=NOW)


def test_the_migrations_make_exactly_the_tables_we_declare(catalog: Catalog) -> None:
    with catalog.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_one_we_look_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == database.HEAD


def test_many_may_migrate_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'catalog.db'}"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: Catalog(url).migrate(), range(4)))
    with Catalog(url).write() as connection:
        jobs.add(connection, JOB)


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/db", "sqlite://", "postgresql://me:p@ss@host:x/db"])
def test_a_catalog_address_we_cannot_use_is_told(url: str) -> None:
    with pytest.raises(BadSettings, match="sqlite:///") as told:
        Catalog(url)
    assert "p@ss" not in str(told.value)


def test_a_file_that_is_no_catalog_is_told(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_bytes(b"hello" * 1000)
    with pytest.raises(BadSettings, match="not a database"):
        Catalog(f"sqlite:///{tmp_path / 'catalog.db'}").migrate()


def test_a_catalog_of_a_newer_reportkit_is_told(catalog: Catalog) -> None:
    with catalog.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadSettings, match="newer reportkit"):
        catalog.migrate()
