"""Starting and ending kernels: our own Python, a clean environment, sockets that only we can open."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from signal import SIGCONT, SIGKILL, Signals

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from reportkit.errors import KernelDied
from reportkit.notebook.data_socket import socket_path
from reportkit.notebook.keeper import KILLED

END_SECONDS = 1.0
"""How long the keeper may take to end its notebook's processes before its own group is killed."""
LONGEST_WORDS = 300
"""Bytes of what a process said last that are worth telling."""


class Kernel:
    """A kernel that has not been started yet, and how it ends. Its process is a keeper, on a leash that we hold."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        """`directory` is private to this kernel. It sees `environment` and our fixed variables, nothing else.

        Raises BadSettings where the directory's path is too long for sockets.
        """
        self.manager = AsyncKernelManager(
            kernel_name="python3", transport="ipc", connection_file=socket_path(directory, "kernel.json")
        )
        self.manager.context.rcvhwm = 0  # no message is lost on this side either, see the keeper
        self.manager._kernel_spec = KernelSpec(
            argv=[sys.executable, "-m", "reportkit.notebook.keeper", "-f", "{connection_file}"],
            display_name="reportkit",
            language="python",
        )
        self._home, self._log = directory / "home", directory / "kernel.log"
        self._environment = {**fixed_environment(self._home), **environment}
        self._ended = False
        leash_end, leash = os.pipe()
        self._leash_end, self._leash = os.fdopen(leash_end, "rb", buffering=0), os.fdopen(leash, "wb", buffering=0)

    async def start(self) -> None:
        """Starts the process; whether it answers is for its client to see. Raises KernelDied where it cannot."""
        try:
            self._home.mkdir()
            with self._log.open("wb") as log:
                await self.manager.start_kernel(
                    env=self._environment,
                    cwd=str(self._home),
                    stdin=self._leash_end,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    extra_arguments=["--HistoryManager.hist_file=:memory:"],
                )
        except OSError as error:
            raise KernelDied(f"no process could be started for the notebook: {error.strerror}") from error

    def end(self) -> None:
        """Kills the kernel and everything it started, also a kernel that is only about to start. May be repeated."""
        self._leash.close()
        if self._ended or (process := self._process) is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, SIGCONT)  # a cell may have stopped its keeper
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, SIGKILL)
        process.wait()
        self._ended = True

    def close(self) -> None:
        """Ends it, and frees what it holds here; for the thread that starts it."""
        self.end()
        self._leash_end.close()

    def last_words(self) -> str:
        """How it ended, for people."""
        code = self._process.poll() if self._process else None
        if code is None:
            return "did not answer"
        with suppress(ValueError):
            return f"was killed by {Signals(-code if code < 0 else code - KILLED).name}"
        with self._log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - LONGEST_WORDS))
            lines = log.read().decode(errors="replace").strip().splitlines()
        return f"ended by itself with exit code {code}{f' ({lines[-1]})' if lines else ''}"

    @property
    def _process(self) -> subprocess.Popen[bytes] | None:
        return getattr(self.manager.provisioner, "process", None)


def fixed_environment(home: Path) -> dict[str, str]:
    """Everything a kernel is told about the machine: no address, no secret, nobody's home."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath]),
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PLOTLY_RENDERER": "plotly_mimetype",
    }
