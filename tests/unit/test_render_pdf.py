"""The PDF as its readers get it: by eye, by screen reader, by search and by machine."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pandas as pd
import plotly.graph_objects as go
import pytest
from executed_notebook import HEADINGS, INFO, chart, code, display, notebook, report_notebook, table, text
from pypdf import PdfReader
from reading_pdf import outline, pages

from reportkit.brand import DEFAULT
from reportkit.errors import RenderFailed
from reportkit.render.figures import FigureEngine
from reportkit.render.glyphs import Marker
from reportkit.render.pdf import render_pdf

HOSTILE = '#panic("x") $x$ ] [ } { \\ " \' ` * _ @ref <label> // /* #let a = 1; #import "@preview/x:1.0.0"'


@pytest.fixture(scope="module")
def figures() -> Iterator[FigureEngine]:
    with FigureEngine() as engine:
        yield engine


@pytest.fixture(scope="module")
def report(figures: FigureEngine) -> bytes:
    return render_pdf(report_notebook(), INFO, DEFAULT, figures)


def reader(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def test_the_pdf_is_tagged_and_says_that_it_meets_pdf_ua(report: bytes) -> None:
    root = reader(report).root_object
    assert root["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()


def test_title_author_and_date_are_in_the_metadata(report: bytes) -> None:
    about = reader(report).metadata
    assert about is not None
    assert (about.title, about.author, about.creation_date) == (INFO.title, INFO.author, INFO.generated_at)


def test_the_bookmarks_are_the_headings(report: bytes) -> None:
    assert outline(report) == HEADINGS


def test_every_page_is_a4_and_says_which_of_how_many_it_is(report: bytes) -> None:
    texts = pages(report)
    for number, (page, said) in enumerate(zip(reader(report).pages, texts, strict=True), start=1):
        assert sorted(round(side) for side in page.mediabox[2:]) == [595, 842]
        assert f"Page {number} of {len(texts)}" in said
        assert DEFAULT.classification in said


def test_the_cover_names_everything_and_the_contents_give_page_numbers(report: bytes) -> None:
    texts = pages(report)
    for words in (
        INFO.title,
        INFO.subtitle,
        INFO.author,
        "EXP-042",
        "1 April 2025, 06:30 UTC",
        "31 March 2025, 23:59 UTC",
    ):
        assert words in texts[0]
    first = next(number for number, text in enumerate(texts[1:], start=2) if "Method" in text)
    assert f"Method {first}" in texts[0]


def test_the_running_header_names_the_report_from_page_2_on(report: bytes) -> None:
    assert all(said.startswith(f"{DEFAULT.name} {INFO.title}\n") for said in pages(report)[1:])


def test_the_head_of_a_long_table_is_repeated_on_each_of_its_pages(report: bytes) -> None:
    with_days = [text for text in pages(report) if "2025-0" in text and "Android" in text]
    assert len(with_days) >= 3
    assert all("day platform users orders revenue note" in text for text in with_days)
    assert sum(text.count("$") for text in with_days) == 120


def test_charts_are_vectors_whose_text_can_be_searched(report: bytes) -> None:
    everything = "\n".join(pages(report))
    for words in ("Conversion by day, March 2025", "Mar 9", "Mobile, returning", "Hour of day (UTC)", "Partners"):
        assert words in everything
    assert not reader(report).pages[1].images


def test_copied_text_has_no_invisible_characters_in_it(report: bytes) -> None:
    everything = "\n".join(pages(report))
    assert not set(everything) & set("\u200b\u2060\u00ad")
    assert "8f14e45f-ceea-467f-" in everything


def test_code_hidden_cells_and_prints_are_not_in_the_document(report: bytes) -> None:
    everything = "\n".join(pages(report))
    for words in ("plot_code_nobody_should_see", "secret-parameter", "loaded 12,408 rows", "hidden-result", "steal()"):
        assert words not in everything
    assert "printed on purpose" in everything


def test_what_is_not_shown_is_said(report: bytes) -> None:
    everything = "\n".join(pages(report))
    assert "lies outside the notebook: https://example.com/chart.png" in everything
    assert "HTML in the notebook is not shown here" in everything
    assert "stands for a character that the fonts of this document lack (Arabic 4, CJK 3)" in everything


def test_only_our_own_fonts_are_used(report: bytes) -> None:
    fonts = {
        font.get_object()["/BaseFont"].split("+")[1].split("-")[0]
        for page in reader(report).pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert fonts <= {"SourceSans3", "SourceCodePro", "NotoEmoji"}


def test_the_same_input_gives_the_same_bytes(report: bytes) -> None:
    with FigureEngine() as another:
        assert render_pdf(report_notebook(), INFO, DEFAULT, another) == report


def test_hostile_text_stays_text_wherever_it_stands(figures: FigureEngine) -> None:
    frame = pd.DataFrame({HOSTILE: [HOSTILE]}, index=[HOSTILE])
    figure = go.Figure(go.Bar(x=[HOSTILE], y=[1]), layout={"title": HOSTILE})
    escaped = "".join(f"&#{ord(char)};" for char in HOSTILE)
    hostile = notebook(
        f"# Heading {escaped}",
        escaped,
        f"`` {HOSTILE.replace('`', '')} ``",
        code("", display({"text/html": frame.style.set_caption(HOSTILE).to_html(escape=False)})),
        code("", table(frame)),
        code("", chart(figure)),
        code("", text(HOSTILE)),
    )
    info = replace(INFO, title=HOSTILE, subtitle=HOSTILE, author=HOSTILE, parameters={HOSTILE: HOSTILE})
    pdf = render_pdf(hostile, info, DEFAULT, figures)
    assert "".join(pages(pdf)).count('#panic("x")') >= 10
    assert outline(pdf) == [(1, f"Heading {HOSTILE}")]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "text",
        "###### deep",
        "# a\n\n#### b",
        "# 🚀",
        "# a\x00\ud800b",
        "[x](#nowhere)",
        "> - a\n>   1. b\n>      > c",
    ],
)
def test_any_markdown_makes_an_accessible_pdf(
    source: str, figures: FigureEngine, caplog: pytest.LogCaptureFixture
) -> None:
    pdf = render_pdf(notebook(source), INFO, DEFAULT, figures)
    assert b"pdfuaid" in reader(pdf).root_object["/Metadata"].get_object().get_data()
    assert not caplog.records


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"n": []}),
        pd.DataFrame({"text": ["x" * 40_000, "word " * 3_000]}),
        pd.DataFrame([range(70)]),
    ],
    ids=["nothing", "no rows", "40,000 characters", "70 columns"],
)
def test_any_table_makes_a_pdf(frame: pd.DataFrame, figures: FigureEngine) -> None:
    output = display({"text/html": frame.to_html()})
    assert pages(render_pdf(notebook(code("", output)), INFO, DEFAULT, figures))


def test_a_word_too_long_for_the_line_is_broken_not_cut_off(figures: FigureEngine) -> None:
    long = "abcdefghij" * 60
    cells = notebook(f"{long}\n\n`{long}`\n\n```\n{long}\n```", code("", table(pd.DataFrame({"id": [long]}))))
    for page in reader(render_pdf(cells, INFO, DEFAULT, figures)).pages:
        lines = [line for line in page.extract_text().splitlines() if "abcdefghij" in line]
        assert all(len(line) < 120 for line in lines)


def test_a_refusal_of_pdf_ua_gives_a_pdf_without_the_mark_and_a_warning(
    figures: FigureEngine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Marker, "mark", lambda self, text: text)
    with caplog.at_level(logging.WARNING):
        pdf = render_pdf(notebook("王小明"), INFO, DEFAULT, figures)
    assert b"pdfuaid" not in reader(pdf).root_object["/Metadata"].get_object().get_data()
    assert reader(pdf).root_object["/MarkInfo"]["/Marked"].value is True
    assert "does not meet PDF/UA-1" in caplog.text


def test_a_picture_that_cannot_be_read_fails_the_render(figures: FigureEngine) -> None:
    broken = base64.b64encode(b"\x89PNG\r\n\x1a\n and then nothing of the kind").decode()
    with pytest.raises(RenderFailed, match="could not be typeset"):
        render_pdf(notebook(code("", display({"image/png": broken}))), INFO, DEFAULT, figures)


def test_a_chart_that_cannot_be_drawn_fails_the_render(figures: FigureEngine) -> None:
    cells = notebook(code("", chart(go.Figure(go.Surface(z=[[1, 2], [3, 4]])))))
    with pytest.raises(RenderFailed, match="surface"):
        render_pdf(cells, INFO, DEFAULT, figures)
