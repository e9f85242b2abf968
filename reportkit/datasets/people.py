"""Who is who in the warehouse: from a name that people type to an actor with the role they have now."""

from __future__ import annotations

from sqlalchemy import or_, select

from reportkit.access import Actor, Role
from reportkit.datasets.sources import Warehouse
from reportkit.datasets.sql import as_text
from reportkit.datasets.warehouse import users
from reportkit.errors import BadValue


def find_actor(warehouse: Warehouse, name: str) -> Actor:
    """The user with this user name, e-mail address or id. Raises BadValue, WarehouseUnavailable."""
    wanted = select(as_text(users.c.id).label("id"), users.c.username, users.c.role).where(
        or_(users.c.username == name, users.c.email == name, as_text(users.c.id) == name.lower())
    )
    with warehouse.snapshot() as snapshot, snapshot.watch.statement():
        found = snapshot.connection.execute(wanted).all()
    if len(found) != 1:
        raise BadValue("user", name, "no such user in the warehouse; give a user name, e-mail address or id")
    if found[0].role not in set(Role):
        raise BadValue("user", name, f"has the role {found[0].role!r} in the warehouse, which we do not know")
    return Actor(found[0].id, Role(found[0].role), found[0].username)
