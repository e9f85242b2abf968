"""The page on the PDF of a report says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from executed_notebook import INFO, code, notebook, text
from reading_pdf import pages

from reportkit.brand import DEFAULT
from reportkit.render.cells import LANDSCAPE, LEFT_OUT, SHOW_PRINTS, read_cells
from reportkit.render.figures import FigureEngine
from reportkit.render.markdown import KINDS
from reportkit.render.pdf import render_pdf
from reportkit.render.repair import MOST_ROWS
from reportkit.specs import PAPERS

PAGE = (Path(__file__).parents[2] / "docs" / "formats" / "pdf.md").read_text("utf-8")


def test_every_tag_kind_and_paper_is_on_the_page() -> None:
    rows = "\n".join(line for line in PAGE.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`([\w-]+)`", rows)) >= {LANDSCAPE, SHOW_PRINTS, *LEFT_OUT} - {"injected-parameters"}
    assert set(re.findall(r"`\[!(\w+)\]`", PAGE)) == set(KINDS)
    assert all(paper in PAGE.lower() for paper in PAPERS)
    assert f"{MOST_ROWS:,} rows" in PAGE


def test_the_pages_markdown_gives_what_the_page_says(caplog: pytest.LogCaptureFixture) -> None:
    (example,) = re.findall(r"```markdown\n(.*?)```", PAGE, re.DOTALL)
    with FigureEngine() as figures:
        said = pages(render_pdf(notebook(example), INFO, DEFAULT, figures))[0]
    assert all(
        words in said for words in ("Conversion rose", "By 3.1 %", "Source: warehouse", "The rule was written down")
    )
    assert not caplog.records


@pytest.mark.parametrize("tag", ["hide", "remove", "parameters"])
def test_a_tag_that_shows_nothing_shows_nothing(tag: str) -> None:
    assert read_cells(notebook(code("", text("42"), tags=[tag]))) == []
