"""Stored files, as the catalog knows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from reportkit.catalog.tables import artifacts
from reportkit.jobs import Artifact


def add(connection: Connection, made: Sequence[Artifact]) -> None:
    for artifact in made:
        connection.execute(insert(artifacts).values(**{**vars(artifact), "manifest": dict(artifact.manifest)}))


def of_job(connection: Connection, job_id: str) -> list[Artifact]:
    """In the order they were made."""
    found = connection.execute(select(artifacts).where(artifacts.c.job_id == job_id).order_by(artifacts.c.name))
    return [Artifact(**row) for row in found.mappings()]


def expired(connection: Connection, now: datetime) -> list[Artifact]:
    found = connection.execute(select(artifacts).where(artifacts.c.expires_at <= now))
    return [Artifact(**row) for row in found.mappings()]


def forget(connection: Connection, artifact: Artifact) -> None:
    connection.execute(delete(artifacts).where(artifacts.c.id == artifact.id))
