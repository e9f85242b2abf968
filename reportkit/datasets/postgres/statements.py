"""SELECTs as PostgreSQL gets them where it takes no parameters: COPY, and ADBC, which would hold a whole answer in
memory if it were given some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from psycopg import ClientCursor
from sqlalchemy.sql.visitors import replacement_traverse

from reportkit.datasets.sql import pseudonym

Value = sa.ColumnElement[Any]


def literal(connection: sa.Connection, statement: sa.Select[Any]) -> str:
    """The statement's text, its values quoted by psycopg."""
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    driver_connection: Any = connection.connection.driver_connection
    return ClientCursor(driver_connection).mogrify(str(compiled), compiled.params)


@dataclass(frozen=True)
class Parts:
    """Of a SELECT: its columns without their names, and what they come from."""

    values: Sequence[Value]
    rows: sa.FromClause
    tables: Sequence[sa.FromClause]
    """What `rows` joins: a subquery that refers to them must not list them as its own."""


def with_each_pseudonym_once(statement: sa.Select[Any]) -> Parts:
    """The statement's parts, each distinct value's pseudonym computed once and joined.

    OFFSET 0 keeps the planner from merging the lateral subquery into the rest; then it puts a Memoize node above it.
    Unlike a join with the distinct values, that keeps the order and needs no second reading of the table.
    """
    [rows] = statement.columns_clause_froms
    computed: list[sa.FromClause] = []

    def moved(element: Any, **_: Any) -> Any:
        if not isinstance(element, pseudonym):
            return None
        value = sa.select(element.label("value")).correlate(rows).offset(sa.literal_column("0"))
        computed.append(value.lateral())
        return computed[-1].c.value

    columns = [replacement_traverse(label.element, {}, moved) for label in statement.selected_columns]
    joined = rows
    for each in computed:
        joined = joined.outerjoin(each, sa.true())
    return Parts(columns, joined, (rows, *computed))
