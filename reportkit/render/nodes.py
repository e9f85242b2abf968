"""The tree that both templates draw.

Nodes are plain JSON, because Typst and Jinja read them as they are: `type`, and where it has them `children` (nodes),
`raw` (text) and `attrs`. They are the tokens that mistune gives for Markdown (`heading`, `paragraph`, `list`, `text`,
`strong`, `link` ...), and ours:

========= =================================================================================================
chart     attrs `figure` (Plotly, as in its MIME type), `width` and `height` in CSS pixels, `alt`
picture   attrs `mime`, `base64`, `width` in CSS pixels or None for the picture's own, `alt`; block or inline
grid      a table of data: attrs `caption`, `note`, `head` and `rows`, which are lists of rows of cells (`tables.py`)
records   rows of a dataset, for print only: attrs `head` (name and unit of each column), `numeric` (which columns are
          aligned to the right), `rows` (`cells`, which are texts, and `flat`: whether they are one line high) and what
          `columns.Plan` says
equation  raw LaTeX; attrs `block`, `mathml` (safe to put into a page as it is); block or inline
footnote  inline; children are what it says, and attrs `number` counts from 1
source    a paragraph that names where something comes from
landscape nodes for which the page is turned on its side
plain     raw text as a program printed it
note      raw text: what this document does not show, and why; attrs `instead` is the type of the node it stands for
========= =================================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

Node: TypeAlias = dict[str, Any]
ASIDES = frozenset({"footnote", "note"})


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """All nodes, each before its children, in reading order."""
    for node in nodes:
        yield node
        yield from walk(node.get("children", []))


def text_of(node: Node) -> str:
    """What the node says, without its looks, and without footnotes and notes within."""
    return _words(node).strip()


def _words(node: Node) -> str:
    if node["type"] in ("softbreak", "linebreak"):
        return " "
    parts = (_words(child) for child in node.get("children", []) if child["type"] not in ASIDES)
    return str(node.get("raw", "")) + "".join(parts)


def paragraph(text: str) -> Node:
    return {"type": "paragraph", "children": [{"type": "text", "raw": text}]}


def note(text: str, instead: str = "") -> Node:
    return {"type": "note", "raw": text, "attrs": {"instead": instead}}
