"""The answer to one query, by the fastest way there is: COPY for records, ADBC for much Arrow, else the cursor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reportkit.columns import Native, Schema
from reportkit.datasets.databases import Postgresql
from reportkit.datasets.postgres.copying import Copy
from reportkit.datasets.postgres.key_range import KeyRange, key_range
from reportkit.datasets.postgres.sessions import another_connection
from reportkit.datasets.postgres.spelling import SPELLINGS
from reportkit.datasets.postgres.survey import Survey, survey
from reportkit.datasets.query import Query
from reportkit.datasets.sql_source import SqlSource

if TYPE_CHECKING:
    import pyarrow as pa

    from reportkit.datasets.sources import Snapshot

RECORDS_OF = {"json": "ndjson"}
"""Formats that put another's records together."""
MANY = 50_000
"""Rows for which another connection pays."""


@dataclass
class PostgresSource:
    snapshot: Snapshot
    database: Postgresql
    query: Query
    rows: int = 0
    """Once they are counted."""
    _surveys: dict[str, Survey] = field(default_factory=dict)

    @cached_property
    def _keys(self) -> KeyRange | None:
        return key_range(self.snapshot, self.query)

    @cached_property
    def _connections(self) -> Sequence[sa.Connection]:
        """A second one where the table has many rows, whether they are wanted or not."""
        if self._keys is None or self._keys.last - self._keys.first < MANY:
            return (self.snapshot.connection,)
        return (self.snapshot.connection, another_connection(self.snapshot, self.database))

    @property
    def _part(self) -> sa.ColumnElement[Any]:
        """Of the key range, that a row lies in."""
        if self._keys is None or self.query.key is None:
            return sa.literal(0)
        return self._keys.part_of(self.query.key.given)

    @property
    def _settings(self) -> Mapping[str, str]:
        return self._keys.settings(self.rows) if self._keys else {}

    @property
    def schema(self) -> Schema:
        return self.query.schema

    def count(self, format: str = "") -> int:
        """How many rows there are. For a format that the database writes itself, it looks at their values as well."""
        records = RECORDS_OF.get(format, format)
        spelling = SPELLINGS.get(records) if self._holds_unicode() else None
        if spelling and self.query.transform is None and spelling.suits(self.query):
            self._surveys[records] = survey(self._connections, self.snapshot.watch, self.query, spelling, self._part)
            self.rows = self._surveys[records].rows
        else:
            self.rows = self.snapshot.count(self.query)
        return self.rows

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Raises WarehouseUnavailable, DeadlineExceeded or Cancelled, also in mid-stream."""
        if self.rows >= MANY and find_spec("adbc_driver_postgresql"):
            from reportkit.datasets.postgres.arrow import batches

            yield from batches(self.snapshot, self.database, self.query, self._settings)
        else:
            yield from SqlSource(self.snapshot, self.query).batches()

    def native(self, format: str) -> Native | None:
        """None also where a value cannot be said in the format: then `batches` tells which."""
        if format not in self._surveys:
            self.count(format)
        found = self._surveys.get(format)
        if found is None or found.unspeakable:
            return None
        copy = Copy(self.snapshot, self.database, self.query, SPELLINGS[format])
        if len(self._connections) == 1 or found.rows < MANY:
            return Native(copy.whole(), found.alterations)
        pieces = copy.side_by_side(self._connections, found, self._part, self._settings)
        return Native(pieces, found.alterations)

    def _holds_unicode(self) -> bool:
        """Others cannot even be asked about the formula guard's characters."""
        driver_connection: Any = self.snapshot.connection.connection.driver_connection
        encoding: str = driver_connection.info.parameter_status("server_encoding")
        return encoding == "UTF8"
