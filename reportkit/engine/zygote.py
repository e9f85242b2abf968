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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Self

from reportkit.engine.line import Child, Line, line
from reportkit.errors import BadSettings
from reportkit.jobs import JobKind
from reportkit.notebook.host import KernelHost

STDIN, STDOUT, STDERR = 0, 1, 2
SELDOM = (50_000, 20, 100)
"""How often to look for garbage: a worker soon ends, and has a lot that is none."""
IDLE_SECONDS = 0.2
"""A service that has nothing to do for so long will live on; a command would have ended."""


@dataclass(frozen=True)
class Task:
    """What a worker is forked for."""

    job_id: str
    attempt: int
    kind: JobKind

    def words(self) -> bytes:
        return f"{self.job_id} {self.attempt} {self.kind}".encode()

    @classmethod
    def read(cls, words: bytes) -> Self:
        job_id, attempt, kind = words.decode().split()
        return cls(job_id, int(attempt), JobKind(kind))


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

    def fork(self, task: Task, log: BinaryIO) -> Child | None:
        """A worker for this attempt, which prints to `log`, a named file. None: the zygote has died."""
        if self._process.poll() is not None:
            return None
        ours, its_end = line()
        with its_end, suppress(ConnectionError):
            socket.send_fds(self._end, [task.words()], [its_end.fileno(), log.fileno()])
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


class Forking:
    """The process itself. Its standard input is the line to the engine."""

    def __init__(self) -> None:
        """Raises OSError where standard input is no socket: no engine has started this process."""
        self._engine = socket.socket(fileno=os.dup(STDIN))
        self._forks = 0
        self._workers: dict[int, tuple[int, Line]] = {}
        """A worker's id and line, by the descriptor that tells of its end."""
        self._ahead: tuple[int, socket.socket] | None = None
        """The worker who waits for a report, and the line on which to tell it."""
        _replace(os.open(os.devnull, os.O_RDONLY), STDIN)

    def tasks(
        self,
        loading: Iterator[object],
        kernels: KernelHost,
        for_reports: Iterator[object],
        rehearse: Callable[[], object],
    ) -> tuple[Task, Line] | None:
        """Comes back in each worker, with its task. In the zygote only once the engine has gone, with None.

        Workers share `kernels`, whose process starts when the first asks; then `for_reports` is loaded too, and while
        no other works one is forked ahead, which has its `rehearse` and waits for a report. Who only exports does
        without.

        While it is asked for nothing it goes on with `loading`, a step at a time; but not beside the first worker,
        which may be the only one.
        """
        loaded = False
        while True:
            wait = loaded or (self._forks == 1 and bool(self._workers))
            idle = loaded and bool(kernels.process_id) and not self._workers and not self._ahead
            news = self._news(kernels.descriptor, IDLE_SECONDS if idle else None if wait else 0)
            if not news and idle:
                if given := self._fork_ahead(kernels, rehearse):
                    return given
            elif not news and next(loading, self) is self:
                loaded = True
                gc.freeze()  # what is not looked through for garbage is not copied
                gc.set_threshold(*SELDOM)
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
                if not self._hand_over(words, files) and (given := self._fork(words, files)):
                    kernels.leave()
                    return given

    def _news(self, kernels: int, seconds: float | None) -> list[int]:
        listening = select.poll()
        for descriptor in (self._engine.fileno(), kernels, *self._workers):
            listening.register(descriptor, select.POLLIN)
        return [descriptor for descriptor, _ in listening.poll(None if seconds is None else seconds * 1000)]

    def _fork(self, words: bytes, files: Sequence[int]) -> tuple[Task, Line] | None:
        self._forks += 1
        if worker := os.fork():
            self._remember(worker, files)
            return None
        self._let_go()
        return _begun(words, files)

    def _fork_ahead(self, kernels: KernelHost, rehearse: Callable[[], object]) -> tuple[Task, Line] | None:
        ours, its_end = line()
        if worker := os.fork():
            its_end.close()
            self._ahead = worker, ours
            return None
        self._let_go()
        ours.close()
        kernels.leave()
        with suppress(Exception):  # what is not ready then is made ready in the attempt, which tells what is wrong
            rehearse()
        with its_end:
            words, files, *_ = socket.recv_fds(its_end, 1024, 2)
        if not words:
            os._exit(0)  # V8 would not let Python end
        return _begun(words, files)

    def _hand_over(self, words: bytes, files: Sequence[int]) -> bool:
        """To the worker that waits, if it is a report and there is one."""
        if not self._ahead or Task.read(words).kind is not JobKind.REPORT:
            return False
        (worker, its_line), self._ahead = self._ahead, None
        with its_line:
            try:
                socket.send_fds(its_line, [words], files)
            except OSError:  # it has died
                os.waitpid(worker, 0)
                return False
        self._remember(worker, files)
        return True

    def _remember(self, worker: int, files: Sequence[int]) -> None:
        its_line, log = files
        os.close(log)
        self._workers[os.pidfd_open(worker)] = worker, Line(its_line)

    def _tell_end(self, descriptor: int) -> None:
        worker, its_line = self._workers.pop(descriptor)
        os.close(descriptor)
        its_line.say(f"exit {os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])}")
        its_line.close()

    def _let_go(self) -> None:
        """In a worker: of what is the zygote's. A line that others hold too does not tell when one of them ends."""
        os.setsid()
        self._engine.close()
        if self._ahead:
            self._ahead[1].close()
        for descriptor, (_, other) in self._workers.items():
            os.close(descriptor)
            other.close()


def _begun(words: bytes, files: Sequence[int]) -> tuple[Task, Line]:
    """In a worker."""
    its_line, log = files
    _replace(log, STDOUT, STDERR)
    line = Line(its_line)
    line.say(f"pid {os.getpid()}")
    return Task.read(words), line


def _replace(file: int, *streams: int) -> None:
    for stream in streams:
        os.dup2(file, stream)
    os.close(file)
