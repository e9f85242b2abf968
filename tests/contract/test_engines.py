"""What every engine promises, and what ours leaves behind: nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from waiting import PATIENCE, running, waited, workers

from reportkit.access import LOCAL_ADMIN
from reportkit.catalog import jobs as job_rows
from reportkit.engine.base import Engine
from reportkit.engine.local import LocalEngine
from reportkit.jobs import Job, JobKind, State
from reportkit.sample.load import load
from reportkit.sample.scale import Scale
from reportkit.settings import Settings
from reportkit.specs import DatasetRequest, ExportSpec
from reportkit.toolkit import Toolkit, local_engine

SPEC = ExportSpec(DatasetRequest("experiment_results"), "csv").to_json()


def submitted(toolkit: Toolkit) -> Job:
    return toolkit.submit(JobKind.EXPORT, LOCAL_ADMIN, SPEC)


def zygotes() -> list[psutil.Process]:
    """What this process has started and not yet ended."""
    return [process for process in running("reportkit.worker") if process.ppid() == os.getpid()]


def killed(process: psutil.Process) -> None:
    process.kill()
    psutil.wait_procs([process], timeout=PATIENCE)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = local_engine(Settings(home=str(tmp_path / "home")).resolved(tmp_path))
    yield made
    made.close()


@pytest.fixture
def hanging(toolkit_with: Callable[..., Toolkit], tmp_path: Path) -> Iterator[tuple[Toolkit, Job]]:
    """A job that runs until it is stopped: nobody can read its warehouse."""
    file = tmp_path / "locked.db"
    load(f"sqlite:///{file}", Scale(events=0))
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    toolkit = toolkit_with(warehouse=f"sqlite:///{file}")
    yield toolkit, waited(toolkit, submitted(toolkit), until=lambda job: job.state is State.RUNNING)
    connection.close()


@contextmanager
def nothing_left() -> Iterator[None]:
    yield
    assert zygotes() == []


def test_a_job_of_another_process_is_none_of_its_business(engine: Engine) -> None:
    engine.nudge("elsewhere")
    engine.stop("elsewhere", grace=0)
    engine.wait("elsewhere", seconds=0)
    assert engine.ended("elsewhere") is None


def test_waiting_returns_the_ended_job_in_one_call(toolkit: Toolkit) -> None:
    assert toolkit.wait(submitted(toolkit), PATIENCE).state is State.COMPLETED


def test_waiting_ends_with_its_time_too(hanging: tuple[Toolkit, Job]) -> None:
    toolkit, job = hanging
    assert toolkit.wait(job, 0.01).state is State.RUNNING


def test_all_who_wait_for_a_job_are_woken(toolkit: Toolkit) -> None:
    job, states = submitted(toolkit), list[State]()
    waiters = [threading.Thread(target=lambda: states.append(toolkit.wait(job, PATIENCE).state)) for _ in range(3)]
    for waiter in waiters:
        waiter.start()
    for waiter in waiters:
        waiter.join()
    assert states == [State.COMPLETED] * 3


def test_whoever_waits_for_a_killed_worker_learns_of_it(hanging: tuple[Toolkit, Job]) -> None:
    toolkit, job = hanging
    [worker] = workers(toolkit)
    killer = threading.Timer(0.1, worker.kill)
    killer.start()
    job = toolkit.wait(job, PATIENCE)
    assert (job.state, job.error) == (State.FAILED, "its worker was killed by SIGKILL")


def test_jobs_run_beside_each_other_and_each_has_its_own_log(toolkit: Toolkit) -> None:
    jobs = [submitted(toolkit) for _ in range(3)]
    assert [toolkit.wait(job, PATIENCE).state for job in jobs] == [State.COMPLETED] * 3
    logs = Path(toolkit.settings.home) / "logs"
    assert {log.stem for log in logs.iterdir()} == {job.id for job in jobs}


def test_before_long_a_worker_finds_all_that_it_needs_loaded(
    toolkit_with: Callable[..., Toolkit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")  # a process prints what it imports
    toolkit = toolkit_with()

    def loaded(job: Job) -> list[str]:
        printed = (Path(toolkit.settings.home) / "logs" / f"{job.id}.log").read_text()
        return [line for line in printed.splitlines() if "reportkit." in line or "pyarrow" in line]

    end = time.monotonic() + PATIENCE
    while late := loaded(toolkit.wait(submitted(toolkit), PATIENCE)):
        assert time.monotonic() < end, late


def test_a_zygote_that_was_killed_loses_no_later_job(toolkit: Toolkit) -> None:
    assert isinstance(toolkit.engine, LocalEngine)
    toolkit.engine.prepare()
    [first] = zygotes()
    killed(first)
    assert toolkit.wait(submitted(toolkit), PATIENCE).state is State.COMPLETED


def test_a_worker_goes_on_without_its_zygote_and_can_still_be_cancelled(hanging: tuple[Toolkit, Job]) -> None:
    toolkit, job = hanging
    killed(*zygotes())
    assert toolkit.wait(job, 0).state is State.RUNNING
    toolkit.cancel(job.id, LOCAL_ADMIN)
    assert waited(toolkit, job).state is State.CANCELLED


def test_a_stopped_worker_is_gone_when_stop_returns(hanging: tuple[Toolkit, Job]) -> None:
    toolkit, job = hanging
    toolkit.engine.stop(job.id, grace=0)
    assert workers(toolkit) == []
    assert toolkit.engine.ended(job.id) is not None
    toolkit.engine.stop(job.id, grace=0)


def test_workers_that_nobody_waits_for_leave_no_open_line(toolkit: Toolkit) -> None:
    toolkit.wait(submitted(toolkit), PATIENCE)
    toolkit.tidy()
    before = psutil.Process().num_fds()
    for _ in range(3):
        waited(toolkit, submitted(toolkit), until=lambda job: job.state is State.COMPLETED)
    end = time.monotonic() + PATIENCE
    while psutil.Process().num_fds() > before + 1:  # the last one's own; the next lets go of it
        assert time.monotonic() < end
        toolkit.engine.launch("no-such-job", 1, JobKind.EXPORT)


def test_why_no_worker_could_be_started_is_told(tmp_path: Path) -> None:
    environment = {**os.environ, "REPORTKIT_HOME": str(tmp_path), "REPORTKIT_STORAGE": "nonsense"}
    engine = LocalEngine(environment, tmp_path / "logs")
    engine.launch("j-1", 1, JobKind.EXPORT)
    engine.wait("j-1", PATIENCE)
    said = engine.ended("j-1") or ""
    assert said.startswith("its worker could not be started: reportkit.errors.BadSettings: REPORTKIT_STORAGE is")
    engine.close()


def test_a_closed_engine_leaves_nothing_but_the_workers_that_have_a_job(hanging: tuple[Toolkit, Job]) -> None:
    toolkit, job = hanging
    with nothing_left():
        toolkit.engine.close()
        toolkit.engine.close()
    [worker] = workers(toolkit)
    toolkit.cancel(job.id, LOCAL_ADMIN)
    psutil.wait_procs([worker], timeout=PATIENCE)
    assert toolkit.job(job.id, LOCAL_ADMIN).state is State.CANCELLED


def test_a_zygote_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from reportkit.engine.local import LocalEngine;"
        "engine = LocalEngine(os.environ, pathlib.Path('logs')); engine.prepare(); print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        [zygote] = psutil.Process(parent.pid).children()
        parent.send_signal(signal.SIGKILL)
    psutil.wait_procs([zygote], timeout=PATIENCE)
    assert not zygote.is_running()


def test_other_engines_name_the_job_and_the_attempt(toolkit: Toolkit) -> None:
    with toolkit.catalog.write() as connection:
        job_rows.add(connection, Job("j-1", JobKind.EXPORT, LOCAL_ADMIN, SPEC, State.QUEUED, 0, toolkit.clock()))
    environment = {**os.environ, **toolkit.settings.environ()}
    command = [sys.executable, "-P", "-m", "reportkit.worker", "j-1", "1"]
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=True)
    assert toolkit.job("j-1", LOCAL_ADMIN).state is State.COMPLETED
    assert subprocess.run(command, env=environment, check=False).returncode == 3


def test_a_worker_that_nobody_gives_a_job_says_how_it_is_used(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "reportkit.worker"]
    done = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "usage: python -m reportkit.worker JOB ATTEMPT\n")
