"""Jobs from submission to the end, in real worker processes: the good end and every bad one."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import psutil
import pytest
import sqlalchemy as sa
from waiting import PATIENCE, files, waited, workers

from reportkit import worker
from reportkit.access import LOCAL_ADMIN, Actor, Role
from reportkit.catalog import artifacts as artifact_rows
from reportkit.catalog import jobs as job_rows
from reportkit.catalog.tables import audit_log
from reportkit.engine import local
from reportkit.engine.line import Child, Line, line
from reportkit.engine.zygote import Task
from reportkit.errors import NotFound, StorageUnavailable, UnknownName
from reportkit.exports import Exports
from reportkit.jobs import Artifact, Job, JobKind, Progress, State
from reportkit.manifests import SUFFIX
from reportkit.sample.load import load
from reportkit.sample.scale import Scale
from reportkit.specs import DatasetRequest, ExportSpec
from reportkit.toolkit import Toolkit
from reportkit.worker import Attempt


def export(toolkit: Toolkit, dataset: str = "raw_events", format: str = "csv", actor: Actor = LOCAL_ADMIN) -> Job:
    return toolkit.submit(JobKind.EXPORT, actor, ExportSpec(DatasetRequest(dataset), format).to_json())


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Nobody can read this SQLite warehouse meanwhile, so an export of it hangs at its first query."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.close()


@pytest.fixture
def lockable(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'lockable.db'}"
    load(url, Scale(events=0))
    return url


def test_a_completed_export_is_exactly_what_its_row_and_manifest_say(toolkit: Toolkit) -> None:
    job = waited(toolkit, export(toolkit))
    assert (job.state, job.error) == (State.COMPLETED, None)
    [artifact] = toolkit.artifacts(job)
    with toolkit.storage.open(artifact.key) as stored, toolkit.storage.open(artifact.key + SUFFIX) as beside:
        content, manifest = stored.read(), json.load(beside)
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    assert manifest == artifact.manifest
    assert (artifact.size, artifact.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert manifest["rows"] == len(rows) - 1 == toolkit.read(DatasetRequest("raw_events"), LOCAL_ADMIN).num_rows
    assert manifest["actor"] == {"id": "local", "role": "admin", "name": "local admin"}


def test_every_act_is_in_the_audit_log(toolkit: Toolkit) -> None:
    job = waited(toolkit, export(toolkit, "experiment_results"))
    toolkit.cancel(export(toolkit, "experiment_results").id, LOCAL_ADMIN)
    with toolkit.catalog.read() as connection:
        entries = connection.execute(sa.select(audit_log).order_by(audit_log.c.id)).all()
    assert [(e.action, e.actor) for e in entries if e.entity_id == job.id] == [
        ("export.created", "local"),
        ("export.completed", "local"),
    ]
    assert [e.action for e in entries if e.entity_id != job.id][:2] == ["export.created", "export.cancel_requested"]


def test_a_request_that_cannot_work_leaves_no_job(toolkit: Toolkit) -> None:
    with pytest.raises(UnknownName, match="known: csv, json, ndjson, parquet, pdf, xlsx"):
        export(toolkit, format="docx")
    with toolkit.catalog.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM jobs").scalar() == 0


def test_a_job_of_somebody_else_looks_like_no_job(toolkit: Toolkit) -> None:
    job = waited(toolkit, export(toolkit, "experiment_results"))
    other = Actor("someone", Role.ANALYST)
    with pytest.raises(NotFound) as missing:
        toolkit.job("no-such-id", other)
    with pytest.raises(NotFound) as forbidden:
        toolkit.job(job.id, other)
    assert str(forbidden.value).replace(job.id, "ID") == str(missing.value).replace("no-such-id", "ID")
    with pytest.raises(NotFound):
        toolkit.cancel(job.id, other)


def test_a_missing_warehouse_fails_the_job_with_what_to_do(toolkit_with: Callable[..., Toolkit]) -> None:
    toolkit = toolkit_with(warehouse="sqlite:////nowhere/warehouse.db")
    job = waited(toolkit, export(toolkit))
    assert job.state is State.FAILED
    assert "no warehouse at /nowhere/warehouse.db" in (job.error or "")


def test_a_killed_worker_fails_its_job_and_leaves_nothing_visible(
    toolkit_with: Callable[..., Toolkit], lockable: str
) -> None:
    toolkit = toolkit_with(warehouse=lockable)
    with locked(lockable):
        job = waited(toolkit, export(toolkit), until=lambda job: job.state is State.RUNNING)
        [process] = workers(toolkit)
        os.kill(process.pid, signal.SIGKILL)
        job = waited(toolkit, job)
    assert (job.state, job.error_code) == (State.FAILED, "worker_died")
    assert "killed by SIGKILL" in (job.error or "")
    assert files(toolkit) == []
    assert actions(toolkit) == ["export.created", "export.failed"]


def test_a_cancelled_export_ends_soon_even_if_its_query_hears_nothing(
    toolkit_with: Callable[..., Toolkit], lockable: str
) -> None:
    toolkit = toolkit_with(warehouse=lockable)
    with locked(lockable):
        job = waited(toolkit, export(toolkit), until=lambda job: job.state is State.RUNNING)
        toolkit.cancel(job.id, LOCAL_ADMIN)
        started = time.monotonic()
        job = waited(toolkit, job)
        assert time.monotonic() - started < 10  # not the 30 s that SQLite would wait for the lock
    assert (job.state, job.error_code) == (State.CANCELLED, "cancelled")
    psutil.wait_procs(workers(toolkit), timeout=5)
    assert workers(toolkit) == []
    assert files(toolkit) == []


def test_an_export_past_its_deadline_fails_and_says_how_to_go_on(
    toolkit_with: Callable[..., Toolkit], lockable: str
) -> None:
    toolkit = toolkit_with(warehouse=lockable, export_deadline=0.5)
    with locked(lockable):
        job = waited(toolkit, export(toolkit))
    assert (job.state, job.error_code) == (State.FAILED, "deadline_exceeded")
    assert "ask for less, or raise REPORTKIT_EXPORT_DEADLINE" in (job.error or "")


def test_an_attempt_that_lost_its_job_ends_by_itself(toolkit_with: Callable[..., Toolkit], lockable: str) -> None:
    toolkit = toolkit_with(warehouse=lockable)
    with locked(lockable):
        job = waited(toolkit, export(toolkit), until=lambda job: job.state is State.RUNNING)
        with toolkit.catalog.write() as connection:
            connection.exec_driver_sql("UPDATE jobs SET token = 'somebody-else'")
        psutil.wait_procs(workers(toolkit), timeout=PATIENCE)
    assert toolkit.job(job.id, LOCAL_ADMIN).state is State.RUNNING
    assert toolkit.artifacts(job) == []
    assert files(toolkit) == []


def test_tidying_deletes_expired_files_and_marks_their_jobs(toolkit_with: Callable[..., Toolkit]) -> None:
    toolkit = toolkit_with(artifact_days=1e-9)
    job = waited(toolkit, export(toolkit, "experiment_results"))
    assert len(files(toolkit)) == 2
    logs = Path(toolkit.settings.home) / "logs"
    assert [log.name for log in logs.iterdir()] == [f"{job.id}.log"]
    toolkit.tidy()
    assert list(logs.iterdir()) == []
    assert toolkit.job(job.id, LOCAL_ADMIN).state is State.EXPIRED
    assert (toolkit.artifacts(job), files(toolkit)) == ([], [])
    assert actions(toolkit) == ["export.created", "export.completed", "export.expired"]


def test_a_job_whose_machine_went_down_fails_and_its_files_go(toolkit: Toolkit) -> None:
    job = waited(toolkit, export(toolkit, "experiment_results"))
    with toolkit.catalog.write() as connection:  # as if it had gone down between publishing and saying so
        connection.exec_driver_sql("DELETE FROM artifacts")
        connection.exec_driver_sql(
            "UPDATE jobs SET state = 'running', token = 'gone', lease_until = '2026-01-01T00:00:00.000000Z'"
        )
    toolkit.tidy()
    job = toolkit.job(job.id, LOCAL_ADMIN)
    assert (job.state, files(toolkit)) == (State.FAILED, [])
    assert "run it again" in (job.error or "")
    assert actions(toolkit) == ["export.created", "export.completed", "export.failed"]


def test_a_worker_that_lost_its_job_while_it_published_takes_its_files_back(
    toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch, handlers: None
) -> None:
    job, whole = queued(toolkit), Exports.run

    def overtaken(self: Exports, job: Job, progress: Progress) -> list[Artifact]:
        made = whole(self, job, progress)
        assert len(files(toolkit)) == 2
        with toolkit.catalog.write() as connection:
            connection.exec_driver_sql("UPDATE jobs SET token = 'somebody-else'")
        return made

    monkeypatch.setattr(Exports, "run", overtaken)
    assert Attempt(toolkit, job, "mine").run() == 1
    assert toolkit.job(job.id, LOCAL_ADMIN).state is State.RUNNING
    assert (toolkit.artifacts(job), files(toolkit)) == ([], [])


def test_a_worker_that_cannot_write_down_its_result_keeps_no_file(
    toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch, handlers: None
) -> None:
    def full(*_: object) -> None:
        raise StorageUnavailable("the disk is full")

    job = queued(toolkit)
    monkeypatch.setattr(artifact_rows, "add", full)
    with pytest.raises(StorageUnavailable):
        Attempt(toolkit, job, "mine").run()
    assert files(toolkit) == []
    assert toolkit.job(job.id, LOCAL_ADMIN).state is State.RUNNING  # until its lease runs out


def test_a_finished_job_shows_its_whole_progress(toolkit: Toolkit) -> None:
    job = waited(toolkit, export(toolkit, "experiment_results"))
    [artifact] = toolkit.artifacts(job)
    assert job.rows_done == job.rows_expected == artifact.manifest["rows"]


def test_two_exports_of_the_same_lie_where_neither_leads_to_the_other(toolkit: Toolkit) -> None:
    keys = [toolkit.artifacts(waited(toolkit, export(toolkit, "experiment_results")))[0].key for _ in range(2)]
    secrets = [key.split("/")[3] for key in keys]
    assert secrets[0] != secrets[1]
    assert min(map(len, secrets)) >= 22  # 128 bits in base 64


@pytest.fixture
def handlers() -> Iterator[None]:
    """An attempt in this process takes over its signals; they are given back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def queued(toolkit: Toolkit) -> Job:
    """A job that this process has claimed with the token `mine`."""
    spec = ExportSpec(DatasetRequest("experiment_results"), "csv").to_json()
    with toolkit.catalog.write() as connection:
        job_rows.add(connection, Job("j-1", JobKind.EXPORT, LOCAL_ADMIN, spec, State.QUEUED, 0, toolkit.clock()))
        job = job_rows.claim(
            connection, "j-1", 1, token="mine", now=toolkit.clock(), lease=toolkit.deadline(JobKind.EXPORT)
        )
    assert job
    return job


