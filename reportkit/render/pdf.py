"""A notebook as a tagged PDF: its nodes made ready for print, set, and checked by the render gate."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from nbformat import NotebookNode

from reportkit.brand import Brand
from reportkit.render.document import Document, DocumentInfo
from reportkit.render.figures import FigureEngine
from reportkit.render.gate import check_pdf
from reportkit.render.nodes import Node
from reportkit.render.typesetting import TextSetter, typeset


def render_pdf(notebook: NotebookNode, info: DocumentInfo, brand: Brand, figures: FigureEngine) -> bytes:
    """An executed notebook as a PDF/UA-1 file, checked by the render gate.

    The same notebook, info and brand give the same bytes. Where Typst finds the document not accessible after all our
    repairs, it is made without the PDF/UA mark (still tagged) and a warning with the reason is logged. Raises
    `RenderFailed` if a cell ended in an error, a chart cannot be drawn or the gate finds something missing.
    """
    document = Document.of(notebook, info)
    pdf = typeset(_content(document, brand, figures), info)
    check_pdf(pdf, document, notebook)
    return pdf


def _content(document: Document, brand: Brand, figures: FigureEngine) -> dict[str, Any]:
    typesetter = _Typesetter(figures)
    cover, body = typesetter.cover(document.info, brand), _turned(typesetter.nodes(document.body))
    return {**cover, "contents": document.has_contents, "body": body, "endnote": typesetter.marker.summary()}


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


class _Typesetter(TextSetter):
    """Makes nodes ready for print: charts drawn, columns measured, texts set."""

    def __init__(self, figures: FigureEngine) -> None:
        super().__init__()
        self._figures = figures

    def nodes(self, nodes: Sequence[Node]) -> list[Node]:
        return [self._node(node) for node in nodes]

    def _node(self, node: Node) -> Node:
        match node["type"]:
            case "chart":
                return self._chart(node)
            case "grid":
                return self.grid(node)
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
