"""Markdown cells and outputs, as nodes.

CommonMark with tables, strikethrough and bare addresses. Of raw HTML only tables and `<br>` are kept: formatting tags
fall away around their text, and anything else becomes a note. Links lead to web and mail addresses or within the
document. A quote that starts with `[!NOTE]`, `[!TIP]`, `[!IMPORTANT]`, `[!WARNING]` or `[!CAUTION]` is of that kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import cast

import mistune
from mistune.plugins.formatting import strikethrough
from mistune.plugins.table import table, table_in_list, table_in_quote
from mistune.plugins.url import url

from reportkit.render.nodes import Node, note, text_of
from reportkit.render.pictures import picture_at
from reportkit.render.tables import read_tables, visible_text

_LINKABLE = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)
_ALERT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*", re.IGNORECASE)
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_PICTURE_TAG = re.compile(r"<(?:img|video|audio|iframe|object|embed)\b", re.IGNORECASE)

_parse = mistune.create_markdown(renderer=None, plugins=[table, table_in_list, table_in_quote, strikethrough, url])


def read_markdown(source: str, attachments: Mapping[str, Mapping[str, str]]) -> list[Node]:
    """The nodes of a Markdown text; `attachments` is the cell's, and holds its pictures."""
    return list(_clean(cast("list[Node]", _parse(source)), attachments))


def read_html(html: str) -> list[Node]:
    """What documents keep of raw HTML: its tables, else a note where there was something to see."""
    tables = read_tables(html)
    if tables:
        return tables
    if visible_text(html) or _PICTURE_TAG.search(html):
        return [note("HTML in the notebook is not shown here; Markdown, tables and charts are.")]
    return []


def _clean(tokens: Iterable[Node], attachments: Mapping[str, Mapping[str, str]]) -> Iterator[Node]:
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
                yield picture_at(token["attrs"]["url"], attachments, alt=text_of(token))
            case "link" if not _LINKABLE.match(token["attrs"]["url"]):
                yield from _clean(token["children"], attachments)
            case "paragraph":
                yield _paragraph(_plain_token(token, attachments))
            case "block_quote":
                yield _callout(list(_clean(token["children"], attachments)))
            case _:
                yield _plain_token(token, attachments)


def _plain_token(token: Node, attachments: Mapping[str, Mapping[str, str]]) -> Node:
    kept: Node = {key: token[key] for key in ("type", "raw", "attrs", "tight") if key in token}
    if "children" in token:
        kept["children"] = list(_clean(token["children"], attachments))
    return kept


def _paragraph(node: Node) -> Node:
    """A picture or a note that stands alone is no paragraph."""
    only = node["children"][0] if len(node["children"]) == 1 else node
    return only if only["type"] in ("picture", "note") else node


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
        quote["attrs"] = {"kind": alert[1].lower(), "title": title or alert[1].capitalize()}
        del first[: 2 if first[1:] and first[1]["type"] == "softbreak" else 1]
    return quote
