"""Errors of cells and kernels, told in a way that a person can act on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reportkit.errors import DeadlineExceeded, KernelDied, NotebookFailed
from reportkit.notebook.places import Place, place_of

if TYPE_CHECKING:
    from nbclient.exceptions import CellExecutionError
    from nbformat import NotebookNode

LONGEST_ERROR = 500
"""Characters of what a cell's error says."""
TRACE_LINES = 20

HINTS = {
    "ModuleNotFoundError": "a report can import what is installed beside reportkit; install it there or do without it",
    "SyntaxError": "correct the cell in JupyterLab",
    "IndentationError": "correct the cell in JupyterLab",
    "SystemExit": "a report must run to its end; leave out exit()",
    "MemoryError": "ask for a shorter date range or fewer columns, or raise REPORTKIT_NOTEBOOK_MEMORY",
    "memory that a notebook may have": (
        "ask for a shorter date range or fewer columns, or raise REPORTKIT_NOTEBOOK_MEMORY"
    ),
    "files that a notebook may have": "write less, or raise REPORTKIT_NOTEBOOK_MEMORY",
    "to be looked into": "leave such directories out",
    "File too large": "write less, or raise REPORTKIT_NOTEBOOK_MEMORY",
    "threads that a notebook may have": "look for a loop that starts them without end",
    "SIGKILL": "most likely the machine ran out of memory; ask for a shorter date range or fewer columns",
    "SIGSEGV": "a library crashed; run the notebook in JupyterLab to find which",
    "SIGABRT": "a library gave up; run the notebook in JupyterLab to find which",
    "exit code 0": "a report must run to its end; leave out exit()",
}

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_CELL_FILE = re.compile(r" \([^()]*, line (\d+)\)$")


def notebook_failed(notebook: str, document: NotebookNode, index: int, raised: CellExecutionError) -> NotebookFailed:
    """The cell with this index raised."""
    place = place_of(document, index)
    said = _CELL_FILE.sub(r" (line \1)", _plain(raised.evalue)[:LONGEST_ERROR])
    error = ": ".join(filter(None, [raised.ename, said]))
    return NotebookFailed(
        notebook,
        place.position,
        document.cells[index].source,
        error + _hint(error),
        heading=place.heading,
        trace="\n".join(_plain(raised.traceback).splitlines()[-TRACE_LINES:]),
    )


def cell_too_slow(document: NotebookNode, index: int, seconds: float) -> DeadlineExceeded:
    return DeadlineExceeded(
        f"{_cell(place_of(document, index))} was stopped after {seconds:g} seconds; ask for less, or raise "
        "REPORTKIT_CELL_DEADLINE"
    )


def kernel_died(place: Place | None, how: str) -> KernelDied:
    """`how` says how the process ended; `place` is the cell it had reached."""
    when = f"while {_cell(place)} ran" if place else "before the first cell"
    return KernelDied(f"its process {how} {when}{_hint(how)}")


def _cell(place: Place) -> str:
    return f'cell {place.position} (in "{place.heading}")' if place.heading else f"cell {place.position}"


def _hint(said: str) -> str:
    return next((f"; {hint}" for sign, hint in HINTS.items() if said.startswith(sign) or said.endswith(sign)), "")


def _plain(text: str) -> str:
    return _ANSI.sub("", text).strip()
