"""What a kernel's process is: a keeper that sees to it that nothing of the notebook outlives its worker.

Standard input is the leash: the worker holds its other end and writes nothing. When that end closes, because the
worker is done or has died, the keeper kills the kernel; when the kernel is gone, whatever it started is killed too,
also what went into a session of its own. Run as `python -m reportkit.notebook.keeper -f CONNECTION_FILE`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

PR_SET_CHILD_SUBREAPER = 36
KILLED = 128
"""A kernel that signal N killed makes the exit code KILLED + N."""


def main() -> NoReturn:
    _adopt_orphans()
    kernel = os.fork()  # the keeper has imported nothing and has no threads yet
    if kernel == 0:
        _be_kernel()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_hold_leash, args=(kernel,), daemon=True).start()
    _, status = os.waitpid(kernel, 0)
    _end_descendants()
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else KILLED - code)


def _adopt_orphans() -> None:
    """On Linux a descendant whose parent has ended becomes our child, so none gets out of sight."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _be_kernel() -> NoReturn:
    os.environ.pop("JPY_PARENT_PID", None)  # the worker's: ipykernel would end, for its parent is the keeper
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), sys.stdin.fileno())
    from ipykernel.kernelapp import IPKernelApp

    class PatientKernel(IPKernelApp):
        """Keeps every message until it is read. By default those beyond a thousand are lost, and if that which says
        that a cell is done is among them, the worker waits in vain."""

        def init_iopub(self, context: Any) -> None:
            context.sndhwm = 0
            super().init_iopub(context)  # type: ignore[no-untyped-call]

    sys.exit(PatientKernel.launch_instance())


def _hold_leash(kernel: int) -> None:
    os.read(sys.stdin.fileno(), 1)
    with suppress(ProcessLookupError):
        os.kill(kernel, signal.SIGKILL)


def _end_descendants() -> None:
    import psutil

    keeper = psutil.Process()
    while descendants := keeper.children(recursive=True):
        for process in descendants:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        os.waitpid(-1, 0)


if __name__ == "__main__":
    main()
