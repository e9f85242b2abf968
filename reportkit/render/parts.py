"""How the columns of a dataset are laid on pages: whole or in parts, upright or on their side, as takes the fewest.

A table of thousands of rows takes twice the pages when each of its rows has a second line. So every cut of the columns
into tables is reckoned through, with the heights that a sample of the rows would have.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reportkit.render.columns import LANDSCAPE, PORTRAIT, SIZES, Need, Plan, fill, least_width, shrink

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

UPRIGHT_HEIGHT, SIDEWAYS_HEIGHT = 660.0, 413.0
"""Points that a page has for rows, below the head of the table."""
LINE, FIRST_LINE, INSETS = 1.11, 0.66, 6.4
"""Height of a row: of a further line and of the first in em, and around them in points."""
REPEATED = (0, 1)
"""Columns that each of several parts has: the rows' numbers, and the first that was asked for."""
SAMPLE = 400
"""Rows that are reckoned with, about."""
BROKEN = 1.08
"""Times its length is what a text takes that is wrapped, for lines break before their ends."""
WEIGHTS: Mapping[float, float] = dict(zip(SIZES, (1.0, 1.1, 1.25), strict=True))
"""What a page in each type size counts for: smaller type is worth its trouble only where it saves more than that."""
PER_PART = 0.2
"""By so much all pages count for more with each part after the first: a row is then read in several places."""
MORE_PARTS = 2
"""Than the fewest that hold the columns; with still more, too much is repeated."""


@dataclass(frozen=True)
class Part:
    """Some columns of a table, as a table of its own."""

    columns: tuple[int, ...]
    plan: Plan


@dataclass(frozen=True)
class _Split:
    """Parts that hold the first columns, or all."""

    pages: float = 0.0
    unlike: float = 0.0
    """Less for parts that are more alike; it chooses between splits with as many pages."""
    parts: tuple[Part, ...] = ()

    def __add__(self, other: _Split) -> _Split:
        return _Split(self.pages + other.pages, self.unlike + other.unlike, self.parts + other.parts)


_ENDLESS = _Split(math.inf)


def plan_parts(needs: Sequence[Need]) -> list[Part]:
    """One table of all columns but the first, which numbers the rows; or several, of which each begins with the numbers
    and the column after them."""
    import numpy as np

    every = math.ceil(len(needs[0].lengths) / SAMPLE)
    lengths = np.array([need.lengths[::every] for need in needs])
    layouts = [_Layout(needs, lengths, every, size, landscape) for landscape in (False, True) for size in SIZES]
    return list(min((split for layout in layouts for split in layout.splits()), key=_cost).parts)


def _cost(split: _Split) -> tuple[float, float]:
    smallest = min(max(part.plan.size, SIZES[-1]) for part in split.parts)
    return split.pages * WEIGHTS[smallest] * (1 + PER_PART * (len(split.parts) - 1)), split.unlike


@dataclass(frozen=True)
class _Layout:
    """Pages of one kind and type of one size, for which columns are cut into parts."""

    needs: Sequence[Need]
    lengths: npt.NDArray[np.float64]
    """Of the sampled texts, a line for each column."""
    every: int
    """Each sampled row stands for so many."""
    size: float
    landscape: bool

    def splits(self) -> Iterator[_Split]:
        """The whole, where it fits; the best into the fewest parts that hold all columns, into one more, and so on."""
        if whole := self._part((), tuple(range(1, len(self.needs)))):
            yield whole
        columns = len(self.needs) - len(REPEATED)
        tables = [list(self._tables_from(start)) for start in range(columns)]
        best, found = {0: _Split()}, 0
        while best and found <= MORE_PARTS:
            best = _with_a_further_part(best, tables)
            if columns in best:
                found += 1
                yield best[columns]

    def _tables_from(self, start: int) -> Iterator[_Split]:
        """With one column that is not repeated, with two, and so on while they fit."""
        first = len(REPEATED) + start
        for end in range(first + 1, len(self.needs) + 1):
            if not (table := self._part(REPEATED, tuple(range(first, end)))):
                return
            yield table

    def _part(self, repeated: tuple[int, ...], free: tuple[int, ...]) -> _Split | None:
        """None where they do not fit beside each other."""
        columns = repeated + free
        needs = [self.needs[x] for x in columns]
        taken = least_width(needs, self.size)
        if taken <= (LANDSCAPE if self.landscape else PORTRAIT):
            plan = fill(needs, self.size, landscape=self.landscape)
        elif len(free) == 1 and self.landscape and self.size == SIZES[-1]:
            plan = shrink(needs)
        else:
            return None
        return _Split(self._pages(columns, plan), taken**2, (Part(columns, plan),))

    def _pages(self, columns: tuple[int, ...], plan: Plan) -> float:
        import numpy as np

        rooms = (np.array(plan.widths)[:, None] - plan.padding) / plan.size + 0.01
        lengths = self.lengths[list(columns)]
        lines = np.where(lengths <= rooms, 1, np.ceil(lengths * BROKEN / rooms)).max(axis=0)
        height = (INSETS + plan.size * (FIRST_LINE + LINE * (lines - 1))).sum() * self.every
        return max(1.0, float(height) / (SIDEWAYS_HEIGHT if plan.landscape else UPRIGHT_HEIGHT))


def _with_a_further_part(best: Mapping[int, _Split], tables: Sequence[Sequence[_Split]]) -> dict[int, _Split]:
    """The best splits of the first columns, by how many these are; `best` are those with a part less, and `tables` the
    parts there can be, by the column that they start with."""
    longer: dict[int, _Split] = {}
    for start in best.keys() & range(len(tables)):
        for end, table in enumerate(tables[start], start=start + 1):
            longer[end] = min(
                best[start] + table, longer.get(end, _ENDLESS), key=lambda split: (split.pages, split.unlike)
            )
    return longer
