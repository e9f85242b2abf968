"""Papermill's engine for reports: has a notebook's cells run in a kernel of ours and stops at the first error."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines  # type: ignore[import-untyped]

from reportkit.errors import BadNotebook
from reportkit.notebook.cells import CellClient
from reportkit.notebook.failures import notebook_failed
from reportkit.notebook.kernels import Kernel
from reportkit.notebook.parameters import Value
from reportkit.notebook.parameters_cell import assigned
from reportkit.notebook.places import Place, injected, place_of
from reportkit.notebook.registry import Notebook

NAME = "reportkit.run"
CELL_SECONDS = 300.0


@dataclass
class Run:
    """One execution: what it needs, and how far it has come."""

    notebook: Notebook
    parameters: dict[str, Value]
    kernel: Kernel
    on_cell: Callable[[Place], None]
    """Told each cell of the author's before it runs."""
    on_outputs: Callable[[NotebookNode], None]
    """Told each cell after it ran."""
    cell_seconds: float
    """How long one cell may take."""
    document: NotebookNode = field(default_factory=new_notebook)
    """A copy of the notebook with its parameters injected and the outputs it has so far."""

    def reach(self, index: int) -> None:
        if not injected(self.document.cells[index]):
            self.on_cell(place_of(self.document, index))


class ReportEngine(Engine):  # type: ignore[misc]
    """Takes a `run` as a further argument of `papermill.execute_notebook`."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        run: Run,
        **_: object,
    ) -> None:
        """Raises NotebookFailed, KernelDied, DeadlineExceeded, BadNotebook."""
        run.document = nb_man.nb
        _check_injected(run)
        asyncio.run(_run_cells(run))


papermill_engines.register(NAME, ReportEngine)
logging.getLogger("papermill").addHandler(logging.NullHandler())


def _check_injected(run: Run) -> None:
    """Papermill writes parameters as code: it must read back as the same names and literals, and nothing else."""
    found = [assigned(cell.source) for cell in run.document.cells if injected(cell)]
    if repr(found) != repr([run.parameters] if run.parameters else []):
        raise BadNotebook(f"{run.notebook.name}: its parameters cannot be written as Python literals")


async def _run_cells(run: Run) -> None:
    async with CellClient(run.document, run.kernel, run.cell_seconds).connected() as cells:
        for index in range(len(run.document.cells)):
            run.reach(index)
            try:
                await cells.run(index)
                run.on_outputs(run.document.cells[index])
            except CellExecutionError as error:
                raise notebook_failed(run.notebook.name, run.document, index, error) from None
