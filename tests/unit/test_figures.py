"""Plotly figures become SVG, nearly all without a browser: real text, own ids, nothing clipped, and plain refusals."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import socket
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace as evolve
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psutil
import pytest
import typst
from png_files import png_file

from reportkit.errors import RenderFailed
from reportkit.render import figures
from reportkit.render.figures import NEEDS_BROWSER, REFUSED, FigureEngine
from reportkit.render.figures import engine as engine_module
from reportkit.render.figures.browser import Browser, has_browser
from reportkit.render.figures.faces import read_face
from reportkit.render.figures.png import png
from reportkit.render.figures.preparing import MOST_MARKERS, prepare
from reportkit.render.figures.scripts import CARTESIAN, CARTESIAN_TYPES, WHOLE

SVG = "{http://www.w3.org/2000/svg}"
HERE = Path(figures.__file__).parent
FONTS = HERE.parent / "fonts"
needs_browser = pytest.mark.skipif(not has_browser(), reason="needs Kaleido and a Chrome")
BARS: dict[str, Any] = {
    "data": [{"type": "bar", "x": ["control", "treatment Ω"], "y": [0.1, -0.2], "error_y": {"array": [0.01, 0.02]}}],
    "layout": {"title": {"text": "Conversion <b>by variant</b>, H<sub>2</sub>O<br>second line"}},
}
ENDLESS: dict[str, Any] = {
    "data": [{"type": "contour", "z": [[1, 2], [3, 4]], "contours": {"start": 0, "end": 1e6, "size": 1e-6}}],
    "layout": {"title": "Endless"},
}
RED = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><rect width="1" height="1" fill="#f00"/></svg>'
PIXEL = "data:image/png;base64," + base64.b64encode(png(RED, scale=1)).decode()
SURFACE: dict[str, Any] = {"data": [{"type": "surface", "z": [[1, 2], [3, 4]]}], "layout": {"title": {"text": "Hills"}}}
TREE: dict[str, Any] = {"labels": ["all", "LABEL"], "parents": ["", "all"], "values": [2, 1]}
CHARTS: dict[str, dict[str, Any]] = {
    "choropleth": {"locations": ["FRA", "DEU"], "z": [1, 2], "colorbar": {"title": {"text": "LABEL"}}},
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
    "scattergeo": {"lon": [2], "lat": [48], "text": ["LABEL"], "mode": "text"},
    "scattergl": {"y": [1, 2], "mode": "lines+markers+text", "text": ["LABEL", ""]},
    "scatterpolar": {"r": [1, 2, 3], "theta": ["LABEL", "b", "c"]},
    "scatterpolargl": {"r": [1, 2, 3], "theta": ["LABEL", "b", "c"]},
}


@pytest.fixture(scope="module")
def engine() -> Iterator[FigureEngine]:
    with FigureEngine() as opened:
        yield opened


def draw(engine: FigureEngine, figure: dict[str, Any]) -> ElementTree.Element:
    return ElementTree.fromstring(engine.svg(figure, width=700, height=400))


def texts(svg: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()).replace("\u200b", "") for text in svg.iter(f"{SVG}text")]


def test_the_small_plotly_is_the_same_version_as_the_whole_one() -> None:
    small, whole = (re.search(r"plotly\.js[^\n]* v([\d.]+)", each.read_text()[:200]) for each in (CARTESIAN, WHOLE))
    assert small
    assert whole
    assert small[1] == whole[1]


@pytest.mark.parametrize("kind", sorted(CARTESIAN_TYPES & CHARTS.keys()))
def test_it_draws_the_same_bytes_as_the_whole_one(kind: str) -> None:
    figure = {"data": [{"type": kind, **CHARTS[kind]}]}
    with FigureEngine() as small, FigureEngine() as whole:
        whole.svg({"data": [{"type": "treemap", **TREE}]}, width=400, height=300)
        assert small.svg(figure, width=400, height=300) == whole.svg(figure, width=400, height=300)


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
    ("role", "style", "setting"),
    [
        ("regular", "Regular", ""),
        ("italic", "Italic", 'style: "italic",'),
        ("semibold", "SemiBold", "weight: 600,"),
        ("bold", "Bold", "weight: 700,"),
    ],
)
def test_text_is_measured_as_the_document_sets_it(role: str, style: str, setting: str, tmp_path: Path) -> None:
    sample = "AVOID Typography: 1,234.5 % Ω"
    source = f"""
        #set text(font: "Source Sans 3", size: 100pt, ligatures: false, {setting})
        #context [#metadata(measure("{sample}").width.pt()) <width>]
    """
    (tmp_path / "sample.typ").write_text(source, "utf-8")
    widths = read_face(FONTS / f"SourceSans3-{style}.ttf").widths
    kerning = json.loads((HERE / "kerning.json").read_text())[role]
    measured = sum(100 * widths[ord(letter)] for letter in sample)
    measured += sum(kerning.get(sample[n : n + 2], 0) / 10 for n in range(len(sample)))
    assert measured == pytest.approx(asked(tmp_path / "sample.typ", "width"), rel=1e-3)
    assert measured < sum(100 * widths[ord(letter)] for letter in sample) - 5


def test_kerning_is_that_of_the_fonts() -> None:
    assert asked(HERE / "kerning.typ", "kerning") == json.loads((HERE / "kerning.json").read_text())


def asked(source: Path, label: str) -> Any:
    """What Typst makes of the source."""
    answer = typst.query(source, f"<{label}>", field="value", one=True, font_paths=[FONTS], ignore_system_fonts=True)
    return json.loads(answer)


def test_writing_of_other_scripts_is_as_wide_as_its_fallback_font(engine: FigureEngine) -> None:
    words = ["שלום", "مرحبا"]
    svg = draw(engine, {"data": [{"type": "bar", "orientation": "h", "y": words, "x": [1, 2]}]})
    assert set(words) <= set(texts(svg))
    right = {text.text: float(text.get("x", "")) for text in svg.iter(f"{SVG}text")}
    assert right["שלום"] == right["مرحبا"] < 90  # a missing letter would count as wide as it is high


def test_a_heatmap_has_its_colours(engine: FigureEngine) -> None:
    colours = [[0, "rgb(255,0,0)"], [1, "rgb(0,0,255)"]]
    svg = draw(engine, {"data": [{"type": "heatmap", "z": [[0, 1]], "colorscale": colours, "showscale": False}]})
    pixels = pixels_of(next(svg.iter(f"{SVG}image")))
    assert pixels[0] == [255, 0, 0, 255]
    assert pixels[-1] == [0, 0, 255, 255]


def pixels_of(image: ElementTree.Element) -> list[list[int]]:
    """Red, green, blue and opacity of each pixel of a PNG as our canvas writes it: rows without a filter."""
    png = base64.b64decode(image.get("href", "").removeprefix("data:image/png;base64,"))
    width, height = struct.unpack_from(">II", png, 16)
    start = png.index(b"IDAT")
    (length,) = struct.unpack_from(">I", png, start - 4)
    rows = zlib.decompress(png[start + 4 : start + 4 + length])
    assert len(rows) == height * (1 + 4 * width)
    return [
        list(rows[at : at + 4])
        for row in range(0, len(rows), 1 + 4 * width)
        for at in range(row + 1, row + 1 + 4 * width, 4)
    ]


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
def test_a_map_from_a_server_is_refused_by_name(engine: FigureEngine, kind: str) -> None:
    with pytest.raises(RenderFailed) as refusal:
        draw(engine, {"data": [{"y": [1]}, {"type": kind}], "layout": {"title": {"text": "Where"}}})
    assert str(refusal.value) == (
        f"the figure 'Where' has a {kind} trace, which fetches its map from a server; draw {REFUSED[kind]}"
    )


@pytest.mark.parametrize("kind", NEEDS_BROWSER)
def test_without_a_browser_webgl_is_refused_with_what_to_install(
    engine: FigureEngine, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "has_browser", lambda: False)
    with pytest.raises(RenderFailed) as refusal:
        draw(engine, {"data": [{"type": kind}], "layout": {"title": {"text": "Hills"}}})
    assert str(refusal.value) == (
        f"the figure 'Hills' has a {kind} trace, which needs WebGL; draw {NEEDS_BROWSER[kind]}; or install "
        "analytics-reportkit[kaleido] and a Chrome (BROWSER_PATH names it where it is in no usual place)"
    )


def test_too_many_points_for_shapes_are_told_at_once(engine: FigureEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "has_browser", lambda: False)
    packed = {"dtype": "f4", "bdata": base64.b64encode(bytes(4 * 200_000)).decode()}
    for x in (list(range(200_000)), packed):
        figure = {"data": [{"x": x, "y": x, "mode": "markers"}], "layout": {"title": {"text": "Cloud"}}}
        with pytest.raises(RenderFailed, match="the figure 'Cloud' has 200,000 points, more than 50,000; aggregate"):
            draw(engine, figure)


def test_a_line_may_have_as_many_points_as_it_likes(engine: FigureEngine) -> None:
    line = {"type": "scattergl", "y": [n % 97 for n in range(200_000)], "mode": "lines"}
    assert len(engine.svg({"data": [line]}, width=700, height=400)) < 1_000_000


@needs_browser
@pytest.mark.parametrize(
    "figure",
    [
        SURFACE,
        {"data": [{"type": "parcoords", "dimensions": [{"label": "Hills", "values": [1, 2]}, {"values": [3, 1]}]}]},
        {
            "data": [{"x": list(range(MOST_MARKERS + 1)), "y": [1, 2] * (MOST_MARKERS // 2) + [3], "mode": "markers"}],
            "layout": {"title": {"text": "Hills"}},
        },
    ],
    ids=["surface", "parcoords", "too many points"],
)
def test_with_a_browser_webgl_becomes_a_picture_among_real_text(engine: FigureEngine, figure: dict[str, Any]) -> None:
    svg = draw(engine, figure)
    assert "Hills" in texts(svg)
    pictures = [image.get("{http://www.w3.org/1999/xlink}href", "") for image in svg.iter(f"{SVG}image")]
    pngs = [base64.b64decode(picture.removeprefix("data:image/png;base64,")) for picture in pictures]
    assert max(struct.unpack_from(">II", png, 16) for png in pngs) > (700, 400)
    assert engine.svg(figure, width=700, height=400) == engine.svg(figure, width=700, height=400)


@pytest.mark.slow
@needs_browser
def test_webgl_is_drawn_and_its_browser_ends_where_a_loop_runs_as_in_jupyter() -> None:
    async def cell() -> str:
        with FigureEngine() as engine:
            figure = {"data": [{"type": "scatter3d", "x": [1], "y": [1], "z": [1]}]}
            return engine.svg(figure, width=300, height=200)

    assert asyncio.run(cell()).startswith("<svg")


@pytest.mark.slow
@needs_browser
def test_the_browser_fetches_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, closing(Browser(limit=60)) as browser:
        server.setblocking(False)
        picture = {"source": f"http://127.0.0.1:{server.getsockname()[1]}/a.png", "sizex": 1, "sizey": 1}
        ready = evolve(prepare(BARS), figure={**BARS, "layout": {"images": [picture]}})
        assert "treatment" in browser.svg(ready, width=700, height=400)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.slow
@needs_browser
def test_a_browser_that_takes_too_long_is_ended() -> None:
    before = set(psutil.Process().children(recursive=True))
    with closing(Browser(limit=0.001)) as browser:
        for _ in range(2):
            with pytest.raises(RenderFailed, match=r"the figure 'Hills' took longer than 0\.001 seconds"):
                browser.svg(prepare(SURFACE), width=700, height=400)
            started = set(psutil.Process().children(recursive=True)) - before
            _gone, alive = psutil.wait_procs(started, timeout=20)
            assert not alive


@pytest.mark.slow
@needs_browser
def test_the_browser_ends_with_its_process_however_that_ends() -> None:
    script = "\n".join(
        [
            "import time",
            "from reportkit.render.figures import FigureEngine",
            "engine = FigureEngine()",
            f"engine.svg({SURFACE!r}, width=700, height=400)",
            "print('drawn', flush=True)",
            "time.sleep(600)",
        ]
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "drawn\n"
        browser = psutil.Process(process.pid).children(recursive=True)
        assert browser
        process.kill()
    _gone, alive = psutil.wait_procs(browser, timeout=20)
    assert not alive


@pytest.mark.parametrize(
    ("figure", "complaint"),
    [
        ({"data": "nonsense"}, "a figure without a title is not a Plotly figure"),
        ({"data": [{"y": [1]}], "layout": {"title": "T", "xaxis": 5}}, "the figure 'T' could not be drawn: Cannot use"),
        ({"data": [], "layout": ["nonsense"]}, "a figure without a title is not a Plotly figure: its layout"),
        (
            {
                "data": [
                    {
                        "type": "image",
                        "source": "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
                    }
                ],
                "layout": {"title": "T"},
            },
            "the figure 'T' could not be drawn: it reads the pixels of a picture that is no data: URI of a PNG",
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


def test_a_picture_outside_the_figure_is_a_note_in_its_place(engine: FigureEngine) -> None:
    pictures = [{"source": "https://example.org/a.png", "x": 0.5, "y": 0.5}, {"source": PIXEL, "sizex": 1, "sizey": 1}]
    svg = draw(engine, {**BARS, "layout": {"images": pictures}})
    assert [image.get("href") for image in svg.iter(f"{SVG}image")] == [PIXEL]
    assert "A picture is not shown, because it lies outside the notebook" in texts(svg)
    assert "example.org" not in ElementTree.tostring(svg, "unicode")


def test_an_image_trace_has_its_colours(engine: FigureEngine) -> None:
    from_source = draw(engine, {"data": [{"type": "image", "source": PIXEL}]})
    assert set(map(tuple, pixels_of(next(from_source.iter(f"{SVG}image"))))) == {(255, 0, 0, 255)}
    from_numbers = draw(engine, {"data": [{"type": "image", "z": [[[0, 128, 255], [255, 0, 0]]]}]})
    assert set(map(tuple, pixels_of(next(from_numbers.iter(f"{SVG}image"))))) == {(0, 128, 255, 255), (255, 0, 0, 255)}


@pytest.mark.parametrize(
    ("depth", "colour_type", "pixel", "palette"),
    [
        (8, 0, b"\x80", b""),
        (8, 4, b"\x80\xff", b""),
        (8, 2, b"\x80\x80\x80", b""),
        (16, 2, b"\x80\x80\x80\x80\x80\x80", b""),
        (8, 3, b"\x01", b"\x00\x00\x00\x80\x80\x80"),
    ],
    ids=["grey", "grey with opacity", "colours", "16 bits", "palette"],
)
def test_every_kind_of_png_is_read(
    engine: FigureEngine, depth: int, colour_type: int, pixel: bytes, palette: bytes
) -> None:
    written = png_file(1, 1, zlib.compress(b"\x00" + pixel), depth, colour_type, palette)
    source = "data:image/png;base64," + base64.b64encode(written).decode()
    svg = draw(engine, {"data": [{"type": "image", "source": source}]})
    assert pixels_of(next(svg.iter(f"{SVG}image")))[0] == [128, 128, 128, 255]


def test_a_figure_becomes_a_png_of_its_size(engine: FigureEngine) -> None:
    picture = png(engine.svg(BARS, width=700, height=400), scale=2)
    assert struct.unpack_from(">II", picture, 16) == (1400, 800)


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
