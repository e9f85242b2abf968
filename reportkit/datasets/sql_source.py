"""Any query's answer through the database's own cursor and SQLAlchemy, as typed record batches."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa

from reportkit.columns import Native, Schema
from reportkit.datasets.ahead import ahead
from reportkit.datasets.batches import Values, to_batch
from reportkit.datasets.query import Query

if TYPE_CHECKING:
    import pyarrow as pa

    from reportkit.datasets.sources import Snapshot

ROWS_AT_ONCE = 1024
"""So few that Python's objects for them stay in the processor's cache."""
ROWS_PER_BATCH = 8 * ROWS_AT_ONCE
BATCHES_AHEAD = 2


@dataclass(frozen=True)
class SqlSource:
    """A query's answer, read by a thread that keeps a little ahead of who asks."""

    snapshot: Snapshot
    query: Query

    _options: ClassVar[Mapping[str, int]] = {"yield_per": ROWS_AT_ONCE}

    @property
    def schema(self) -> Schema:
        return self.query.schema

    def count(self, format: str = "") -> int:
        """How many rows there are. Raises WarehouseUnavailable, DeadlineExceeded or Cancelled."""
        return self.snapshot.count(self.query)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Raises WarehouseUnavailable, DeadlineExceeded or Cancelled, also in mid-stream."""
        reading = ahead(self._read(), BATCHES_AHEAD, self.snapshot.cancel)
        for batch in self.snapshot.stack.enter_context(reading):
            self.snapshot.watch.check()  # the thread may have got this one ready before
            yield self.query.answer(batch)

    def native(self, format: str) -> Native | None:
        return None

    def _read(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        with closing(self._result()) as result:
            pieces = (to_batch(rows, self.query.fetched) for rows in self._rows(result))
            while some := list(islice(pieces, ROWS_PER_BATCH // ROWS_AT_ONCE)):
                yield pa.concat_batches(some)

    def _result(self) -> sa.CursorResult[Any]:
        """What the driver gives, untouched: `to_batch` knows the kinds better than the driver's types do."""
        columns = self.query.select.selected_columns
        untyped = [sa.type_coerce(column, sa.types.NULLTYPE).label(column.name) for column in columns]
        statement = self.query.select.with_only_columns(*untyped)
        with self.snapshot.watch.statement():
            return self.snapshot.connection.execute(statement, execution_options=self._options)

    def _rows(self, result: sa.CursorResult[Any]) -> Iterator[Sequence[Values]]:
        while rows := self._fetch(result):
            yield rows

    def _fetch(self, result: sa.CursorResult[Any]) -> Sequence[Values]:
        with self.snapshot.watch.statement():
            return result.fetchmany(ROWS_AT_ONCE)


class SqliteSource(SqlSource):
    """By the driver's own rows, for SQLAlchemy's take a third longer. SQLite streams them without being asked to."""

    _options: ClassVar[Mapping[str, int]] = {}

    def _fetch(self, result: sa.CursorResult[Any]) -> Sequence[Values]:
        with self.snapshot.watch.statement(sqlite3.Error):
            rows: Sequence[Values] = result.cursor.fetchmany(ROWS_AT_ONCE)
            return rows
