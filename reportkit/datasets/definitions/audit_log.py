"""Who did what on the platform."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import case, select

from reportkit.columns import Column, Kind, Sensitivity
from reportkit.datasets.base import OWNER, Cursor, Dataset, Rows, Scope, Shape
from reportkit.datasets.sql import within
from reportkit.datasets.warehouse import audit_logs, users

COLUMNS = (
    Column("id", Kind.INTEGER, "The entry's number"),
    Column("created_at", Kind.INSTANT, "When it was done"),
    Column("user_id", Kind.IDENTIFIER, "Who did it"),
    Column("username", Kind.TEXT, "The name they log in with", sensitivity=Sensitivity.PERSONAL),
    Column("full_name", Kind.TEXT, "Their name", sensitivity=Sensitivity.PERSONAL),
    Column("role", Kind.TEXT, "Their role now: viewer, analyst or admin"),
    Column("action", Kind.TEXT, "What was done, as AREA.VERB: permission.granted"),
    Column("category", Kind.TEXT, "admin, data access, permission, configuration or other"),
    Column("entity_type", Kind.TEXT, "The kind of thing it was done to"),
    Column("entity_id", Kind.TEXT, "Which one"),
    Column("details", Kind.DOCUMENT, "What exactly, as JSON"),
    Column("ip_address", Kind.TEXT, "Where they did it from", sensitivity=Sensitivity.PERSONAL),
    Column("session_token", Kind.TEXT, "The session they did it in", sensitivity=Sensitivity.SECRET),
)
AREAS = {"admin": "admin", "data": "data access", "permission": "permission", "configuration": "configuration"}
"""Area of an action to its category."""


def build(scope: Scope) -> Rows:
    category = case(
        *[(audit_logs.c.action.startswith(f"{area}."), name) for area, name in AREAS.items()], else_="other"
    )
    return (
        select(
            *[audit_logs.c[name] for name in ("id", "created_at", "user_id", "action", "ip_address", "details")],
            *[audit_logs.c[name] for name in ("entity_type", "entity_id")],
            *[users.c[name] for name in ("username", "full_name", "role")],
            category.label("category"),
            audit_logs.c.user_id.label(OWNER),
        )
        .join(users, users.c.id == audit_logs.c.user_id)
        .where(*within(audit_logs.c.created_at, scope.period))
    )


DATASET = Dataset(
    name="audit_log",
    title="Audit log",
    description="Who did what on the platform, to what, when and from where.",
    owner="Who did it owns the entry.",
    period="The date range is about when it was done.",
    shapes={
        "none": Shape(COLUMNS, build, order=("created_at", "id"), cursor=Cursor("created_at", timedelta(minutes=5)))
    },
    filters={
        "category": "admin, data access, permission, configuration or other",
        "action": "For instance permission.granted",
        "entity_type": "The kind of thing it was done to",
        "entity_id": "One thing",
        "user_id": "One person's entries",
        "role": "viewer, analyst or admin",
    },
)
