"""Where kernels come from: a process that has loaded what notebooks load, and forks each kernel from itself.

A fresh kernel takes a second to import what nearly every report imports; a forked one has it already, and shares the
memory for as long as it does not write there. Both ends: those who ask for kernels, and the process.

A request is a socket, sent over a line that all who ask share. Its other end is the kernel's leash: see `keeper`.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import cast

from reportkit.errors import BadSettings
from reportkit.notebook import directories, sandbox
from reportkit.notebook.data_socket import socket_path
from reportkit.notebook.keeper import Keeper, Rules, adopt_orphans, end_descendants, forsaken, request
from reportkit.notebook.kernel_process import environment, rehearse
from reportkit.notebook.kernels import Kernel

MEMORY = 4_000_000_000
SPARES = 2
"""Kernels that wait for a notebook."""
LIBRARIES = ("pandas", "pyarrow", "plotly.graph_objects", "scipy.stats", "matplotlib.font_manager")
END_SECONDS = 5.0
STDIN = 0


class KernelHost:
    """The askers' end. Whoever has opened it shares it with the processes that it forks."""

    def __init__(
        self,
        *,
        mode: str = "auto",
        memory: float = MEMORY,
        environment: Mapping[str, str] | None = None,
        path: str = "",
    ) -> None:
        """`mode` is that of the sandbox, `memory` in bytes, `environment` what kernels know besides their fixed
        variables, `path` a PATH on which bubblewrap may lie too. Raises BadSettings."""
        if mode not in sandbox.MODES:
            raise BadSettings(f"REPORTKIT_SANDBOX is {mode!r}; it must be one of {', '.join(sandbox.MODES)}")
        self._rules: dict[str, object] = {"mode": mode, "memory": int(memory), "environment": dict(environment or {})}
        self._rules["bubblewrap"] = sandbox.find(path)
        self._line: socket.socket | None = None
        self._its_end: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._process_ends = -1

    def kernel(self) -> Kernel:
        """One that nobody has used: at once if one is ready, else as soon as there is one. Raises BadSettings."""
        ours, its_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its_end:
            if not self._ask(its_end):
                self.open()
                if self._process:  # the one before has ended
                    self.attend()
                self.attend()
                self._close_its_end()  # so that we are told if it ends
                self._ask(its_end)
        return Kernel(ours)

    def open(self) -> None:
        """From now on requests can wait. There is no process yet."""
        self._line, self._its_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    @property
    def descriptor(self) -> int:
        """Can be read when there is something to `attend` to."""
        assert self._its_end
        return self._process_ends if self._process else self._its_end.fileno()

    def attend(self) -> None:
        """Starts the process, for the first request; or sees that it has ended, and answers no request that waits.

        Raises BadSettings, OSError where it cannot be started; the requests wait on.
        """
        assert self._its_end
        if self._process:
            self._process.wait()
            os.close(self._process_ends)
            self._process = None
            self._its_end.setblocking(False)  # for the process that comes next too: it does not mind
            with suppress(BlockingIOError):
                while leash := request(self._its_end):
                    leash.close()
            return
        temporary = Path(tempfile.gettempdir())
        socket_path(temporary / f"{directories.PREFIX}12345678", "kernel-ipc-1")
        with os.fdopen(os.memfd_create("rules"), "w") as rules:  # arguments can be seen by every user of the machine
            json.dump(self._rules, rules)
            rules.flush()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "reportkit.notebook.host", str(rules.fileno())],
                env=environment(temporary),
                stdin=self._its_end.fileno(),
                stdout=subprocess.DEVNULL,
                cwd="/",
                pass_fds=[rules.fileno()],
                start_new_session=True,
            )
        self._process_ends = os.pidfd_open(self._process.pid)

    def refuse(self, why: str) -> None:
        """All requests that wait."""
        assert self._its_end
        self._its_end.setblocking(False)
        with suppress(BlockingIOError):
            refuse(self._its_end, why)

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process else None

    def leave(self) -> None:
        """The process to whom we were forked from, who attends to it."""
        self._close_its_end()
        self._process = None

    def close(self) -> None:
        """Nobody asks any more from here."""
        self._close_its_end()
        if self._line:
            self._line.close()
            self._line = None
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(END_SECONDS)

    def _close_its_end(self) -> None:
        if self._its_end:
            self._its_end.close()
            self._its_end = None

    def _ask(self, leash: socket.socket) -> bool:
        with suppress(OSError):
            if self._line:
                socket.send_fds(self._line, [b"kernel"], [leash.fileno()])
                return True
        return False


@dataclass(frozen=True)
class Kept:
    """A keeper, as the host knows it."""

    line: socket.socket
    pid: int
    directory: Path


