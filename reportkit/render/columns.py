"""How wide the columns of a printed table are, and how large its type, so that nothing is ever cut off.

Widths come from the very font files that the PDF embeds. What is laid out with them, `grids` says for the tables of
notebooks and `parts` for those of datasets.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import typst

from reportkit.render.figures.faces import FACES, OURS, Typeface, read_face
from reportkit.render.tables import Cell, Row, place

PORTRAIT, LANDSCAPE = 481.8, 728.5
"""Width of the text in points on A4 with margins of 20 mm, upright and on its side."""
SIZES = (9.0, 8.0, 7.0)
"""Type sizes in points, the best first."""
PADDING = 4 / 3
"""Em that a column needs beside its text."""
COMFORT = 10.0
"""A text column is not squeezed below this many em, if it has as much to say."""
SLACK = 2.5
"""Em by which a column of a small table is wider than its text; a table that takes more than 40 % of
the width fills it."""
TOLERANCE = 0.1
"""Em by which what is set may differ from what is reckoned here: kerning, rounding."""

_GAP = re.compile(r"[\s\u200b]+")
_DIGITS = Path(__file__).parent / "templates" / "digits.typ"

USUAL = 0.95
"""Of a dataset's texts so many are given the room they like; one long address must not crowd out all else."""
LEEWAY = 1.15
"""And those that are longer than they by no more than this: identifiers differ only by the width of their letters."""


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
class Need:
    """What a column takes, in em: `least` with its text wrapped, `natural` without."""

    least: float = 0.0
    natural: float = 0.0
    lengths: Sequence[float] = ()
    """Of the texts of `of`, each without wrapping."""

    @classmethod
    def of(cls, head: Iterable[str], texts: Sequence[str], faces: Faces, *, numeric: bool) -> Self:
        """A column of `texts` below the lines of its head. Numbers are not wrapped, the few longest texts always."""
        need = cls()
        for line in head:
            words, whole = _longest(_GAP.split(line), faces.semibold), _longest([line], faces.semibold)
            need.take(words + TOLERANCE, whole + TOLERANCE)
        rooms = {text: _room(text, faces.regular, numeric=numeric) for text in frozenset(texts)}
        need.lengths = [rooms[text][1] for text in texts]
        usual = sorted(need.lengths)[int(USUAL * (len(texts) - 1))]
        for least, natural in rooms.values():
            need.take(least, natural if numeric or natural <= LEEWAY * usual else least)
        return need

    def take(self, least: float, natural: float) -> None:
        self.least, self.natural = max(self.least, least), max(self.natural, natural)


def needs_of(head: Sequence[Row], rows: Sequence[Row], width: int, faces: Faces) -> list[Need]:
    """Of the columns of a `grid` node that is `width` columns wide."""
    needs = [Need() for _ in range(width)]
    for x, cell in _cells(head):
        words, lines = _GAP.split(cell["text"]), cell["text"].split("\n")
        least, natural = _longest(words, faces.semibold), _longest(lines, faces.semibold)
        _spread(needs, x, cell, least + TOLERANCE, natural + TOLERANCE)
    for x, cell in _cells(rows):
        widths = faces.semibold if cell.get("head") else faces.regular
        _spread(needs, x, cell, *_room(cell["text"], widths, numeric=cell.get("numeric", False)))
    return needs


def fill(needs: Sequence[Need], size: float, *, landscape: bool) -> Plan:
    """As wide as the page, or as it takes; the columns must fit."""
    available = LANDSCAPE if landscape else PORTRAIT
    widths = _share(needs, available / size - PADDING * len(needs))
    return Plan(size, PADDING * size, tuple((em + PADDING) * size for em in widths), landscape)


def shrink(needs: Sequence[Need]) -> Plan:
    """On its side, in type as small as it takes."""
    size = LANDSCAPE / least_width(needs, size=1)
    return Plan(size, PADDING * size, tuple((need.least + PADDING) * size for need in needs), landscape=True)


def least_width(needs: Sequence[Need], size: float) -> float:
    """Points that the columns take at least."""
    return sum(need.least + PADDING for need in needs) * size


def one_line(texts: Sequence[str], room: float, faces: Faces) -> list[bool]:
    """Which of `texts` are certain to take one line in a column with `room` em for its text."""
    widths = faces.regular
    fits = {
        text: widths.keys() >= set(text) and sum(map(widths.__getitem__, text)) + 2 * TOLERANCE <= room
        for text in frozenset(texts)
    }
    return [fits[text] for text in texts]


def _share(needs: Sequence[Need], available: float) -> list[float]:
    """Widths in em: what each column likes plus some air; where that is too much, modest wishes come first."""
    least, natural = sum(need.least for need in needs), sum(need.natural for need in needs)
    if natural <= available:
        air = (available - natural) / len(needs)
        air = min(air, SLACK) if natural < available * 0.4 else air
        return [need.natural + air for need in needs]
    widths = [need.least for need in needs]
    spare = available - least
    wishes = sorted((need.natural - need.least, x) for x, need in enumerate(needs))
    for waiting, (wish, x) in zip(range(len(wishes), 0, -1), wishes, strict=True):
        more = min(wish, spare / waiting)
        widths[x] += more
        spare -= more
    return widths


def _cells(rows: Sequence[Row]) -> Iterator[tuple[int, Cell]]:
    return (placed for row in place(rows) for placed in row)


def _spread(needs: Sequence[Need], x: int, cell: Cell, least: float, natural: float) -> None:
    columns = cell.get("columns", 1)
    for need in needs[x : x + columns]:
        need.take(least / columns, natural / columns)


def _room(text: str, widths: Widths, *, numeric: bool) -> tuple[float, float]:
    """What `text` takes in em, wrapped and not."""
    natural = _longest(text.split("\n"), widths)
    word = natural if numeric else _longest(_GAP.split(text), widths)
    return max(word, min(natural, COMFORT)) + TOLERANCE, natural + TOLERANCE


def _longest(texts: Iterable[str], widths: Widths) -> float:
    return max(sum(map(widths.__getitem__, text)) for text in texts)


class Widths(dict[str, float]):
    """Of characters, in em; one that the font lacks comes from another font, and is taken to be as wide as high."""

    def __missing__(self, _char: str) -> float:
        return 1.0


@dataclass(frozen=True)
class Faces:
    """A font that tables are set in."""

    regular: Widths
    semibold: Widths

    @classmethod
    @functools.cache
    def of(cls, typeface: Typeface) -> Self:
        """With the characters that it lacks from our own font."""
        files, digits = dict(typeface.files), {} if typeface == OURS else _digits(typeface)

        def widths(role: str) -> Widths:
            codes = {**read_face(FACES[role]).widths, **read_face(files[role]).widths}
            return Widths({chr(code): width for code, width in codes.items()} | digits.get(role, {}))

        return cls(widths("regular"), widths("semibold"))


def _digits(typeface: Typeface) -> dict[str, Any]:
    answer = typst.query(
        _DIGITS,
        "<digits>",
        field="value",
        one=True,
        font_paths=[path.parent for _role, path in typeface.files],
        ignore_system_fonts=True,
        sys_inputs={"family": typeface.family},
    )
    widths: dict[str, Any] = json.loads(answer)
    return widths
