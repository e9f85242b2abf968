"""A sample in PostgreSQL: one transaction, rows by COPY, keys and indexes after the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable

from reportkit.datasets import warehouse
from reportkit.errors import WarehouseUnavailable
from reportkit.sample.canonical import Block
from reportkit.sample.room import check_room

TABLES = warehouse.metadata.sorted_tables


@contextmanager
def postgres_warehouse(url: URL, replace: bool) -> Iterator[Callable[[Block], None]]:
    """Yields what writes a block."""
    where = url.render_as_string()
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"), poolclass=NullPool, connect_args={"connect_timeout": 10}
    )
    try:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            check_room(connection, where, replace)
            _create_tables(connection)
            yield lambda block: _copy(connection, block)
            _finish(connection)
    except (DBAPIError, psycopg.Error) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise WarehouseUnavailable(f"{where}: {reason}") from error


def _create_tables(connection: Connection) -> None:
    warehouse.metadata.drop_all(connection)
    for table in TABLES:
        connection.execute(CreateTable(table, include_foreign_key_constraints=[]))


def _copy(connection: Connection, block: Block) -> None:
    """Frozen at once: the tables are of this transaction, and readers need not mark their rows as committed."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    statement = sql.SQL("COPY {} FROM STDIN (FREEZE)").format(sql.Identifier(block.table.name))
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in block.rows:
            copy.write_row(row)


def _finish(connection: Connection) -> None:
    for table in TABLES:
        for constraint in table.foreign_key_constraints:
            connection.execute(AddConstraint(constraint))
        for index in table.indexes:
            connection.execute(CreateIndex(index))
        connection.execute(text(f"ANALYZE {table.name}"))
