"""A document for nobody: once it is made, the first one for somebody takes no longer than the next."""

from __future__ import annotations

from datetime import UTC, datetime

from nbformat.v4 import new_code_cell, new_notebook, new_output

from reportkit.brand import Brand
from reportkit.render.cells import PLOTLY
from reportkit.render.columns import Faces
from reportkit.render.document import DocumentInfo
from reportkit.render.figures import FigureEngine
from reportkit.render.figures.faces import OURS, measures
from reportkit.render.glyphs import printable
from reportkit.render.pdf import render_pdf

TRACES = (
    {"type": "scatter", "mode": "lines", "x": ["2026-11-01", "2026-11-02", "2026-11-03"], "y": [1, 3, 2]},
    {"type": "scatter", "mode": "markers", "x": [1, 2, 3], "y": [1, 3, 2]},
    {"type": "bar", "x": ["a", "b", "c"], "y": [1, 3, 2]},
    {"type": "histogram", "x": [1, 2, 2, 3]},
)
"""What most reports show."""
TABLE = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>two</td></tr></table>"


def read_fonts() -> None:
    """What needs no thread: the workers of a process that has done it have it from there."""
    measures(OURS)
    Faces.of(OURS)
    printable()


def rehearsed(brand: Brand) -> FigureEngine:
    """An engine that has drawn, for someone to close; and Typst has read its fonts."""
    charts = [{PLOTLY: {"data": [trace], "layout": {"title": {"text": trace["type"]}}}} for trace in TRACES]
    cells = [new_code_cell(outputs=[new_output("display_data", data)]) for data in (*charts, {"text/html": TABLE})]
    info = DocumentInfo("Rehearsal", "", "", datetime(2026, 1, 1, tzinfo=UTC), None, {})
    figures = FigureEngine()
    render_pdf(new_notebook(cells=cells), info, brand, figures)
    return figures
