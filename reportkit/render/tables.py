"""Tables in HTML, as pandas writes them, read into `grid` nodes.

A cell is a mapping: `text`, `numeric` (aligned to the right), and where it applies `head` (names its row or column),
`columns` and `rows` (how many of each it spans), and of a pandas Styler `fill`, `ink` (`#rrggbb`) and `bold`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Self, TypeAlias

from lxml.etree import HTMLParser

from reportkit.render.cell_looks import Looks, read_look, read_looks
from reportkit.render.nodes import Node, paragraph

Cell: TypeAlias = dict[str, Any]
Row: TypeAlias = list[Cell]

_UNIT = r"(?:%|‰|pp|bp|[kKMB]|bn|[kMG]?B|ms|s|×|x)"
_NUMBER = rf"[<>≤≥≈~]?\s?[-+−±]?\s?[$€£¥]?\s?\d[\d,.'\u00a0\u202f]*(?:[eE][-+]?\d+)?\s?{_UNIT}?"
_NUMERIC = re.compile(rf"{_NUMBER}|[\[(]?\s?{_NUMBER}\s?(?:,|to|–|…)\s?{_NUMBER}\s?[\])]?")
_NOTHING = frozenset({"", "-", "–", "—", "nan", "NaN", "NaT", "None", "<NA>", "NA", "n/a", "inf", "-inf", "..."})
_UNSEEN = frozenset({"style", "script", "head", "template"})
_BREAKS = frozenset({"br", "p", "div", "li"})
_APART = frozenset({"tr", "td", "th", "caption"})
_PICTURES = frozenset({"img", "svg", "canvas", "video", "audio", "iframe", "object", "embed"})
_SPANS = frozenset({"columns", "rows"})


def read_tables(html: str) -> list[Node]:
    """The tables in `html`, in order. Text before the first becomes a paragraph; what follows a table becomes its note,
    as pandas' `120 rows × 5 columns`."""
    reader = _read(html)
    looks = read_looks("".join(reader.style))
    grids = [_grid(table, looks) for table in reader.tables]
    lead = _line(reader.lead)
    return [paragraph(lead), *grids] if grids and lead else grids


def visible_text(html: str) -> str:
    """What a reader would see of `html`, on one line."""
    reader = _read(html)
    return _line([*reader.lead, *chain.from_iterable(table.note for table in reader.tables)])


def _read(html: str) -> _Reader:
    parser = HTMLParser(target=_Reader(), encoding="utf-8", huge_tree=True)
    parser.feed(html.replace("\0", "\ufffd").encode("utf-8", "replace"))
    reader: _Reader = parser.close()
    return reader


class _Table:
    def __init__(self) -> None:
        self.caption: list[str] = []
        self.note: list[str] = []
        self.rows: list[Row] = []
        self.head_rows = 0


