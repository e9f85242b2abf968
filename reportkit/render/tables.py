"""Tables in HTML, as pandas writes them, read into `grid` nodes.

A cell is a mapping: `text`, `numeric` (aligned to the right), and where it applies `head` (names its row or column),
`columns` and `rows` (how many of each it spans), and of a pandas Styler `fill`, `ink` (`#rrggbb`) and `bold`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any, TypeAlias

from reportkit.render.cell_looks import LOOK, Looks, read_look, read_looks
from reportkit.render.nodes import Node, paragraph

Cell: TypeAlias = dict[str, Any]
Row: TypeAlias = list[Cell]

_UNIT = r"(?:%|‰|pp|bp|[kKMB]|bn|[kMG]?B|ms|s|×|x)"
_NUMBER = rf"[<>≤≥≈~]?\s?[-+−±]?\s?[$€£¥]?\s?\d[\d,.'\u00a0\u202f]*(?:[eE][-+]?\d+)?\s?{_UNIT}?"
_NUMERIC = re.compile(rf"{_NUMBER}|[\[(]?\s?{_NUMBER}\s?(?:,|to|–|…)\s?{_NUMBER}\s?[\])]?")
_NOTHING = frozenset({"", "-", "–", "—", "nan", "NaN", "NaT", "None", "<NA>", "NA", "n/a", "inf", "-inf", "..."})
_UNSEEN = frozenset({"style", "script", "head", "template"})
_BREAKS = frozenset({"br", "p", "div", "li"})


def read_tables(html: str) -> list[Node]:
    """The tables in `html`, in order. Text before the first becomes a paragraph; what follows a table becomes its note,
    as pandas' `120 rows × 5 columns`."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    looks = read_looks(reader.style)
    grids = [_grid(table, looks) for table in reader.tables if table.rows]
    lead = " ".join(reader.lead.split())
    return [paragraph(lead), *grids] if grids and lead else grids


def visible_text(html: str) -> str:
    """What a reader would see of `html`, on one line."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return " ".join(reader.beside.split())


class _Table:
    def __init__(self) -> None:
        self.caption = ""
        self.note = ""
        self.rows: list[Row] = []
        self.head_rows = 0


class _Reader(HTMLParser):
    """Follows the tags of the outermost tables; the text of a table within a cell belongs to the cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self.beside = ""
        self.lead = ""
        self.style = ""
        self._in_style = False
        self._depth = 0
        self._unseen = 0
        self._in_head = False
        self._in_caption = False
        self._cell: Cell | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
            self._in_style = tag == "style"
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append(_Table())
                self._cell = None
        elif tag in _BREAKS:
            self._write("\n")
        elif self._depth == 1:
            self._start(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag == "table":
            self._depth = max(0, self._depth - 1)
        elif tag == "thead":
            self._in_head = False
        elif tag == "caption":
            self._in_caption = False
        elif tag in ("td", "th") and self._depth == 1:
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._in_style and self._unseen:
            self.style += data
        if not self._unseen:
            self._write(re.sub(r"\s+", " ", data))

    def _start(self, tag: str, attrs: dict[str, str | None]) -> None:
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
            self._cell = {"text": "", "head": tag == "th"}
            self._cell |= {"columns": _span(attrs.get("colspan")), "rows": _span(attrs.get("rowspan"))}
            self._cell["look"] = (attrs.get("id"), attrs.get("style"))
            table.rows[-1].append(self._cell)

    def _write(self, text: str) -> None:
        if self._depth and self._cell is not None:
            self._cell["text"] += text
        elif self._depth and self._in_caption:
            self.tables[-1].caption += text
        elif not self._depth:
            self.beside += text
            if self.tables:
                self.tables[-1].note += text
            else:
                self.lead += text


def _span(value: str | None) -> int:
    return min(int(value), 1000) if value and value.isdecimal() and int(value) else 1


def _grid(table: _Table, looks: Looks) -> Node:
    _dress(table.rows, looks)
    head, body = _without_row_numbers(*_split(table))
    width = max(_width(head), _width(body))
    numeric = [_is_numeric(texts) for texts in _columns(body, width)]
    attrs = {
        "caption": _squeeze(table.caption),
        "note": " ".join(table.note.split()) or ("" if body else "No rows"),
        "width": width,
        "head": _finish(_join_index_names(head), numeric),
        "rows": _finish(body, numeric),
    }
    return {"type": "grid", "attrs": attrs}


def _dress(rows: Sequence[Row], looks: Looks) -> None:
    for row in rows:
        for cell in row:
            name, own = cell.pop("look")
            cell |= {**looks.get(name, {}), **(read_look(own) if own else {})}


def _split(table: _Table) -> tuple[list[Row], list[Row]]:
    """Head and body. Without a `thead`, the leading rows that hold nothing but `th` are the head."""
    count = table.head_rows
    if not count:
        count = next((i for i, row in enumerate(table.rows) if not all(c["head"] for c in row)), len(table.rows))
    for section in (table.rows[:count], table.rows[count:]):
        for y, row in enumerate(section):
            for cell in row:
                cell["text"] = _squeeze(cell["text"])
                cell["rows"] = min(cell["rows"], len(section) - y)
    return table.rows[:count], table.rows[count:]


def _without_row_numbers(head: list[Row], body: list[Row]) -> tuple[list[Row], list[Row]]:
    """pandas numbers the rows of a frame that has no index of its own; a reader has no use for that column."""
    first = [row[0] for row in body if row]
    numbers = [str(y) for y in range(len(body))]
    if not head or not body or any(not row or row[0]["text"] or row[0]["columns"] > 1 for row in head):
        return head, body
    if not all(cell["head"] for cell in first) or [cell["text"] for cell in first] != numbers:
        return head, body
    return [row[1:] for row in head], [row[1:] for row in body]


def _squeeze(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def place(rows: Sequence[Row], width: int = 0) -> Iterator[list[tuple[int, Cell]]]:
    """Each row's cells with the column each starts in, given the spans from above; filled up to `width` columns."""
    covered: dict[int, int] = {}
    for row in rows:
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
    if any((upper["text"] and lower["text"]) or upper["columns"] > 1 for upper, lower in pairs):
        return head
    return [*head[:-2], [{**upper, "text": upper["text"] or lower["text"]} for upper, lower in pairs]]


def _finish(rows: Sequence[Row], numeric: Sequence[bool]) -> list[Row]:
    return [[_cell(cell, numeric[x]) for x, cell in placed] for placed in place(rows, len(numeric))]


def ended(rows: list[Row]) -> list[Row]:
    """Rows that end here, and so do the cells that span more of them."""
    for y, row in enumerate(rows):
        for cell in row:
            if cell.get("rows", 1) > len(rows) - y:
                cell["rows"] = len(rows) - y
    return rows


def _cell(cell: Cell, numeric: bool) -> Cell:
    """Without what goes without saying: a large table has many cells."""
    return {
        "text": cell["text"],
        **({"numeric": True} if numeric and cell.get("columns", 1) == 1 else {}),
        **({"head": True} if cell.get("head") else {}),
        **({"columns": cell["columns"]} if cell.get("columns", 1) > 1 else {}),
        **({"rows": cell["rows"]} if cell.get("rows", 1) > 1 else {}),
        **{name: cell[name] for name in LOOK if name in cell},
    }
