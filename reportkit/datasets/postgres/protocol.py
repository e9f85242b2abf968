"""Reading COPY straight from the protocol: past psycopg's own loop, which takes twice the time for short records."""

from __future__ import annotations

import select
from collections.abc import Iterable, Iterator
from itertools import islice

import sqlalchemy as sa
from psycopg import Connection, Error, errors
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

from reportkit.datasets.watch import Watch


def copy_out(connection: sa.Connection, copy: str, sizes: Iterable[int], watch: Watch) -> Iterator[list[bytes]]:
    """The records that the statement `copy` sends, in lists of `sizes` until they end.

    Raises WarehouseUnavailable, DeadlineExceeded or Cancelled. Left early, it ends the statement.
    """
    driver_connection: Connection[object] = connection.connection.driver_connection  # type: ignore[assignment]
    with watch.statement(Error), driver_connection.cursor() as cursor, cursor.copy(copy.encode()):
        records = _records(driver_connection.pgconn)
        for size in sizes:
            if not (piece := list(islice(records, size))):
                break
            yield piece


def _records(connection: PGconn) -> Iterator[bytes]:
    """PostgreSQL sends each record by itself. Copied at once: to hold thousands of libpq's own buffers costs more."""
    readable = select.poll()
    readable.register(connection.socket, select.POLLIN)
    next_record, receive = connection.get_copy_data, connection.consume_input
    while True:
        size, record = next_record(1)
        if size > 0:
            yield bytes(record)
        elif size == 0:
            readable.poll()
            receive()
        else:
            return _check_end(connection)


def _check_end(connection: PGconn) -> None:
    """All results are taken before one is judged: with one left, the connection would stay busy."""
    for result in list(iter(connection.get_result, None)):
        if result.status == ExecStatus.FATAL_ERROR:
            raise errors.error_from_result(result, "utf-8")
