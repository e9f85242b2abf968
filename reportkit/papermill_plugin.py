"""`papermill --engine reportkit IN OUT -p NAME VALUE`: a notebook runs as in a report, with Papermill's own output.

In the same kernels, with the same sandbox and limits; `reportkit.dataset` answers from the settings here, to a local
admin. Papermill imports this module whenever it starts, so it loads nothing but Papermill.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papermill.engines import Engine, NotebookExecutionManager  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from reportkit.columns import Source
    from reportkit.notebook.kernels import Kernel
    from reportkit.settings import Settings
    from reportkit.specs import DatasetRequest


class ReportkitEngine(Engine):  # type: ignore[misc]
    """Registered by entry point."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, *, log_output: bool = False, **_: object
    ) -> None:
        """Raises KernelDied, DeadlineExceeded, BadSettings. That a cell raised, Papermill tells."""
        from reportkit.brand import brand_of
        from reportkit.notebook.data_socket import DataSocket
        from reportkit.settings import Settings
        from reportkit.toolkit import kernel_host

        settings = Settings.load(os.environ, Path.cwd())
        kernels = kernel_host(settings, brand_of(settings))
        try:
            with (
                kernels.kernel() as kernel,
                _LocalData(settings) as data,
                DataSocket(data.answer, kernel.directory, data.cancel),
            ):
                asyncio.run(_run_cells(nb_man, kernel, settings.cell_deadline, log_output))
        finally:
            kernels.close()


async def _run_cells(nb_man: NotebookExecutionManager, kernel: Kernel, cell_seconds: float, log_output: bool) -> None:
    from nbclient.exceptions import CellExecutionError

    from reportkit.errors import JobFailed
    from reportkit.notebook.cells import CellClient

    client = CellClient(nb_man.nb, kernel, cell_seconds, on_message=_logged if log_output else lambda _: None)
    async with client.connected() as cells:
        for index, cell in enumerate(nb_man.nb.cells):
            nb_man.cell_start(cell, index)
            try:
                await cells.run(index)
            except CellExecutionError as error:
                nb_man.cell_exception(cell, index, exception=error)
                return
            except JobFailed as error:
                nb_man.cell_exception(cell, index, exception=error)
                raise
            finally:
                nb_man.cell_complete(cell, index)


def _logged(message: dict[str, Any]) -> None:
    """What a cell prints and shows, as Papermill's own engine logs it."""
    from papermill.log import logger  # type: ignore[import-untyped]

    content = message["content"]
    text = content.get("text") or content.get("data", {}).get("text/plain", "")
    if text:
        (logger.warning if content.get("name") == "stderr" else logger.info)(text)


class _LocalData:
    """What this machine's settings give, from one snapshot; nothing is opened before a cell asks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened = ExitStack()
        self._answers: Any = None

    def __enter__(self) -> _LocalData:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def answer(self, request: DatasetRequest) -> Source:
        from reportkit.access import LOCAL_ADMIN
        from reportkit.datasets.sources import Snapshots
        from reportkit.reports import Answers
        from reportkit.toolkit import build

        if self._answers is None:
            toolkit = build(self._settings)
            self._opened.callback(toolkit.close)
            snapshots = self._opened.enter_context(Snapshots(toolkit.databases))
            self._answers = Answers(toolkit.datasets, snapshots, LOCAL_ADMIN)
        source: Source = self._answers(request)
        return source

    def cancel(self) -> None:
        """Ends a query that runs, from another thread."""
        if self._answers is not None:
            self._answers.snapshots.cancel()
