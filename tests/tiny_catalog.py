"""A catalog in which four people have asked for something of everything, with every end that a job may come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import sqlalchemy as sa

from reportkit import instants
from reportkit.access import Actor
from reportkit.catalog import audit, contents, jobs
from reportkit.catalog.tables import metadata
from reportkit.columns import Sensitivity
from reportkit.errors import Cancelled, JobFailed, WarehouseUnavailable
from reportkit.jobs import Artifact, Job, JobKind, State
from reportkit.manifests import DatasetRead, FileEntry, Manifest
from reportkit.sample import nasty
from reportkit.specs import DatasetRequest, ExportSpec, Period, ReportSpec

FIRST = datetime(2026, 9, 28, 6, 30, 0, 250_000, tzinfo=UTC)
LEASE = timedelta(seconds=30)
EMAIL, ADDRESS = "user_email", "ip_address"
REDACTED = {"viewer": "masked", "analyst": "pseudonymised", "admin": None}

Spec = ExportSpec | ReportSpec


def fill(url: str, people: Sequence[Actor], first: int = 0) -> None:
    """Makes the tables if need be, and all that a catalog remembers of the jobs of `people`, from number `first`."""
    engine = sa.create_engine(url)
    if url.startswith("sqlite"):
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")  # as ours is
    with engine.begin() as connection:
        metadata.create_all(connection)
        numbers = count(first)
        for actor in people:
            for spec, end in _asked(actor):
                number = next(numbers)
                _life(connection, job(number, actor, spec, FIRST + timedelta(hours=7 * number)), end)
    engine.dispose()


def _asked(actor: Actor) -> Iterable[tuple[Spec, State | JobFailed]]:
    october = Period.parse("2026-10-01", "2026-10-31", "Europe/Berlin")
    purchases = DatasetRequest("raw_events", october, fields=("id", EMAIL), filters={"event_name": ("purchase",)})
    texts = " ".join(text for _, text in nasty.TEXTS if len(text) < 100)
    yield ExportSpec(DatasetRequest("raw_events"), "csv"), State.COMPLETED
    yield ExportSpec(purchases, "xlsx"), State.EXPIRED
    yield ExportSpec(DatasetRequest("metrics_summary", by="week"), "parquet"), State.RUNNING
    yield ExportSpec(DatasetRequest("audit_log"), "ndjson"), State.QUEUED
    yield ExportSpec(DatasetRequest("audit_log"), "json"), Cancelled("cancelled on request")
    yield ExportSpec(DatasetRequest("user_activity"), "pdf"), WarehouseUnavailable(f"=1+1; {texts} of {actor.role}")
    yield ReportSpec("compliance", {"latest": 5, "note": texts}, ("pdf", "html")), State.COMPLETED
    yield ReportSpec("user_activity"), WarehouseUnavailable("the database was lost")


def job(number: int, actor: Actor, spec: Spec, at: datetime) -> Job:
    kind = JobKind.EXPORT if isinstance(spec, ExportSpec) else JobKind.REPORT
    return Job(str(uuid5(NAMESPACE_OID, f"job {number}")), kind, actor, spec.to_json(), State.QUEUED, 0, at)


def _life(connection: sa.Connection, job: Job, end: State | JobFailed) -> None:
    """Each step some odd microseconds after the other."""
    jobs.add(connection, job)
    _note(connection, job, "created", {"spec": dict(job.spec)})
    if end is State.QUEUED:
        return
    started, finished = (job.created_at + timedelta(seconds=seconds) for seconds in (0.999_999, 75.000_001))
    jobs.claim(connection, job.id, 1, token="t", now=started, lease=LEASE)
    if end is State.RUNNING:
        return
    error = end if isinstance(end, JobFailed) else None
    state = State.COMPLETED if error is None else State.CANCELLED if isinstance(error, Cancelled) else State.FAILED
    jobs.finish(connection, job.id, state, token="t", now=finished, error=error)
    _note(connection, job, state, {"error": str(error)} if error else {})
    if error is None:
        contents.note(connection, made(replace(job, started_at=started), finished))
    if end is State.EXPIRED:
        jobs.expire(connection, job.id)


def _note(connection: sa.Connection, job: Job, verb: str, details: dict[str, Any]) -> None:
    audit.append(
        connection,
        at=job.created_at,
        actor=job.actor,
        action=f"{job.kind}.{verb}",
        entity_type=job.kind,
        entity_id=job.id,
        details=details,
    )


def made(job: Job, finished: datetime, rows: int = 1_000, size: int = 3_000_000_000) -> list[Artifact]:
    """Two files of `rows` with somebody's address in each, `size` bytes together: more than an INTEGER holds."""
    columns = [_column(name, Sensitivity.PERSONAL, job.actor) for name in (EMAIL, ADDRESS)]
    read = DatasetRead(
        dataset="raw_events",
        rows=rows,
        period=Period().to_json(),
        by=None,
        filters={},
        columns=[_column("id", Sensitivity.PUBLIC, job.actor), *columns],
        data_cutoff=instants.to_text(job.created_at),
    )
    manifest = Manifest(
        kind=job.kind,
        name="raw_events.csv",
        format="csv",
        files=[FileEntry(f"raw_events-00{number}.csv", size // 2, "a" * 64, rows // 2) for number in (1, 2)],
        rows=rows,
        reads=[read],
        actor=job.actor,
        job=job.id,
        started_at=job.started_at or job.created_at,
        finished_at=finished,
        versions={},
    )
    return Artifact.of(job, manifest, f"exports/{job.id}/1/secret", timedelta(days=7))


def _column(name: str, sensitivity: Sensitivity, actor: Actor) -> dict[str, str | None]:
    redaction = REDACTED[actor.role] if sensitivity is Sensitivity.PERSONAL else None
    return {"name": name, "kind": "text", "unit": None, "sensitivity": sensitivity, "redaction": redaction}
