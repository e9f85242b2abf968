"""Making room for a sample: never at the cost of data that is not a sample."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, select
from sqlalchemy.exc import DBAPIError

from reportkit.datasets import warehouse
from reportkit.errors import BadRequest
from reportkit.sample.people import user_id


def check_room(connection: Connection, where: str, replace: bool) -> None:
    """See that the database at `where` holds no rows in our tables, or, if `replace`, only those of a sample.

    :raises BadRequest: it holds rows that must stay
    """
    names = set(inspect(connection).get_table_names())
    tables = [table for table in warehouse.metadata.sorted_tables if table.name in names]
    full = [table.name for table in tables if connection.execute(select(1).select_from(table).limit(1)).first()]
    if full and not _is_sample(connection):
        raise BadRequest(f"{where} holds data of another origin in {', '.join(full)}; choose an empty database")
    if full and not replace:
        raise BadRequest(f"{where} holds a sample already; give --replace to throw it away and load anew")


def _is_sample(connection: Connection) -> bool:
    """No other database has this `ada`: her identifier is ours."""
    ada = select(warehouse.users.c.username).where(warehouse.users.c.id == user_id("ada"))
    try:
        return connection.execute(ada).scalar() == "ada"
    except DBAPIError:  # no such table, or no such column
        return False
