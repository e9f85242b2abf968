"""The nbconvert exporters: `jupyter nbconvert --to reportkit_pdf any.ipynb`, and JupyterLab's export menu.

They take any notebook as it is: where a cell ended in an error the document says so, while a report does not go out.
The brand is that of the project that the notebook lies in. Their names are registered in `pyproject.toml`; they hold
no hyphen, because Jupyter Server finds no exporter whose name has one.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbformat.v4 import new_output
from traitlets import Enum

from reportkit.brand import Brand, brand_of
from reportkit.render.document import DocumentInfo
from reportkit.render.figures import FigureEngine
from reportkit.render.html import render_html
from reportkit.render.pdf import render_pdf
from reportkit.settings import Settings
from reportkit.specs import PAPERS

Resources = dict[str, Any]


class PdfExporter(Exporter):
    """A notebook as a branded, tagged PDF."""

    export_from_notebook = "Report as PDF"
    output_mimetype = "application/pdf"
    paper = Enum(PAPERS, None, allow_none=True, help="Else as the notebook says, or a4.").tag(config=True)

    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Resources | None = None, **kw: Any
    ) -> tuple[bytes, Resources]:
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        _show_errors(notebook)
        with FigureEngine() as figures:
            info = _info(notebook, resources, self.paper or "")
            return render_pdf(notebook, info, _brand(resources), figures), resources


class HtmlExporter(Exporter):
    """A notebook as one branded, interactive HTML file."""

    export_from_notebook = "Report as HTML"
    output_mimetype = "text/html"

    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Resources | None = None, **kw: Any
    ) -> tuple[str, Resources]:
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        _show_errors(notebook)
        return render_html(notebook, _info(notebook, resources), _brand(resources)).decode(), resources


def _show_errors(notebook: NotebookNode) -> None:
    for number, cell in enumerate(notebook.cells, start=1):
        for place, output in enumerate(cell.get("outputs", [])):
            if output.output_type == "error":
                said = f"Cell {number} ended in {output.ename}: {output.evalue}"
                cell.outputs[place] = new_output("display_data", {"text/plain": said})


def _info(notebook: NotebookNode, resources: Resources, paper: str = "") -> DocumentInfo:
    file_name = resources.get("metadata", {}).get("name") or "Notebook"
    name = file_name.replace("_", " ").capitalize()
    return DocumentInfo.of(notebook, name=name, now=datetime.now(UTC), paper=paper)


def _brand(resources: Resources) -> Brand:
    return brand_of(Settings.load(os.environ, Path(resources.get("metadata", {}).get("path", ""))))
