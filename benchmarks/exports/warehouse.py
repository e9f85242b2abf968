"""The databases: a throw-away PostgreSQL and a SQLite file with the same million events, owned by one analyst."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import postgres_server
import sqlalchemy as sa

from reportkit.access import Actor, Role
from reportkit.sample.load import load
from reportkit.sample.scale import Scale

FIELDS = (
    *("id", "experiment", "event_name", "value", "sequence"),
    *("occurred_at", "received_at", "is_test", "note", "payload"),
)
PERSONAL = (
    *("id", "experiment", "event_name", "value", "subject_id"),
    *("occurred_at", "received_at", "is_test", "note", "payload"),
)
ANALYST = Actor("00000000-0000-4000-8000-00000000beef", Role.ANALYST, "bench")
"""Owns every experiment, so that the owner rule is applied and drops nothing."""


@dataclass(frozen=True)
class Warehouses:
    large: str
    """A million events, in PostgreSQL."""
    small: str
    """A thousand."""
    sqlite: str
    """The large one's content."""


@contextmanager
def warehouses(directory: Path, rows: int) -> Iterator[Warehouses]:
    """SQLAlchemy URLs. PostgreSQL is stopped and forgotten at the end."""
    with postgres_server.server() as server:
        made = Warehouses(
            large=_database(server, "large"),
            small=_database(server, "small"),
            sqlite=f"sqlite:///{directory / 'warehouse.db'}",
        )
        for url, events in ((made.large, rows), (made.small, 1_000), (made.sqlite, rows)):
            load(url, Scale(events=events))
            owned_by_the_analyst(url)
        yield made


def plain_sql(fields: tuple[str, ...]) -> str:
    """The same columns in the same order, without any rule, as somebody would type it."""
    columns = [f"events.{name}" if name != "experiment" else "experiments.key AS experiment" for name in fields]
    tables = "events JOIN experiments ON experiments.id = events.experiment_id"
    return f"SELECT {', '.join(columns)} FROM {tables} ORDER BY events.id"


def libpq(url: str) -> str:
    """For psql and pandas."""
    return url.replace("+psycopg", "")


def _database(server: str, name: str) -> str:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def owned_by_the_analyst(url: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO users (id, username, email, role, password_hash, created_at) "
                "VALUES (:id, 'bench', 'bench@example.com', 'analyst', 'x', '2026-01-01T00:00:00.000000Z')"
            ),
            {"id": ANALYST.id},
        )
        connection.execute(sa.text("UPDATE experiments SET created_by = :id"), {"id": ANALYST.id})
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
