"""The document as one HTML file: interactive charts, no request to anywhere."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from jinja2 import Environment, FileSystemLoader, Template
from markupsafe import Markup
from nbformat import NotebookNode
from plotly.offline import get_plotlyjs

from reportkit.brand import Brand
from reportkit.errors import RenderFailed
from reportkit.formulas import PLAIN_NUMBER, RISKY
from reportkit.render.document import Document, DocumentInfo
from reportkit.render.figures import REFUSED, FigureEngine
from reportkit.render.figures.faces import Typeface
from reportkit.render.figures.png import png
from reportkit.render.figures.preparing import AS_SHAPES, MOST_MARKERS, OUTLINED, markers, types_of, with_notes
from reportkit.render.figures.scripts import MAPS
from reportkit.render.gate import check_html
from reportkit.render.nodes import Node, text_of, walk
from reportkit.render.styles import data_address, look_name, styles

TEMPLATES = Path(__file__).parent / "templates"

UNDRAWABLE = frozenset({*REFUSED, "parcoords", "splom"})
"""Chart types that fetch pieces of a map, or compile code, which the page's policy forbids."""
LARGEST = 5_000_000
"""Bytes of a figure, as many as plotly.js itself has; a browser takes seconds to draw one of more."""
CONFIG = frozenset({"doubleClick", "doubleClickDelay", "scrollZoom", "staticPlot"})
"""What a figure may say of how it is used; the rest lets readers change it, or sends it elsewhere."""
_MATHML = frozenset(
    {"accent", "columnalign", "display", "displaystyle", "fence", "form", "linethickness", "lspace", "mathvariant"}
    | {"maxsize", "minsize", "movablelimits", "rspace", "scriptlevel", "separator", "stretchy", "width"}
)
"""Attributes of an equation; others, such as `href`, are not for a notebook to say."""


def render_html(notebook: NotebookNode, info: DocumentInfo, brand: Brand) -> bytes:
    """An executed notebook as a self-contained HTML page in UTF-8, checked by the render gate.

    Everything of the notebook is escaped text; the only scripts and styles that count are ours, named by digest in the
    page's content security policy, which also forbids every request. A chart too large for a browser is a picture.
    Raises `RenderFailed` if a cell ended in an error, such a picture cannot be drawn, or the gate finds something
    missing.
    """
    document = Document.of(notebook, info)
    _make_ready(_charts(document), Typeface.of(brand.font_family, brand.fonts))
    scripts, sheets = _scripts(document), styles(brand, _cells(document), info.paper)
    html = _template().render(
        document=document,
        info=info,
        brand=brand,
        foot="  ·  ".join(filter(None, (brand.classification, brand.footer))),
        logo=data_address("image/svg+xml", brand.logo_svg.encode()),
        styles=[(name, Markup(sheet)) for name, sheet in sheets],  # noqa: S704  (our own files)
        scripts=[Markup(script) for script in scripts],  # noqa: S704  (our own files)
        policy=_policy(scripts, [sheet for _, sheet in sheets]),
    )
    check_html(html, document, notebook)
    return html.encode("utf-8", "replace")


def _scripts(document: Document) -> list[str]:
    """What the page needs to run, and no more."""
    interactive = [attrs["figure"] for attrs in _charts(document) if "json" in attrs]
    scripts = []
    if interactive:
        maps = [MAPS.read_text("utf-8")] if any(OUTLINED.intersection(types_of(each)) for each in interactive) else []
        scripts += [get_plotlyjs(), *maps, _read("charts.js")]
    if any(node["type"] in ("grid", "table") for node in walk(document.body)):
        patterns = f"const RISKY = {json.dumps(RISKY)}, PLAIN_NUMBER = {json.dumps(PLAIN_NUMBER)};\n"
        scripts.append(patterns + _read("tables.js"))
    if document.has_contents:
        scripts.append(_read("contents.js"))
    return scripts


def _policy(scripts: Sequence[str], sheets: Sequence[str]) -> str:
    """What the browser may do with the page."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_digests(scripts)}",
            f"style-src {_digests(sheets)}",
            "img-src data:",
            "font-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digests(texts: Sequence[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"


@functools.cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ours = {
        "mathml": _mathml,
        "look": look_name,
        "words": text_of,
    }
    environment.filters |= ours
    return environment.get_template("report.html.j2")


def _cells(document: Document) -> Iterator[Node]:
    """Of all tables of data."""
    for node in walk(document.body):
        if node["type"] == "grid":
            yield from chain.from_iterable((*node["attrs"]["head"], *node["attrs"]["rows"]))


def _mathml(equation: str) -> Markup:
    root = ElementTree.fromstring(equation)  # noqa: S314  (written by maths.py)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for name in set(element.attrib) - _MATHML:
            del element.attrib[name]
    return Markup(ElementTree.tostring(root, "unicode", short_empty_elements=False))  # noqa: S704


def _charts(document: Document) -> list[dict[str, Any]]:
    """Their attributes."""
    return [node["attrs"] for node in walk(document.body) if node["type"] == "chart"]


def _make_ready(charts: Sequence[dict[str, Any]], typeface: Typeface) -> None:
    """Each gets `json`, or `undrawable`, or `png` if it is too much for a browser."""
    large = []
    for chart in charts:
        figure = chart["figure"]
        kind = next((kind for kind in types_of(figure) if kind in UNDRAWABLE), "")
        if kind:
            chart["undrawable"] = kind
        elif markers(figure) > MOST_MARKERS or len(source := _figure_json(figure)) > LARGEST:
            large.append(chart)
        else:
            chart["json"] = source
    if large:
        with FigureEngine() as engine:
            for chart in large:
                chart["png"] = base64.b64encode(_drawn(chart, engine, typeface)).decode("ascii")


def _drawn(chart: Mapping[str, Any], engine: FigureEngine, typeface: Typeface) -> bytes:
    try:
        svg = engine.svg(chart["figure"], width=chart["width"], height=chart["height"], typeface=typeface)
        return png(svg, typeface=typeface)
    except RenderFailed as error:
        raise RenderFailed(f"cell {chart['cell']}: {error}") from None


def _figure_json(figure: Mapping[str, Any]) -> Markup:
    """What a page needs of the figure, as JSON that stays data inside a script element: no NaN, which JSON lacks, and
    no `<`."""
    traces, layout, config = figure.get("data") or [], figure.get("layout") or {}, figure.get("config")
    drawn = {
        "data": [
            {**trace, "type": AS_SHAPES.get(kind, kind)} for trace, kind in zip(traces, types_of(figure), strict=True)
        ],
        "layout": with_notes(layout, traces),
        "config": {name: config[name] for name in CONFIG & config.keys()} if isinstance(config, Mapping) else {},
        "frames": figure["frames"] if isinstance(figure.get("frames"), list) else [],
    }
    strict = json.loads(json.dumps(drawn), parse_constant=lambda _: None)
    return Markup(json.dumps(strict, separators=(",", ":")).replace("<", "\\u003c"))  # noqa: S704


def _read(template: str) -> str:
    return (TEMPLATES / template).read_text("utf-8")
