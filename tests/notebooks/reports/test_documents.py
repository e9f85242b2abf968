"""Each report as a PDF, which the render gate checks for every figure and table."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdf
import pytest
from at_a_desk import NOTEBOOKS
from executed_report import Executed

from reportkit.brand import DEFAULT
from reportkit.render.cells import PLOTLY
from reportkit.render.document import DocumentInfo
from reportkit.render.figures import FigureEngine
from reportkit.render.pdf import render_pdf
from reportkit.specs import PAPERS

Run = Callable[[str], Executed]
Make = Callable[..., bytes]


@pytest.fixture(scope="module")
def make(executed: Run) -> Iterator[Make]:
    with FigureEngine() as figures:

        def make(name: str, paper: str = "a4") -> bytes:
            notebook, when = NOTEBOOKS[name], datetime(2026, 11, 3, tzinfo=UTC)
            info = DocumentInfo(notebook.title, notebook.description, "", when, None, {}, paper)
            return render_pdf(executed(name).document, info, DEFAULT, figures)

        yield make


@pytest.fixture(scope="module")
def pdf(make: Make) -> Callable[[str], pypdf.PdfReader]:
    return lambda name: pypdf.PdfReader(io.BytesIO(make(name)))


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


@pytest.mark.slow
@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_its_file_is_sound_and_its_structure_names_everything(
    make: Make, executed: Run, name: str, paper: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(make(name, paper))
    said = checked("pdfinfo", file)
    assert {"Tagged:          yes", f"Title:           {NOTEBOOKS[name].title}"} <= set(said.splitlines())
    assert {"a4": "(A4)", "letter": "(letter)"}[paper] in said
    assert "No syntax or stream encoding errors found" in checked("qpdf", "--check", file)
    root: Any = pypdf.PdfReader(file).root_object
    marks = root["/Metadata"].get_object().get_data()
    assert b"<pdfuaid:part>1</pdfuaid:part>" in marks
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in marks
    assert root["/MarkInfo"]["/Marked"].value is True
    elements = list(structure(root["/StructTreeRoot"]))
    charts = list(executed(name).outputs(PLOTLY))
    figures = [str(element["/Alt"]) for element in elements if element["/S"] == "/Figure"]
    assert figures == [f"Chart: {chart['layout']['meta']['alt']}" for chart in charts]
    tables = [element for element in elements if element["/S"] == "/Table"]
    assert len(tables) >= len(list(executed(name).tables()))
    for table in tables:
        assert {"/TH", "/TD"} <= {element["/S"] for element in structure(table)}
    levels = [int(element["/S"][2:]) for element in elements if element["/S"] in {f"/H{n}" for n in range(1, 7)}]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def checked(*command: str | Path) -> str:
    """What an independent program says of a file that it finds no fault with."""
    if not shutil.which(str(command[0])):
        pytest.skip(f"{command[0]} is not installed")
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    return ended.stdout


def structure(element: Any) -> Iterator[Any]:
    """All elements below, in reading order."""
    children = element.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        node = child.get_object()
        if isinstance(node, dict) and "/S" in node:
            yield node
            yield from structure(node)
