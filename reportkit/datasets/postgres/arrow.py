"""Much Arrow without a detour through Python: ADBC, on a connection of its own to the same snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from functools import partial

import pyarrow as pa
import sqlalchemy as sa
from adbc_driver_manager import Error
from adbc_driver_postgresql import StatementOptions, dbapi

from reportkit.columns import Kind
from reportkit.datasets.ahead import ahead
from reportkit.datasets.databases import READ_ONLY, Postgresql
from reportkit.datasets.postgres.sessions import exported_snapshot
from reportkit.datasets.postgres.statements import literal, with_each_pseudonym_once
from reportkit.datasets.query import Query
from reportkit.datasets.sources import Snapshot
from reportkit.errors import WarehouseUnavailable

ROWS_PER_BATCH = 16_384
BYTES_AT_ONCE = 4 << 20
BATCHES_AHEAD = 2

_AS_TEXT = frozenset({Kind.TEXT, Kind.IDENTIFIER, Kind.DOCUMENT, Kind.DECIMAL})
"""Whatever their type is in the database; ADBC gives most types that Arrow lacks as bytes without a meaning."""


def batches(
    snapshot: Snapshot, database: Postgresql, query: Query, settings: Mapping[str, str]
) -> Iterator[pa.RecordBatch]:
    """Over a connection with these settings. Raises WarehouseUnavailable, DeadlineExceeded or Cancelled."""
    connection = _connection(snapshot, {**database.settings(snapshot.watch), **settings}, database.uri)
    reading = ahead(_read(connection, snapshot, query), BATCHES_AHEAD, partial(_stop, connection))
    arrived = snapshot.stack.enter_context(reading)
    for batch in arrived:
        for start in range(0, batch.num_rows, ROWS_PER_BATCH):
            snapshot.watch.check()  # what is ready was read before
            yield query.answer(_typed(batch.slice(start, ROWS_PER_BATCH), query))


def _connection(snapshot: Snapshot, settings: Mapping[str, str], uri: str) -> dbapi.Connection:
    """Its settings go as parameters: the pseudonyms' key never stands in a statement."""
    with snapshot.watch.statement(Error):
        exported = exported_snapshot(snapshot)
        connection = snapshot.stack.enter_context(closing(dbapi.connect(uri)))
        snapshot.stop_with(partial(_stop, connection))
        with connection.cursor() as cursor:
            cursor.execute(READ_ONLY)
            cursor.execute(f"SET TRANSACTION SNAPSHOT '{exported}'")
            for name, value in settings.items():
                cursor.execute("SELECT set_config($1, $2, true)", (name, value))
    return connection


def _stop(connection: dbapi.Connection) -> None:
    with suppress(Error):  # closed already
        connection.adbc_cancel()


def _read(connection: dbapi.Connection, snapshot: Snapshot, query: Query) -> Iterator[pa.RecordBatch]:
    parts = with_each_pseudonym_once(query.select)
    texts = [
        sa.cast(value, sa.Text()) if column.kind in _AS_TEXT else value
        for column, value in zip(query.fetched, parts.values, strict=True)
    ]
    statement = literal(snapshot.connection, query.select.with_only_columns(*texts).select_from(parts.rows))
    with snapshot.watch.statement(Error, pa.ArrowException, OSError), connection.cursor() as cursor:
        cursor.adbc_statement.set_options(**{StatementOptions.BATCH_SIZE_HINT_BYTES.value: BYTES_AT_ONCE})
        cursor.execute(statement)
        yield from cursor.fetch_record_batch()


def _typed(batch: pa.RecordBatch, query: Query) -> pa.RecordBatch:
    schema = query.fetched.arrow()
    arrays = []
    for column, field, values in zip(query.fetched, schema, batch.columns, strict=True):
        try:
            arrays.append(values.cast(field.type))
        except pa.ArrowException as error:
            raise WarehouseUnavailable(
                f"column {column.name} holds a value that is not {column.kind}: {error}; mend it in the warehouse"
            ) from error
    return pa.record_batch(arrays, schema=schema)
