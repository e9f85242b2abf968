"""One look at an answer before it is read: how many rows, where, and which values a format cannot hold literally."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from reportkit.datasets.postgres.spelling import Spelling, unspeakable
from reportkit.datasets.query import Query
from reportkit.datasets.sources import Snapshot

Value = sa.ColumnElement[Any]


@dataclass(frozen=True)
class Survey:
    rows: int
    alterations: Mapping[str, int]
    unspeakable: int
    """Values that no reader of the format would understand."""
    parts: Sequence[tuple[int, int]]
    """Number and rows of each part of the key range that has some."""


def survey(snapshot: Snapshot, query: Query, spelling: Spelling, part: Value) -> Survey:
    """`part` is the number of the part that a row lies in. Raises WarehouseUnavailable, DeadlineExceeded, Cancelled."""
    alterations = spelling.alterations(query)
    counts = {**alterations, "rows": sa.func.count(), "unspeakable": unspeakable(query)}
    statement = query.over(part.label("part"), *[value.label(name) for name, value in counts.items()])
    found = _without_sorting(snapshot, statement.group_by(sa.literal_column("1")))
    total = {name: sum(row._mapping[name] for row in found) for name in counts}
    return Survey(
        rows=total["rows"],
        alterations={name: total[name] for name in alterations if total[name]},
        unspeakable=total["unspeakable"],
        parts=sorted((row.part, row.rows) for row in found),
    )


def _without_sorting(snapshot: Snapshot, statement: sa.Select[Any]) -> Sequence[Any]:
    """The planner takes each key for a part of its own, and would sort them all."""
    with snapshot.watch.statement():
        snapshot.connection.exec_driver_sql("SET LOCAL enable_sort = off")
        found = snapshot.connection.execute(statement).all()
        snapshot.connection.exec_driver_sql("SET LOCAL enable_sort = on")
    return found
