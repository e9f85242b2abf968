"""Markdown cells and outputs, as nodes.

CommonMark with tables, strikethrough, bare addresses, footnotes (`[^1]`) and equations (`$...$`, `$$...$$`). Of raw
HTML only tables and `<br>` are kept: formatting tags fall away around their text, and anything else becomes a note.
Links lead to web and mail addresses or within the document. A quote that starts with `[!NOTE]` or another of `KINDS` is
of that kind. A paragraph that starts with `Source:` is set as one, in small type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from itertools import groupby
from typing import Any, cast

import mistune
from mistune.plugins.footnotes import footnotes
from mistune.plugins.formatting import strikethrough
from mistune.plugins.math import math, math_in_list, math_in_quote
from mistune.plugins.table import table, table_in_list, table_in_quote
from mistune.plugins.url import url

from reportkit.render.maths import read_equation
from reportkit.render.nodes import ASIDES, Node, note, text_of, walk
from reportkit.render.pictures import picture_at
from reportkit.render.tables import read_tables, visible_text

KINDS = {
    "NOTE": "Note",
    "TIP": "Tip",
    "IMPORTANT": "Important",
    "WARNING": "Warning",
    "CAUTION": "Caution",
    "FINDING": "Finding",
    "METHOD": "Method",
}
"""Of quotes, with the titles they have if they say none."""

_LINKABLE = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)
_ALERT = re.compile(rf"\[!({'|'.join(KINDS)})\]\s*", re.IGNORECASE)
_SOURCE = re.compile(r"Sources?:\s")
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_PICTURE_TAG = re.compile(r"<(?:img|video|audio|iframe|object|embed)\b", re.IGNORECASE)
_ENVIRONMENT = (
    r"^ {0,3}(?P<latex>\\begin\{(?P<latex_name>(?:equation|align|gather|eqnarray)\*?)\}"
    r"[\s\S]+?\\end\{(?P=latex_name)\})[ \t]*(?:\n|$)"
)
"""Jupyter shows these without dollar signs as well."""


@dataclass(frozen=True)
class _Cell:
    attachments: Mapping[str, Mapping[str, str]]
    """Its pictures."""
    footnotes: Mapping[str, list[Node]] = field(default_factory=dict)
    """What each footnote says, as tokens."""


def _environments(md: mistune.Markdown) -> None:
    def parse(_block: Any, match: re.Match[str], state: Any) -> int:
        state.append_token({"type": "block_math", "raw": match["latex"]})
        return match.end()

    md.block.register("math_environment", _ENVIRONMENT, parse, before="list")


_parse = mistune.create_markdown(
    renderer=None,
    plugins=[
        table,
        table_in_list,
        table_in_quote,
        strikethrough,
        url,
        math,
        math_in_list,
        math_in_quote,
        footnotes,
        _environments,
    ],
)


def read_markdown(source: str, attachments: Mapping[str, Mapping[str, str]]) -> list[Node]:
    """The nodes of a Markdown text; `attachments` is the cell's, and holds its pictures."""
    parsed, state = _parse.parse(source)
    tokens, said = cast("list[Node]", parsed), {}
    if tokens and tokens[-1]["type"] == "footnotes":
        said = {item["attrs"]["key"]: item["children"] for item in tokens.pop()["children"]}
    unnamed = sorted(state.env.get("ref_footnotes", {}).keys() - said.keys())
    lost = [
        note(f"The footnote {key} is not shown: nothing in its cell names it, other footnotes aside.")
        for key in unnamed
    ]
    return [*_clean(tokens, _Cell(attachments, said)), *lost]


def read_html(html: str) -> list[Node]:
    """What documents keep of raw HTML: its tables, else a note where there was something to see."""
    tables = read_tables(html)
    if tables:
        return tables
    if visible_text(html):
        return [note("HTML in the notebook is not shown here; Markdown, tables and charts are.")]
    return []


