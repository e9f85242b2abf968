"""Loading the sample warehouse into a database, all of it or nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from reportkit.errors import BadSettings, BadValue
from reportkit.sample.canonical import Block
from reportkit.sample.contents import Contents
from reportkit.sample.scale import Scale
from reportkit.sample.sqlite import sqlite_warehouse
from reportkit.settings import database_url

Write = Callable[[Block], None]


@dataclass(frozen=True)
class Loaded:
    """What was loaded: rows by table, and the seconds it took."""

    rows: Mapping[str, int]
    seconds: float


def load(
    url: str,
    scale: Scale,
    *,
    progress: Callable[[str, int, int], None] | None = None,
    replace: bool = False,
    clock: Callable[[], float] = time.perf_counter,
) -> Loaded:
    """Make a sample warehouse at `url`. Whatever stops it, what was there before stays.

    :param url: an SQLAlchemy URL of SQLite (a file) or PostgreSQL
    :param progress: called with a table, its rows so far and the rows it will have
    :param replace: throw away an earlier sample; data of other origin is never replaced
    :raises BadValue: the URL cannot be used
    :raises BadRequest: there is data already
    :raises BadSettings: the driver for PostgreSQL is not installed
    :raises WarehouseUnavailable: the database cannot be reached, or refused
    :raises StorageUnavailable: the file cannot be written
    """
    started = clock()
    contents = Contents(scale)
    expected, loaded = contents.rows, Counter[str]()
    with _warehouse(url, replace) as write:
        for block in contents.blocks():
            write(block)
            loaded[block.table.name] += block.count
            if progress is not None:
                progress(block.table.name, loaded[block.table.name], expected[block.table.name])
    return Loaded(dict(loaded), clock() - started)


def _warehouse(text: str, replace: bool) -> AbstractContextManager[Write]:
    url = database_url(text, "--to")
    match url.get_backend_name():
        case "sqlite":
            return sqlite_warehouse(url, replace)
        case "postgresql":
            try:
                from reportkit.sample.postgres import postgres_warehouse  # psycopg is optional
            except ModuleNotFoundError as error:
                raise BadSettings("PostgreSQL needs its driver: install analytics-reportkit[postgres]") from error
            return postgres_warehouse(url, replace)
        case backend:
            raise BadValue("url", backend, "only sqlite and postgresql databases can hold a sample")
