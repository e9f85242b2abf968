"""The PDF as its readers get it: by eye, by screen reader, by search and by machine."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest
from executed_notebook import (
    DOT,
    HEADINGS,
    INFO,
    chart,
    code,
    conversion_by_day,
    display,
    notebook,
    report_notebook,
    table,
    text,
)
from pypdf import PdfReader
from pypdfium2 import PdfDocument
from reading_pdf import outline, pages

from reportkit.brand import DEFAULT, read_brand
from reportkit.errors import RenderFailed
from reportkit.render import document, repair
from reportkit.render.figures import FigureEngine
from reportkit.render.figures.faces import OURS, Typeface, read_face
from reportkit.render.glyphs import Marker
from reportkit.render.pdf import draw_ahead, render_pdf

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


def test_the_pdf_is_tagged_and_says_that_it_meets_pdf_ua_and_pdf_a(report: bytes) -> None:
    root = reader(report).root_object
    assert root["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"
    metadata = root["/Metadata"].get_object().get_data()
    assert b"<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in metadata


def test_title_author_and_date_are_in_the_metadata(report: bytes) -> None:
    about = reader(report).metadata
    assert about is not None
    assert (about.title, about.author, about.creation_date) == (INFO.title, INFO.author, INFO.generated_at)
    assert about.subject == INFO.subtitle


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


def test_only_our_own_fonts_are_used(report: bytes) -> None:
    ours = {"SourceSans3", "SourceCodePro", "NotoEmoji", "Vazirmatn", "NotoSansCJKsc"}
    assert {font.split("-")[0] for font in fonts(report)} == ours


def test_the_same_input_gives_the_same_bytes(report: bytes) -> None:
    with FigureEngine() as another:
        assert render_pdf(report_notebook(), INFO, DEFAULT, another) == report


def test_charts_drawn_ahead_are_drawn_once_and_give_the_same_bytes(
    figures: FigureEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, draw = [], FigureEngine._draw

    def counted(engine: FigureEngine, figure: Mapping[str, Any], *rest: Any) -> str:
        drawn.append(figure["data"][0]["type"])
        return draw(engine, figure, *rest)

    bar, pie, hidden = (chart(go.Figure(trace)) for trace in (go.Bar(y=[1, 2]), go.Pie(values=[1, 2]), go.Box(y=[1])))
    cells = notebook("Text", code("", pie, bar), code("", hidden, tags=["hide"]), code("", bar))
    with FigureEngine() as engine, monkeypatch.context() as patch:
        patch.setattr(FigureEngine, "_draw", counted)
        for cell in cells.cells:
            draw_ahead(cell, DEFAULT, engine)
        ahead = render_pdf(cells, INFO, DEFAULT, engine)
    assert drawn == ["pie", "bar"]
    assert ahead == render_pdf(cells, INFO, DEFAULT, figures)


@pytest.mark.parametrize("html", ["<table></table>", "<table><tr></tr></table>", pd.DataFrame().to_html(index=False)])
def test_a_table_without_any_cell_makes_a_pdf_that_says_so(html: str, figures: FigureEngine) -> None:
    (page,) = pages(render_pdf(notebook(code("", display({"text/html": html}))), INFO, DEFAULT, figures))
    assert "No rows" in page


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
        f"# a\n\n# b\n\n# c\n\n# d ![dot](data:image/png;base64,{DOT})\n\n# ![dot](data:image/png;base64,{DOT})",
        "# a\n\n# b\n\n# c\n\n# $x^2$",
        "# a\n\n# [site](https://example.com)\n\n# [a](#a)\n\n# a\n\n#\n\n# `code`\n\n# d[^1]\n\n[^1]: foot",
        "\n".join("  " * n + f"- item {n}" for n in range(30)),
        "\n".join("   " * n + f"1. item {n}" for n in range(30)),
        "> " * 30 + "deep",
        "a[^a]\n\n[^a]: b[^b]\n\n[^b]: c[^a]",
        "- item\n\n  | a | b |\n  |---|---|\n  | 1 | 2 |\n\n- <table><tr><td>1</td></tr></table>",
        "<table><tr><td rowspan=99 colspan=2>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
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
        pd.DataFrame({"text": ["x" * 100_000, "word " * 3_000]}),
        pd.DataFrame([range(200)]),
    ],
    ids=["nothing", "no rows", "100,000 characters", "200 columns"],
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
    monkeypatch.setattr(document, "level_headings", lambda body: None)
    with caplog.at_level(logging.WARNING):
        pdf = render_pdf(notebook("# One\n\n### Three"), INFO, DEFAULT, figures)
    assert b"pdfuaid" not in reader(pdf).root_object["/Metadata"].get_object().get_data()
    assert reader(pdf).root_object["/MarkInfo"]["/Marked"].value is True
    assert "meets neither PDF/UA-1 nor PDF/A-2a" in caplog.text


def test_a_pdf_without_the_glyphs_of_its_text_never_goes_out(
    figures: FigureEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Marker, "mark", lambda self, text: text)
    with pytest.raises(RenderFailed, match="the PDF lacks .* words"):
        render_pdf(notebook("สวัสดี"), INFO, DEFAULT, figures)


def test_a_picture_as_matplotlib_writes_it_is_a_vector_with_its_text(figures: FigureEngine) -> None:
    svg = (
        '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
        '<svg xmlns="http://www.w3.org/2000/svg" width="300pt" height="100pt" viewBox="0 0 300 100">'
        '<text x="10" y="50" style="font: 12px \'DejaVu Sans\', sans-serif">Lift by week</text></svg>'
    )
    cells = notebook(code("", display({"image/svg+xml": svg, "image/png": DOT}, {"alt": "Lift, rising"})))
    pdf = render_pdf(cells, INFO, DEFAULT, figures)
    assert "Lift by week" in pages(pdf)[0]
    assert figures_in(pdf) == [("/Figure", "Lift, rising")]


def test_a_chart_that_cannot_be_drawn_fails_the_render(figures: FigureEngine) -> None:
    nothing = display({"application/vnd.plotly.v1+json": {"data": "nothing"}})
    with pytest.raises(RenderFailed, match="cell 1: .* is not a Plotly figure"):
        render_pdf(notebook(code("", nothing)), INFO, DEFAULT, figures)


def sizes(pdf: bytes) -> list[tuple[int, int]]:
    return [(round(page.mediabox.width), round(page.mediabox.height)) for page in reader(pdf).pages]


@pytest.mark.parametrize(("paper", "upright"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_sections_tagged_landscape_are_on_their_side_with_their_heading(
    paper: str, upright: tuple[int, int], figures: FigureEngine
) -> None:
    turned = [code("", chart(conversion_by_day()), tags=["landscape"]), code("", text("beside"), tags=["landscape"])]
    pdf = render_pdf(notebook("first", "## Wide", *turned, "after"), replace(INFO, paper=paper), DEFAULT, figures)
    assert sizes(pdf) == [upright, upright[::-1], upright]
    assert all(words in pages(pdf)[1] for words in ("Wide", "Conversion by day", "beside"))
    assert "after" in pages(pdf)[2]


def test_nothing_stands_outside_its_page_on_either_paper(figures: FigureEngine) -> None:
    for paper in ("a4", "letter"):
        pdf = render_pdf(report_notebook(), replace(INFO, paper=paper), DEFAULT, figures)
        with closing(PdfDocument(pdf)) as opened:
            for page in opened:
                right, top = page.get_size()
                boxes = [each.get_bounds() for each in page.get_objects(max_depth=1)]
                assert all(box[0] >= 0 and box[1] >= 0 and box[2] <= right and box[3] <= top for box in boxes)


def test_equations_are_set_and_have_their_source_as_alternative_text(
    figures: FigureEngine, caplog: pytest.LogCaptureFixture
) -> None:
    source = r"\frac{s_T^2}{n_T}"
    cells = notebook(f"Inline $x^2$ and from $4.10 to $4.22.\n\n$${source}$$", code("", display(sympy(source))))
    pdf = render_pdf(cells, INFO, DEFAULT, figures)
    alternatives = [alternative for kind, alternative in figures_in(pdf) if kind == "/Formula"]
    assert alternatives == ["x^2", source, rf"\displaystyle {source}"]
    assert "from $4.10 to $4.22" in "".join(pages(pdf))
    assert not caplog.records


def test_an_equation_that_cannot_be_set_is_shown_as_it_is_written(figures: FigureEngine) -> None:
    said = "".join(pages(render_pdf(notebook(r"$$\unheard{of}$$ and $\nonsense$"), INFO, DEFAULT, figures)))
    assert all(words in said for words in ("because it cannot be set", r"\unheard{of}", r"\nonsense"))


def test_footnotes_stand_at_the_foot_of_their_page_with_numbers_through_the_document(figures: FigureEngine) -> None:
    cells = notebook("One[^1].\n\n[^1]: Said *first*.", "Two[^1].\n\n[^1]: Said second.")
    said = pages(render_pdf(cells, INFO, DEFAULT, figures))[0]
    places = [said.index(words) for words in ("Two2.", "1Said first.", "2Said second.", "Page 1 of 1")]
    assert places == sorted(places)


def test_findings_methods_and_sources_are_set(figures: FigureEngine) -> None:
    cells = notebook("> [!FINDING]\n> It sells more.\n\n> [!METHOD] How\n> Welch.\n\nSource: table orders")
    said = pages(render_pdf(cells, INFO, DEFAULT, figures))[0]
    assert all(words in said for words in ("Finding\nIt sells more.", "How\nWelch.", "Source: table orders"))


@pytest.mark.parametrize(
    ("text", "font"),
    [
        ("转化率提高了", "NotoSansCJKsc"),
        ("これは日本語です", "NotoSansCJKjp"),
        ("한국어 문장", "NotoSansCJKkr"),
        ("تقرير عن تجربة", "Vazirmatn"),
        ("שלום עולם", "NotoSansHebrew"),
        ("🚀", "NotoEmoji"),
    ],
)
def test_other_scripts_are_set_in_their_own_fonts(
    text: str, font: str, figures: FigureEngine, caplog: pytest.LogCaptureFixture
) -> None:
    drawn = code("", chart(go.Figure(go.Bar(x=[text], y=[1]), layout={"title": text})))
    pdf = render_pdf(notebook(f"# {text}\n\n{text}\n\n- {text}", drawn), INFO, DEFAULT, figures)
    assert not any("Libertinus" in name for name in fonts(pdf))
    assert font in {name.split("-")[0] for name in fonts(pdf)}
    assert not caplog.records


def test_a_paragraph_in_hebrew_starts_at_the_right(figures: FigureEngine) -> None:
    def first_line(source: str) -> float:
        with closing(PdfDocument(render_pdf(notebook(source), INFO, DEFAULT, figures))) as opened:
            words = opened[0].get_textpage()
            at = words.get_text_bounded().replace("\r\n", "  ").index(source)
            return words.get_charbox(at)[0]

    assert first_line("plain") < 100
    assert first_line("שלום") > 400


def test_a_styler_keeps_its_colours(figures: FigureEngine) -> None:
    styler = pd.DataFrame({"n": [1]}).style.map(lambda _: "background-color: #fedcba; font-weight: bold")
    pdf = render_pdf(notebook(code("", display({"text/html": styler.to_html()}))), INFO, DEFAULT, figures)
    with closing(PdfDocument(pdf)) as opened:
        pixels = opened[0].render().to_numpy()[:, :, :3]  # blue, green, red
        assert (pixels == (0xBA, 0xDC, 0xFE)).all(axis=2).any()


def test_a_table_too_wide_for_any_page_is_split_and_says_so(figures: FigureEngine) -> None:
    frame = pd.DataFrame([range(10_000, 10_070)], index=pd.Index(["control"], name="variant"))
    said = "\n".join(pages(render_pdf(notebook(code("", table(frame))), INFO, DEFAULT, figures)))
    assert "The columns do not fit side by side" in said
    assert said.count("control") == said.count("Table, part") > 1
    assert all(str(number) in said for number in range(10_000, 10_070))


def test_a_table_that_nobody_reads_to_its_end_says_how_much_is_shown(
    figures: FigureEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repair, "MOST_ROWS", 50)
    frame = pd.DataFrame({"n": range(1000, 1090)})
    said = "\n".join(pages(render_pdf(notebook(code("", table(frame, rows=100))), INFO, DEFAULT, figures)))
    assert "The first 50 of 90 rows. An export as CSV, Parquet or XLSX has all of them." in said
    assert "1049" in said
    assert "1050" not in said


def test_a_brands_disclaimer_ends_the_document(figures: FigureEngine) -> None:
    brand = replace(DEFAULT, disclaimer="Not an offer.")
    assert "Not an offer." in pages(render_pdf(notebook("text"), INFO, brand, figures))[-1]


@pytest.mark.slow
def test_a_table_of_fifty_thousand_rows_is_a_document_that_says_what_it_leaves_out(figures: FigureEngine) -> None:
    frame = pd.DataFrame({"n": range(50_000), "name": "a name"})
    output = display({"text/html": frame.to_html(max_rows=None, notebook=True)})
    said = pages(render_pdf(notebook(code("", output)), INFO, DEFAULT, figures))
    assert len(said) < 300
    assert "The first 10,000 of 50,000 rows." in " ".join(said[-1].split())


@pytest.mark.slow
def test_three_hundred_figures_are_all_there(figures: FigureEngine) -> None:
    many = [code("", chart(go.Figure(go.Bar(y=[n]), layout={"title": f"Figure {n}"}))) for n in range(300)]
    pdf = render_pdf(notebook(*many), INFO, DEFAULT, figures)
    assert sum(kind == "/Figure" for kind, _ in figures_in(pdf)) == 300


def test_rows_of_a_table_in_a_brands_wider_font_stand_clear_of_each_other(figures: FigureEngine) -> None:
    rosso = read_brand(Path(__file__).parents[2] / "brands" / "rosso" / "brand.toml")
    frame = pd.DataFrame({f"c{n}": ["Average revenue"] * 9 for n in range(7)})
    pdf = render_pdf(notebook(code("", table(frame))), INFO, rosso, figures)
    with closing(PdfDocument(pdf)) as document:
        text = document[0].get_textpage()
        boxes = [text.get_rect(number) for number in range(text.count_rects())]
    assert pages(pdf)[0].count("revenue") == 63
    assert not [pair for pair in combinations(boxes, 2) if _overlap(*pair)]


def test_a_column_in_a_brands_wider_font_is_wide_enough_for_it(figures: FigureEngine) -> None:
    rosso = read_brand(Path(__file__).parents[2] / "brands" / "rosso" / "brand.toml")
    long = "average revenue per subject and day"
    frame = pd.DataFrame({"metric": [long], "other": [long], **{str(n): [n] for n in range(7)}})
    assert pages(render_pdf(notebook(code("", table(frame))), INFO, rosso, figures))[0].count(long) == 2


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Of left, bottom, right and top, by more than a point either way."""
    across, down = (min(one[n + 2], other[n + 2]) - max(one[n], other[n]) for n in (0, 1))
    return across > 1 and down > 1


