"""A notebook's table, laid out: upright, else on its side, else in several tables that each repeat the row heads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportkit.render.columns import LANDSCAPE, PORTRAIT, SIZES, Faces, Need, Plan, fill, least_width, needs_of
from reportkit.render.tables import Cell, Row, place

Part = tuple[list[Row], list[Row], Plan]
"""Head, rows, and how they are set."""


EVEN = 20
"""Steps in which the width of a page is tried for tables that are as wide as each other."""


def lay_out(
    head: Sequence[Row], rows: Sequence[Row], width: int, faces: Faces, sides: Sequence[bool] = (False, True)
) -> list[Part]:
    """The tables that a `grid` node becomes, in the best type size. `sides` tells how its page may stand: upright,
    which is False, or on its side."""
    needs = needs_of(head, rows, width, faces)
    for landscape in sides:
        for size in SIZES:
            if least_width(needs, size) <= _room(landscape):
                return [(list(head), list(rows), fill(needs, size, landscape=landscape))]
    return [
        _part(head, rows, needs, columns, sides[-1])
        for columns in _split(needs, _row_heads(rows, width), _room(sides[-1]))
    ]


def _room(landscape: bool) -> float:
    return LANDSCAPE if landscape else PORTRAIT


def _row_heads(rows: Sequence[Row], width: int) -> int:
    """How many columns at the left name the rows."""
    named = {x for placed in place(rows) for x, cell in placed if cell.get("head")}
    other = {x for placed in place(rows) for x, cell in placed if not cell.get("head")}
    return next((x for x in range(width) if x not in named or x in other), 0)


def _split(needs: Sequence[Need], heads: int, room: float) -> list[list[int]]:
    """Columns for the fewest tables that hold them in the middle type size, all about as wide."""
    fewest = len(list(_in_turn(needs, heads, room)))
    splits = (list(_in_turn(needs, heads, room * share / EVEN)) for share in range(1, EVEN + 1))
    return next(split for split in splits if len(split) == fewest)


def _in_turn(needs: Sequence[Need], heads: int, room: float) -> Iterator[list[int]]:
    """As many as fit beside the row heads."""
    columns = list(range(heads))
    for x in range(heads, len(needs)):
        if len(columns) > heads and least_width([needs[y] for y in (*columns, x)], SIZES[1]) > room:
            yield columns
            columns = list(range(heads))
        columns.append(x)
    yield columns


def _part(
    head: Sequence[Row], rows: Sequence[Row], needs: Sequence[Need], columns: Sequence[int], landscape: bool
) -> Part:
    own = [needs[x] for x in columns]
    size = min(SIZES[1], _room(landscape) / least_width(own, 1))
    return _columns(head, columns), _columns(rows, columns), fill(own, size, landscape=landscape)


def _columns(rows: Sequence[Row], columns: Sequence[int]) -> list[Row]:
    return [[part for x, cell in placed if (part := _cut(x, cell, columns))] for placed in place(rows)]


def _cut(x: int, cell: Cell, columns: Sequence[int]) -> Cell:
    """What of a cell that starts at `x` stands in `columns`; empty if nothing."""
    spanned = cell.get("columns", 1)
    inside = sum(x <= column < x + spanned for column in columns)
    return {**cell, "columns": inside} if inside and spanned > 1 else cell if inside else {}
