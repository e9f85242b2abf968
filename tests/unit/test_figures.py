"""Plotly figures become SVG without a browser: real text, own ids, nothing clipped, and plain refusals."""

from __future__ import annotations

import base64
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typst

from reportkit.errors import RenderFailed
from reportkit.render import figures
from reportkit.render.figures import REFUSED, FigureEngine
from reportkit.render.figures.faces import read_face

SVG = "{http://www.w3.org/2000/svg}"
FONTS = Path(figures.__file__).parent.parent / "fonts"
BARS: dict[str, Any] = {
    "data": [{"type": "bar", "x": ["control", "treatment Ω"], "y": [0.1, -0.2], "error_y": {"array": [0.01, 0.02]}}],
    "layout": {"title": {"text": "Conversion <b>by variant</b>, H<sub>2</sub>O<br>second line"}},
}
ENDLESS: dict[str, Any] = {
    "data": [{"type": "contour", "z": [[1, 2], [3, 4]], "contours": {"start": 0, "end": 1e6, "size": 1e-6}}],
    "layout": {"title": "Endless"},
}
TREE: dict[str, Any] = {"labels": ["all", "LABEL"], "parents": ["", "all"], "values": [2, 1]}
CHARTS: dict[str, dict[str, Any]] = {
    "scatter": {"y": [1, 2], "mode": "lines+markers+text", "text": ["LABEL", ""]},
    "bar": {"x": ["LABEL"], "y": [1]},
    "box": {"y": [1, 2, 3, 9], "name": "LABEL", "boxpoints": "all"},
    "violin": {"y": [1, 2, 3, 9], "name": "LABEL"},
    "histogram": {"x": ["LABEL", "LABEL", "other"]},
    "histogram2d": {"x": ["LABEL", "b"], "y": [1, 2]},
    "heatmap": {"x": ["LABEL", "b"], "z": [[1, 2]]},
    "contour": {"x": ["LABEL", "b"], "z": [[1, 2], [3, 4]], "contours": {"showlabels": True}},
    "pie": {"labels": ["LABEL", "b"], "values": [1, 2]},
    "funnel": {"y": ["LABEL", "b"], "x": [2, 1]},
    "waterfall": {"x": ["LABEL", "b"], "y": [2, -1]},
    "candlestick": {"x": ["LABEL"], "open": [1], "high": [3], "low": [0], "close": [2]},
    "indicator": {"value": 42, "title": {"text": "LABEL"}, "mode": "number+gauge"},
    "table": {"header": {"values": ["LABEL"]}, "cells": {"values": [["a"]]}},
    "sankey": {"node": {"label": ["LABEL", "b"]}, "link": {"source": [0], "target": [1], "value": [1]}},
    "treemap": TREE,
    "sunburst": TREE,
    "scatterpolar": {"r": [1, 2, 3], "theta": ["LABEL", "b", "c"]},
}


@pytest.fixture(scope="module")
def engine() -> Iterator[FigureEngine]:
    with FigureEngine() as opened:
        yield opened


def draw(engine: FigureEngine, figure: dict[str, Any]) -> ElementTree.Element:
    return ElementTree.fromstring(engine.svg(figure, width=700, height=400))


def texts(svg: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()).replace("\u200b", "") for text in svg.iter(f"{SVG}text")]


def test_an_svg_stands_alone_in_the_size_asked_for(engine: FigureEngine) -> None:
    svg = draw(engine, BARS)
    assert svg.tag == f"{SVG}svg"
    assert (svg.get("width"), svg.get("height"), svg.get("viewBox")) == ("700", "400", "0 0 700 400")
    assert not svg.findall(f".//{SVG}foreignObject")
    assert not svg.findall(".//*[@class]")


def test_text_is_real_text_in_the_font_of_the_document(engine: FigureEngine) -> None:
    svg = draw(engine, BARS)
    assert "treatment Ω" in texts(svg)
    assert "−0.2" in texts(svg)
    assert {re.sub(r".*font-family:([^;]*).*", r"\1", text.get("style", "")) for text in svg.iter(f"{SVG}text")} == {
        "'Source Sans 3'"
    }


