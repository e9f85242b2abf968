"""A sample in an SQLite file: made beside it, and put in its place when complete."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, create_engine, inspect
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from reportkit.datasets import warehouse
from reportkit.errors import BadRequest, BadValue, StorageUnavailable
from reportkit.sample.canonical import Block
from reportkit.sample.room import check_room

DIALECT = sqlite.dialect()
TABLES = warehouse.metadata.sorted_tables
FAST = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -64000"
"""Safe here: until it is complete, nobody else knows of the file."""


@contextmanager
def sqlite_warehouse(url: URL, replace: bool) -> Iterator[Callable[[Block], None]]:
    """Yields what writes a block."""
    path = _path(url)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    with _storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _check_file(path, replace)
    try:
        with _storage_errors(path):
            connection = _created(unfinished)
        with closing(connection):
            yield lambda block: _write(connection, block, path)
            with _storage_errors(path):
                _finish(connection)
        with _storage_errors(path):
            unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _path(url: URL) -> Path:
    if not url.database or url.database.startswith((":", "file:")) or url.query:
        raise BadValue("url", str(url), "name a file and nothing else: sqlite:///FILE")
    return Path(url.database).resolve()


def _check_file(path: Path, replace: bool) -> None:
    """See that nothing of value is lost when `path` is replaced."""
    if not path.exists():
        return
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            others = set(inspect(connection).get_table_names()) - set(warehouse.metadata.tables)
            if others:
                raise BadRequest(f"{path} holds other tables ({', '.join(sorted(others))}); choose another file")
            check_room(connection, str(path), replace)
    except OperationalError as error:
        raise StorageUnavailable(f"{path} cannot be read: {error.orig}") from error
    except DatabaseError as error:
        raise BadValue("url", str(path), "there is a file, but not of SQLite; choose another name") from error
    if any(path.with_name(path.name + suffix).exists() for suffix in ("-wal", "-journal")):
        raise BadRequest(f"{path} is in use; close what has it open, or choose another file")


def _created(path: Path) -> sqlite3.Connection:
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(FAST)
    connection.execute("BEGIN")
    for table in TABLES:
        connection.execute(str(CreateTable(table).compile(dialect=DIALECT)))
    return connection


def _write(connection: sqlite3.Connection, block: Block, path: Path) -> None:
    with _storage_errors(path):
        connection.executemany(str(block.table.insert().compile(dialect=DIALECT)), block.rows)


def _finish(connection: sqlite3.Connection) -> None:
    for table in TABLES:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            connection.execute(str(CreateIndex(index).compile(dialect=DIALECT)))
    connection.execute("COMMIT")
    connection.execute("ANALYZE")


@contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        raise StorageUnavailable(f"{path} cannot be written: {error}") from error
