"""One look at an answer before it is read: how many rows, where, and which values a format cannot hold literally."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from reportkit.datasets.postgres.key_range import halves
from reportkit.datasets.postgres.spelling import Spelling, unspeakable
from reportkit.datasets.query import Query
from reportkit.datasets.watch import Watch

Value = sa.ColumnElement[Any]


@dataclass(frozen=True)
class Survey:
    rows: int
    alterations: Mapping[str, int]
    unspeakable: int
    """Values that no reader of the format would understand."""
    parts: Sequence[tuple[int, int]]
    """Number and rows of each part of the key range that has some."""


def survey(connections: Sequence[sa.Connection], watch: Watch, query: Query, spelling: Spelling, part: Value) -> Survey:
    """`part` is the number of the part that a row lies in; two connections look at half of the parts each, at once.

    Raises WarehouseUnavailable, DeadlineExceeded or Cancelled.
    """
    alterations = spelling.alterations(query)
    counts = {**alterations, "rows": sa.func.count(), "unspeakable": unspeakable(query)}
    whole = query.over(part.label("part"), *[value.label(name) for name, value in counts.items()])
    whole = whole.group_by(sa.literal_column("1"))
    statements = [whole] if len(connections) == 1 else [whole.where(half) for half in halves(part)]
    with ThreadPoolExecutor(len(connections)) as threads:
        answers = threads.map(partial(_without_sorting, watch), connections, statements)
        found = [row for rows in answers for row in rows]
    total = {name: sum(row._mapping[name] for row in found) for name in counts}
    return Survey(
        rows=total["rows"],
        alterations={name: total[name] for name in alterations if total[name]},
        unspeakable=total["unspeakable"],
        parts=sorted((row.part, row.rows) for row in found),
    )


def _without_sorting(watch: Watch, connection: sa.Connection, statement: sa.Select[Any]) -> Sequence[Any]:
    """The planner takes each key for a part of its own, and would sort them all."""
    with watch.statement():
        connection.exec_driver_sql("SET LOCAL enable_sort = off")
        found = connection.execute(statement).all()
        connection.exec_driver_sql("SET LOCAL enable_sort TO DEFAULT")
    return found