def test_markup_in_a_title_becomes_style_and_lines(engine: FigureEngine) -> None:
    title = next(text for text in draw(engine, BARS).iter(f"{SVG}text") if "Conversion" in "".join(text.itertext()))
    spans = {span.text: span for span in title.iter(f"{SVG}tspan")}
    assert "font-weight:bold" in spans["by variant"].get("style", "")
    assert "font-size:70%" in spans["2"].get("style", "")
    assert spans["second line"].get("x") == title.get("x")
    assert spans["second line"].get("dy") == "1.3em"


@pytest.mark.parametrize("kind", CHARTS)
def test_every_usual_chart_type_can_be_drawn(engine: FigureEngine, kind: str) -> None:
    svg = draw(engine, {"data": [{"type": kind, **CHARTS[kind]}]})
    assert any("LABEL" in text for text in texts(svg))


def test_the_same_figure_gives_the_same_bytes(engine: FigureEngine) -> None:
    jittered = {"data": [{"type": "box", "y": list(range(50)), "boxpoints": "all", "jitter": 1}]}
    first = engine.svg(jittered, width=700, height=400)
    engine.svg(BARS, width=700, height=400)
    assert engine.svg(jittered, width=700, height=400) == first
    with FigureEngine() as another:
        assert another.svg(jittered, width=700, height=400) == first


def test_two_figures_share_no_id_and_refer_only_to_their_own(engine: FigureEngine) -> None:
    one, two = engine.svg(BARS, width=700, height=400), engine.svg({"data": [{"y": [1, 2]}]}, width=700, height=400)
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (one, two)]
    assert all(ids)
    assert not ids[0] & ids[1]
    for svg, own in zip((one, two), ids, strict=True):
        assert set(re.findall(r"url\('?#([^')]+)", svg)) <= own


def test_a_label_that_reads_like_markup_stays_as_it_is(engine: FigureEngine) -> None:
    label = 'a class="x" id="y" url(#z) font-family:serif & <3'
    assert label in texts(draw(engine, {"data": [{"type": "bar", "x": [label.replace("<", "&lt;")], "y": [1]}]}))


def test_a_long_label_is_not_clipped(engine: FigureEngine) -> None:
    label = "Conversion rate among users who came back within seven days"
    bar = {"type": "bar", "orientation": "h", "y": [label], "x": [1]}
    svg = draw(engine, {"data": [bar], "layout": {"yaxis": {"automargin": True}}})
    text = next(text for text in svg.iter(f"{SVG}text") if text.text == label)
    assert text.get("text-anchor") == "end"
    widths = read_face(FONTS / "SourceSans3-Regular.ttf").widths
    assert float(text.get("x", "")) - 12 * sum(widths[ord(letter)] for letter in label) >= 0


@pytest.mark.parametrize(
    ("style", "setting"),
    [("Regular", ""), ("Italic", 'style: "italic",'), ("SemiBold", "weight: 600,"), ("Bold", "weight: 700,")],
)
def test_text_is_measured_as_the_document_sets_it(style: str, setting: str, tmp_path: Path) -> None:
    sample = "Ωmega: 1,234.5 % – Żółć"
    source = f"""
        #set text(font: "Source Sans 3", size: 100pt, kerning: false, ligatures: false, {setting})
        #context [#metadata(measure("{sample}").width.pt()) <width>]
    """
    (tmp_path / "sample.typ").write_text(source, "utf-8")
    set_width = float(
        typst.query(
            tmp_path / "sample.typ",
            "<width>",
            field="value",
            one=True,
            font_paths=[FONTS],
            ignore_system_fonts=True,
        )
    )
    widths = read_face(FONTS / f"SourceSans3-{style}.ttf").widths
    assert 100 * sum(widths[ord(letter)] for letter in sample) == pytest.approx(set_width, rel=1e-3)


