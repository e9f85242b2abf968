"""Every event as it was recorded."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, select

from reportkit.columns import Column, Kind, Sensitivity
from reportkit.datasets.base import OWNER, Cursor, Dataset, Rows, Scope, Shape
from reportkit.datasets.sql import within
from reportkit.datasets.warehouse import assignments, events, experiments, variants

COLUMNS = (
    Column("id", Kind.INTEGER, "The event's number"),
    Column("experiment", Kind.TEXT, "The key of the experiment it belongs to"),
    Column("variant", Kind.TEXT, "The key of the variant its subject is assigned to; empty if to none"),
    Column("segment", Kind.TEXT, "Platform its subject uses: web, ios or android; empty if not assigned"),
    Column("subject_id", Kind.IDENTIFIER, "The person experimented on", sensitivity=Sensitivity.PERSONAL),
    Column("event_name", Kind.TEXT, "What happened"),
    Column("value", Kind.NUMBER, "The measured value; 1 for a plain occurrence"),
    Column("amount", Kind.DECIMAL, "Money, exact, where money changed hands"),
    Column("sequence", Kind.INTEGER, "The client's own counter; may pass 2^53"),
    Column("occurred_at", Kind.INSTANT, "When it happened"),
    Column("received_at", Kind.INSTANT, "When the platform learned of it, which may be days later"),
    Column("member_since", Kind.DATE, "Since when its subject is a member; may lie before 1900"),
    Column("is_test", Kind.BOOLEAN, "Whether it was made by a test; empty if not known"),
    Column("user_email", Kind.TEXT, "Its subject's mail address", sensitivity=Sensitivity.PERSONAL),
    Column("ip_address", Kind.TEXT, "Where it came from", sensitivity=Sensitivity.PERSONAL),
    Column("note", Kind.TEXT, "Free text typed by people, as it is"),
    Column("payload", Kind.DOCUMENT, "What the client sent along, as JSON"),
)


OF_ASSIGNMENTS = {"variant", "segment"}


def build(scope: Scope) -> Rows:
    rows = select(events, experiments.c.key.label("experiment"), experiments.c.created_by.label(OWNER))
    rows = rows.join(experiments, experiments.c.id == events.c.experiment_id)
    rows = rows.where(*within(events.c.occurred_at, scope.period))
    return _with_assignments(rows) if OF_ASSIGNMENTS & scope.columns else rows


def _with_assignments(rows: Rows) -> Rows:
    """By far the dearest part of the query in SQLite, which does not see where nobody needs it."""
    same_subject = and_(
        assignments.c.experiment_id == events.c.experiment_id, assignments.c.subject_id == events.c.subject_id
    )
    rows = rows.add_columns(variants.c.key.label("variant"), assignments.c.segment)
    return rows.outerjoin(assignments, same_subject).outerjoin(variants, variants.c.id == assignments.c.variant_id)


DATASET = Dataset(
    name="raw_events",
    title="Raw events",
    description="Every event as it was recorded, with the experiment and the variant it belongs to.",
    owner="Who created the experiment owns its events.",
    period="The date range is about when events occurred.",
    shapes={
        "none": Shape(
            COLUMNS, build, order=("id",), key=events.c.id, cursor=Cursor("received_at", timedelta(minutes=5))
        )
    },
    filters={
        "experiment": "The experiment's key",
        "variant": "The variant's key",
        "segment": "web, ios or android",
        "event_name": "What happened, for instance purchase",
        "is_test": "true or false",
        "subject_id": "One person's events",
    },
)
