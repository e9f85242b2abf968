"""The document as one HTML file: interactive charts, no request to anywhere."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, Template
from markupsafe import Markup
from nbformat import NotebookNode
from plotly.offline import get_plotlyjs

from reportkit.brand import Brand
from reportkit.render.document import Document, DocumentInfo
from reportkit.render.gate import check_html
from reportkit.render.nodes import walk

TEMPLATES = Path(__file__).parent / "templates"
WEB_FONTS = Path(__file__).parent / "web_fonts"


def render_html(notebook: NotebookNode, info: DocumentInfo, brand: Brand) -> bytes:
    """An executed notebook as a self-contained HTML page in UTF-8, checked by the render gate.

    Everything of the notebook is escaped text; the only scripts that may run are ours, named by digest in the page's
    content security policy, which also forbids every request. Raises `RenderFailed` if a cell ended in an error or
    the gate finds something missing.
    """
    document = Document.of(notebook, info)
    has_charts = any(node["type"] == "chart" for node in walk(document.body))
    scripts = [get_plotlyjs(), _read("charts.js")] if has_charts else []
    html = _template().render(
        document=document,
        info=info,
        brand=asdict(brand),
        logo=_data_address("image/svg+xml", brand.logo_svg.encode()),
        style=Markup(_fonts(brand) + _read("report.css")),  # noqa: S704  (our own files)
        scripts=[Markup(script) for script in scripts],  # noqa: S704  (our own files)
        policy=_policy(scripts),
    )
    check_html(html, document, notebook)
    return html.encode("utf-8", "replace")


def _policy(scripts: list[str]) -> str:
    """What the browser may do with the page. `unsafe-eval` is for plotly.js, which compiles WebGL."""
    allowed = [f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts]
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(allowed)} 'unsafe-eval'" if allowed else "script-src 'none'",
            "style-src 'unsafe-inline'",
            "img-src data: blob:",
            "font-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


@functools.cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure_json"] = _figure_json
    return environment.get_template("report.html.j2")


def _figure_json(figure: Mapping[str, Any]) -> Markup:
    """The figure as JSON that stays data inside a script element: no NaN, which JSON lacks, and no `<`."""
    strict = json.loads(json.dumps(figure), parse_constant=lambda _: None)
    return Markup(json.dumps(strict, separators=(",", ":")).replace("<", "\\u003c"))  # noqa: S704


def _fonts(brand: Brand) -> str:
    """The document's typeface, so that the page looks like the PDF wherever it is opened."""
    faces = (
        ("source-sans-3-latin-wght-normal.woff2", "normal", "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02DC,U+2000-2215"),
        ("source-sans-3-latin-ext-wght-normal.woff2", "normal", "U+0100-02BA,U+1D00-1EFF,U+2C60-2C7F,U+A720-A7FF"),
        ("source-sans-3-latin-wght-italic.woff2", "italic", "U+0000-00FF,U+2000-2215"),
    )
    return "\n".join(
        f"@font-face {{ font-family: '{brand.font_family}'; font-style: {style}; font-weight: 200 900; "
        f"src: url({_data_address('font/woff2', (WEB_FONTS / file).read_bytes())}); unicode-range: {characters}; }}"
        for file, style, characters in faces
    )


def _data_address(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


def _read(template: str) -> str:
    return (TEMPLATES / template).read_text("utf-8")
