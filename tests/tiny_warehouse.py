"""A warehouse with one experiment of one owner, and just the events a test wants."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from reportkit.datasets import warehouse
from reportkit.datasets.query import Query
from reportkit.datasets.sources import Warehouse

OWNER = "00000000-0000-4000-8000-000000000001"
EXPERIMENT = "00000000-0000-4000-8000-000000000002"
SUBJECT = "00000000-0000-4000-8000-000000000003"
START = "2026-10-01T00:00:00.000000Z"


KEY = b"k" * 32


@dataclass(frozen=True)
class Place:
    """A database with a tiny warehouse in it."""

    url: str
    engine: sa.Engine

    def warehouse(self, key: bytes = KEY, statement_timeout: float = 60.0) -> Warehouse:
        return Warehouse(self.url, key, statement_timeout)

    def read(self, query: Query, key: bytes = KEY) -> list[dict[str, Any]]:
        with self.warehouse(key).snapshot() as snapshot:
            return rows(snapshot.source(query).batches())


@contextmanager
def at(url: str) -> Iterator[Place]:
    """Makes the tables, the owner and the experiment in an empty database."""
    engine = sa.create_engine(url)
    warehouse.metadata.create_all(engine)
    _fill(engine, url)
    yield Place(url, engine)
    engine.dispose()


def _fill(engine: sa.Engine, url: str) -> None:
    with engine.begin() as connection:
        if url.startswith("sqlite"):
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")  # so that readers do not hold up writers
        add(
            connection,
            "users",
            {"id": OWNER, "username": "ann", "email": "ann@example.com", "role": "analyst", "password_hash": "x"},
        )
        add(
            connection,
            "experiments",
            {"id": EXPERIMENT, "key": "checkout", "name": "Checkout", "status": "running", "created_by": OWNER},
        )


def add_events(engine: sa.Engine, events: Iterable[Mapping[str, Any]]) -> None:
    """Each with what it does not say filled in; `payload` is JSON text."""
    with engine.begin() as connection:
        add(
            connection,
            "events",
            *[
                {
                    "experiment_id": EXPERIMENT,
                    "subject_id": SUBJECT,
                    "event_name": "click",
                    "occurred_at": START,
                    "received_at": START,
                    **event,
                }
                for event in events
            ],
        )


def add(connection: sa.Connection, table: str, *rows: Mapping[str, Any]) -> None:
    """As plain text wherever the database takes it; PostgreSQL casts it to the column's type."""
    into = warehouse.metadata.tables[table]
    filled = [{"created_at": START, **row} if "created_at" in into.c else row for row in rows]
    for texts, alike in groupby(filled, lambda row: {name: isinstance(value, str) for name, value in row.items()}):
        values = {name: _bound(into.c[name], is_text) for name, is_text in texts.items()}
        given = [{f"given_{name}": value for name, value in row.items()} for row in alike]
        connection.execute(into.insert().values(values), given)


def _bound(column: sa.Column[Any], is_text: bool) -> Any:
    given = f"given_{column.name}"
    return sa.cast(sa.bindparam(given, type_=sa.Text()), column.type) if is_text else sa.bindparam(given)


def rows(batches: Iterable[Any]) -> list[dict[str, Any]]:
    return [row for batch in batches for row in batch.to_pylist()]


def parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)
