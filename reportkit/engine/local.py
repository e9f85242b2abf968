"""Attempts as processes on this machine, forked from one that is ready before there is a job."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from reportkit.engine.line import Child, last_line
from reportkit.engine.zygote import Task, Zygote
from reportkit.errors import WorkerDied
from reportkit.jobs import JobKind

THRIFT = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
}
"""Arrow's own pool keeps what it is given back: 20 MB more in an export's worker, and no faster. Nor do it or our small
statistics need threads, which are nothing to fork with."""


class LocalEngine:
    """One process per attempt."""

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        """`environment` holds the settings for the workers; what they print goes to files in `logs`."""
        self._environment = {**THRIFT, **environment}
        self._logs = logs
        self._zygote: Zygote | None = None
        self._lock = threading.Lock()
        self._children: dict[str, Child] = {}

    def prepare(self) -> None:
        """Gets ready for jobs, in a process of its own: from then on they start at once."""
        with self._lock, suppress(OSError):  # `launch` will try again, and tell
            self._zygote = self._zygote or Zygote(self._environment)

    def launch(self, job_id: str, attempt: int, kind: JobKind) -> None:
        try:
            self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(self._logs / f"{job_id}.log", "ab", opener=_private) as log, self._lock:
                for child in tuple(self._children.values()):
                    child.hear()  # nobody may have waited for it, and lines are few
                self._children[job_id] = self._forked(Task(job_id, attempt, kind), log)
        except OSError as error:
            raise WorkerDied(f"no worker could be started: {error.strerror}") from error

    def ended(self, job_id: str) -> str | None:
        child = self._children.get(job_id)
        return child.ended() if child else None

    def nudge(self, job_id: str) -> None:
        if child := self._children.get(job_id):
            child.nudge()

    def wait(self, job_id: str, seconds: float) -> None:
        if child := self._children.get(job_id):
            child.wait(seconds)
        else:
            time.sleep(seconds)

    def stop(self, job_id: str, grace: float) -> None:
        if child := self._children.get(job_id):
            child.stop(grace)

    def tidy(self, before: datetime) -> None:
        for old in self._logs.glob("*.log"):
            with suppress(OSError):  # another process tidies too, and another user's log is theirs
                if old.stat().st_mtime < before.timestamp():
                    old.unlink()
        for job_id, child in tuple(self._children.items()):
            if child.ended() and not (self._logs / f"{job_id}.log").exists():
                self._children.pop(job_id, None)

    def close(self) -> None:
        with self._lock:
            if self._zygote:
                self._zygote.close()
            self._zygote = None

    def _forked(self, task: Task, log: BinaryIO) -> Child:
        """Of a new zygote where there is none, or none any more. Raises OSError."""
        if self._zygote and (child := self._zygote.fork(task, log)):
            return child
        self._zygote = Zygote(self._environment)
        if child := self._zygote.fork(task, log):
            return child
        raise WorkerDied(f"no worker could be started{last_line(self._zygote.words())}")


def _private(path: str, flags: int) -> int:
    """For its owner alone, whatever the umask: it may show what was asked for."""
    return os.open(path, flags, 0o600)
