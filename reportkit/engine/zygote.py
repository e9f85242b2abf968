"""A process that has loaded everything, and forks a worker for each job. Both ends: the engine's, and the process.

A fork takes a few milliseconds, a fresh Python with our imports half a second. And a worker counts as its own no
memory that it does not touch, whatever was loaded for the other kinds of jobs.
"""

from __future__ import annotations

import gc
import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from reportkit.engine.line import Child, Line, line
from reportkit.errors import BadSettings
from reportkit.notebook.host import KernelHost

STDIN, STDOUT, STDERR = 0, 1, 2


class Zygote:
    """The engine's end."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Raises OSError where no process can be started."""
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - for as long as it lives; nothing stays of it
        self._end, its_end = line()
        with its_end:
            self._process = subprocess.Popen(
                # -P: without it a random.py in the user's directory would be run instead of Python's
                [sys.executable, "-P", "-m", "reportkit.worker"],
                env=environment,
                stdin=its_end.fileno(),
                stdout=self._printed,
                stderr=self._printed,
                start_new_session=True,
            )

    def fork(self, job_id: str, attempt: int, log: BinaryIO) -> Child | None:
        """A worker for this attempt, which prints to `log`, a named file. None: the zygote has died."""
        if self._process.poll() is not None:
            return None
        ours, its_end = line()
        with its_end, suppress(ConnectionError):
            socket.send_fds(self._end, [f"{job_id} {attempt}".encode()], [its_end.fileno(), log.fileno()])
            return Child(ours, Path(log.name), self.words)
        return None

    def words(self) -> str:
        """What it has printed: why it died, if it did."""
        printed = self._printed.fileno()
        return os.pread(printed, os.fstat(printed).st_size, 0).decode(errors="replace")  # its own place is the zygote's

    def close(self) -> None:
        """Ends it: it holds nothing. Its workers go on."""
        self._end.close()
        self._process.kill()
        self._process.wait()


@dataclass(frozen=True)
class Task:
    """What a worker is forked for."""

    job_id: str
    attempt: int
    line: Line


class Forking:
    """The process itself. Its standard input is the line to the engine."""

    def __init__(self) -> None:
        """Raises OSError where standard input is no socket: no engine has started this process."""
        self._engine = socket.socket(fileno=os.dup(STDIN))
        self._forks = 0
        self._workers: dict[int, tuple[int, Line]] = {}
        """A worker's id and line, by the descriptor that tells of its end."""
        _replace(os.open(os.devnull, os.O_RDONLY), STDIN)

    def tasks(self, loading: Iterator[object], kernels: KernelHost, for_reports: Iterator[object]) -> Task | None:
        """Comes back in each worker, with its task. In the zygote only once the engine has gone, with None.

        Workers share `kernels`, whose process starts when the first asks; then `for_reports` is loaded too. Who only
        exports does without.

        While it is asked for nothing it goes on with `loading`, a step at a time; but not beside the first worker,
        which may be the only one.
        """
        loaded = False
        while True:
            news = self._news(kernels.descriptor, wait=loaded or (self._forks == 1 and bool(self._workers)))
            if not news and next(loading, self) is self:
                loaded = True
                gc.freeze()  # what is not looked through for garbage is not copied
            for descriptor in news:
                if descriptor == kernels.descriptor:
                    try:
                        kernels.attend()
                    except (BadSettings, OSError) as error:
                        kernels.refuse(f"no notebook can be run: {error}")
                    loading, loaded = chain(loading, for_reports), False
                    continue
                if descriptor in self._workers:
                    self._tell_end(descriptor)
                    continue
                words, files, *_ = socket.recv_fds(self._engine, 1024, 2)
                if not words:
                    return None
                if task := self._fork(words.decode(), *files):
                    kernels.leave()
                    return task

    def _news(self, kernels: int, wait: bool) -> list[int]:
        listening = select.poll()
        for descriptor in (self._engine.fileno(), kernels, *self._workers):
            listening.register(descriptor, select.POLLIN)
        return [descriptor for descriptor, _ in listening.poll(None if wait else 0)]

    def _fork(self, words: str, line: int, log: int) -> Task | None:
        its_line = Line(line)
        self._forks += 1
        if worker := os.fork():
            os.close(log)
            self._workers[os.pidfd_open(worker)] = worker, its_line
            return None
        os.setsid()
        self._let_go()
        _replace(log, STDOUT, STDERR)
        its_line.say(f"pid {os.getpid()}")
        job_id, attempt = words.split()
        return Task(job_id, int(attempt), its_line)

    def _tell_end(self, descriptor: int) -> None:
        worker, its_line = self._workers.pop(descriptor)
        os.close(descriptor)
        its_line.say(f"exit {os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])}")
        its_line.close()

    def _let_go(self) -> None:
        """In a worker: of what is the zygote's. A line that others hold too does not tell when one of them ends."""
        self._engine.close()
        for descriptor, (_, other) in self._workers.items():
            os.close(descriptor)
            other.close()


def _replace(file: int, *streams: int) -> None:
    for stream in streams:
        os.dup2(file, stream)
    os.close(file)
