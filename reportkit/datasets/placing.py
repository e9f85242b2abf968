"""Whether all rows can be placed in time: no comparison may silently lose one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from reportkit.datasets.base import Rows
from reportkit.datasets.query import Query
from reportkit.datasets.watch import Watch
from reportkit.errors import WarehouseUnavailable
from reportkit.instants import Instant

_FORMS_IN_TABLES: Mapping[type, str] = {Instant: "????-??-??T??:??:??.??????Z"}
"""Type to the texts that SQLite compares rightly."""
_FORMS: Mapping[type, str] = {**_FORMS_IN_TABLES, sa.Date: "????-??-??"}
"""A team's date ranges may be about days."""


def check_placing(connection: sa.Connection, watch: Watch, query: Query) -> None:
    """Raises WarehouseUnavailable, DeadlineExceeded or Cancelled."""
    if query.uncertain is not None:
        for column, number in _found(connection, watch, query.uncertain):
            raise WarehouseUnavailable(
                f"column {column} is empty in {number:,} rows, which no incremental export would ever have: fill it in "
                "the warehouse, let the dataset leave such rows out, or export without --since-last"
            )
    if query.compares_instants and connection.dialect.name == "sqlite":
        for counts in _misspelt(query):
            for column, number in _found(connection, watch, counts):
                raise WarehouseUnavailable(
                    f"column {column} holds {number:,} values that cannot be compared as texts: write instants as "
                    "2026-01-31T23:59:59.123456Z and days as 2026-01-31, in the warehouse or in the dataset's SELECT"
                )


def _found(connection: sa.Connection, watch: Watch, counts: Rows) -> list[tuple[str, int]]:
    """Of what is counted, that which is there."""
    with watch.statement():
        row = connection.execute(counts).one()
    return [(name, number) for name, number in row._mapping.items() if number]


def _misspelt(query: Query) -> Iterator[Rows]:
    """For each table, and a team's own SELECT, that the query reads: counts by column."""
    for rows in dict.fromkeys(visitors.iterate(query.select)):
        if isinstance(rows, sa.Table):
            forms = _FORMS_IN_TABLES
        elif isinstance(rows, sa.Subquery) and isinstance(rows.element, sa.TextualSelect):
            forms = _FORMS
        else:
            continue
        counts = [_count_unlike(c, form) for c in rows.c for type, form in forms.items() if isinstance(c.type, type)]
        if counts:
            yield sa.select(*counts).select_from(rows)


def _count_unlike(column: sa.ColumnElement[Any], form: str) -> sa.Label[int]:
    is_like = sa.type_coerce(column, sa.Text()).bool_op("GLOB")(form)
    return sa.func.count(sa.case((sa.not_(is_like), 1))).label(column.name)
