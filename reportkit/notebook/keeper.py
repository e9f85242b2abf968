"""A kernel's keeper: it starts one kernel, gives it to whoever asks, and sees to it that nothing of it is left.

The leash is a socket whose other end the asker holds. When that end closes, because the asker is done or has died, the
keeper kills the kernel, whatever that started, also what went into a session of its own, and deletes its directory.
"""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import select
import signal
import socket
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from reportkit.notebook.directories import remove
from reportkit.notebook.kernel_process import CONNECTION_FILE, become_kernel
from reportkit.notebook.sandbox import Room, die_with_parent
from reportkit.notebook.usage import excess

PR_SET_CHILD_SUBREAPER = 36
LOOK_SECONDS = 0.5
"""How often to look what the notebook has taken."""
REAP_SECONDS = 0.001
REAP_TIMES = 50
MOST_URGENT = -20
LONGEST_WORDS = 300
"""Bytes of what a process said last that are worth telling."""


@dataclass(frozen=True)
class Rules:
    """Under which the kernels of one host live."""

    memory: int
    """Bytes that a notebook may have, with everything it starts; and as many of files."""
    environment: Mapping[str, str]
    """What kernels know besides their fixed variables."""
    bubblewrap: str | None
    """Its path. None: there is no sandbox."""
    open_because: str | None
    """Why there is none."""


class Keeper:
    """In a process of its own, forked from the host, with one thread."""

    def __init__(self, requests: socket.socket, host: socket.socket, directory: Path, rules: Rules) -> None:
        """`directory` is this kernel's alone. What is said to `host`: `taken`, when someone has asked."""
        self._requests, self._host, self._directory, self._rules = requests, host, directory, rules
        self._room: Room | None = None
        self._places = [directory]
        """Where the notebook's files can lie."""
        requests.setblocking(False)
        self._log = os.open(directory / "kernel.log", os.O_RDWR | os.O_CREAT, 0o600)
        self._leash: socket.socket | None = None

    def run(self) -> None:
        os.setsid()
        adopt_orphans()
        try:
            self._start()
        except OSError as error:
            self._take()
            self._tell(failed=f"could not be started: {error}")
        else:
            with suppress(PermissionError):  # who may: to have its turn also beside a thousand processes
                os.setpriority(os.PRIO_PROCESS, 0, MOST_URGENT)
            if self._wait_to_be_taken():
                self._watch()
        finally:
            self._end()

    def _start(self) -> None:
        """Comes back when the kernel answers, or has died."""
        (self._directory / "home").mkdir()
        _write_connection_file(self._directory)
        ready, ready_end = os.pipe()
        if self._rules.bubblewrap:
            self._room = Room(self._directory, self._rules.bubblewrap)
            self._places.append(self._room.shared_memory)
        if (kernel := os.fork()) == 0:
            self._be_kernel(ready_end)
        os.close(ready_end)
        self._kernel = kernel
        self._kernel_ends = os.pidfd_open(kernel)
        os.read(ready, 1)
        os.close(ready)

    def _be_kernel(self, ready: int) -> None:
        """Does not come back."""
        try:
            die_with_parent()
            if self._room:
                self._room.join()
            become_kernel(self._directory, self._log, ready, self._rules.memory, self._rules.environment)
        except BaseException:
            os.dup2(self._log, 2)
            traceback.print_exc()
        os._exit(1)

    def _wait_to_be_taken(self) -> bool:
        """False: the kernel has died, or nobody will ask any more."""
        waiting = select.poll()
        for descriptor in (self._requests.fileno(), self._host.fileno(), self._kernel_ends):
            waiting.register(descriptor, select.POLLIN)
        while not self._take():
            news = {descriptor for descriptor, _ in waiting.poll()}
            if self._host.fileno() in news or forsaken(self._requests):
                return False
            if self._kernel_ends in news:
                self._take()
                self._tell(failed=self._how_it_ended())
                return False
        self._tell(directory=str(self._directory), keeper=os.getpid(), open_because=self._rules.open_because)
        return True

    def _take(self) -> bool:
        """The next request, where there is one: another keeper may have been faster."""
        with suppress(BlockingIOError):
            if leash := request(self._requests):
                self._leash = leash
                with suppress(OSError):  # the host has gone, for nobody else can ask
                    self._host.send(b"taken")
                return True
        return False

    def _watch(self) -> None:
        """Until the leash is let go, whatever becomes of the kernel before."""
        assert self._leash
        self._requests.close()
        news = select.poll()
        news.register(self._leash, select.POLLIN)
        news.register(self._kernel_ends, select.POLLIN)
        while not (heard := {descriptor for descriptor, _ in news.poll(LOOK_SECONDS * 1000)}):
            if how := excess(self._rules.memory, self._places):
                break
        else:
            if self._leash.fileno() in heard:
                return
            how = self._how_it_ended()
        self._end_processes()
        self._tell(ended=how)
        with suppress(OSError):
            self._leash.recv(1)

    def _how_it_ended(self) -> str:
        code = os.waitstatus_to_exitcode(os.waitpid(self._kernel, 0)[1])
        if code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        size = os.fstat(self._log).st_size
        said = os.pread(self._log, LONGEST_WORDS, max(0, size - LONGEST_WORDS)).decode(errors="replace")
        lines = said.strip().splitlines()
        return f"ended by itself with exit code {code}{f' ({lines[-1]})' if lines else ''}"

    def _tell(self, **words: object) -> None:
        if self._leash:
            with suppress(OSError):
                self._leash.send(json.dumps(words).encode())

    def _end_processes(self) -> None:
        if self._room:
            self._room.close()
        end_descendants()

    def _end(self) -> None:
        self._end_processes()
        remove(self._directory)


def request(requests: socket.socket) -> socket.socket | None:
    """The leash of the next one; None: nobody is left who could ask.

    Raises BlockingIOError, where the line does, if there is none.
    """
    _, leashes, *_ = socket.recv_fds(requests, 64, 1)
    return socket.socket(fileno=leashes[0]) if leashes else None


def forsaken(requests: socket.socket) -> bool:
    """Whether all requests have been answered, and nobody is left who could ask."""
    with suppress(BlockingIOError):
        return not requests.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    return False


def adopt_orphans() -> None:
    """A descendant whose parent has ended becomes our child, so none gets out of sight."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants(but: frozenset[int] = frozenset()) -> None:
    """Kills all of this process's children but these, and theirs."""
    this = psutil.Process()
    while children := [child for child in this.children() if child.pid not in but]:
        for process in (each for child in children for each in (child, *_family(child))):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        for _ in range(REAP_TIMES):  # a room's first process ends only after others, which may be new among ours
            children = [child for child in children if not _reaped(child)]
            if not children:
                break
            time.sleep(REAP_SECONDS)


def _reaped(child: psutil.Process) -> bool:
    with suppress(ChildProcessError):
        return os.waitpid(child.pid, os.WNOHANG)[0] != 0
    return True


def _family(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []


def _write_connection_file(directory: Path) -> None:
    """Sockets that only we can open: over TCP any user of the machine could read a notebook's outputs."""
    ports = {f"{name}_port": port for port, name in enumerate(("shell", "iopub", "stdin", "control", "hb"), start=1)}
    where = {"transport": "ipc", "ip": str(directory / "kernel-ipc"), **ports}
    signing = {"key": secrets.token_hex(32), "signature_scheme": "hmac-sha256"}
    (directory / CONNECTION_FILE).write_text(json.dumps({**where, **signing}))
