"""The catalog's tables. A change here needs a migration beside it."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, Table, Text

from reportkit.instants import Instant

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("owner_role", Text, nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("spec", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("token", Text),
    Column("lease_until", Instant),
    Column("heartbeat_at", Instant),
    Column("cancel", Boolean, nullable=False),
    Column("stage", Text, nullable=False),
    Column("rows_done", BigInteger, nullable=False),
    Column("rows_expected", BigInteger),
    Column("error_code", Text),
    Column("error", Text),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("mark", JSON(none_as_null=True)),
    Index("ix_jobs_state_lease", "state", "lease_until"),
    Index("ix_jobs_owner_created", "owner", "created_at"),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("job_id", Text, ForeignKey("jobs.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("manifest", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

contents = Table(
    "contents",
    metadata,
    Column("job_id", Text, ForeignKey("jobs.id"), primary_key=True),
    Column("files", Integer, nullable=False),
    Column("size", BigInteger, nullable=False, comment="bytes of all files together"),
    Column("rows", BigInteger, nullable=False),
    Column("clear", Text, nullable=False, comment="personal columns given as they are: DATASET.COLUMN, ..."),
    Column("redacted", Text, nullable=False, comment="personal columns masked or pseudonymised"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("actor_role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("entity_type", Text, nullable=False),
    Column("entity_id", Text, nullable=False),
    Column("details", JSON, nullable=False),
)
