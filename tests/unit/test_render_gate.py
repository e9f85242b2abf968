"""The render gate lets nothing incomplete through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

import pandas as pd
import plotly.graph_objects as go
import pytest
from executed_notebook import DOT, INFO, chart, code, display, notebook, table
from pypdf import PdfWriter

from reportkit.brand import DEFAULT
from reportkit.errors import RenderFailed
from reportkit.render.document import Document
from reportkit.render.figures import FigureEngine
from reportkit.render.gate import check_document, check_html, check_pdf
from reportkit.render.html import render_html
from reportkit.render.pdf import render_pdf

CELLS = notebook(
    "# Results",
    code("", chart(go.Figure(go.Bar(y=[1])))),
    code("", table(pd.DataFrame({"n": [1]}))),
    f"| a |\n|---|\n| ![dot](data:image/png;base64,{DOT}) |",
)
DOCUMENT = Document.of(CELLS, INFO)


def without(*types: str) -> Document:
    return replace(DOCUMENT, body=[node for node in DOCUMENT.body if node["type"] not in types])


def with_more(types: Sequence[str]) -> Document:
    return replace(DOCUMENT, body=[*DOCUMENT.body, *(node for node in DOCUMENT.body if node["type"] in types)])


@pytest.fixture(scope="module")
def pdf() -> bytes:
    with FigureEngine() as figures:
        return render_pdf(CELLS, INFO, DEFAULT, figures)


@pytest.mark.parametrize(("kind", "missing"), [("chart", "0 of the 1 charts"), ("grid", "0 of the 1 tables")])
def test_a_document_that_lost_an_output_is_refused(kind: str, missing: str) -> None:
    with pytest.raises(RenderFailed, match=missing):
        check_document(without(kind), CELLS)


def test_an_output_that_is_no_readable_picture_is_refused() -> None:
    broken = notebook(code("", display({"image/png": "bm90IGEgcG5n"})))
    with pytest.raises(RenderFailed, match="0 of the 1 pictures"):
        check_document(Document.of(broken, INFO), broken)


def test_outputs_of_hidden_cells_are_not_missed() -> None:
    hidden = notebook(code("", chart(go.Figure()), tags=["hide"]))
    check_document(Document.of(hidden, INFO), hidden)


@pytest.mark.parametrize(("kind", "missing"), [("chart", "1 of the 2 figures"), ("grid", "2 of the 3 tables")])
def test_a_pdf_that_lacks_something_is_refused(pdf: bytes, kind: str, missing: str) -> None:
    with pytest.raises(RenderFailed, match=missing):
        check_pdf(pdf, with_more([kind]), CELLS)


def test_a_pdf_with_a_blank_page_is_refused(pdf: bytes) -> None:
    writer = PdfWriter(clone_from=BytesIO(pdf))
    writer.add_blank_page()
    changed = BytesIO()
    writer.write(changed)
    with pytest.raises(RenderFailed, match="page 3 of the PDF is blank"):
        check_pdf(changed.getvalue(), DOCUMENT, CELLS)


@pytest.mark.parametrize(("kind", "missing"), [("chart", "2 of the 3 figures"), ("grid", "2 of the 3 tables")])
def test_a_page_that_lacks_something_is_refused(kind: str, missing: str) -> None:
    html = render_html(CELLS, INFO, DEFAULT).decode()
    with pytest.raises(RenderFailed, match=missing):
        check_html(html, with_more([kind]), CELLS)


def test_a_table_without_anything_in_it_is_not_missed() -> None:
    empty = notebook(code("", display({"text/html": pd.DataFrame().style.hide(axis="index").to_html()})))
    check_document(Document.of(empty, INFO), empty)
