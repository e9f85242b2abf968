"""The document as a tagged PDF, set by Typst. No browser, no network, no font of the machine."""

from __future__ import annotations

import base64
import functools
import json
import logging
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC
from pathlib import Path

import typst
from nbformat import NotebookNode

from reportkit.brand import Brand
from reportkit.errors import RenderFailed
from reportkit.render.columns import plan_columns
from reportkit.render.document import Document, DocumentInfo
from reportkit.render.figures import FigureEngine
from reportkit.render.gate import check_pdf
from reportkit.render.glyphs import FALLBACK_FONTS, TEXT_FONTS, Marker
from reportkit.render.nodes import Node
from reportkit.render.tables import Row

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"

LONGEST_WORD = 24
"""Characters after which a word without any place to break gets one; a line of text holds some 90, a column fewer."""

_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
_BREAK = "\u200b"
_log = logging.getLogger(__name__)


def render_pdf(notebook: NotebookNode, info: DocumentInfo, brand: Brand, figures: FigureEngine) -> bytes:
    """An executed notebook as a PDF/UA-1 file, checked by the render gate.

    The same notebook, info and brand give the same bytes. Where Typst finds the document not accessible after all our
    repairs, it is made without the PDF/UA mark (still tagged) and a warning with the reason is logged. Raises
    `RenderFailed` if a cell ended in an error, a chart cannot be drawn or the gate finds something missing.
    """
    document = Document.of(notebook, info)
    pdf = _compile(_typesetting(document, brand, figures), info)
    check_pdf(pdf, document, notebook)
    return pdf


def _compile(document: str, info: DocumentInfo) -> bytes:
    try:
        return _typeset(document, info, ["ua-1"])
    except typst.TypstError as refusal:
        try:
            pdf = _typeset(document, info, [])
        except typst.TypstError as error:
            raise RenderFailed(f"the document could not be typeset: {error.message}") from None
        _log.warning("%s: the PDF is tagged but does not meet PDF/UA-1: %s", info.title, refusal.message)
        return pdf


def _typeset(document: str, info: DocumentInfo, standards: Sequence[typst.PDFStandard]) -> bytes:
    pdf = _compiler().compile(
        format="pdf",
        sys_inputs={"document": document},
        pdf_standards=list(standards),
        timestamp=info.generated_at.astimezone(UTC).replace(microsecond=0),
    )
    assert isinstance(pdf, bytes)
    return pdf


@functools.cache
def _compiler() -> typst.Compiler:
    """Kept, because it remembers fonts and layout; a second document takes a fraction of the first one's time."""
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[TEXT_FONTS, FALLBACK_FONTS],
    )
    return typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True)


def _typesetting(document: Document, brand: Brand, figures: FigureEngine) -> str:
    """All that the template reads, as JSON: no text of a notebook ever becomes Typst code."""
    info, typesetter = document.info, _Typesetter(figures)
    made = info.generated_at.astimezone(UTC)
    content = {
        "brand": asdict(brand),
        "title": typesetter.marker.mark(info.title),
        "subtitle": typesetter.text(info.subtitle),
        "authors": [info.author] if info.author else [],
        "made": {unit: getattr(made, unit) for unit in ("year", "month", "day", "hour", "minute", "second")},
        "facts": [[typesetter.text(label), typesetter.text(value)] for label, value in info.facts()],
        "contents": document.has_contents,
        "body": _turned(typesetter.nodes(document.body)),
    }
    text = json.dumps({**content, "endnote": typesetter.marker.summary()}, ensure_ascii=False)
    # Link addresses may hold halves of surrogate pairs, which Typst's JSON refuses.
    return text.encode("utf-8", "replace").decode("utf-8")


def _turned(body: Sequence[Node]) -> list[Node]:
    """Tables that need a page on its side get one, and take the headings right above them along."""
    turned: list[Node] = []
    for node in body:
        if node["type"] == "grid" and node["attrs"]["landscape"]:
            start = len(turned)
            while start and turned[start - 1]["type"] == "heading":
                start -= 1
            node = {"type": "landscape", "children": [*turned[start:], node]}
            del turned[start:]
        turned.append(node)
    return turned


class _Typesetter:
    """Makes nodes ready for print: charts drawn, columns measured, missing glyphs marked, long words breakable."""

    def __init__(self, figures: FigureEngine) -> None:
        self.marker = Marker()
        self._figures = figures

    def nodes(self, nodes: Sequence[Node]) -> list[Node]:
        return [self._node(node) for node in nodes]

    def text(self, text: str) -> str:
        return _LONG_WORD.sub(lambda word: _with_breaks(word[0]), self.marker.mark(text))

    def _node(self, node: Node) -> Node:
        match node["type"]:
            case "chart":
                return self._chart(node)
            case "grid":
                return self._grid(node)
            case "picture":
                return self._picture(node)
        ready = dict(node)
        if "raw" in node:
            ready["raw"] = self.text(node["raw"])
        if "children" in node:
            ready["children"] = self.nodes(node["children"])
        if node["type"] == "block_quote":
            ready["attrs"] = {**node["attrs"], "title": self.text(node["attrs"]["title"])}
        return ready

    def _chart(self, node: Node) -> Node:
        attrs = node["attrs"]
        svg = self._figures.svg(attrs["figure"], width=attrs["width"], height=attrs["height"])
        shown = {"svg": self.marker.mark(svg), "alt": self.marker.mark(attrs["alt"])}
        return {"type": "chart", "attrs": {"width": attrs["width"], "height": attrs["height"], **shown}}

    def _picture(self, node: Node) -> Node:
        attrs = node["attrs"]
        data = base64.b64decode(attrs["base64"])
        drawing = attrs["mime"] == "image/svg+xml"
        shown = self.marker.mark(data.decode("utf-8", "replace")) if drawing else list(data)
        return {**node, "attrs": {"data": shown, "width": attrs["width"], "alt": self.marker.mark(attrs["alt"])}}

    def _grid(self, node: Node) -> Node:
        attrs = node["attrs"]
        head, rows = self._rows(attrs["head"]), self._rows(attrs["rows"])
        texts = {"caption": self.text(attrs["caption"]), "note": self.text(attrs["note"])}
        plan = plan_columns(head, rows, attrs["width"])
        return {"type": "grid", "attrs": {**texts, "head": head, "rows": rows, **asdict(plan)}}

    def _rows(self, rows: Sequence[Row]) -> list[Row]:
        return [[{**cell, "text": self.text(cell["text"])} for cell in row] for row in rows]


def _with_breaks(word: str) -> str:
    """Places to break after punctuation, and within what is still too long."""
    parts = re.split(r"(?<=[/_.,:;=&?@|\\-])", word)
    half = LONGEST_WORD // 2
    return _BREAK.join(part[i : i + half] for part in parts for i in range(0, len(part), half))
