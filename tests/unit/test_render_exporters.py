"""The nbconvert exporters work on any notebook, without settings, and in the brand of those that there are."""

from __future__ import annotations

import html
from io import BytesIO
from pathlib import Path

import nbformat
import pytest
from executed_notebook import code, notebook, text
from nbconvert.exporters import Exporter
from nbformat.v4 import new_output
from pypdf import PdfReader
from reading_pdf import pages

from reportkit.errors import BadSettings
from reportkit.render.exporters import HtmlExporter, PdfExporter
from reportkit.settings import FILE

BRANDS = Path(__file__).parents[2] / "brands"


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
    page, resources = HtmlExporter().from_filename(str(saved))
    assert resources["output_extension"] == ".html"
    assert "<title>Weekly numbers</title>" in page


@pytest.mark.parametrize(("exporter", "mime"), [(PdfExporter, "application/pdf"), (HtmlExporter, "text/html")])
def test_jupyter_is_told_the_type_of_the_file(exporter: type[Exporter], mime: str) -> None:
    assert exporter.output_mimetype == mime


def words(exporter: type[Exporter], file: Path) -> str:
    made, _ = exporter().from_filename(str(file))
    return made if isinstance(made, str) else "".join(pages(made))


@pytest.mark.parametrize("exporter", [PdfExporter, HtmlExporter])
def test_where_a_cell_ended_in_an_error_the_document_says_so(tmp_path: Path, exporter: type[Exporter]) -> None:
    error = new_output("error", ename="ZeroDivisionError", evalue="division <by> zero", traceback=["\x1b[31m..."])
    nbformat.write(notebook("# Any", code("1 / 0", error), code("6 * 7", text("42"))), tmp_path / "any.ipynb")
    shown = words(exporter, tmp_path / "any.ipynb")
    assert "Cell 2 ended in ZeroDivisionError: division <by> zero" in html.unescape(shown)
    assert "42" in shown


@pytest.mark.parametrize("exporter", [PdfExporter, HtmlExporter])
def test_the_brand_is_that_of_the_settings(
    saved: Path, exporter: type[Exporter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTKIT_BRAND", str(BRANDS / "fen_institute" / "brand.toml"))
    assert "Fen Institute" in words(exporter, saved)


@pytest.mark.parametrize("exporter", [PdfExporter, HtmlExporter])
def test_the_brand_is_that_of_the_project_that_the_notebook_lies_in(saved: Path, exporter: type[Exporter]) -> None:
    """A server that was started elsewhere exports it too."""
    (saved.parent / FILE).write_text(f'brand = "{BRANDS / "rosso" / "brand.toml"}"\n')
    assert "Rosso" in words(exporter, saved)


def test_a_brand_that_is_not_there_is_told_instead_of_ignored(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTKIT_BRAND", "nowhere.toml")
    with pytest.raises(BadSettings, match="nowhere.toml cannot be read"):
        HtmlExporter().from_filename(str(saved))


def test_the_paper_is_that_of_the_configuration(saved: Path) -> None:
    pdf, _ = PdfExporter(paper="letter").from_filename(str(saved))
    (page,) = PdfReader(BytesIO(pdf)).pages
    assert (page.mediabox.width, page.mediabox.height) == (612, 792)
