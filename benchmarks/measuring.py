"""Runs candidates in turns, each in a fresh process or as a job, and watches what they hold in memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

SAMPLED_SECONDS = 0.02


@dataclass
class Candidate:
    """One way to get one file. `run` takes everything a user waits for."""

    name: str
    run: Callable[[], None]
    before: Callable[[], None] = lambda: None
    """Is done before the clock starts."""
    is_slow: bool = False
    """It takes minutes: once is enough."""
    seconds: list[float] = field(default_factory=list)
    peak: int = 0
    """Bytes, of all its processes together; a page that two share counts once."""
    child_peak: int = 0
    """Bytes, of its largest process alone."""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def measure(candidates: Sequence[Candidate], rounds: int) -> None:
    """All in turns, so that a machine that gets slower gets slower for all.

    The first turn is for memory, since watching it takes a part of a core; only what is slow is timed then, too.
    """
    for candidate in candidates:
        candidate.before()
        _weigh(candidate)
    for candidate in list(candidates) * rounds:
        if not candidate.is_slow:
            candidate.before()
            candidate.seconds.append(_timed(candidate.run))


def _weigh(candidate: Candidate) -> None:
    with watched() as peaks:
        seconds = _timed(candidate.run)
    candidate.peak, candidate.child_peak = peaks.all, peaks.one
    if candidate.is_slow:
        candidate.seconds.append(seconds)


def _timed(run: Callable[[], None]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


@dataclass
class Peaks:
    all: int = 0
    one: int = 0


@contextmanager
def watched() -> Iterator[Peaks]:
    """The processes that are started meanwhile, but for the database's."""
    peaks, over = Peaks(), threading.Event()
    bystanders = {child.pid for child in psutil.Process().children(recursive=True)}
    watcher = threading.Thread(target=_watch, args=(peaks, bystanders, over))
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def _is_server(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.name().startswith("postgres")
    return False


def _watch(peaks: Peaks, bystanders: set[int], over: threading.Event) -> None:
    while not over.wait(SAMPLED_SECONDS):
        held = []
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                if child.pid not in bystanders and not _is_server(child):
                    held.append(child.memory_full_info().pss)
        peaks.all, peaks.one = max(peaks.all, sum(held)), max(peaks.one, *held, 0)


def command(*words: str, cwd: Path, output: Path | None = None, **environment: str) -> Callable[[], None]:
    """Runs a program; stops the benchmark where it fails."""

    def run() -> None:
        with (output or Path(os.devnull)).open("wb") as file:
            subprocess.run(words, cwd=cwd, env={**os.environ, **environment}, stdout=file, check=True)

    return run