def test_a_heatmap_has_its_colours(engine: FigureEngine) -> None:
    colours = [[0, "rgb(255,0,0)"], [1, "rgb(0,0,255)"]]
    svg = draw(engine, {"data": [{"type": "heatmap", "z": [[0, 1]], "colorscale": colours, "showscale": False}]})
    address = next(svg.iter(f"{SVG}image")).get("href", "")
    png = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    width, height = struct.unpack_from(">II", png, 16)
    start = png.index(b"IDAT")
    (length,) = struct.unpack_from(">I", png, start - 4)
    pixels = zlib.decompress(png[start + 4 : start + 4 + length])
    assert len(pixels) == height * (1 + 4 * width)
    assert pixels[:5] == bytes([0, 255, 0, 0, 255])
    assert pixels[-4:] == bytes([0, 0, 255, 255])


def test_a_chart_fits_into_an_accessible_pdf(engine: FigureEngine, tmp_path: Path) -> None:
    (tmp_path / "chart.svg").write_text(engine.svg(BARS, width=700, height=400), "utf-8")
    source = b'#set document(title: "Chart")\n= Chart\n#image("chart.svg", alt: "Conversion by variant")'
    (tmp_path / "chart.typ").write_bytes(source)
    pdf = typst.compile(
        tmp_path / "chart.typ", font_paths=[FONTS], ignore_system_fonts=True, pdf_standards=["ua-1"], format="pdf"
    )
    assert isinstance(pdf, bytes)
    assert b"+SourceSans3-Regular" in pdf


@pytest.mark.parametrize("kind", REFUSED)
def test_a_chart_type_that_needs_a_graphics_card_or_a_map_is_refused_by_name(engine: FigureEngine, kind: str) -> None:
    with pytest.raises(RenderFailed) as refusal:
        draw(engine, {"data": [{"y": [1]}, {"type": kind}], "layout": {"title": {"text": "Where"}}})
    assert str(refusal.value) == (
        f"the figure 'Where' has a {kind} trace, which a document cannot hold; draw {REFUSED[kind]}"
    )


@pytest.mark.parametrize(
    ("figure", "complaint"),
    [
        ({"data": "nonsense"}, "a figure without a title is not a Plotly figure"),
        ({"data": [{"y": [1]}], "layout": {"title": "T", "xaxis": 5}}, "the figure 'T' could not be drawn: Cannot use"),
        (
            {"data": [], "layout": {"title": "T", "images": [{"source": "https://example.org/a.png"}]}},
            "the figure 'T' could not be drawn: it loads a picture (https://example.org/a.png)",
        ),
    ],
)
def test_a_broken_figure_is_named_with_its_reason(engine: FigureEngine, figure: dict[str, Any], complaint: str) -> None:
    with pytest.raises(RenderFailed, match=re.escape(complaint)):
        draw(engine, figure)


def test_a_figure_that_never_ends_is_stopped_and_the_next_one_is_drawn() -> None:
    with FigureEngine(limit=0.5) as engine:
        with pytest.raises(RenderFailed, match=r"the figure 'Endless' took longer than 0\.5 seconds"):
            draw(engine, ENDLESS)
        assert "treatment Ω" in texts(draw(engine, BARS))


def test_a_link_can_lead_to_a_page_but_not_run_a_script(engine: FigureEngine) -> None:
    links = '<a href="https://example.org/">page</a> <a href="javascript:alert(1)" popup="x">script</a>'
    svg = engine.svg({"data": [], "layout": {"title": {"text": links}}}, width=700, height=400)
    assert 'href="https://example.org/"' in svg
    assert "alert" not in svg
    assert "onclick" not in svg


def test_a_closed_engine_says_so() -> None:
    engine = FigureEngine()
    engine.close()
    engine.close()
    with pytest.raises(RenderFailed, match="the figure engine is closed; open a new one"):
        draw(engine, BARS)


def test_the_interpreter_ends_once_the_engine_is_closed() -> None:
    script = "\n".join(
        [
            "from reportkit.render.figures import FigureEngine",
            "with FigureEngine() as engine:",
            "    print(len(engine.svg({'data': [{'y': [1, 2]}]}, width=300, height=200)))",
        ]
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert int(ended.stdout) > 1000
    assert ended.stderr == ""
