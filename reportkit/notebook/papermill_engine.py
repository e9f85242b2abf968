"""Papermill's engine `reportkit`: runs a notebook's cells in a kernel of ours and stops at the first error."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines  # type: ignore[import-untyped]

from reportkit.errors import BadNotebook
from reportkit.notebook.failures import kernel_died, notebook_failed
from reportkit.notebook.kernels import Kernel
from reportkit.notebook.parameters import Value, assigned
from reportkit.notebook.places import Place, injected, place_of
from reportkit.notebook.registry import Notebook

NAME = "reportkit"
START_SECONDS = 60
ALIVE_SECONDS = 0.1
"""How often to look whether the kernel still lives."""
IDLE_SECONDS = 600
"""How long a cell's last outputs may take to arrive once it has run."""
MOST_PRINTED = 1_000_000
"""Characters of printed text that are kept of one cell."""
CUT = f"\n[left out: whatever this cell prints beyond {MOST_PRINTED:,} characters]\n"


@dataclass
class Run:
    """One execution: what it needs, and how far it has come."""

    notebook: Notebook
    parameters: dict[str, Value]
    kernel: Kernel
    on_cell: Callable[[Place], None]
    """Told each cell of the author's before it runs."""
    document: NotebookNode = field(default_factory=new_notebook)
    """A copy of the notebook with its parameters injected and the outputs it has so far."""
    place: Place | None = None
    """The cell that was reached."""

    def reach(self, index: int) -> None:
        self.place = place_of(self.document, index)
        if not injected(self.document.cells[index]):
            self.on_cell(self.place)


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
        """Raises NotebookFailed, KernelDied, BadNotebook."""
        run.document = nb_man.nb
        _check_injected(run)
        asyncio.run(_Client(run).run_cells())


papermill_engines.register(NAME, ReportEngine)
logging.getLogger("papermill").addHandler(logging.NullHandler())


def _check_injected(run: Run) -> None:
    """Papermill writes parameters as code: it must read back as the same names and literals, and nothing else."""
    found = [assigned(cell.source) for cell in run.document.cells if injected(cell)]
    if repr(found) != repr([run.parameters] if run.parameters else []):
        raise BadNotebook(f"{run.notebook.name}: its parameters cannot be written as Python literals")


class _Client(NotebookClient):
    def __init__(self, run: Run) -> None:
        super().__init__(
            run.document,
            km=run.kernel.manager,
            force_raise_errors=True,
            record_timing=False,
            raise_on_iopub_timeout=True,
            iopub_timeout=IDLE_SECONDS,
        )
        self._run = run
        self._printed = 0

    async def run_cells(self) -> None:
        kernel = self._run.kernel
        try:
            await kernel.start()
            await self._unless_dead(self._connect())
            for index, cell in enumerate(self.nb.cells):
                self._run.reach(index)
                await self._unless_dead(self._execute(cell, index))
        except (DeadKernelError, CellTimeoutError):
            raise kernel_died(self._run.place, kernel.last_words()) from None
        finally:
            kernel.end()
            if self.kc is not None:
                self.kc.stop_channels()
            await kernel.manager.cleanup_resources()

    async def _connect(self) -> None:
        self.kc = self._run.kernel.manager.client()
        self.kc.start_channels(hb=False, stdin=False)
        try:
            await self.kc.wait_for_ready(timeout=START_SECONDS)
        except RuntimeError as error:
            raise DeadKernelError(str(error)) from None
        self.kc.allow_stdin = False

    async def _execute(self, cell: NotebookNode, index: int) -> None:
        try:
            await self.async_execute_cell(cell, index)
        except CellExecutionError as error:
            raise notebook_failed(self._run.notebook.name, self._run.document, index, error) from None

    async def _unless_dead(self, work: Coroutine[None, None, None]) -> None:
        """nbclient itself looks but once a second, and who cancels a report has two seconds' patience."""
        task = asyncio.ensure_future(work)
        while not (await asyncio.wait([task], timeout=ALIVE_SECONDS))[0]:
            if not await self._run.kernel.manager.is_alive():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                raise DeadKernelError
        task.result()

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """As inherited, but what a cell prints in one go is one output, and all it prints is cut at MOST_PRINTED."""
        if not outs:
            self._printed = 0
        if msg["msg_type"] != "stream":
            return super().output(outs, msg, display_id, cell_index)
        content, room = msg["content"], MOST_PRINTED - self._printed
        self._printed += len(content["text"])
        if room < 0:
            return None
        if len(content["text"]) > room:
            content["text"] = content["text"][:room] + CUT
        if not (outs and outs[-1].get("name") == content["name"]) or self.clear_before_next_output:
            return super().output(outs, msg, display_id, cell_index)
        outs[-1].text += content["text"]
        return outs[-1]
