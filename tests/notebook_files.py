"""Notebooks for tests, written as texts: `# heading` makes a Markdown cell, anything else a code cell."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from reportkit.notebook.registry import Notebook


def write_notebook(directory: Path, *cells: str, parameters: str | None = None, name: str = "report") -> Notebook:
    """A notebook file and what the registry reads from it; `parameters` is the source of the tagged cell."""
    document = new_notebook(cells=[_cell(text) for text in cells])
    if parameters is not None:
        document.cells.insert(1 if cells and cells[0].startswith("#") else 0, parameters_cell(parameters))
    path = directory / f"{name}.ipynb"
    path.write_text(nbformat.writes(document), encoding="utf-8")
    return Notebook.read(path)


def parameters_cell(source: str) -> NotebookNode:
    return new_code_cell(source, metadata={"tags": ["parameters"]})


def _cell(text: str) -> NotebookNode:
    return new_markdown_cell(text) if text.startswith("#") else new_code_cell(text)
