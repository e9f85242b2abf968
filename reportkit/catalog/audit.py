"""The audit log of our own acts: append only, in the same transaction as the act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from reportkit.access import Actor
from reportkit.catalog.tables import audit_log


def append(
    connection: Connection,
    *,
    at: datetime,
    actor: Actor,
    action: str,
    entity_type: str,
    entity_id: str,
    details: Mapping[str, Any],
) -> None:
    """`action` is AREA.VERB: `export.created`, `report.completed`."""
    connection.execute(
        insert(audit_log).values(
            at=at,
            actor=actor.id,
            actor_role=actor.role.value,
            action=action,
            entity_type=entity_type,
            entity_id=entity_id,
            details=dict(details),
        )
    )
