"""The sample warehouse in PostgreSQL: the same content as in SQLite, all of it or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Table, make_url

from reportkit.datasets.warehouse import DAY, DOCUMENT, EXACT, IDENTIFIER, INSTANT, metadata
from reportkit.errors import BadRequest, WarehouseUnavailable
from reportkit.sample import Scale, load

SCALE = Scale(events=3_000)
NOTHING = Scale(events=0)


@pytest.fixture
def connection(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A second connection, to look from outside."""
    plain = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        yield connection


def as_text(table: Table) -> str:
    """Selects what SQLite holds: canonical text for the types it lacks."""
    spelled = []
    for column in table.columns:
        if column.type is INSTANT:
            spelled.append(f"to_char({column.name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        elif column.type in (IDENTIFIER, EXACT, DOCUMENT, DAY):
            spelled.append(f"{column.name}::text")
        else:
            spelled.append(column.name)
    return f"SELECT {', '.join(spelled)} FROM {table.name}"


def test_postgresql_and_sqlite_hold_the_same(
    postgres_url: str, connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    in_postgres = load(postgres_url, SCALE)
    in_sqlite = load(f"sqlite:///{tmp_path / 'warehouse.db'}", SCALE)
    assert in_postgres.rows == in_sqlite.rows
    with closing(sqlite3.connect(tmp_path / "warehouse.db")) as file:
        for table in metadata.sorted_tables:
            theirs = connection.execute(as_text(table)).fetchall()
            ours = file.execute(f"SELECT * FROM {table.name}").fetchall()
            assert len(ours) == in_sqlite.rows[table.name]
            assert sorted(ours, key=str) == sorted((tuple(map(plain, row)) for row in theirs), key=str), table.name


def plain(value: object) -> object:
    """SQLite has no booleans."""
    return int(value) if isinstance(value, bool) else value


def test_keys_and_indexes_are_there_and_the_planner_knows_the_tables(
    postgres_url: str, connection: psycopg.Connection[Any]
) -> None:
    load(postgres_url, NOTHING)
    foreign_keys = connection.execute("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated")
    assert foreign_keys.fetchone() == (sum(len(t.foreign_key_constraints) for t in metadata.sorted_tables),)
    indexes = {name for (name,) in connection.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")}
    assert {index.name for table in metadata.sorted_tables for index in table.indexes} < indexes
    estimated = connection.execute(
        "SELECT relname, reltuples FROM pg_class WHERE relname = ANY(%s)", [list(metadata.tables)]
    )
    assert {name for name, rows in estimated if rows > 0} == set(metadata.tables)


def test_a_second_sample_needs_replace(postgres_url: str, connection: psycopg.Connection[Any]) -> None:
    load(postgres_url, NOTHING)
    with pytest.raises(BadRequest, match="holds a sample already; give --replace"):
        load(postgres_url, SCALE)
    loaded = load(postgres_url, SCALE, replace=True)
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (loaded.rows["events"],)


def test_data_of_another_origin_are_never_replaced(postgres_url: str, connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE TABLE users (id integer, username text); INSERT INTO users VALUES (1, 'ada')")
    with pytest.raises(BadRequest, match="data of another origin in users"):
        load(postgres_url, NOTHING, replace=True)
    assert connection.execute("SELECT * FROM users").fetchall() == [(1, "ada")]


def test_other_tables_are_left_alone(postgres_url: str, connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE TABLE mine (x integer); INSERT INTO mine VALUES (1)")
    load(postgres_url, NOTHING)
    load(postgres_url, NOTHING, replace=True)
    assert connection.execute("SELECT * FROM mine").fetchall() == [(1,)]


def test_whatever_stops_a_load_what_was_there_before_stays(
    postgres_url: str, connection: psycopg.Connection[Any]
) -> None:
    before = load(postgres_url, NOTHING)

    def interrupt(table: str, done: int, expected: int) -> None:
        if table == "events" and done > 1_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(postgres_url, SCALE, progress=interrupt, replace=True)
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (before.rows["events"],)


def test_a_view_over_an_old_sample_is_named_not_dropped(postgres_url: str, connection: psycopg.Connection[Any]) -> None:
    load(postgres_url, NOTHING)
    connection.execute("CREATE VIEW my_view AS SELECT * FROM events")
    with pytest.raises(WarehouseUnavailable, match="my_view"):
        load(postgres_url, NOTHING, replace=True)
    assert connection.execute("SELECT count(*) > 0 FROM my_view").fetchone() == (True,)


def test_a_wrong_password_is_said_and_not_shown(postgres_url: str) -> None:
    wrong = make_url(postgres_url).set(password="hush-hush").render_as_string(hide_password=False)
    with pytest.raises(WarehouseUnavailable, match="password authentication failed") as caught:
        load(wrong, NOTHING)
    assert "hush-hush" not in str(caught.value)
