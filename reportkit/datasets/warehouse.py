"""The tables we read: an experimentation platform's database, as our datasets expect to find it.

One definition serves PostgreSQL and SQLite. Where SQLite lacks a type, its column holds canonical text
that sorts and compares as the type would:

=============  ======================  ==================================================
meaning        PostgreSQL              SQLite
=============  ======================  ==================================================
identifier     uuid                    TEXT, lower case with dashes
instant        timestamptz             TEXT, ``2026-01-31T23:59:59.123456Z`` (always UTC)
exact decimal  numeric(38, 18)         TEXT, plain notation, all 18 decimals
document       jsonb                   TEXT, JSON
serial number  bigint                  INTEGER, the row's own number, so that its order is free
=============  ======================  ==================================================
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from reportkit.instants import Instant

IDENTIFIER = Uuid(as_uuid=False).with_variant(Text(), "sqlite")
INSTANT = Instant()
EXACT = Numeric(38, 18).with_variant(Text(), "sqlite")
DOCUMENT = JSONB().with_variant(Text(), "sqlite")
SERIAL = BigInteger().with_variant(Integer(), "sqlite")
DAY = Date().with_variant(Text(), "sqlite")

metadata = MetaData()

teams = Table(
    "teams",
    metadata,
    Column("id", IDENTIFIER, primary_key=True),
    Column("name", Text, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", IDENTIFIER, primary_key=True),
    Column("username", Text, nullable=False, unique=True),
    Column("email", Text, nullable=False),
    Column("full_name", Text),
    Column("role", Text, nullable=False, comment="viewer, analyst or admin"),
    Column("team_id", IDENTIFIER, ForeignKey("teams.id")),
    Column("password_hash", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False),
)

experiments = Table(
    "experiments",
    metadata,
    Column("id", IDENTIFIER, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("hypothesis", Text),
    Column("status", Text, nullable=False, comment="draft, running, completed or stopped"),
    Column("created_by", IDENTIFIER, ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", INSTANT, nullable=False),
    Column("started_at", INSTANT),
    Column("ended_at", INSTANT),
)

variants = Table(
    "variants",
    metadata,
    Column("id", IDENTIFIER, primary_key=True),
    Column("experiment_id", IDENTIFIER, ForeignKey("experiments.id"), nullable=False, index=True),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("is_control", Boolean, nullable=False),
    Column("weight", Double, nullable=False, comment="share of the traffic it should get"),
)

metric_definitions = Table(
    "metric_definitions",
    metadata,
    Column("id", IDENTIFIER, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="proportion, mean or ratio"),
    Column("event_name", Text, nullable=False, comment="what is counted, or whose value is summed"),
    Column("denominator_event_name", Text, comment="for a ratio: whose value divides"),
    Column("unit", Text),
    Column("higher_is_better", Boolean, nullable=False),
    Column("created_by", IDENTIFIER, ForeignKey("users.id"), nullable=False),
    Column("created_at", INSTANT, nullable=False),
)

experiment_metrics = Table(
    "experiment_metrics",
    metadata,
    Column("experiment_id", IDENTIFIER, ForeignKey("experiments.id"), primary_key=True),
    Column("metric_id", IDENTIFIER, ForeignKey("metric_definitions.id"), primary_key=True),
    Column("role", Text, nullable=False, comment="primary, secondary or guardrail"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("experiment_id", IDENTIFIER, ForeignKey("experiments.id"), primary_key=True),
    Column("subject_id", IDENTIFIER, primary_key=True, comment="the person experimented on"),
    Column("variant_id", IDENTIFIER, ForeignKey("variants.id"), nullable=False),
    Column("segment", Text, nullable=False, comment="platform the person uses: web, ios, android"),
    Column("assigned_at", INSTANT, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=False),
    Column("experiment_id", IDENTIFIER, ForeignKey("experiments.id"), nullable=False),
    Column("subject_id", IDENTIFIER, nullable=False),
    Column("event_name", Text, nullable=False),
    Column("value", Double, comment="the measured value; 1.0 for a plain occurrence"),
    Column("amount", EXACT, comment="money, exact"),
    Column("sequence", BigInteger, comment="the client's own counter; may pass 2^53"),
    Column("occurred_at", INSTANT, nullable=False, comment="when it happened"),
    Column("received_at", INSTANT, nullable=False, comment="when we learned of it; may be days later"),
    Column("member_since", DAY, comment="may lie before 1900"),
    Column("is_test", Boolean),
    Column("user_email", Text),
    Column("ip_address", Text),
    Column("note", Text, comment="free text typed by people"),
    Column("payload", DOCUMENT),
    Index("ix_events_experiment_occurred", "experiment_id", "occurred_at"),
)

feature_flags = Table(
    "feature_flags",
    metadata,
    Column("id", IDENTIFIER, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("rollout_percent", Integer, nullable=False),
    Column("created_by", IDENTIFIER, ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", INSTANT, nullable=False),
)

audit_logs = Table(
    "audit_logs",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=False),
    Column("user_id", IDENTIFIER, ForeignKey("users.id"), nullable=False),
    Column("action", Text, nullable=False, comment="AREA.VERB, for instance permission.granted"),
    Column("entity_type", Text, nullable=False),
    Column("entity_id", Text),
    Column("details", DOCUMENT),
    Column("ip_address", Text),
    Column("session_token", Text),
    Column("created_at", INSTANT, nullable=False),
    Index("ix_audit_logs_user_created", "user_id", "created_at"),
    Index("ix_audit_logs_created", "created_at"),
)
