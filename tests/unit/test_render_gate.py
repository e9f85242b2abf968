"""The render gate lets nothing incomplete through."""

from __future__ import annotations

from collections import Counter
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
from reportkit.render.gate import check_document, check_html, check_length, check_pdf, check_words, text_in, words_of
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


def test_for_a_picture_that_cannot_be_read_a_note_may_stand_and_nothing_else() -> None:
    broken = notebook("# One", code("", display({"image/png": "bm90IGEgcG5n"})))
    document = Document.of(broken, INFO)
    check_document(document, broken)
    with pytest.raises(RenderFailed, match="0 of the 1 pictures"):
        check_document(replace(document, body=document.body[:-1]), broken)


def test_outputs_of_hidden_cells_are_not_missed() -> None:
    hidden = notebook(code("", chart(go.Figure()), tags=["hide"]))
    check_document(Document.of(hidden, INFO), hidden)


@pytest.mark.parametrize(("kind", "missing"), [("chart", "1 of the 2 figures"), ("grid", "2 of the 3 tables")])
def test_a_pdf_that_lacks_something_is_refused(pdf: bytes, kind: str, missing: str) -> None:
    with pytest.raises(RenderFailed, match=missing):
        check_pdf(pdf, DOCUMENT, CELLS, with_more([kind]).body)


def test_a_pdf_with_a_blank_page_is_refused(pdf: bytes) -> None:
    writer = PdfWriter(clone_from=BytesIO(pdf))
    writer.add_blank_page()
    changed = BytesIO()
    writer.write(changed)
    with pytest.raises(RenderFailed, match="page 3 of the PDF is blank"):
        check_pdf(changed.getvalue(), DOCUMENT, CELLS, DOCUMENT.body)


@pytest.mark.parametrize(("kind", "missing"), [("chart", "2 of the 3 figures"), ("grid", "2 of the 3 tables")])
def test_a_page_that_lacks_something_is_refused(kind: str, missing: str) -> None:
    html = render_html(CELLS, INFO, DEFAULT).decode()
    with pytest.raises(RenderFailed, match=missing):
        check_html(html, with_more([kind]), CELLS)


def test_a_table_without_anything_in_it_is_not_missed() -> None:
    empty = notebook(code("", display({"text/html": pd.DataFrame().style.hide(axis="index").to_html()})))
    check_document(Document.of(empty, INFO), empty)


@pytest.mark.parametrize(
    "more",
    [
        "One more paragraph.",
        "- item",
        "> [!NOTE] Mind\n> x",
        "`code`",
        "```\nblock\n```",
        "Results",
        "漢",
        "word[^1]\n\n[^1]: foot",
    ],
)
def test_a_pdf_that_lost_words_is_refused(pdf: bytes, more: str) -> None:
    fuller = Document.of(notebook(*CELLS.cells, more), INFO)
    with pytest.raises(RenderFailed, match=r"lacks \d+ of the \d+ words"):
        check_words("PDF", text_in(pdf), words_of(fuller))


def test_a_lost_row_or_a_lost_heading_counts_even_where_its_words_stand_elsewhere(pdf: bytes) -> None:
    check_words("PDF", text_in(pdf), words_of(DOCUMENT))
    twice = Document.of(notebook(*CELLS.cells, *CELLS.cells), INFO)
    with pytest.raises(RenderFailed, match="words"):
        check_words("PDF", text_in(pdf), words_of(twice))


@pytest.mark.parametrize(
    "source",
    [
        "office affluent fjord ﬁne Ångström naïve",
        "abcdefghij" * 60,
        "转化率提高了很多，" * 80,
        "وقد ارتفع معدل التحويل خلال أربعة أسابيع " * 20,
        "שיעור ההמרה עלה ב-3.1 אחוזים במהלך ארבעה שבועות " * 20,
        "co-operate re\u00adsult 12,408.50 e\u0301",
        "🚀 สวัสดี a\u200bb",
    ],
)
def test_words_are_found_however_their_letters_are_set(source: str) -> None:
    with FigureEngine() as figures:
        assert render_pdf(notebook(source), INFO, DEFAULT, figures)


def test_a_document_with_far_too_many_pages_is_refused() -> None:
    check_length(2, DOCUMENT.body, words_of(DOCUMENT))
    with pytest.raises(RenderFailed, match="pages, where its content should take at most"):
        check_length(80, DOCUMENT.body, words_of(DOCUMENT))


def test_a_page_that_lost_words_is_refused() -> None:
    html = render_html(CELLS, INFO, DEFAULT).decode()
    fuller = Document.of(notebook(*CELLS.cells, "One *more* para**graph**."), INFO)
    with pytest.raises(RenderFailed, match="the HTML lacks 4 of"):
        check_html(html, fuller, CELLS)


@pytest.mark.parametrize("html", ["<script>x = '<table><tr>'</script>", "<!-- <table><tr> --> hidden"])
def test_a_table_in_a_script_or_a_comment_is_not_missed(html: str) -> None:
    cells = notebook(code("", display({"text/html": html})))
    check_document(Document.of(cells, INFO), cells)


def test_equations_that_stand_alone_may_take_pages() -> None:
    body = Document.of(notebook("$$a$$\n\n" * 9), INFO).body
    check_length(13, body, Counter())
    with pytest.raises(RenderFailed, match="at most 13"):
        check_length(14, body, Counter())
