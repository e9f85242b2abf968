"""One attempt at one job, in a process of its own: `python -m reportkit.worker JOB ATTEMPT`.

Without arguments it is a zygote: it gets ready, and forks a worker for each job of the engine that started it.

claim -> recipe -> publish. A second thread sends heartbeats and learns from them whether to go on;
when not, it ends what runs (query, kernel), then the main thread, and if that does not help, the process.
"""

from __future__ import annotations

import importlib
import logging
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import FrameType

from sqlalchemy import Connection

from reportkit.catalog import artifacts, audit, contents, jobs
from reportkit.engine.line import Line
from reportkit.engine.zygote import Forking
from reportkit.errors import Cancelled, DeadlineExceeded, JobFailed, ReportkitError, StorageUnavailable
from reportkit.jobs import Artifact, Job, JobKind, Progress, State
from reportkit.settings import Settings
from reportkit.signing import SigningKey
from reportkit.toolkit import Toolkit, build
from reportkit.writers import FORMATS, writer_for

LEASE = timedelta(seconds=30)
BEAT_SECONDS = 0.25
GRACE_SECONDS = 1.5
"""How long the main thread may take to stop by itself."""

RECORDS = (
    "reportkit.writers.csv_records",
    "reportkit.writers.json_records",
    "reportkit.datasets.postgres.source",
)
"""What takes records from a database that writes them itself."""
REPORTS = ("reportkit.notebook.execute", "reportkit.render.html", "reportkit.render.rehearsal")
"""What runs and renders a notebook."""

log = logging.getLogger(__name__)


class Lost(JobFailed):
    """The lease went to someone else; publish nothing."""


def main(arguments: Sequence[str]) -> int:
    """Exit code 0: completed, or no job is left; 1: failed or cancelled, as the catalog says; 3: nothing to do."""
    toolkit = build(Settings.load(os.environ, Path.cwd()))
    if arguments:
        job_id, attempt = arguments
        return work(toolkit, job_id, int(attempt))
    toolkit.catalog.close()  # SQLite's connections are not for two processes
    try:
        forking = Forking()
    except OSError:
        sys.exit("usage: python -m reportkit.worker JOB ATTEMPT")
    toolkit.kernels.open()
    given = forking.tasks(ahead(), toolkit.kernels, for_reports(), rehearse=toolkit.renderer.rehearse)
    if given is None:
        return 0
    task, line = given
    code = work(toolkit, task.job_id, task.attempt, line)
    line.say("done")
    return code


def ahead() -> Iterator[None]:
    """Loads what exports would load on their way, a step at a time. It takes longer than to write a small file."""
    steps: list[Callable[[], object]] = [
        lambda: SigningKey.new().to_pem(),
        *(partial(writer_for, format) for format in FORMATS),
        *(partial(importlib.import_module, module) for module in RECORDS),
    ]
    for step in steps:
        with without_pandas(), suppress(ImportError):  # PostgreSQL's driver may be missing; whoever needs it will tell
            step()
        yield


def for_reports() -> Iterator[None]:
    """Loads what reports would load, likewise."""
    for module in REPORTS:
        importlib.import_module(module)
        yield
    from reportkit.render.rehearsal import read_fonts

    read_fonts()
    yield


def work(toolkit: Toolkit, job_id: str, attempt: int, line: Line | None = None) -> int:
    token = secrets.token_hex(16)
    with toolkit.catalog.write() as connection:
        job = jobs.claim(connection, job_id, attempt, token=token, now=toolkit.clock(), lease=LEASE)
    if job is None:
        return 3
    if job.kind is JobKind.EXPORT:
        sys.meta_path.insert(0, WithoutPandas())
    running = Attempt(toolkit, job, token)
    if line is not None:
        threading.Thread(target=running.listen, args=(line,), daemon=True).start()
    return running.run()


