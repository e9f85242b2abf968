"""PostgreSQL reads our CSV back to the same values, and quotes as we do: its COPY can stand in for our encoder."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa
from nasty import ROWS, SCHEMA
from psycopg.sql import SQL, Identifier
from reading_back import Forward, Row, TableSource, about, parsed

from reportkit.columns import Column, Kind, Schema
from reportkit.writers import writer_for
from reportkit.writers.formula_guard import unguard

TYPES = {
    Kind.TEXT: "text",
    Kind.IDENTIFIER: "text",
    Kind.INTEGER: "bigint",
    Kind.NUMBER: "double precision",
    Kind.DECIMAL: "numeric",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.INSTANT: "timestamptz",
    Kind.DOCUMENT: "jsonb",
}
HELD_BY_POSTGRESQL = [row for row in ROWS if "\x00" not in (row[0] or "")]


@pytest.fixture
def connection(postgres_url: str) -> Iterator[psycopg.Connection]:
    url = sa.make_url(postgres_url)
    with psycopg.connect(
        host=url.host, port=url.port, user=url.username, password=url.password, dbname=url.database
    ) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        yield connection


def load(connection: psycopg.Connection, schema: Schema, rows: list[Row]) -> bytes:
    file = Forward()
    writer_for("csv").write(TableSource(schema, rows), file, about())
    columns = SQL(", ").join(SQL("{} {}").format(Identifier(c.name), SQL(TYPES[c.kind])) for c in schema)
    connection.execute(SQL("CREATE TABLE nasty ({})").format(columns))
    with connection.cursor().copy("COPY nasty FROM STDIN (FORMAT csv, HEADER)") as copy:
        copy.write(bytes(file.content))
    return bytes(file.content)


def copied_out(connection: psycopg.Connection) -> bytes:
    with connection.cursor().copy("COPY nasty TO STDOUT (FORMAT csv, HEADER)") as copy:
        return b"".join(bytes(piece) for piece in copy)


def test_every_nasty_value_that_postgresql_holds_is_there(connection: psycopg.Connection) -> None:
    load(connection, SCHEMA, list(HELD_BY_POSTGRESQL))
    found = connection.execute("SELECT * FROM nasty").fetchall()
    assert len(found) == len(HELD_BY_POSTGRESQL)
    for row, found_row in zip(HELD_BY_POSTGRESQL, found, strict=True):
        for column, value, found_value in zip(SCHEMA, row, found_row, strict=True):
            match column.kind:
                case Kind.TEXT | Kind.IDENTIFIER:
                    assert (found_value if found_value is None else unguard(found_value)) == value
                case Kind.DOCUMENT:
                    assert value is None or found_value == parsed(value) or "." in value
                case Kind.NUMBER:
                    assert repr(found_value) == repr(value)
                case _:
                    assert found_value == value


def test_texts_are_quoted_as_copy_quotes_them(connection: psycopg.Connection) -> None:
    schema = Schema.of([Column("id", Kind.INTEGER, "Which row"), Column("text", Kind.TEXT, "A text")])
    # we quote what other separators would split, and `\\.` anywhere, not only on a line alone
    texts = [text for text, *_ in HELD_BY_POSTGRESQL if text != "\\." and not set(";\t") & set(text or "")]
    ours = load(connection, schema, list(enumerate(texts)))
    assert ours == copied_out(connection)
