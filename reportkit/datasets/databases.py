"""What opening, snapshotting and interrupting takes on each database we read.

To add a database, add a class here and its spellings to `sql`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Context, Decimal
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from reportkit.datasets.watch import Watch
from reportkit.errors import BadSettings
from reportkit.settings import EXAMPLES, database_url

HMAC_BLOCK = 64
"""Bytes that SHA-256 takes at once; HMAC pads its key to so many (RFC 2104)."""
READ_ONLY = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
INSTRUCTIONS_BETWEEN_CHECKS = 100_000
"""Of SQLite's virtual machine: a millisecond's work."""
PSEUDONYMS_KEPT = 50_000
"""In 15 MB."""


class Database(Protocol):
    """One kind of database."""

    url: sa.URL
    connect_args: Mapping[str, Any]

    def check(self) -> None:
        """Raises BadSettings where connecting would seem to work and be wrong."""
        ...

    def begin(self, connection: sa.Connection, watch: Watch) -> datetime:
        """Starts a read-only snapshot with pseudonyms ready; gives the time it is of.

        From then on a statement that runs too long is ended: by the server, or by asking `watch`.
        """
        ...

    def interrupt(self, driver_connection: Any) -> None:
        """Stops the running statement, if any; called from another thread, even after closing."""
        ...


class Sqlite:
    """Any SQLite file. Writers are not held up if it is in WAL mode."""

    connect_args: Mapping[str, Any] = {"isolation_level": None, "check_same_thread": False, "timeout": 30}

    def __init__(self, url: sa.URL, pseudonym_key: bytes) -> None:
        self.url = url
        self._hmac = hmac.new(pseudonym_key, digestmod="sha256")

    def check(self) -> None:
        """Opening a missing file would make an empty one, and then every table is missing."""
        if not Path(self.url.database or "").is_file():
            raise BadSettings(
                f"there is no warehouse at {self.url.database}; set REPORTKIT_WAREHOUSE, or make a sample with "
                f"`reportkit sample --to sqlite:///{self.url.database}`"
            )

    def begin(self, connection: sa.Connection, watch: Watch) -> datetime:
        raw: Any = connection.connection.driver_connection
        pseudonym = lru_cache(PSEUDONYMS_KEPT)(self._pseudonym)
        raw.create_function("reportkit_pseudonym", 1, pseudonym, deterministic=True)
        raw.create_function("reportkit_sortable", 1, _sortable, deterministic=True)
        raw.set_progress_handler(watch.overdue, INSTRUCTIONS_BETWEEN_CHECKS)
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("SELECT 1 FROM sqlite_master").all()  # the snapshot starts with the first read
        return datetime.now(UTC)

    def interrupt(self, driver_connection: Any) -> None:
        """SQLite asks `watch` often enough."""

    def _pseudonym(self, text: str) -> str:
        keyed = self._hmac.copy()
        keyed.update(text.encode())
        return "p_" + keyed.hexdigest()[:20]


def _sortable(number: str | None) -> str | None:
    """An exact decimal (at most 20 digits before the point, 18 after it) as a text that sorts as the number does."""
    return None if number is None else f"{int(Decimal(number).scaleb(18, Context(prec=40))) + 10**38:039}"


class Postgresql:
    """PostgreSQL 14 or later."""

    connect_args: Mapping[str, Any] = {"connect_timeout": 10, "application_name": "reportkit"}

    def __init__(self, url: sa.URL, pseudonym_key: bytes) -> None:
        self.url = url.set(drivername="postgresql+psycopg")
        self._settings = {
            "client_encoding": "UTF8",  # COPY's bytes go into files as they come
            "DateStyle": "ISO",
            "TimeZone": "UTC",
            "extra_float_digits": "1",  # all that a float has
            "standard_conforming_strings": "on",
            "jit": "off",  # compiling takes longer than it saves where the time goes into output
            "client_connection_check_interval": "1s",
            "reportkit.inner_key": _padded(pseudonym_key, 0x36),
            "reportkit.outer_key": _padded(pseudonym_key, 0x5C),
        }

    @property
    def uri(self) -> str:
        """For drivers that know PostgreSQL's own kind of address."""
        plain = self.url.set(drivername="postgresql").update_query_dict(
            {name: str(value) for name, value in self.connect_args.items()}
        )
        address, _, parameters = plain.render_as_string(hide_password=False).partition("?")
        return f"{address}?{parameters.replace('+', '%20')}"  # libpq knows no + for a space

    def check(self) -> None:
        """A missing server says so itself."""

    def begin(self, connection: sa.Connection, watch: Watch) -> datetime:
        connection.exec_driver_sql(READ_ONLY)
        configured = [sa.func.set_config(name, value, True) for name, value in self.settings(watch).items()]
        # the snapshot is taken before this runs, so its clock is never before it, as `now()` would be
        taken_at: datetime = connection.execute(sa.select(sa.func.clock_timestamp(), *configured)).scalar_one()
        return taken_at

    def join(self, connection: sa.Connection, snapshot: str, watch: Watch) -> None:
        """The same as `begin`, in a snapshot that another connection has exported."""
        connection.exec_driver_sql(READ_ONLY)
        connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
        connection.execute(sa.select(*[sa.func.set_config(*each, True) for each in self.settings(watch).items()]))

    def settings(self, watch: Watch) -> Mapping[str, str]:
        """Of each transaction that reads."""
        return {**self._settings, "statement_timeout": f"{round(watch.timeout * 1000)}ms"}

    def interrupt(self, driver_connection: Any) -> None:
        import psycopg

        with suppress(psycopg.Error):  # a server that cannot be reached has nothing to stop
            driver_connection.cancel_safe(timeout=5)


def _padded(key: bytes, pad: int) -> str:
    short = hashlib.sha256(key).digest() if len(key) > HMAC_BLOCK else key
    return bytes(byte ^ pad for byte in short.ljust(HMAC_BLOCK, b"\0")).hex()


def database(address: str, pseudonym_key: bytes) -> Database:
    """Raises BadSettings unless `address` is that of a database we can read."""
    url = database_url(address, "the warehouse address")
    match url.get_backend_name():
        case "sqlite":
            return Sqlite(url, pseudonym_key)
        case "postgresql":
            if find_spec("psycopg") is None:
                raise BadSettings("PostgreSQL needs its driver: install analytics-reportkit[postgres]")
            return Postgresql(url, pseudonym_key)
        case other:
            raise BadSettings(f"the warehouse may be SQLite or PostgreSQL, not {other}; write {EXAMPLES}")