def test_a_cancel_is_heard_without_waiting_for_the_next_beat(
    toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, handlers: None
) -> None:
    monkeypatch.setattr(worker, "BEAT_SECONDS", 3600.0)
    job, (ours, theirs) = queued(toolkit), line()
    running, stopped = threading.Event(), threading.Event()

    class OneChild:
        def __init__(self, environment: Mapping[str, str]) -> None: ...

        def fork(self, task: Task, log: BinaryIO) -> Child:
            return Child(ours, tmp_path / "log", str)

        def close(self) -> None: ...

    def until_stopped(self: Exports, job: Job, progress: Progress) -> list[Artifact]:
        with progress.stoppable(stopped.set):
            running.set()
            assert stopped.wait(PATIENCE)
        return []

    def cancel() -> None:
        assert running.wait(PATIENCE)
        toolkit.cancel(job.id, LOCAL_ADMIN)

    monkeypatch.setattr(local, "Zygote", OneChild)
    monkeypatch.setattr(Exports, "run", until_stopped)
    toolkit.engine.launch(job.id, 1, job.kind)
    attempt, someone = Attempt(toolkit, job, "mine"), threading.Thread(target=cancel)
    threading.Thread(target=attempt.listen, args=(Line(theirs.detach()),), daemon=True).start()
    someone.start()
    assert attempt.run() == 1
    someone.join()
    assert toolkit.job(job.id, LOCAL_ADMIN).state is State.CANCELLED


def actions(toolkit: Toolkit) -> list[str]:
    with toolkit.catalog.read() as connection:
        return list(connection.execute(sa.select(audit_log.c.action).order_by(audit_log.c.id)).scalars())


def test_cancel_stops_the_query_in_postgresql(toolkit_with: Callable[..., Toolkit], postgres_url: str) -> None:
    load(postgres_url, Scale(events=0))
    toolkit = toolkit_with(warehouse=postgres_url)
    engine = sa.create_engine(postgres_url)
    active = sa.text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reportkit' AND state = 'active'")
    try:
        with engine.connect() as blocker:
            blocker.exec_driver_sql("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            job = export(toolkit)
            end = time.monotonic() + PATIENCE
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as observer:
                while not observer.execute(active).scalar():
                    assert time.monotonic() < end
                    time.sleep(0.02)  # another process; the server's list of statements is all there is to look at
                toolkit.cancel(job.id, LOCAL_ADMIN)
                job = waited(toolkit, job)
                assert job.state is State.CANCELLED
                assert observer.execute(active).scalar() == 0
    finally:
        engine.dispose()
    assert files(toolkit) == []
