"""The key that a query's rows are ordered by, as its table has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from reportkit.datasets.query import LARGEST_INTEGER, Query
from reportkit.datasets.sources import Snapshot

KEYS_PER_PART = 8192
MOST_PARTS = 4096

BY_INDEX = {"enable_sort": "off", "max_parallel_workers_per_gather": "0"}
"""Has PostgreSQL read in the index's order: where rules leave more rows than it thinks, it would sort them on disk. Two
connections are side by side as it is."""


def halves(part: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Every other part, and the rest. By < for the planner takes = for a rare thing, and would plan for a few rows."""
    turn = part % sa.literal_column("2", sa.BigInteger())
    return turn < 1, turn >= 1


@dataclass(frozen=True)
class KeyRange:
    """All keys of a table, wanted or not."""

    first: int
    last: int

    def part_of(self, key: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The number of the part that `key` lies in. Parts follow each other, and hold a piece's worth of keys where
        there are no gaps."""
        width = max(KEYS_PER_PART, (self.last - self.first) // MOST_PARTS + 1)
        number: sa.ColumnElement[Any] = (key - self.first) // sa.literal_column(str(width), sa.BigInteger())
        return number

    def settings(self, rows: int) -> dict[str, str]:
        """For reading so many of them in order: by the index if they are a good part of all."""
        return BY_INDEX if rows * 4 > self.last - self.first else {}


def key_range(snapshot: Snapshot, query: Query) -> KeyRange | None:
    """None where there is none to reckon with. Raises WarehouseUnavailable, DeadlineExceeded or Cancelled."""
    if query.key is None:
        return None
    ends = sa.select(sa.func.min(query.key.stored), sa.func.max(query.key.stored))
    with snapshot.watch.statement():
        first, last = snapshot.connection.execute(ends).one()
    return None if first is None or last - first > LARGEST_INTEGER else KeyRange(first, last)
