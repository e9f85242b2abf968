"""A report notebook, run as at an analyst's desk: in plain IPython, here, its data answered by a toolkit."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbformat import NotebookNode
from nbformat.v4 import new_output

from reportkit import data
from reportkit.access import LOCAL_ADMIN, Actor
from reportkit.notebook.registry import Notebook, Notebooks
from reportkit.specs import DatasetRequest
from reportkit.toolkit import Toolkit

NOTEBOOKS = Notebooks(Path(__file__).parents[1] / "notebooks")


def run(notebook: Notebook, toolkit: Toolkit, actor: Actor = LOCAL_ADMIN, **parameters: object) -> NotebookNode:
    """The notebook with its outputs; whatever a cell raises comes out as it is."""

    def answer(request: DatasetRequest) -> object:
        return toolkit.read(request, actor)

    executed = copy.deepcopy(notebook.document)
    with mock.patch.object(data, "_local", answer), mock.patch.dict(os.environ, PLOTLY_RENDERER="plotly_mimetype"):
        _run(executed, notebook.checked(parameters))
    return executed


def _run(executed: NotebookNode, parameters: Mapping[str, object]) -> None:
    shell = InteractiveShell.instance()  # `display` asks for it
    try:
        for cell in (cell for cell in executed.cells if cell.cell_type == "code"):
            with capture_output() as captured:
                result = shell.run_cell(cell.source, store_history=False)
            result.raise_error()
            if "parameters" in cell.metadata.get("tags", []):
                shell.user_ns.update(parameters)
            shown = [(output.data, output.metadata) for output in captured.outputs]
            if result.result is not None:
                shown.append(shell.display_formatter.format(result.result))
            cell.outputs = [new_output("display_data", data=each, metadata=about or {}) for each, about in shown]
    finally:
        shell.history_manager.end_session()
        InteractiveShell.clear_instance()
