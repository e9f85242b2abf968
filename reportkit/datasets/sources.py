"""Reading a database: one snapshot, typed record batches, constant memory, cancellable.

A snapshot is one point in time: what is counted, what is exported and every dataset that a report
reads come from the same state of the database, also where it is read over several connections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol, Self

import sqlalchemy as sa

from reportkit.columns import Source
from reportkit.datasets.base import Home
from reportkit.datasets.databases import Database, Postgresql, database
from reportkit.datasets.placing import check_placing
from reportkit.datasets.query import Query
from reportkit.datasets.sql_source import SqliteSource
from reportkit.datasets.watch import Watch
from reportkit.settings import without_password


class Warehouse:
    """A database that datasets read, and never write: the platform's or, read in the same way, our own catalog."""

    def __init__(
        self, url: str, pseudonym_key: bytes, statement_timeout: float = 900.0, home: Home = Home.WAREHOUSE
    ) -> None:
        """`statement_timeout` in seconds bounds one statement. Raises BadSettings for an unusable URL."""
        self._database = database(url, pseudonym_key)
        self._timeout, self._home = statement_timeout, home
        # parameters hold people's data and the pseudonyms' key, so errors must not show them
        self._engine = sa.create_engine(
            self._database.url,
            poolclass=sa.NullPool,
            hide_parameters=True,
            connect_args=dict(self._database.connect_args),
        )

    @property
    def place(self) -> str:
        """Where the database is, whoever reads it: tells it from others."""
        url = self._database.url
        place = sa.URL.create(url.get_backend_name(), None, None, url.host, url.port, url.database, url.query)
        return without_password(place)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Raises WarehouseUnavailable; BadSettings where a SQLite file is missing."""
        self._database.check()
        watch = Watch(self._timeout, self._home)
        with ExitStack() as stack:
            with watch.statement():
                connection = stack.enter_context(read_only(self._engine.connect()))
                taken_at = self._database.begin(connection, watch)
            snapshot = Snapshot(taken_at, connection, watch, self._database, stack)
            snapshot.stop_with(partial(self._database.interrupt, connection.connection.driver_connection))
            yield snapshot


Databases = Mapping[Home, Warehouse]
"""Each dataset is read from its home."""


@contextmanager
def read_only(connection: sa.Connection) -> Iterator[sa.Connection]:
    """Closed at the end; that the database was lost by then is of no interest, for nothing was to be kept."""
    with connection:
        try:
            yield connection
        finally:
            with suppress(sa.exc.DBAPIError):
                connection.rollback()


class Answer(Source, Protocol):
    """The answer to one query."""

    def count(self, format: str = "") -> int:
        """How many rows it has. Asked first and for a format, it lets a large answer come by the fastest way.

        Raises WarehouseUnavailable, DeadlineExceeded or Cancelled.
        """
        ...


@dataclass(frozen=True)
class Snapshot:
    """A database at one point in time."""

    taken_at: datetime
    """The data cut-off: nothing later is in any answer."""
    connection: sa.Connection
    watch: Watch
    database: Database
    stack: ExitStack
    """Closed with the snapshot, before its connection: for what reads along."""
    _stoppers: list[Callable[[], None]] = field(default_factory=list)

    def count(self, query: Query) -> int:
        """How many rows `query` has in this snapshot. Raises WarehouseUnavailable, DeadlineExceeded or Cancelled."""
        with self.watch.statement():
            return int(self.connection.execute(query.count).scalar_one())

    def source(self, query: Query) -> Answer:
        """Raises WarehouseUnavailable where rows cannot be placed in time, DeadlineExceeded or Cancelled."""
        check_placing(self.connection, self.watch, query)
        if isinstance(self.database, Postgresql):
            from reportkit.datasets.postgres.source import PostgresSource

            return PostgresSource(self, self.database, query)
        return SqliteSource(self, query)

    def stop_with(self, stop: Callable[[], None]) -> None:
        """`cancel` will call it, from another thread."""
        self._stoppers.append(stop)

    def cancel(self) -> None:
        """Stops the running statements and refuses further ones. Safe to call from another thread."""
        self.watch.cancel()
        for stop in tuple(self._stoppers):
            stop()


class Snapshots:
    """Of each database the one that all its datasets are read from, taken when it is first asked for."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._taken: dict[Home, Snapshot] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def of(self, home: Home) -> Snapshot:
        """Raises WarehouseUnavailable; BadSettings where a SQLite file is missing."""
        if home not in self._taken:
            self._taken[home] = self._stack.enter_context(self._databases[home].snapshot())
        return self._taken[home]

    @property
    def taken_at(self) -> datetime:
        """Nothing later was read of any; asked for once there is one."""
        return max(snapshot.taken_at for snapshot in self._taken.values())

    def cancel(self) -> None:
        """Of all, what `Snapshot.cancel` does."""
        for snapshot in tuple(self._taken.values()):
            snapshot.cancel()
