"""Executing a notebook in a kernel of its own, of which nothing is left, whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from time import monotonic

import papermill  # type: ignore[import-untyped]
from nbformat import NotebookNode

from reportkit.errors import JobFailed
from reportkit.notebook import papermill_engine
from reportkit.notebook.kernels import Kernel
from reportkit.notebook.papermill_engine import CELL_SECONDS, Run
from reportkit.notebook.parameters import Value
from reportkit.notebook.parameters_cell import INJECTED_TAG
from reportkit.notebook.places import Place, injected
from reportkit.notebook.registry import Notebook

STOP_SECONDS = 1.5
"""How long the thread may take to notice that its kernel was ended."""


def execute(
    notebook: Notebook,
    parameters: Mapping[str, Value],
    kernel: Kernel,
    *,
    cell_seconds: float = CELL_SECONDS,
    on_cell: Callable[[Place], None] = lambda _: None,
    on_outputs: Callable[[NotebookNode], None] = lambda _: None,
) -> NotebookNode:
    """A copy of the notebook with its outputs. `parameters` are what `notebook.checked` gave.

    Nobody else uses `kernel`, which is dismissed when this returns. `on_cell` is told each cell before it runs,
    `on_outputs` each after it ran, while others run.

    Whatever they or a signal's handler raises comes out as it is, once no process of the notebook is left.
    Raises NotebookFailed, KernelDied, DeadlineExceeded, BadNotebook, BadSettings.
    """
    news: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def tell(place: Place) -> None:
        news.put(partial(on_cell, place))

    def show(cell: NotebookNode) -> None:
        news.put(partial(on_outputs, cell))

    run = Run(notebook, dict(parameters), kernel, tell, show, cell_seconds)
    outcome: Future[None] = Future()

    def work() -> None:
        try:
            _run(run)
            outcome.set_result(None)
        except BaseException as error:
            outcome.set_exception(error)
        news.put(None)

    worker = threading.Thread(target=work, daemon=True)
    try:
        _ = kernel.directory  # it is there
        # What a signal's handler raises comes up in this thread; an event loop here would swallow it now and then.
        worker.start()
        for each in iter(news.get, None):
            each()
        outcome.result()
    except BaseException as error:
        _stop(kernel, worker, outcome)
        if isinstance(error, JobFailed):
            error.executed = run.document
        raise
    return run.document


def _stop(kernel: Kernel, worker: threading.Thread, outcome: Future[None]) -> None:
    """However many signals interrupt it, the kernel is ended; then the thread has a moment to notice."""
    patience = monotonic() + STOP_SECONDS
    while True:
        with suppress(BaseException):
            kernel.end()
            break
    while worker.is_alive() and monotonic() < patience:
        with suppress(BaseException):
            outcome.exception(timeout=STOP_SECONDS)


def _run(run: Run) -> None:
    try:
        papermill.execute_notebook(
            run.notebook.document,
            None,
            parameters=run.parameters,
            engine_name=papermill_engine.NAME,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            run=run,
        )
    finally:
        run.kernel.dismiss()
        _tidy(run.document)


def _tidy(document: NotebookNode) -> None:
    """Takes out what differs from run to run, and Papermill's notes, which hold the whole notebook again."""
    for part in (document, *document.cells):
        part.metadata.pop("papermill", None)
    for cell in filter(injected, document.cells):
        cell.id = INJECTED_TAG
