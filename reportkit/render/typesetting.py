"""Content as a tagged PDF, set by Typst. No browser, no network, no font of the machine."""

from __future__ import annotations

import functools
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC
from itertools import repeat
from pathlib import Path
from typing import Any

import typst

from reportkit.brand import Brand
from reportkit.errors import RenderFailed
from reportkit.render.columns import Faces, Plan, one_line
from reportkit.render.document import DocumentInfo
from reportkit.render.figures.faces import OURS, Typeface
from reportkit.render.glyphs import FALLBACK_FONTS, TEXT_FONTS, Marker, cjk_fonts, language
from reportkit.render.grids import lay_out
from reportkit.render.nodes import Node
from reportkit.render.tables import Cell, Row, place

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"

STANDARDS: Sequence[Sequence[typst.PDFStandard]] = (("ua-1", "a-2a"), ("ua-1",), ())
"""The first that a document meets is its own."""
LONGEST_WORD = 24
"""Characters after which a word without any place to break gets one; a line of text holds some 90, a column fewer."""

BREAK = "\u200b"
"""Where it may break."""
PIECE = LONGEST_WORD // 2
"""Of such a word, what stays together."""

_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
_PLAIN = frozenset({"text", "numeric"})
_FAR_EAST = re.compile("[\u2e80-\ua4cf\uac00-\uffef\U00020000-\U0003ffff]")
_USUAL_ANYWAY = (b"<</Marked true/Suspects false>>", b"<</Marked true               >>")
"""Poppler's programs call it a syntax error to say what goes without saying."""
_log = logging.getLogger(__name__)


class TextSetter:
    """Makes texts ready for print: missing glyphs marked, long words breakable, tables measured."""

    def __init__(self, typeface: Typeface = OURS) -> None:
        self.typeface = typeface
        self.marker = Marker()

    def text(self, text: str) -> str:
        marked = self.marker.mark(text)
        return _LONG_WORD.sub(lambda word: _with_breaks(word[0]), marked) if len(marked) > LONGEST_WORD else marked

    def cover(self, info: DocumentInfo, brand: Brand) -> dict[str, Any]:
        """What the template reads beside `contents`, `body` and `endnote`."""
        made = info.generated_at.astimezone(UTC)
        return {
            "brand": asdict(brand),
            "paper": info.paper,
            "title": self.text(info.title),
            "subtitle": self.text(info.subtitle),
            "authors": [info.author] if info.author else [],
            "made": {unit: getattr(made, unit) for unit in ("year", "month", "day", "hour", "minute", "second")},
            "facts": [[self.text(label), self.text(value)] for label, value in info.facts()],
        }

    def grids(self, node: Node, sides: Sequence[bool] = (False, True)) -> list[Node]:
        """A `grid` node with its columns measured, in several where they do not fit side by side (`grids.py`)."""
        attrs = node["attrs"]
        head, rows = self._rows(attrs["head"]), self._rows(attrs["rows"])
        caption, note = self.text(attrs["caption"]), self.text(attrs["note"])
        faces = Faces.of(self.typeface)
        parts = lay_out(head, rows, attrs["width"], faces, sides)
        if len(parts) > 1:
            note = f"The columns do not fit side by side: {len(parts)} tables show the same rows. {note}"
        return [
            {
                "type": "grid",
                "attrs": {
                    "caption": caption if len(parts) == 1 else f"{caption or 'Table'}, part {n} of {len(parts)}",
                    "note": note if n == len(parts) else "",
                    "head": head,
                    **_printed(rows, plan, faces),
                    **asdict(plan),
                },
            }
            for n, (head, rows, plan) in enumerate(parts, start=1)
        ]

    def _rows(self, rows: Sequence[Row]) -> list[Row]:
        return [[self._cell(cell) for cell in row] for row in rows]

    def _cell(self, cell: Cell) -> Cell:
        text, said = self.text(cell["text"]), spoken(cell["text"])
        return cell if text == cell["text"] and not said else {**cell, "text": text, **said}


def typeset(content: Mapping[str, Any], info: DocumentInfo) -> bytes:
    """All that the template reads, as a PDF/UA-1 and PDF/A-2a file; the same content gives the same bytes.

    Where Typst finds that the document breaks a rule of these, it is made without that mark (still tagged) and a
    warning with the reason is logged. Raises `RenderFailed`.
    """
    # JSON, so no text ever becomes Typst code. Link addresses may hold halves of surrogate pairs, which Typst refuses.
    document = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
    compiler = _compiler(_font_folders(content, document), '"type": "equation"' in document)
    refusals = []
    for standards in STANDARDS:
        try:
            pdf = _compile(compiler, document, info, standards)
        except typst.TypstError as refusal:
            refusals.append(refusal.message)
            continue
        if refusals:
            met = "only PDF/UA-1" if standards else "neither PDF/UA-1 nor PDF/A-2a"
            _log.warning("%s: the PDF is tagged, but meets %s: %s", info.title, met, refusals[0])
        return pdf
    raise RenderFailed(f"the document could not be typeset: {refusals[-1]}")


def _font_folders(content: Mapping[str, Any], document: str) -> tuple[str, ...]:
    """Where the fonts lie that are not our own."""
    folders = {str(Path(font["path"]).parent) for font in content["brand"]["fonts"]}
    cjk = cjk_fonts() if _FAR_EAST.search(document) else None
    return (*sorted(folders), *([str(cjk)] if cjk else []))


def _compile(
    compiler: typst.Compiler, document: str, info: DocumentInfo, standards: Sequence[typst.PDFStandard]
) -> bytes:
    pdf = compiler.compile(
        format="pdf",
        sys_inputs={"document": document},
        pdf_standards=list(standards),
        timestamp=info.generated_at.astimezone(UTC).replace(microsecond=0),
    )
    assert isinstance(pdf, bytes)
    return pdf.replace(*_USUAL_ANYWAY)


@functools.cache
def _compiler(folders: tuple[str, ...], equations: bool) -> typst.Compiler:
    """Kept, because it remembers fonts and layout; a second document takes a fraction of the first one's time."""
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=equations,  # else they would step in for our own fallback fonts in charts
        font_paths=[str(TEXT_FONTS), str(FALLBACK_FONTS), *folders],
    )
    return typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True)


def _printed(rows: Sequence[Row], plan: Plan, faces: Faces) -> dict[str, Any]:
    """The rows, for print. Large tables have little but texts, which cost Typst less than cells do, most of all where
    rows are known to be one line high."""
    numeric: list[bool] = [False] * len(plan.widths)
    for placed in place(rows):
        for x, cell in placed:
            numeric[x] = numeric[x] or "numeric" in cell
    texts = [[cell["text"] if cell.keys() <= _PLAIN else cell for cell in row] for row in rows]
    flat = [False] * len(rows)
    if all(isinstance(cell, str) for row in texts for cell in row):
        rooms = [(width - plan.padding) / plan.size for width in plan.widths]
        fits = map(one_line, zip(*texts, strict=True), rooms, repeat(faces))
        flat = [all(row) for row in zip(*fits, strict=True)]
    return {"numeric": numeric, "rows": texts, "flat": flat}


def spoken(text: str) -> dict[str, str]:
    """The `language` of a text, if it is not the document's."""
    found = language(text)
    return {"language": found} if found else {}


def _with_breaks(word: str) -> str:
    """Places to break after punctuation, and within what is still too long."""
    parts = re.split(r"(?<=[/_.,:;=&?@|\\-])", word)
    return BREAK.join(part[i : i + PIECE] for part in parts for i in range(0, len(part), PIECE))
