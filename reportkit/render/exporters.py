"""The nbconvert exporters: `jupyter nbconvert --to reportkit_pdf any.ipynb`, and JupyterLab's export menu.

Their names are registered in `pyproject.toml`. They hold no hyphen, because Jupyter Server finds no exporter whose
name has one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from reportkit.brand import DEFAULT
from reportkit.render.document import DocumentInfo
from reportkit.render.figures import FigureEngine
from reportkit.render.html import render_html
from reportkit.render.pdf import render_pdf

Resources = dict[str, Any]


class PdfExporter(Exporter):
    """A notebook as a branded, tagged PDF."""

    export_from_notebook = "Report as PDF"
    output_mimetype = "application/pdf"

    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Resources | None = None, **kw: Any
    ) -> tuple[bytes, Resources]:
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        with FigureEngine() as figures:
            return render_pdf(notebook, _info(notebook, resources), DEFAULT, figures), resources


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
        return render_html(notebook, _info(notebook, resources), DEFAULT).decode(), resources


def _info(notebook: NotebookNode, resources: Resources) -> DocumentInfo:
    file_name = resources.get("metadata", {}).get("name") or "Notebook"
    return DocumentInfo.of(notebook, name=file_name.replace("_", " ").capitalize(), now=datetime.now(UTC))
