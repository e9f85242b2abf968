"""How wide the columns of a printed table are, and how large its type, so that nothing is ever cut off.

Widths come from the very font files that the PDF embeds. A table that is too wide first wraps its text, then gets
smaller type, then a page on its side, and at last type as small as it takes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reportkit.render.figures.faces import read_face
from reportkit.render.glyphs import TEXT_FONTS
from reportkit.render.tables import Cell, Row, place

PORTRAIT, LANDSCAPE = 481.8, 728.5
"""Width of the text in points on A4 with margins of 20 mm, upright and on its side."""
SIZES = (9.0, 8.0, 7.0)
"""Type sizes in points, the best first."""
PADDING = 12.0
"""Points that a column needs beside its text."""
COMFORT = 10.0
"""A text column is not squeezed below this many em, if it has as much to say."""
SLACK = 2.5
"""Em by which a column of a small table is wider than its text; a table that takes more than 40 % of
the width fills it."""
TOLERANCE = 0.1
"""Em by which what is set may differ from what is reckoned here: kerning, rounding."""

_GAP = re.compile(r"[\s\u200b]+")


@dataclass(frozen=True)
class Plan:
    """A table as it is to be set; all lengths in points."""

    size: float
    padding: float
    """Between two columns."""
    widths: tuple[float, ...]
    """Of the columns, with their padding."""
    landscape: bool


@dataclass
class _Need:
    """What a column takes, in em: `least` with its text wrapped, `natural` without."""

    least: float = 0.0
    natural: float = 0.0

    def take(self, least: float, natural: float) -> None:
        self.least, self.natural = max(self.least, least), max(self.natural, natural)


def plan_columns(head: Sequence[Row], rows: Sequence[Row], width: int) -> Plan:
    """Type size and column widths for the head and rows of a `grid` node that is `width` columns wide."""
    needs = _needs(head, rows, width)
    least = sum(need.least for need in needs)
    for available, landscape in ((PORTRAIT, False), (LANDSCAPE, True)):
        for size in SIZES:
            if least * size + PADDING * width <= available:
                widths = _share(needs, (available - PADDING * width) / size)
                return Plan(size, PADDING, tuple(em * size + PADDING for em in widths), landscape)
    scale = LANDSCAPE / (least * SIZES[-1] + PADDING * width)
    size, padding = SIZES[-1] * scale, PADDING * scale
    return Plan(size, padding, tuple(need.least * size + padding for need in needs), landscape=True)


def _share(needs: Sequence[_Need], available: float) -> list[float]:
    """Widths in em: what each column likes plus some air, or, where that is too much, a fair part of what there is."""
    least, natural = sum(need.least for need in needs), sum(need.natural for need in needs)
    if natural <= available:
        air = (available - natural) / len(needs)
        air = min(air, SLACK) if natural < available * 0.4 else air
        return [need.natural + air for need in needs]
    part = (available - least) / (natural - least)
    return [need.least + (need.natural - need.least) * part for need in needs]


def _needs(head: Sequence[Row], rows: Sequence[Row], width: int) -> list[_Need]:
    needs = [_Need() for _ in range(width)]
    for x, cell in _cells(head):
        _spread(needs, x, cell, least=_longest(_GAP.split(cell["text"]), _bold()), natural=_line(cell, _bold()))
    for x, cell in _cells(rows):
        widths = _bold() if cell.get("head") else _regular()
        natural = _line(cell, widths)
        word = natural if cell.get("numeric") else _longest(_GAP.split(cell["text"]), widths)
        _spread(needs, x, cell, least=max(word, min(natural, COMFORT)), natural=natural)
    return needs


def _cells(rows: Sequence[Row]) -> Iterator[tuple[int, Cell]]:
    return (placed for row in place(rows) for placed in row)


def _spread(needs: Sequence[_Need], x: int, cell: Cell, least: float, natural: float) -> None:
    columns = cell.get("columns", 1)
    for need in needs[x : x + columns]:
        need.take((least + TOLERANCE) / columns, (natural + TOLERANCE) / columns)


def _line(cell: Cell, widths: Mapping[int, float]) -> float:
    return _longest(cell["text"].split("\n"), widths)


def _longest(texts: Iterable[str], widths: Mapping[int, float]) -> float:
    return max(sum(widths.get(ord(char), 1.0) for char in text) for text in texts)


@functools.cache
def _regular() -> Mapping[int, float]:
    return read_face(TEXT_FONTS / "SourceSans3-Regular.ttf").widths


@functools.cache
def _bold() -> Mapping[int, float]:
    return read_face(TEXT_FONTS / "SourceSans3-SemiBold.ttf").widths
