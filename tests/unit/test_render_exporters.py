"""The nbconvert exporters work on any notebook, without settings, and in the brand of those that there are."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import nbformat
import pytest
from executed_notebook import code, notebook, text
from nbconvert.exporters import Exporter
from pypdf import PdfReader
from reading_pdf import pages

from reportkit.errors import BadSettings
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


@pytest.mark.parametrize("exporter", [PdfExporter, HtmlExporter])
def test_the_brand_is_that_of_the_settings(
    saved: Path, exporter: type[Exporter], monkeypatch: pytest.MonkeyPatch
) -> None:
    brand = Path(__file__).parents[2] / "brands" / "fen_institute" / "brand.toml"
    monkeypatch.setenv("REPORTKIT_BRAND", str(brand))
    made, _ = exporter().from_filename(str(saved))
    assert "Fen Institute" in (made if isinstance(made, str) else "".join(pages(made)))


def test_a_brand_that_is_not_there_is_told_instead_of_ignored(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTKIT_BRAND", "nowhere.toml")
    with pytest.raises(BadSettings, match="nowhere.toml cannot be read"):
        HtmlExporter().from_filename(str(saved))


def test_the_paper_is_that_of_the_configuration(saved: Path) -> None:
    pdf, _ = PdfExporter(paper="letter").from_filename(str(saved))
    (page,) = PdfReader(BytesIO(pdf)).pages
    assert (page.mediabox.width, page.mediabox.height) == (612, 792)
