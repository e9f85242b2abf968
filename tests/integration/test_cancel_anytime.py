"""A cancel that comes at any moment ends honestly: all of the file and its manifest, or nothing."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from waiting import PATIENCE, files

from reportkit import worker
from reportkit.access import LOCAL_ADMIN
from reportkit.catalog import jobs as job_rows
from reportkit.datasets.postgres.source import PostgresSource
from reportkit.datasets.sources import Warehouse
from reportkit.exports import Exports
from reportkit.jobs import Job, JobKind, State
from reportkit.specs import DatasetRequest, ExportSpec
from reportkit.storage.deposit import Deposit, DepositedFile
from reportkit.toolkit import Toolkit
from reportkit.worker import Attempt, work
from reportkit.writers import FORMATS

PLACES: dict[str, tuple[type, str]] = {
    "starting": (Exports, "run"),
    "connecting": (Warehouse, "snapshot"),
    "counting": (PostgresSource, "count"),
    "opening": (Deposit, "file"),
    "writing": (DepositedFile, "write"),
    "publishing": (DepositedFile, "publish"),
    "describing": (Deposit, "describe"),
    "counted": (PostgresSource, "count"),
    "written": (DepositedFile, "write"),
    "published": (DepositedFile, "publish"),
    "described": (Deposit, "describe"),
}
"""What a cancel meets: before a call with -ing, after it with -ed."""
CASES = [*(("csv", place) for place in PLACES), *((f, "written") for f in FORMATS if f != "csv")]
MOMENTS = [0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.25, 0.4]
"""Seconds after the job was submitted: before its worker has it, in the query, while it is written, when it is done."""


@pytest.fixture
def toolkit(toolkit_with: Callable[..., Toolkit], sample_postgres: str) -> Toolkit:
    return toolkit_with(warehouse=sample_postgres)


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """They are made in this process: its signals are given back, and it is not killed for being slow."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(worker, "GRACE_SECONDS", PATIENCE)
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def spec(format: str) -> dict[str, Any]:
    return ExportSpec(DatasetRequest("raw_events"), format).to_json()


def queued(toolkit: Toolkit, format: str = "csv") -> Job:
    job = Job("j-1", JobKind.EXPORT, LOCAL_ADMIN, spec(format), State.QUEUED, 0, toolkit.clock())
    with toolkit.catalog.write() as connection:
        job_rows.add(connection, job)
    return job


def attempt(toolkit: Toolkit, format: str) -> Attempt:
    job = queued(toolkit, format)
    with toolkit.catalog.write() as connection:
        claimed = job_rows.claim(
            connection, job.id, 1, token="mine", now=toolkit.clock(), lease=toolkit.deadline(JobKind.EXPORT)
        )
    assert claimed
    return Attempt(toolkit, claimed, "mine")


def queries(url: str) -> int:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        running = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reportkit' AND state = 'active'"
        found = int(connection.execute(sa.text(running)).scalar_one())
    engine.dispose()
    return found


@pytest.mark.parametrize(("format", "place"), CASES)
def test_wherever_it_comes_nothing_partial_is_left(
    toolkit: Toolkit, attempts: None, monkeypatch: pytest.MonkeyPatch, format: str, place: str
) -> None:
    reached: list[str] = []
    whole = getattr(*PLACES[place])

    def cancelled(*arguments: Any) -> None:
        if place.endswith("ed"):
            whole(*arguments)
        reached.append(place)
        toolkit.cancel("j-1", LOCAL_ADMIN)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            time.sleep(0.01)  # until the cancel is raised here; Python misses a signal just before a long wait

    monkeypatch.setattr(*PLACES[place], cancelled)
    assert attempt(toolkit, format).run() == 1
    assert reached == [place]
    job = toolkit.job("j-1", LOCAL_ADMIN)
    assert (job.state, job.error_code) == (State.CANCELLED, "cancelled")
    assert (toolkit.artifacts(job), files(toolkit)) == ([], [])
    assert queries(toolkit.settings.warehouse) == 0


def test_before_a_worker_has_the_job_none_ever_does(toolkit: Toolkit) -> None:
    job = queued(toolkit)
    toolkit.cancel(job.id, LOCAL_ADMIN)
    assert work(toolkit, job.id, 1) == 3
    assert toolkit.job(job.id, LOCAL_ADMIN).state is State.CANCELLED


def test_once_all_is_made_the_job_completes_with_all_of_it(
    toolkit: Toolkit, attempts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = Attempt._finish

    def cancelled(self: Attempt, *outcome: Any) -> int:
        toolkit.cancel("j-1", LOCAL_ADMIN)
        return finish(self, *outcome)

    monkeypatch.setattr(Attempt, "_finish", cancelled)
    assert attempt(toolkit, "csv").run() == 0
    job = toolkit.job("j-1", LOCAL_ADMIN)
    assert (job.state, len(toolkit.artifacts(job)), len(files(toolkit))) == (State.COMPLETED, 1, 2)


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_whenever_it_comes_nothing_partial_is_left(toolkit: Toolkit, format: str) -> None:
    """In real workers, and by the clock: at moments that nobody chose for what the code does then."""
    kept = 0
    for moment in MOMENTS:
        job = toolkit.submit(JobKind.EXPORT, LOCAL_ADMIN, spec(format))
        time.sleep(moment)  # the moment is what is tried
        toolkit.cancel(job.id, LOCAL_ADMIN)
        ended = toolkit.wait(job, 30)
        assert ended.state in (State.CANCELLED, State.COMPLETED), ended.error
        kept += 2 if ended.state is State.COMPLETED else 0
        assert len(toolkit.artifacts(job)) == (1 if ended.state is State.COMPLETED else 0)
        assert queries(toolkit.settings.warehouse) == 0
    assert len(files(toolkit)) == kept