def test_charts_are_in_the_brands_own_font_and_laid_out_by_its_measures(figures: FigureEngine) -> None:
    rosso = read_brand(Path(__file__).parents[2] / "brands" / "rosso" / "brand.toml")
    label = "W" * 12
    bar = go.Figure(go.Bar(x=[1], y=[label], orientation="h"), layout={"yaxis": {"automargin": True}, "title": "T"})
    cells = notebook(code("", chart(bar)))
    pdf = render_pdf(cells, INFO, rosso, figures)
    assert {font.split("-")[0] for font in fonts(pdf)} == {"SourceSerif4"}
    with closing(PdfDocument(pdf)) as opened:
        words = opened[0].get_textpage()
        at = words.get_text_bounded().index(label)
        left = words.get_charbox(at)[0]
    assert left > 55  # the page's text begins at 56.7: nothing is cut off
    own, figure = Typeface.of(rosso.font_family, rosso.fonts), json.loads(bar.to_json())
    ours, theirs = (figures.svg(figure, width=680, height=380, typeface=each) for each in (OURS, own))
    places = [float(re.findall(rf'x="([\d.]+)"[^>]*>{label}', svg)[0]) for svg in (ours, theirs)]
    wide = [read_face(dict(each.files)["regular"]).widths[ord("W")] for each in (OURS, own)]
    assert places[1] - places[0] == pytest.approx(12 * len(label) * (wide[1] - wide[0]), abs=2)
    assert figures.svg(figure, width=680, height=380) == ours


