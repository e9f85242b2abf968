"""Attempts as child processes on this machine, each in its own session so that all of it can be ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from reportkit.errors import WorkerDied

THRIFT = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}
"""Arrow's own pool keeps what it is given back: 20 MB more in an export's worker, and no faster."""


class LocalEngine:
    """One process per attempt."""

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        """`environment` holds the settings for the workers; what they print goes to files in `logs`."""
        self._environment = {**THRIFT, **environment}
        self._logs = logs
        self._workers: dict[str, subprocess.Popen[bytes]] = {}

    def launch(self, job_id: str, attempt: int) -> None:
        try:
            self._logs.mkdir(parents=True, exist_ok=True)
            with self._log(job_id).open("ab") as log:
                self._workers[job_id] = subprocess.Popen(
                    # -P: without it a random.py in the user's directory would be run instead of Python's
                    [sys.executable, "-P", "-m", "reportkit.worker", job_id, str(attempt)],
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise WorkerDied(f"no worker could be started: {error.strerror}") from error

    def ended(self, job_id: str) -> str | None:
        code = self._workers[job_id].poll()
        if code is None:
            return None
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return f"its worker {how}{self._last_words(job_id)}"

    def stop(self, job_id: str, grace: float) -> None:
        worker = self._workers[job_id]
        worker.terminate()
        with suppress(subprocess.TimeoutExpired):
            worker.wait(grace)
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def tidy(self, before: datetime) -> None:
        for log in self._logs.glob("*.log"):
            with suppress(OSError):  # another process tidies too, and another user's log is theirs
                if log.stat().st_mtime < before.timestamp():
                    log.unlink()

    def _log(self, job_id: str) -> Path:
        return self._logs / f"{job_id}.log"

    def _last_words(self, job_id: str) -> str:
        lines = self._log(job_id).read_text(errors="replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""
