"""Each report as a PDF, which the render gate checks for every figure and table."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pypdf
import pytest
from at_a_desk import NOTEBOOKS
from executed_report import Executed

from reportkit.brand import DEFAULT
from reportkit.render.cells import PLOTLY
from reportkit.render.document import DocumentInfo
from reportkit.render.figures import FigureEngine
from reportkit.render.pdf import render_pdf

Run = Callable[[str], Executed]


@pytest.fixture(scope="module")
def pdf(executed: Run) -> Iterator[Callable[[str], pypdf.PdfReader]]:
    with FigureEngine() as figures:

        def make(name: str) -> pypdf.PdfReader:
            notebook = NOTEBOOKS[name]
            info = DocumentInfo(notebook.title, notebook.description, "", datetime(2026, 11, 3, tzinfo=UTC), None, {})
            return pypdf.PdfReader(io.BytesIO(render_pdf(executed(name).document, info, DEFAULT, figures)))

        yield make


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_is_whole_and_its_cover_says_what_it_is_about(
    pdf: Callable[[str], pypdf.PdfReader], executed: Run, name: str
) -> None:
    made, notebook = pdf(name), NOTEBOOKS[name]
    first = " ".join(made.pages[0].extract_text().split())
    assert notebook.title in first
    assert notebook.description in first
    assert len(made.pages) <= 6
    for chart in executed(name).outputs(PLOTLY):
        assert chart["layout"]["meta"]["alt"].startswith(chart["layout"]["title"]["text"])


def test_the_decision_stands_on_the_first_page_and_what_it_rests_on_on_the_second(
    pdf: Callable[[str], pypdf.PdfReader],
) -> None:
    first, second = ("".join(page.extract_text().split()) for page in pdf("executive_summary").pages)
    assert "Onepageshouldbeshipped." in first
    assert first.count("%CI") >= 2
    assert "Whatitrestson" in second
