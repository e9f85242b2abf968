"""Opens the catalog, brings its tables up to date and hands out transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from reportkit.errors import BadSettings, StorageUnavailable
from reportkit.settings import database_url

HEAD = "0003"
"""The newest migration; a test holds it against the scripts."""


class Catalog:
    """Our own database. Cheap to make; connects on first use."""

    def __init__(self, url: str) -> None:
        """Raises BadSettings for an unusable URL or directory."""
        self.url = _parsed(url)
        self._engine = sa.create_engine(self.url, connect_args={"timeout": 30})
        sa.event.listen(self._engine, "connect", _prepare)
        sa.event.listen(self._engine, "begin", _begin)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction that alone may write. Keep it short; no network calls inside."""
        with _translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        with _translated(), self._engine.connect().execution_options(read_only=True) as connection:
            yield connection

    def migrate(self) -> None:
        """Brings the tables up to date. Safe to call from several processes at once: the writers' lock
        is held from before the version is read until the last table is made."""
        if self._version() == HEAD:
            return
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
        with self.write() as connection:
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise BadSettings(f"the catalog was made by a newer reportkit ({error}); install that") from error

    def _version(self) -> str | None:
        with self.read() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            return found


def _parsed(text: str) -> sa.URL:
    url = database_url(text, "REPORTKIT_CATALOG")
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        raise BadSettings("the catalog is a SQLite file; write sqlite:///catalog.db")
    file = Path(url.database or "")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadSettings(f"cannot make the catalog's directory {file.parent}: {error.strerror}") from None
    with suppress(OSError):  # it is there, or SQLite will tell; what SQLite makes has the rights that the umask leaves
        file.touch(mode=0o600, exist_ok=False)
    return url


def _prepare(connection: Any, _record: Any) -> None:
    """SQLAlchemy issues BEGIN itself (see `_begin`), so that the driver does not defer it."""
    connection.isolation_level = None
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    with suppress(sqlite3.OperationalError):  # locked: another process is just doing it, and the file remembers
        connection.execute("PRAGMA journal_mode=WAL")


def _begin(connection: sa.Connection) -> None:
    """IMMEDIATE: with a deferred BEGIN, two writers that have both read fail with "database is locked"."""
    read_only = connection.get_execution_options().get("read_only")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sa.exc.OperationalError as error:
        raise StorageUnavailable(f"the catalog cannot be used: {error.orig}; is the disk full or read-only?") from error
    except sa.exc.DatabaseError as error:
        if "not a database" in str(error.orig):
            raise BadSettings("REPORTKIT_CATALOG names a file that is not a database; move it away") from error
        raise