class Host:
    """The process itself. Its standard input is the line from those who ask."""

    def __init__(self, requests: socket.socket, rules: Rules) -> None:
        self._requests, self._rules = requests, rules
        self._forks = 0
        self._keepers: dict[int, Kept] = {}
        """By the descriptor of the line to it."""
        self._spares: set[int] = set()
        """Those that nobody has asked for."""
        self._sound = True
        """No kernel has ended before it was asked for."""

    def run(self) -> None:
        """Until nobody is left who could ask."""
        adopt_orphans()
        loading = load()
        next(loading)
        loaded = False
        while not forsaken(self._requests):
            wait = loaded or (self._forks == 1 and bool(self._keepers))  # it may be the only one: not beside it
            if not self._attend(wait) and not loaded and (loaded := next(loading, self) is self):
                directories.tidy()
            while loaded and self._sound and len(self._spares) < SPARES and not forsaken(self._requests):
                self._fork()
        for kept in tuple(self._keepers.values()):
            kept.line.shutdown(socket.SHUT_RDWR)
            self._bury(kept)

    def _attend(self, wait: bool) -> bool:
        """To what is new; False: nothing is."""
        hearing = select.poll()
        hearing.register(self._requests, 0 if self._spares else select.POLLIN)
        for descriptor in self._keepers:
            hearing.register(descriptor, select.POLLIN)
        news = hearing.poll(None if wait else 0)
        for descriptor, event in news:
            if kept := self._keepers.get(descriptor):
                self._hear(kept)
            elif event & select.POLLIN:
                self._fork()
        return bool(news)

    def _fork(self) -> None:
        """A keeper, with a kernel that takes the next request."""
        directory, lock = directories.make()
        ours, its_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._forks += 1
        if (pid := os.fork()) == 0:
            try:
                ours.close()
                for kept in self._keepers.values():
                    kept.line.close()
                Keeper(self._requests, its_end, directory, self._rules).run()
            except BaseException:
                traceback.print_exc()
            os._exit(0)
        os.close(lock)  # it is the keeper's
        its_end.close()
        self._keepers[ours.fileno()] = Kept(ours, pid, directory)
        self._spares.add(ours.fileno())

    def _hear(self, kept: Kept) -> None:
        descriptor = kept.line.fileno()
        if kept.line.recv(64):
            self._spares.discard(descriptor)
            return
        self._sound = self._sound and descriptor not in self._spares
        self._spares.discard(descriptor)
        del self._keepers[descriptor]
        self._bury(kept)

    def _bury(self, kept: Kept) -> None:
        """What a keeper that was killed has left behind is ours to remove."""
        os.waitpid(kept.pid, 0)
        end_descendants(but=frozenset(other.pid for other in self._keepers.values()))
        directories.remove(kept.directory)
        kept.line.close()


def load() -> Iterator[None]:
    """A step at a time. After the first, kernels can be forked; after the last, they are warm."""
    importlib.import_module("ipykernel.kernelapp")
    with without("debugpy"):  # else each kernel loads a debugger that nobody uses
        importlib.import_module("ipykernel.debugger")
    yield
    for library in (*LIBRARIES, "reportkit.data", "reportkit.charts"):
        with suppress(ImportError):  # matplotlib, for one, need not be there
            importlib.import_module(library)
        yield
    rehearse()
    gc.collect()
    gc.freeze()  # what is not looked through for garbage is not copied


@contextmanager
def without(module: str) -> Iterator[None]:
    """Inside, it cannot be imported."""
    sys.modules[module] = cast(ModuleType, None)
    yield
    del sys.modules[module]


def refuse(requests: socket.socket, why: str) -> None:
    """Every request, until nobody is left who could ask."""
    while leash := request(requests):
        with leash, suppress(OSError):
            leash.send(json.dumps({"refused": why}).encode())


def main(mode: str, memory: int, environment: Mapping[str, str], bubblewrap: str | None) -> None:
    requests = socket.socket(fileno=os.dup(STDIN))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, STDIN)
    os.close(nothing)
    open_because = "REPORTKIT_SANDBOX is off" if mode == "off" else sandbox.why_not(bubblewrap)
    if mode == "required" and open_because:
        requests.setblocking(True)
        refuse(requests, f"a notebook must run in a sandbox, and there can be none: {open_because}; {sandbox.INSTALL}")
    else:
        Host(requests, Rules(memory, environment, None if open_because else bubblewrap, open_because)).run()


if __name__ == "__main__":
    with os.fdopen(int(sys.argv[1])) as rules:
        rules.seek(0)
        told = json.load(rules)
    main(**told)
