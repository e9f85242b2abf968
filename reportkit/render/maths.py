"""Equations in LaTeX, as Jupyter shows them, read into MathML: HTML holds it as it is, Typst's own functions draw it.

So no equation is ever code, in neither of the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any, TypeAlias
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import convert_to_element

from reportkit.render.nodes import Node, note

Part: TypeAlias = dict[str, Any]
"""Of an equation, for print: `tag` (as in MathML, or `thin` for a fraction without its line), `text`, `parts`,
`variant` (of letters; of a cell its side), `em` (width of a space), `fenced` (brackets at its ends grow with it)."""

PARTS_OF = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "mroot": 2, "msubsup": 3, "munderover": 3}
_ROWS = frozenset({"math", "mrow", "mstyle", "mpadded", "mphantom", "msqrt", "mtable", "mtr", "mtd"})
_TEXTS = frozenset({"mi", "mn", "mo", "mtext", "mspace"})
_OPENING = frozenset("([{|‖")
_SAME_AS_ALIGN = re.compile(r"\\(begin|end)\{(?:align|aligned|split|gather|gathered|eqnarray)\*?\}")
_NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Such as the form feed that Python makes of an unguarded `\\frac`."""
_EQUATION = re.compile(r"\\(?:begin|end)\{equation\*?\}|\\(?:label|tag)\{[^}]*\}|\\(?:nonumber|notag)\b")


def read_equation(latex: str, *, block: bool) -> list[Node]:
    """An `equation` node; one that cannot be read is shown as its source, with a note where it stands alone."""
    source = latex.strip()
    root = None if _NOT_XML.search(source) else _mathml(source, block)
    if root is None and block:
        return [note("An equation is shown as it is written, because it cannot be set."), _code("block_code", source)]
    if root is None:
        return [_code("codespan", source)]
    root.set("alttext", source)
    return [{"type": "equation", "raw": source, "attrs": {"block": block, "mathml": tostring(root, "unicode")}}]


def parts_of(root: Element, mark: Callable[[str], str]) -> Part:
    """An equation for print, `mark` applied to its texts."""
    return {
        "tag": "thin" if root.get("linethickness") == "0" else root.tag.rpartition("}")[2],
        "text": mark(root.text or ""),
        "parts": _embraced([parts_of(child, mark) for child in root]),
        "variant": root.get("mathvariant") or root.get("columnalign") or "",
        "em": float((root.get("width") or "0").removesuffix("em")),
        "fenced": any(child.get("fence") for child in root),
    }


def _embraced(parts: list[Part]) -> list[Part]:
    """Brackets that stand around something high grow with it."""
    at = next((n for n, part in enumerate(parts) if part["tag"] in ("mtable", "thin")), 0)
    if not at or parts[at - 1]["text"] not in _OPENING:
        return parts
    embraced = {"tag": "mrow", "text": "", "parts": parts[at - 1 : at + 2], "variant": "", "em": 0, "fenced": True}
    return [*parts[: at - 1], embraced, *_embraced(parts[at + 2 :])]


def _mathml(source: str, block: bool) -> Element | None:
    text = _SAME_AS_ALIGN.sub(r"\\\1{align*}", _EQUATION.sub("", source))
    try:
        root = convert_to_element(text, display="block" if block else "inline")
    except Exception:  # the converter has no error of its own: what it cannot read ends in any
        return None
    for element in root.iter():
        element.text = unescape(element.text or "")
    return root if all(map(_is_sound, root.iter())) else None


def _is_sound(element: Element) -> bool:
    """A command that is unknown comes out as a name, with its backslash."""
    if element.tag in _TEXTS:
        return "\\" not in (element.text or "") and element.text != "&" and _is_em(element)
    return element.tag in _ROWS or len(element) == PARTS_OF.get(element.tag)


def _is_em(element: Element) -> bool:
    size = element.get("width") or "0em"
    return re.fullmatch(r"-?[\d.]+em", size) is not None


def _code(kind: str, source: str) -> Node:
    return {"type": kind, "raw": source}
