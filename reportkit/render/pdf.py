"""A notebook as a tagged PDF: its nodes made ready for print, set, and checked by the render gate."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any
from xml.etree.ElementTree import fromstring

from nbformat import NotebookNode

from reportkit.brand import Brand
from reportkit.errors import RenderFailed
from reportkit.render.cells import charts_of
from reportkit.render.document import Document, DocumentInfo
from reportkit.render.figures import FigureEngine
from reportkit.render.figures.faces import Typeface
from reportkit.render.gate import check_pdf
from reportkit.render.maths import parts_of
from reportkit.render.nodes import Node, text_of
from reportkit.render.typesetting import TextSetter, spoken, typeset

_SPOKEN = frozenset({"heading", "paragraph", "block_text", "list"})
"""They may be in another language than the document, and run from right to left."""


def render_pdf(notebook: NotebookNode, info: DocumentInfo, brand: Brand, figures: FigureEngine) -> bytes:
    """An executed notebook as a PDF/UA-1 file, checked by the render gate.

    The same notebook, info and brand give the same bytes. Where Typst finds the document not accessible after all our
    repairs, it is made without the PDF/UA mark (still tagged) and a warning with the reason is logged. Raises
    `RenderFailed` if a cell ended in an error, a chart cannot be drawn or the gate finds something missing.
    """
    document = Document.of(notebook, info)
    content = _content(document, brand, figures)
    pdf = typeset(content, info)
    check_pdf(pdf, document, notebook, content["body"])
    return pdf


def draw_ahead(cell: NotebookNode, brand: Brand, figures: FigureEngine) -> None:
    """Has the charts of a cell drawn in the background, where `render_pdf` will find them. What cannot be drawn,
    it will tell."""
    with suppress(RenderFailed):
        for chart in charts_of(cell, 0):
            _begin(chart, figures, _typeface(brand))


def _begin(chart: Node, figures: FigureEngine, typeface: Typeface) -> Future[str]:
    attrs = chart["attrs"]
    return figures.begin(attrs["figure"], width=attrs["width"], height=attrs["height"], typeface=typeface)


def _typeface(brand: Brand) -> Typeface:
    return Typeface.of(brand.font_family, brand.fonts)


def _content(document: Document, brand: Brand, figures: FigureEngine) -> dict[str, Any]:
    typesetter = _Typesetter(figures, _typeface(brand))
    cover, body = typesetter.cover(document.info, brand), _turned(typesetter.nodes(document.body))
    return {**cover, "contents": document.has_contents, "body": body, "endnote": typesetter.marker.summary()}


def _turned(body: Sequence[Node]) -> list[Node]:
    """What needs a page on its side gets one, takes the headings right above along, and shares it with its like."""
    turned: list[Node] = []
    for node in body:
        wide = node["type"] == "grid" and node["attrs"]["landscape"]
        if wide or node["type"] == "landscape":
            start = len(turned)
            while start and turned[start - 1]["type"] == "heading":
                start -= 1
            children = [*turned[start:], *([node] if wide else node["children"])]
            del turned[start:]
            if turned and turned[-1]["type"] == "landscape":
                turned[-1]["children"] += children
                continue
            node = {"type": "landscape", "children": children}
        turned.append(node)
    return turned


class _Typesetter(TextSetter):
    """Makes nodes ready for print: charts drawn, columns measured, texts set."""

    def __init__(self, figures: FigureEngine, typeface: Typeface) -> None:
        super().__init__(typeface)
        self._figures = figures

    def nodes(self, nodes: Sequence[Node], sides: Sequence[bool] = (False, True)) -> list[Node]:
        ready: list[Node] = []
        for node in nodes:
            if node["type"] == "grid":
                ready += self.grids(node, sides)
            elif node["type"] == "landscape":
                ready.append({**node, "children": self.nodes(node["children"], sides=(True,))})
            else:
                ready.append(self._node(node))
        return ready

    def _node(self, node: Node) -> Node:
        match node["type"]:
            case "chart":
                return self._chart(node)
            case "picture":
                return self._picture(node)
            case "equation":
                return self._equation(node)
        ready = dict(node)
        if "raw" in node:
            ready["raw"] = self.text(node["raw"])
        if node["type"] in _SPOKEN:
            ready |= spoken(text_of(node))
        if "children" in node:
            ready["children"] = self.nodes(node["children"], sides=(False,))
        if node["type"] == "block_quote":
            ready["attrs"] = {**node["attrs"], "title": self.text(node["attrs"]["title"])}
        return ready

    def _chart(self, node: Node) -> Node:
        attrs = node["attrs"]
        try:
            svg = _begin(node, self._figures, self.typeface).result()
        except RenderFailed as error:
            raise RenderFailed(f"cell {attrs['cell']}: {error}") from None
        shown = {"svg": self.marker.mark(svg), "alt": self.marker.mark(attrs["alt"])}
        return {"type": "chart", "attrs": {"width": attrs["width"], "height": attrs["height"], **shown}}

    def _equation(self, node: Node) -> Node:
        root = parts_of(fromstring(node["attrs"]["mathml"]), self.marker.mark_equation)  # noqa: S314  (our own)
        return {**node, "raw": self.marker.mark(node["raw"]), "attrs": {"block": node["attrs"]["block"], "root": root}}

    def _picture(self, node: Node) -> Node:
        attrs = node["attrs"]
        data = base64.b64decode(attrs["base64"])
        drawing = attrs["mime"] == "image/svg+xml"
        shown = self.marker.mark(data.decode("utf-8", "replace")) if drawing else list(data)
        return {**node, "attrs": {"data": shown, "width": attrs["width"], "alt": self.marker.mark(attrs["alt"])}}