def sympy(source: str) -> dict[str, str]:
    return {"text/latex": f"$\\displaystyle {source}$", "text/plain": "x"}


def fonts(pdf: bytes) -> set[str]:
    found = (page["/Resources"].get("/Font", {}).values() for page in reader(pdf).pages)
    return {font.get_object()["/BaseFont"].split("+")[1] for values in found for font in values}


def figures_in(pdf: bytes) -> list[tuple[str, str]]:
    """Kind and alternative text of the pictures and equations in the structure tree, in reading order."""

    def walk(element: Any) -> Iterator[tuple[str, str]]:
        if element.get("/S") in ("/Figure", "/Formula"):
            yield element["/S"], str(element.get("/Alt", ""))
        children = element.get("/K", [])
        for child in children if isinstance(children, list) else [children]:
            if isinstance(child.get_object(), dict):
                yield from walk(child.get_object())

    return list(walk(reader(pdf).root_object["/StructTreeRoot"]))


def test_a_title_of_one_long_word_is_broken_on_the_page_and_whole_in_the_metadata(figures: FigureEngine) -> None:
    title = "experiment_results_for_the_checkout_button_2025_03_01_to_2025_03_28"
    pdf = PdfReader(BytesIO(render_pdf(notebook("text"), replace(INFO, title=title), DEFAULT, figures)))
    assert pdf.metadata
    assert pdf.metadata.title == title


def test_a_footnote_may_hold_a_list_or_a_quote(figures: FigureEngine) -> None:
    pdf = render_pdf(notebook("Text[^a].\n\n[^a]: First\n\n    - one\n\n    > two\n"), INFO, DEFAULT, figures)
    assert {"one", "two"} <= set(" ".join(pages(pdf)).split())
