"""What accessibility asks of a document and notebooks often break, put right without asking."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence

from reportkit.render.nodes import Node, text_of, walk
from reportkit.render.tables import ended

MOST_ROWS = 10_000
"""Of a table; some 250 pages."""

DEEPEST = 5
"""Level of a heading; HTML has six, and the title is the first."""
MOST_NESTED = 8
"""Lists within each other; Typst can set some more, and no reader can tell them apart."""

_log = logging.getLogger(__name__)


def level_headings(body: Sequence[Node]) -> None:
    """The first heading becomes level 1 and no level is skipped; the order of rank stays as the author meant it."""
    above: list[int] = []
    for heading in _headings(body):
        meant = heading["attrs"]["level"]
        while above and above[-1] >= meant:
            above.pop()
        above.append(meant)
        heading["attrs"]["level"] = min(len(above), DEEPEST)


def flatten_lists(body: Sequence[Node], depth: int = 0) -> None:
    """The items of a list too deep in others follow the item that they belong to."""
    for node in body:
        inside = depth + (node["type"] == "list")
        if node["type"] == "list" and inside == MOST_NESTED:
            node["children"] = [part for item in node["children"] for part in _one_by_one(item)]
        flatten_lists(node.get("children", []), inside)


def _one_by_one(item: Node) -> Iterable[Node]:
    yield {**item, "children": [child for child in item["children"] if child["type"] != "list"]}
    for child in item["children"]:
        if child["type"] == "list":
            for below in child["children"]:
                yield from _one_by_one(below)


def anchor_headings(body: Sequence[Node]) -> None:
    """Each heading gets an `anchor` of its own, as Jupyter names them; links to no heading become plain text."""
    taken: set[str] = set()
    for heading in _headings(body):
        name = re.sub(r"\s+", "-", text_of(heading)) or "section"
        count = next(n for n in range(1, len(taken) + 2) if _numbered(name, n) not in taken)
        heading["attrs"]["anchor"] = _numbered(name, count)
        taken.add(_numbered(name, count))
    for link in walk(body):
        if link["type"] == "link" and link["attrs"]["url"].startswith("#"):
            target = link["attrs"]["url"][1:].replace("%20", "-")
            link["attrs"] = {"anchor": target}
            if target not in taken:
                link["type"] = "unlinked"


def describe_pictures(body: Sequence[Node]) -> None:
    """A picture or chart without alternative text is at least told by the section it stands in."""
    section = ""
    for node in walk(body):
        if node["type"] == "heading":
            section = text_of(node)
        elif node["type"] in ("picture", "chart") and not node["attrs"]["alt"]:
            kind = node["type"].capitalize()
            node["attrs"]["alt"] = f"{kind} in the section “{section}”" if section else kind


def number_footnotes(body: Sequence[Node]) -> None:
    for number, footnote in enumerate((node for node in walk(body) if node["type"] == "footnote"), start=1):
        footnote["attrs"] = {"number": number}


def shorten_tables(body: Sequence[Node]) -> None:
    """A table that nobody can read to its end says how much of it is shown."""
    for node in walk(body):
        if node["type"] != "grid" or len(node["attrs"]["rows"]) <= MOST_ROWS:
            continue
        attrs = node["attrs"]
        rows, said = len(attrs["rows"]), attrs["note"]
        advice = "An export as CSV, Parquet or XLSX has all of them."
        attrs["rows"] = ended(attrs["rows"][:MOST_ROWS])
        attrs["note"] = f"The first {MOST_ROWS:,} of {rows:,} rows. {advice} {said}".strip()
        _log.warning("a table of %s rows is shown with its first %s", f"{rows:,}", f"{MOST_ROWS:,}")


def _headings(body: Sequence[Node]) -> Iterable[Node]:
    return (node for node in walk(body) if node["type"] == "heading")


def _numbered(name: str, count: int) -> str:
    return name if count == 1 else f"{name}-{count}"
