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
from reportkit.formulas import PLAIN_NUMBER, RISKY
from reportkit.render.document import Document, DocumentInfo
from reportkit.render.figures.scripts import MAPS
from reportkit.render.gate import check_html
from reportkit.render.nodes import Node, text_of, walk
from reportkit.render.styles import data_address, look_name, styles

TEMPLATES = Path(__file__).parent / "templates"

UNDRAWABLE = frozenset(
    {"choroplethmap", "choroplethmapbox", "densitymap", "densitymapbox", "scattermap", "scattermapbox"}
    | {"parcoords", "splom"}
)
"""Chart types that fetch pieces of a map, or compile code, which the page's policy forbids."""
_OUTLINES = frozenset({"choropleth", "scattergeo"})
_MATHML = frozenset(
    {"accent", "columnalign", "display", "displaystyle", "fence", "form", "linethickness", "lspace", "mathvariant"}
    | {"maxsize", "minsize", "movablelimits", "rspace", "scriptlevel", "separator", "stretchy", "width"}
)
"""Attributes of an equation; others, such as `href`, are not for a notebook to say."""
_WITHOUT_COMPILING = {"scattergl": "scatter", "scatterpolargl": "scatterpolar"}


def render_html(notebook: NotebookNode, info: DocumentInfo, brand: Brand) -> bytes:
    """An executed notebook as a self-contained HTML page in UTF-8, checked by the render gate.

    Everything of the notebook is escaped text; the only scripts and styles that count are ours, named by digest in the
    page's content security policy, which also forbids every request. Raises `RenderFailed` if a cell ended in an error
    or the gate finds something missing.
    """
    document = Document.of(notebook, info)
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
    figures = [node["attrs"]["figure"] for node in walk(document.body) if node["type"] == "chart"]
    drawable = [figure for figure in figures if not _undrawable(figure)]
    scripts = []
    if drawable:
        maps = [MAPS.read_text("utf-8")] if any(_OUTLINES.intersection(_types(figure)) for figure in drawable) else []
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
        "figure_json": _figure_json,
        "undrawable": _undrawable,
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


def _undrawable(figure: Mapping[str, Any]) -> str:
    """The type of chart that a page cannot show, if the figure has one."""
    return next((kind for kind in _types(figure) if kind in UNDRAWABLE), "")


def _types(figure: Mapping[str, Any]) -> list[str]:
    return [trace.get("type", "") for trace in figure.get("data") or [] if isinstance(trace, Mapping)]


def _figure_json(figure: Mapping[str, Any]) -> Markup:
    """The figure as JSON that stays data inside a script element: no NaN, which JSON lacks, and no `<`."""
    strict = json.loads(json.dumps(figure), parse_constant=lambda _: None)
    for trace in strict.get("data") or []:
        if isinstance(trace, dict) and trace.get("type") in _WITHOUT_COMPILING:
            trace["type"] = _WITHOUT_COMPILING[trace["type"]]
    return Markup(json.dumps(strict, separators=(",", ":")).replace("<", "\\u003c"))  # noqa: S704


def _read(template: str) -> str:
    return (TEMPLATES / template).read_text("utf-8")
