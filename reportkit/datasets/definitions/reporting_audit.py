"""Who did what with reportkit itself."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import cast, select

from reportkit.catalog.tables import audit_log
from reportkit.columns import Column, Kind
from reportkit.datasets.base import OWNER, Cursor, Dataset, Home, Rows, Scope, Shape
from reportkit.datasets.sql import within
from reportkit.datasets.warehouse import DOCUMENT

COLUMNS = (
    Column("id", Kind.INTEGER, "The entry's number"),
    Column("at", Kind.INSTANT, "When it was done"),
    Column("user_id", Kind.TEXT, "Who did it, or for whom; `local` is whoever works on the machine itself"),
    Column("role", Kind.TEXT, "The role they did it in: viewer, analyst or admin"),
    Column("action", Kind.TEXT, "What was done, as AREA.VERB: export.created, dataset.previewed"),
    Column("entity_type", Kind.TEXT, "The kind of thing it was done to: export, report, dataset"),
    Column("entity_id", Kind.TEXT, "Which one"),
    Column("details", Kind.DOCUMENT, "What exactly, as JSON"),
)


def build(scope: Scope) -> Rows:
    return select(
        *[audit_log.c[name] for name in ("id", "at", "action", "entity_type", "entity_id")],
        audit_log.c.actor.label("user_id"),
        audit_log.c.actor_role.label("role"),
        cast(audit_log.c.details, DOCUMENT).label("details"),
        audit_log.c.actor.label(OWNER),
    ).where(*within(audit_log.c.at, scope.period))


DATASET = Dataset(
    name="reporting_audit",
    title="Audit log of reportkit",
    description=(
        "Who did what with reportkit itself: exports and reports asked for, ended, cancelled and expired, and previews "
        "of data. What was done on the platform is in audit_log."
    ),
    owner="Who did it owns the entry.",
    period="The date range is about when it was done.",
    shapes={"none": Shape(COLUMNS, build, order=("at", "id"), cursor=Cursor("at", timedelta(minutes=5)))},
    filters={
        "action": "For instance dataset.previewed",
        "entity_type": "export, report or dataset",
        "entity_id": "One thing",
        "user_id": "One person's entries",
        "role": "viewer, analyst or admin",
    },
    home=Home.CATALOG,
)
