"""The nbconvert exporters work on any notebook, without settings."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from executed_notebook import code, notebook, text
from nbconvert.exporters import Exporter
from reading_pdf import pages

from reportkit.render.exporters import HtmlExporter, PdfExporter


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "weekly_numbers.ipynb"
    nbformat.write(notebook("just text", code("6 * 7", text("42"))), file)
    return file


def test_a_notebook_becomes_a_pdf_named_after_its_file(saved: Path) -> None:
    pdf, resources = PdfExporter().from_filename(str(saved))
    assert resources["output_extension"] == ".pdf"
    (page,) = pages(pdf)
    assert "Weekly numbers" in page
    assert "42" in page


def test_a_notebook_becomes_a_page_named_after_its_file(saved: Path) -> None:
    html, resources = HtmlExporter().from_filename(str(saved))
    assert resources["output_extension"] == ".html"
    assert "<title>Weekly numbers</title>" in html


@pytest.mark.parametrize(("exporter", "mime"), [(PdfExporter, "application/pdf"), (HtmlExporter, "text/html")])
def test_jupyter_is_told_the_type_of_the_file(exporter: type[Exporter], mime: str) -> None:
    assert exporter.output_mimetype == mime
