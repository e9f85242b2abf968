"""What a forked process becomes: an IPython kernel, with an environment and a directory of its own."""

from __future__ import annotations

import importlib
import json
import os
import random
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from reportkit.notebook.data_socket import ADDRESS
from reportkit.notebook.directories import temporary

CONNECTION_FILE = "kernel.json"
DATA_SOCKET = "data"


REHEARSAL = """
import pandas as pd
import plotly.graph_objects as go
from IPython.display import Markdown, display
frame = pd.DataFrame({"day": pd.to_datetime(["2026-01-31"]), "name": ["a"], "value": [1.5]})
total = frame.groupby("name")[["value"]].sum().reset_index()
table = total.style.format(precision=1).hide(axis="index")
bars = go.Figure(go.Bar(x=total["name"], y=total["value"]), layout={"template": "plotly_white"})
lines = go.Figure(go.Scatter(x=frame["day"], y=frame["value"]), layout={"title": {"text": "t"}})
display(Markdown("a"), frame, table, bars, lines)
for shown in (frame, table):
    shown._repr_html_()
for figure in (bars, lines):
    figure.to_json()
"""


def environment(home: Path) -> dict[str, str]:
    """Everything that a kernel, and the host that forks it, are told about the machine: no address, no secret."""
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
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",  # else Arrow starts a thread, and threads are not forked
        "PLOTLY_RENDERER": "plotly_mimetype",
    }


def become_kernel(directory: Path, log: int, ready: int, memory: int, known: Mapping[str, str]) -> NoReturn:
    """Says `r` to `ready` when its sockets are bound. What goes wrong goes to `log`."""
    try:
        _take_leave(directory, log, ready, memory, known)
        app = patient_kernel()
        app.initialize(["-f", str(directory / CONNECTION_FILE), "--HistoryManager.hist_file=:memory:"])
        os.write(ready, b"r")
        os.close(ready)
        app.start()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def patient_kernel() -> Any:
    from ipykernel.kernelapp import IPKernelApp

    class PatientKernel(IPKernelApp):
        """Keeps every message until it is read. By default those beyond a thousand are lost, and if that which says
        that a cell is done is among them, the worker waits in vain."""

        def init_iopub(self, context: Any) -> None:
            context.sndhwm = 0
            super().init_iopub(context)  # type: ignore[no-untyped-call]

    return PatientKernel()  # type: ignore[no-untyped-call]


def _take_leave(directory: Path, log: int, ready: int, memory: int, known: Mapping[str, str]) -> None:
    """Of all that is the host's."""
    home = directory / "home"
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for file, stream in ((nothing, 0), (nothing, 1), (log, 2)):
        os.dup2(file, stream)
    os.closerange(3, ready)
    os.closerange(ready + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    os.environ.clear()
    os.environ.update({**environment(home), **known, ADDRESS: str(directory / DATA_SOCKET)})
    os.chdir(home)
    tempfile.tempdir = None
    signal.signal(signal.SIGINT, signal.default_int_handler)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (memory, memory))
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def rehearse() -> None:
    """What nearly every report does for the first time: what that loads and keeps, a forked kernel has already."""
    for module in _modules_of(REHEARSAL):
        with suppress(Exception):  # one that is not made to be loaded alone
            importlib.import_module(module)
    exec(REHEARSAL, {})  # noqa: S102 - our own


def _modules_of(cell: str) -> list[str]:
    """Those that a kernel has loaded once it has run the cell, and this process has not."""
    found, found_end = os.pipe()
    with temporary() as directory:
        if (child := os.fork()) == 0:
            with suppress(BaseException):
                before = set(sys.modules)
                os.environ.update(environment(directory))
                app = patient_kernel()
                app.initialize(["-f", f"{directory}/{CONNECTION_FILE}", "--transport=ipc", f"--ip={directory}/ipc"])
                app.shell.run_cell(cell, store_history=True)
                os.write(found_end, json.dumps(sorted(set(sys.modules) - before)).encode())
            os._exit(0)
        os.close(found_end)
        with os.fdopen(found) as told:
            modules = json.loads(told.read() or "[]")
        os.waitpid(child, 0)  # until then its threads may write there
    return [module for module in modules if not module.startswith("__")]
