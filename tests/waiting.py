"""Waiting for jobs, and finding what they run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil

from reportkit.jobs import Job
from reportkit.toolkit import Toolkit

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds; long, for a machine may be busy."""


def waited(toolkit: Toolkit, job: Job, until: Callable[[Job], bool] = lambda job: job.state.ended) -> Job:
    """The job once it has ended, or come as far as `until` says."""
    end = time.monotonic() + PATIENCE
    while not until(job := toolkit.job(job.id, job.actor)):
        assert time.monotonic() < end, f"still {job.state} ({job.stage}) after {PATIENCE} s"
        toolkit.settle(job)
        time.sleep(0.02)  # the job is another process; its row is all there is to look at
    return job


def eventually(look: Callable[[], T]) -> T:
    """What it sees once it sees something; it looks at other processes, who tell nobody."""
    end = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < end, f"nothing to be seen after {PATIENCE} s"
        time.sleep(0.02)
    return seen


def files(toolkit: Toolkit) -> list[Path]:
    """Everything that storage holds, finished or not."""
    root = Path(toolkit.settings.storage.removeprefix("file://"))
    return [path for path in root.rglob("*") if path.is_file()]


def workers(toolkit: Toolkit) -> list[psutil.Process]:
    """Those of this toolkit, at work or waiting for a report: not the process that forks them, which is our child."""
    return [
        process
        for process in running("reportkit.worker")
        if process.ppid() != os.getpid() and process.environ().get("REPORTKIT_HOME") == toolkit.settings.home
    ]


def running(*words: str) -> list[psutil.Process]:
    """Processes whose command line holds all these words."""
    found = psutil.process_iter(["cmdline", "status"])
    return [p for p in found if p.info["status"] != psutil.STATUS_ZOMBIE and set(words) <= set(p.info["cmdline"] or [])]