class WithoutPandas(MetaPathFinder):
    """Finds no pandas. pyarrow imports it, wherever it is installed, to see whether a list is one of pandas' own;
    ours never is, and it would cost every export 45 MB and a quarter of a second."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("exports do without pandas", name=fullname)


@contextmanager
def without_pandas() -> Iterator[None]:
    """For as long as it lasts; whoever runs reports may load it afterwards."""
    finder = WithoutPandas()
    sys.meta_path.insert(0, finder)
    yield
    sys.meta_path.remove(finder)


class Attempt:
    """Runs the recipe of a claimed job and writes down how it ended."""

    def __init__(self, toolkit: Toolkit, job: Job, token: str) -> None:
        self._toolkit, self._job, self._token = toolkit, job, token
        self._progress = Progress()
        self._interrupted: JobFailed | None = None
        self._interruptible = False
        self._ended = threading.Event()
        self._news = threading.Event()
        """There is a reason to beat before it is time: a nudge, or the end."""

    def run(self) -> int:
        signal.signal(signal.SIGTERM, self._on_terminate)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        heart = threading.Thread(target=self._heart, daemon=True)
        heart.start()
        made, error = self._recipe()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._ended.set()
        self._news.set()
        heart.join()
        return self._finish(made, error)

    def listen(self, line: Line) -> None:
        """For a thread of its own: each nudge has the heart beat at once, and so hear of a cancel."""
        while line.nudged():
            self._news.set()

    def _recipe(self) -> tuple[list[Artifact], JobFailed | None]:
        try:
            self._interruptible = True
            made = self._toolkit.recipes[self._job.kind].run(self._job, self._progress)
            self._interruptible = False
            return made, None
        except JobFailed as error:
            ended = self._interrupted or error
            return list(ended.kept), ended
        except ReportkitError as error:
            return [], self._interrupted or JobFailed(str(error))
        except Exception as error:
            if self._interrupted is None:
                log.exception("job %s failed in a way nobody foresaw", self._job.id)
            return [], self._interrupted or JobFailed(
                f"{type(error).__name__}: {error} (this is a fault of reportkit's)"
            )

    def _finish(self, made: list[Artifact], error: JobFailed | None) -> int:
        """The row and its artifacts change in one transaction; no other file of the attempt stays."""
        state = State.COMPLETED if error is None else State.CANCELLED if isinstance(error, Cancelled) else State.FAILED
        written = False
        try:
            with self._toolkit.catalog.write() as connection:
                self._show_progress(connection)
                now = self._toolkit.clock()
                held = jobs.finish(connection, self._job.id, state, token=self._token, now=now, error=error)
                if held:
                    artifacts.add(connection, made)
                    contents.note(connection, made)
                    jobs.leave_mark(connection, made, self._toolkit.warehouse.place)
                    self._note(connection, state, error, made)
            written = held
        finally:
            if not (written and made):
                self._toolkit.storage.discard(self._job.attempt_prefix)
        return 0 if written and error is None else 1

    def _note(self, connection: Connection, state: State, error: JobFailed | None, made: list[Artifact]) -> None:
        audit.append(
            connection,
            at=self._toolkit.clock(),
            actor=self._job.actor,
            action=f"{self._job.kind}.{state}",
            entity_type=self._job.kind,
            entity_id=self._job.id,
            details={"error": str(error)} if error else {"sha256": {a.name: a.sha256 for a in made}},
        )

    def _show_progress(self, connection: Connection) -> jobs.Beat:
        progress = self._progress
        return jobs.beat(
            connection,
            self._job.id,
            token=self._token,
            now=self._toolkit.clock(),
            lease=LEASE,
            stage=progress.stage,
            rows_done=progress.rows_done,
            rows_expected=progress.rows_expected,
        )

    def _heart(self) -> None:
        while True:
            self._news.wait(BEAT_SECONDS)
            self._news.clear()
            if self._ended.is_set():
                return
            try:
                reason = self._beat()
            except StorageUnavailable as error:
                log.warning("no heartbeat: %s", error)
                continue
            except Exception as error:
                log.exception("the heart of job %s stopped", self._job.id)
                reason = JobFailed(f"{type(error).__name__}: {error} (this is a fault of reportkit's)")
            if reason is not None:
                self._interrupt(reason)
                return

    def _beat(self) -> JobFailed | None:
        """Why to stop, or None to go on."""
        limit = self._toolkit.deadline(self._job.kind)
        with self._toolkit.catalog.write() as connection:
            beat = self._show_progress(connection)
        if not beat.held:
            return Lost("another worker has the job")
        if beat.cancel:
            return Cancelled("cancelled on request")
        if self._job.started_at and self._toolkit.clock() - self._job.started_at > limit:
            return DeadlineExceeded(
                f"stopped after {limit.total_seconds():g} seconds while {self._progress.stage}; ask for less, or raise "
                f"REPORTKIT_{self._job.kind.upper()}_DEADLINE"
            )
        return None

    def _interrupt(self, reason: JobFailed) -> None:
        self._interrupted = reason
        with suppress(Exception):
            self._progress.stop()
        os.kill(os.getpid(), signal.SIGTERM)
        if not self._ended.wait(GRACE_SECONDS):
            try:
                self._finish([], reason)
            finally:
                os.killpg(0, signal.SIGKILL)

    def _on_terminate(self, _signal: int, _frame: FrameType | None) -> None:
        if self._interrupted is None:
            self._interrupted = Cancelled("stopped from outside")
            threading.Thread(target=self._progress.stop, daemon=True).start()
        if self._interruptible:
            self._interruptible = False
            raise self._interrupted


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # all is written down and someone waits; an orderly end of Python would take tens of ms