class _Reader:
    """Is told each tag and text, and follows those of the outermost tables; the text of a table within a cell is the
    cell's, and text of a table in none of its cells is its note's. Texts are in pieces, for there can be very many."""

    def __init__(self) -> None:
        self.tables: list[_Table] = []
        self.lead: list[str] = []
        self.style: list[str] = []
        self._unseen: list[str] = []
        self._depth = 0
        self._in_head = False
        self._in_caption = False
        self._cell: Cell | None = None

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        if tag in _UNSEEN:
            self._unseen.append(tag)
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append(_Table())
                self._cell = None
        elif tag in _BREAKS:
            self._write("\n")
        elif tag in _PICTURES:
            self._write(f" [{attrs.get('alt') or 'A picture'}: not shown] ")
        elif self._depth == 1:
            self._start(tag, attrs)
        elif tag in _APART:
            self._write(" ")

    def end(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen.pop()
        elif tag == "table":
            self._depth -= 1
            self._write(" ")
        elif tag == "thead":
            self._in_head = False
        elif tag == "caption":
            self._in_caption = False
        elif tag in ("td", "th") and self._depth == 1:
            self._cell = None

    def data(self, text: str) -> None:
        if not self._unseen:
            self._write(text.replace("\n", " "))
        elif self._unseen[-1] == "style":
            self.style.append(text)

    def close(self) -> Self:
        return self

    def _start(self, tag: str, attrs: Mapping[str, str]) -> None:
        table = self.tables[-1]
        if tag == "thead":
            self._in_head = True
        elif tag == "caption":
            self._in_caption = True
        elif tag == "tr":
            table.rows.append([])
            table.head_rows += self._in_head
        elif tag in ("td", "th"):
            if not table.rows:
                table.rows.append([])
            self._cell = {"text": []}
            if tag == "th":
                self._cell["head"] = True
            if attrs:
                self._cell |= _spans(attrs)
                self._cell["look"] = (attrs.get("id"), attrs.get("style"))
            table.rows[-1].append(self._cell)

    def _write(self, text: str) -> None:
        if self._depth and self._cell is not None:
            self._cell["text"].append(text)
        elif self._depth and self._in_caption:
            self.tables[-1].caption.append(text)
        elif self.tables:
            self.tables[-1].note.append(text)
        else:
            self.lead.append(text)


def _spans(attrs: Mapping[str, str]) -> dict[str, int]:
    spans = {name: attrs.get(attr, "") for name, attr in (("columns", "colspan"), ("rows", "rowspan"))}
    return {name: min(int(many[:5]), 1000) for name, many in spans.items() if many.isdecimal() and int(many[:5]) > 1}


def _grid(table: _Table, looks: Looks) -> Node:
    _dress(table.rows, looks)
    head, body = _without_row_numbers(*_split(table))
    width = max(_width(head), _width(body), 1)
    numeric = [_is_numeric(texts) for texts in _columns(body, width)]
    attrs = {
        "caption": _squeeze("".join(table.caption)),
        "note": _line(table.note) or ("" if body else "No rows"),
        "width": width,
        "head": _finish(_join_index_names(head), numeric),
        "rows": _finish(body, numeric),
    }
    return {"type": "grid", "attrs": attrs}


def _dress(rows: Sequence[Row], looks: Looks) -> None:
    for row in rows:
        for cell in row:
            if "look" in cell:
                name, own = cell.pop("look")
                cell |= {**looks.get(name, {}), **(read_look(own) if own else {})}


def _split(table: _Table) -> tuple[list[Row], list[Row]]:
    """Head and body. Without a `thead`, the leading rows that hold nothing but `th` are the head."""
    count = table.head_rows
    if not count:
        count = next((i for i, row in enumerate(table.rows) if not all("head" in c for c in row)), len(table.rows))
    head, body = table.rows[:count], table.rows[count:]
    for section in (head, body):
        for row in section:
            for cell in row:
                cell["text"] = _squeeze("".join(cell["text"]))
        ended(section)
    return head, body


def _without_row_numbers(head: list[Row], body: list[Row]) -> tuple[list[Row], list[Row]]:
    """pandas numbers the rows of a frame that has no index of its own; a reader has no use for that column."""
    first = [row[0] for row in body if row]
    numbers = [str(y) for y in range(len(body))]
    if not head or not body or any(not row or row[0]["text"] or "columns" in row[0] for row in head):
        return head, body
    if not all("head" in cell for cell in first) or [cell["text"] for cell in first] != numbers:
        return head, body
    return [row[1:] for row in head], [row[1:] for row in body]


def _line(pieces: Iterable[str]) -> str:
    return " ".join("".join(pieces).split())


def _squeeze(text: str) -> str:
    if "\n" not in text:
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def place(rows: Sequence[Row], width: int = 0) -> Iterator[list[tuple[int, Cell]]]:
    """Each row's cells with the column each starts in, given the spans from above; filled up to `width` columns."""
    covered: dict[int, int] = {}
    for row in rows:
        if not covered and all(map(_SPANS.isdisjoint, row)):  # as nearly all rows of large tables are
            yield [*enumerate(row), *((rest, {"text": ""}) for rest in range(len(row), width))]
            continue
        placed, x = [], 0
        for cell in row:
            while covered.get(x):
                x += 1
            placed.append((x, cell))
            after = x + cell.get("columns", 1)
            covered |= {column: int(cell.get("rows", 1)) for column in range(x, after)}
            x = after
        placed += [(rest, {"text": ""}) for rest in range(x, width) if not covered.get(rest)]
        covered = {x: left - 1 for x, left in covered.items() if left > 1}
        yield placed


def _width(rows: Sequence[Row]) -> int:
    return max((x + cell.get("columns", 1) for placed in place(rows) for x, cell in placed), default=0)


def _columns(rows: Sequence[Row], width: int) -> list[list[str]]:
    """The texts of each column, without those that span several."""
    columns: list[list[str]] = [[] for _ in range(width)]
    for placed in place(rows):
        for x, cell in placed:
            if cell.get("columns", 1) == 1:
                columns[x].append(cell["text"])
    return columns


def _is_numeric(texts: Sequence[str]) -> bool:
    values = [text for text in texts if text not in _NOTHING]
    return bool(values) and all(_NUMERIC.fullmatch(text) for text in values)


def _join_index_names(head: list[Row]) -> list[Row]:
    """pandas gives the names of the index a row of their own below the names of the columns; make the two rows one."""
    if len(head) < 2 or len(head[-1]) != len(head[-2]):
        return head
    pairs = list(zip(head[-2], head[-1], strict=True))
    if any((upper["text"] and lower["text"]) or "columns" in upper for upper, lower in pairs):
        return head
    return [*head[:-2], [{**upper, "text": upper["text"] or lower["text"]} for upper, lower in pairs]]


def _finish(rows: Sequence[Row], numeric: Sequence[bool]) -> list[Row]:
    finished = []
    for placed in place(rows, len(numeric)):
        for x, cell in placed:
            if numeric[x] and "columns" not in cell:
                cell["numeric"] = True
        finished.append([cell for _, cell in placed])
    return finished


def ended(rows: list[Row]) -> list[Row]:
    """Rows that end here, and so do the cells that span more of them."""
    for y, row in enumerate(rows):
        for cell in row:
            spanned = min(cell.pop("rows", 1), len(rows) - y)
            if spanned > 1:
                cell["rows"] = spanned
    return rows
