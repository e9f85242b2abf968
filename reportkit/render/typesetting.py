"""Content as a tagged PDF, set by Typst. No browser, no network, no font of the machine."""

from __future__ import annotations

import functools
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import Any

import typst

from reportkit.brand import Brand
from reportkit.errors import RenderFailed
from reportkit.render.columns import plan_columns
from reportkit.render.document import DocumentInfo
from reportkit.render.glyphs import FALLBACK_FONTS, TEXT_FONTS, Marker
from reportkit.render.nodes import Node
from reportkit.render.tables import Row

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"

LONGEST_WORD = 24
"""Characters after which a word without any place to break gets one; a line of text holds some 90, a column fewer."""

_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
_BREAK = "\u200b"
_log = logging.getLogger(__name__)


class TextSetter:
    """Makes texts ready for print: missing glyphs marked, long words breakable."""

    def __init__(self) -> None:
        self.marker = Marker()

    def text(self, text: str) -> str:
        return _LONG_WORD.sub(lambda word: _with_breaks(word[0]), self.marker.mark(text))

    def cover(self, info: DocumentInfo, brand: Brand) -> dict[str, Any]:
        """What the template reads beside `contents`, `body` and `endnote`."""
        made = info.generated_at.astimezone(UTC)
        return {
            "brand": asdict(brand),
            "title": self.marker.mark(info.title),
            "subtitle": self.text(info.subtitle),
            "authors": [info.author] if info.author else [],
            "made": {unit: getattr(made, unit) for unit in ("year", "month", "day", "hour", "minute", "second")},
            "facts": [[self.text(label), self.text(value)] for label, value in info.facts()],
        }

    def grid(self, node: Node) -> Node:
        """A `grid` node with its columns measured."""
        attrs = node["attrs"]
        head, rows = self._rows(attrs["head"]), self._rows(attrs["rows"])
        texts = {"caption": self.text(attrs["caption"]), "note": self.text(attrs["note"])}
        plan = plan_columns(head, rows, attrs["width"])
        return {"type": "grid", "attrs": {**texts, "head": head, "rows": rows, **asdict(plan)}}

    def _rows(self, rows: Sequence[Row]) -> list[Row]:
        return [[{**cell, "text": self.text(cell["text"])} for cell in row] for row in rows]


def typeset(content: Mapping[str, Any], info: DocumentInfo) -> bytes:
    """All that the template reads, as a PDF/UA-1 file; the same content gives the same bytes.

    Where Typst finds the document not accessible, it is made without the PDF/UA mark (still tagged) and a warning with
    the reason is logged. Raises `RenderFailed`.
    """
    # JSON, so no text ever becomes Typst code. Link addresses may hold halves of surrogate pairs, which Typst refuses.
    document = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
    try:
        return _compile(document, info, ["ua-1"])
    except typst.TypstError as refusal:
        try:
            pdf = _compile(document, info, [])
        except typst.TypstError as error:
            raise RenderFailed(f"the document could not be typeset: {error.message}") from None
        _log.warning("%s: the PDF is tagged but does not meet PDF/UA-1: %s", info.title, refusal.message)
        return pdf


def _compile(document: str, info: DocumentInfo, standards: Sequence[typst.PDFStandard]) -> bytes:
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


def _with_breaks(word: str) -> str:
    """Places to break after punctuation, and within what is still too long."""
    parts = re.split(r"(?<=[/_.,:;=&?@|\\-])", word)
    half = LONGEST_WORD // 2
    return _BREAK.join(part[i : i + half] for part in parts for i in range(0, len(part), half))
