"""Further connections to the state of the database that a snapshot sees."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import sqlalchemy as sa

from reportkit.datasets.databases import Postgresql
from reportkit.datasets.sources import Snapshot, read_only
from reportkit.datasets.watch import Watch


def another_connection(snapshot: Snapshot, database: Postgresql) -> sa.Connection:
    """Open as long as the snapshot, and cancelled with it. Raises WarehouseUnavailable."""
    with snapshot.watch.statement():
        exported = exported_snapshot(snapshot)
        connection = snapshot.stack.enter_context(read_only(snapshot.connection.engine.connect()))
        database.join(connection, exported, snapshot.watch)
    snapshot.stop_with(partial(database.interrupt, connection.connection.driver_connection))
    return connection


def set_local(connection: sa.Connection, settings: Mapping[str, str], watch: Watch) -> None:
    """Until the transaction ends."""
    if settings:
        with watch.statement():
            connection.execute(sa.select(*[sa.func.set_config(*each, True) for each in settings.items()]))


def exported_snapshot(snapshot: Snapshot) -> str:
    """Its name, for `SET TRANSACTION SNAPSHOT`."""
    name: str = snapshot.connection.execute(sa.select(sa.func.pg_export_snapshot())).scalar_one()
    return name
