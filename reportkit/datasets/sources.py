"""Reading the warehouse: one snapshot, typed record batches, constant memory, cancellable.

A snapshot is one point in time: what is counted, what is exported and every dataset that a report
reads come from the same state of the database.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reportkit.columns import Column, Kind, Schema, arrow_type
from reportkit.datasets.query import Query
from reportkit.errors import BadSettings, DeadlineExceeded, WarehouseUnavailable

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_BATCH = 8192


class Warehouse:
    """The platform's database, which we only read."""

    def __init__(self, url: str, pseudonym_key: bytes, statement_timeout: float = 900.0) -> None:
        """`statement_timeout` in seconds bounds one query. Raises BadSettings for an unusable URL."""
        self.url = parse_url(url)
        self._key = pseudonym_key
        self._statement_timeout = statement_timeout
        self._engine = sa.create_engine(self.url, poolclass=sa.NullPool, **_options(self.url))

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Raises WarehouseUnavailable; BadSettings where a SQLite file is missing."""
        _check_file(self.url)
        with self._translated(), self._engine.connect() as connection:
            taken_at = self._begin(connection)
            yield Snapshot(connection, taken_at, self._translated)

    def _begin(self, connection: sa.Connection) -> datetime:
        if self.url.get_backend_name() == "postgresql":
            return self._begin_postgresql(connection)
        raw = connection.connection.driver_connection
        raw.create_function("reportkit_pseudonym", 1, self._pseudonym, deterministic=True)  # type: ignore[union-attr]
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("SELECT 1 FROM sqlite_master").all()  # the snapshot starts with the first read
        return datetime.now(UTC)

    def _begin_postgresql(self, connection: sa.Connection) -> datetime:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        pads = [bytes(byte ^ pad for byte in self._key.ljust(64, b"\0")) for pad in (0x36, 0x5C)]
        settings = {
            "TimeZone": "UTC",
            "statement_timeout": f"{round(self._statement_timeout * 1000)}ms",
            "client_connection_check_interval": "1s",
            "reportkit.inner_key": pads[0].hex(),
            "reportkit.outer_key": pads[1].hex(),
        }
        for name, value in settings.items():
            connection.execute(sa.select(sa.func.set_config(name, value, True)))
        now: datetime = connection.execute(sa.select(sa.func.now())).scalar_one()
        return now

    def _pseudonym(self, text: str | None) -> str | None:
        if text is None:
            return None
        return "p_" + hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:20]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The database's errors, in our words and without its address or statement."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
            if "statement timeout" in reason:
                raise DeadlineExceeded(
                    f"the database stopped the query after {self._statement_timeout:g} seconds; "
                    "ask for a shorter date range or fewer columns"
                ) from error
            raise WarehouseUnavailable(f"the warehouse refused or was lost: {reason}") from error


@dataclass(frozen=True)
class Snapshot:
    """The warehouse at one point in time."""

    connection: sa.Connection
    taken_at: datetime
    """The data cut-off: nothing later is in any answer."""
    translated: Any

    def count(self, query: Query) -> int:
        """How many rows `query` has in this snapshot."""
        with self.translated():
            return int(self.connection.execute(query.count).scalar_one())

    def source(self, query: Query) -> SqlSource:
        return SqlSource(self, query)

    def cancel(self) -> None:
        """Stops the running statement. Safe to call from another thread."""
        raw: Any = self.connection.connection.driver_connection
        if hasattr(raw, "cancel_safe"):
            raw.cancel_safe(timeout=5)
        else:
            raw.interrupt()


@dataclass(frozen=True)
class SqlSource:
    """A query's answer, read through the database's own cursor."""

    snapshot: Snapshot
    query: Query

    @property
    def schema(self) -> Schema:
        return self.query.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Raises WarehouseUnavailable, also in mid-stream."""
        with self.snapshot.translated():
            streaming = {"stream_results": True, "max_row_buffer": ROWS_PER_BATCH}
            untyped = self.query.select.with_only_columns(
                *[sa.type_coerce(c, sa.types.NULLTYPE).label(c.name) for c in self.query.select.selected_columns]
            )
            result = self.snapshot.connection.execution_options(**streaming).execute(untyped)
            for rows in result.partitions(ROWS_PER_BATCH):
                yield self._answer(to_batch(rows, self.query.fetched))

    def _answer(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if self.query.transform is None:
            return batch
        return self.query.transform(batch).select(list(self.schema.names))


def to_batch(rows: Sequence[sa.Row[Any]], schema: Schema) -> pa.RecordBatch:
    """Database rows as one typed batch. Raises WarehouseUnavailable where a value is not of its column's kind."""
    import pyarrow as pa

    columns = list(zip(*rows, strict=True))
    arrays = [_array(column, values) for column, values in zip(schema, columns, strict=True)]
    return pa.record_batch(arrays, schema=schema.arrow())


def _array(column: Column, values: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    wanted = arrow_type(column.kind)
    try:
        if column.kind is Kind.DECIMAL:
            return pa.array([None if v is None else Decimal(v) for v in values], wanted)
        if column.kind is Kind.BOOLEAN:
            return pa.array([None if v is None else bool(v) for v in values], wanted)
        if column.kind in (Kind.INSTANT, Kind.DATE) and any(isinstance(v, str) for v in values):
            return pa.array(values, pa.string()).cast(wanted)
        return pa.array(values, wanted)
    except (pa.ArrowException, ArithmeticError, TypeError, ValueError) as error:
        raise WarehouseUnavailable(
            f"column {column.name} holds a value that is not {column.kind}: {error}; mend it in the warehouse"
        ) from error


def parse_url(text: str) -> sa.URL:
    """Raises BadSettings unless it is the address of a SQLite or PostgreSQL database."""
    example = "sqlite:///warehouse.db or postgresql+psycopg://user:password@host/database"
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError:
        raise BadSettings(f"the warehouse address is not a database URL; write {example}") from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise BadSettings(f"the warehouse may be SQLite or PostgreSQL, not {url.get_backend_name()}; write {example}")
    return url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url


def _options(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() == "postgresql":
        return {"connect_args": {"connect_timeout": 10, "application_name": "reportkit"}}
    return {"connect_args": {"isolation_level": None, "check_same_thread": False, "timeout": 30}}


def _check_file(url: sa.URL) -> None:
    """Opening a missing SQLite file would make an empty one, and then every table is missing."""
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise BadSettings(
            f"there is no warehouse at {url.database}; set REPORTKIT_WAREHOUSE, or make a sample with "
            f"`reportkit sample --to sqlite:///{url.database}`"
        )
