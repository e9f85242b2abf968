"""Reading the warehouse: one snapshot, typed record batches, constant memory, cancellable.

A snapshot is one point in time: what is counted, what is exported and every dataset that a report
reads come from the same state of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from reportkit.columns import Native, Schema
from reportkit.datasets.batches import to_batch
from reportkit.datasets.databases import database
from reportkit.datasets.query import Query
from reportkit.datasets.watch import Watch

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_BATCH = 4096


class Warehouse:
    """The platform's database, which we only read."""

    def __init__(self, url: str, pseudonym_key: bytes, statement_timeout: float = 900.0) -> None:
        """`statement_timeout` in seconds bounds one statement. Raises BadSettings for an unusable URL."""
        self._database = database(url, pseudonym_key)
        self._timeout = statement_timeout
        # parameters hold people's data and the pseudonyms' key, so errors must not show them
        self._engine = sa.create_engine(
            self._database.url,
            poolclass=sa.NullPool,
            hide_parameters=True,
            connect_args=dict(self._database.connect_args),
        )

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Raises WarehouseUnavailable; BadSettings where a SQLite file is missing."""
        self._database.check()
        watch = Watch(self._timeout)
        with watch.statement():
            connection = self._engine.connect()
        with connection:
            with watch.statement():
                taken_at = self._database.begin(connection, watch)
            interrupt = partial(self._database.interrupt, connection.connection.driver_connection)
            yield Snapshot(taken_at, connection, watch, interrupt)


@dataclass(frozen=True)
class Snapshot:
    """The warehouse at one point in time."""

    taken_at: datetime
    """The data cut-off: nothing later is in any answer."""
    connection: sa.Connection
    watch: Watch
    interrupt: Callable[[], None]

    def count(self, query: Query) -> int:
        """How many rows `query` has in this snapshot. Raises WarehouseUnavailable, DeadlineExceeded or Cancelled."""
        with self.watch.statement():
            return int(self.connection.execute(query.count).scalar_one())

    def source(self, query: Query) -> SqlSource:
        return SqlSource(self, query)

    def cancel(self) -> None:
        """Stops the running statement and refuses further ones. Safe to call from another thread."""
        self.watch.cancel()
        self.interrupt()


@dataclass(frozen=True)
class SqlSource:
    """A query's answer, read through the database's own cursor."""

    snapshot: Snapshot
    query: Query

    @property
    def schema(self) -> Schema:
        return self.query.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Raises WarehouseUnavailable, DeadlineExceeded or Cancelled, also in mid-stream."""
        with self._result() as result:
            while rows := self._next(result):
                yield self._answer(to_batch(rows, self.query.fetched))

    def native(self, format: str) -> Native | None:
        return None

    def _result(self) -> sa.CursorResult[sa.Row[object]]:
        """What the driver gives, untouched: `to_batch` knows the kinds better than the driver's types do."""
        columns = self.query.select.selected_columns
        untyped = [sa.type_coerce(column, sa.types.NULLTYPE).label(column.name) for column in columns]
        statement = self.query.select.with_only_columns(*untyped)
        with self.snapshot.watch.statement():
            return self.snapshot.connection.execute(statement, execution_options={"yield_per": ROWS_PER_BATCH})

    def _next(self, result: sa.CursorResult[sa.Row[object]]) -> Sequence[sa.Row[object]]:
        with self.snapshot.watch.statement():
            return result.fetchmany(ROWS_PER_BATCH)

    def _answer(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if self.query.transform is None:
            return batch
        import pyarrow as pa

        whole = self.query.transform(batch)
        return pa.record_batch([whole.column(name) for name in self.schema.names], schema=self.schema.arrow())