def _clean(tokens: Iterable[Node], cell: _Cell) -> Iterator[Node]:
    for token in tokens:
        match token["type"]:
            case "blank_line":
                continue
            case "block_html":
                yield from read_html(token["raw"])
            case "inline_html":
                yield from _inline_html(token["raw"])
            case "text":
                yield {"type": "text", "raw": unescape(token["raw"])}
            case "image":
                yield from picture_at(token["attrs"]["url"], cell.attachments, alt=text_of(token))
            case "inline_math" | "block_math" as kind:
                yield from read_equation(token["raw"], block=kind == "block_math")
            case "footnote_ref":
                # A footnote has none of its own, so one that names itself ends.
                said = list(_clean(cell.footnotes.get(token["raw"], []), _Cell(cell.attachments)))
                yield from [{"type": "footnote", "children": said}] if said else []
            case "heading":
                yield from _heading(_plain_token(token, cell))
            case "link" if not _LINKABLE.match(token["attrs"]["url"]):
                yield from _clean(token["children"], cell)
            case "paragraph" | "block_text":
                yield from _paragraphs(_plain_token(token, cell))
            case "block_quote":
                yield _callout(list(_clean(token["children"], cell)))
            case _:
                yield _plain_token(token, cell)


def _plain_token(token: Node, cell: _Cell) -> Node:
    kept: Node = {key: token[key] for key in ("type", "raw", "attrs", "tight") if key in token}
    if "children" in token:
        kept["children"] = list(_clean(token["children"], cell))
    return kept


def _paragraphs(node: Node) -> Iterator[Node]:
    """A paragraph without what stands for itself: equations between its lines, a picture or a note that is alone."""
    only = node["children"][0] if len(node["children"]) == 1 else node
    if only["type"] in ("picture", "note"):
        yield only
        return
    kind = "source" if node["type"] == "paragraph" and _SOURCE.match(text_of(node)) else node["type"]
    for apart, group in groupby(node["children"], _stands_apart):
        words = list(group)
        if apart:
            yield from words
        elif any(part["type"] == "picture" or part.get("raw", "").strip() for part in walk(words)):
            yield {**node, "type": kind, "children": words}


def _heading(node: Node) -> Iterator[Node]:
    """A heading of words, which contents and bookmarks need, and below it the pictures that stood in it."""
    pictures = list(_taken(node, "picture"))
    equations = [part["raw"] for part in walk([node]) if part["type"] == "equation"]
    if not _plain_words(node) and equations:
        node["children"] = [{"type": "codespan", "raw": " ".join(equations)}]
    if text_of(node):
        yield node
    elif asides := [part for part in walk([node]) if part["type"] in ASIDES]:
        yield {"type": "paragraph", "children": asides}
    yield from pictures


def _plain_words(node: Node) -> str:
    return "".join(part.get("raw", "") for part in walk([node]) if part["type"] not in ("equation", *ASIDES)).strip()


def _taken(node: Node, kind: str) -> Iterator[Node]:
    """Out of the node, those of a type."""
    for child in node.get("children", []):
        yield from [child] if child["type"] == kind else _taken(child, kind)
    if "children" in node:
        node["children"] = [child for child in node["children"] if child["type"] != kind]


def _stands_apart(node: Node) -> bool:
    return node["type"] == "block_code" or (node["type"] == "equation" and bool(node["attrs"]["block"]))


def _inline_html(tag: str) -> Iterator[Node]:
    if _LINE_BREAK.fullmatch(tag):
        yield {"type": "linebreak"}
    elif _PICTURE_TAG.match(tag):
        yield note("HTML in the notebook is not shown here; Markdown, tables and charts are.")


def _callout(children: list[Node]) -> Node:
    """A quote, of the kind that its first words name; what follows on the same line is its title."""
    quote: Node = {"type": "block_quote", "attrs": {"kind": "quote", "title": ""}, "children": children}
    first = children[0].get("children", []) if children else []
    alert = _ALERT.match(first[0].get("raw", "")) if first else None
    if alert:
        title = first[0]["raw"][alert.end() :].strip()
        quote["attrs"] = {"kind": alert[1].lower(), "title": title or KINDS[alert[1].upper()]}
        del first[: 2 if first[1:] and first[1]["type"] == "softbreak" else 1]
    return quote
