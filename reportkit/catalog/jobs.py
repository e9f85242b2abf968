"""The life of a job row. Every change is one conditional UPDATE, so that two processes cannot both make it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, CursorResult, RowMapping, Update, and_, case, insert, null, or_, select, update

from reportkit import instants
from reportkit.access import Actor, Role
from reportkit.catalog.tables import jobs
from reportkit.errors import JobFailed, NotFound, WorkerDied
from reportkit.jobs import LEGAL, Artifact, Job, JobKind, Mark, State

ONCE_COMPLETED = jobs.c.state.in_([State.COMPLETED.value, State.EXPIRED.value])


@dataclass(frozen=True)
class Beat:
    """What a heartbeat learns."""

    held: bool
    """The attempt still owns the job; if not, it must stop and publish nothing."""
    cancel: bool


def add(connection: Connection, job: Job) -> None:
    connection.execute(
        insert(jobs).values(
            id=job.id,
            kind=job.kind.value,
            owner=job.actor.id,
            owner_role=job.actor.role.value,
            owner_name=job.actor.name,
            spec=dict(job.spec),
            state=job.state.value,
            attempt=job.attempt,
            cancel=job.cancel,
            stage=job.stage,
            rows_done=job.rows_done,
            created_at=job.created_at,
        )
    )


def get(connection: Connection, job_id: str) -> Job:
    """Raises NotFound."""
    row = connection.execute(select(jobs).where(jobs.c.id == job_id)).mappings().first()
    if row is None:
        raise NotFound(f"there is no job {job_id}")
    return _job(row)


def claim(
    connection: Connection, job_id: str, attempt: int, *, token: str, now: datetime, lease: timedelta
) -> Job | None:
    """Takes a queued job for attempt number `attempt` (the first is 1). None: it is someone else's, or cancelled."""
    taken = _moved(
        connection,
        _transition(State.QUEUED, State.RUNNING)
        .where(jobs.c.id == job_id, jobs.c.attempt == attempt - 1, jobs.c.cancel.is_(False))
        .values(attempt=attempt, token=token, lease_until=now + lease, heartbeat_at=now, started_at=now),
    )
    return get(connection, job_id) if taken else None


def beat(
    connection: Connection,
    job_id: str,
    *,
    token: str,
    now: datetime,
    lease: timedelta,
    stage: str,
    rows_done: int,
    rows_expected: int | None,
) -> Beat:
    """Renews the lease, shows the progress, and tells whether to go on."""
    row = connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.token == token, jobs.c.state == State.RUNNING.value)
        .values(
            lease_until=now + lease, heartbeat_at=now, stage=stage, rows_done=rows_done, rows_expected=rows_expected
        )
        .returning(jobs.c.cancel)
    ).first()
    return Beat(held=row is not None, cancel=row is not None and bool(row.cancel))


def finish(
    connection: Connection, job_id: str, state: State, *, token: str, now: datetime, error: JobFailed | None = None
) -> bool:
    """Ends a running attempt. False: the attempt had lost the job, so nothing was changed."""
    return _moved(
        connection,
        _transition(State.RUNNING, state)
        .where(jobs.c.id == job_id, jobs.c.token == token)
        .values(
            token=None,
            lease_until=None,
            finished_at=now,
            error_code=error.code if error else None,
            error=str(error) if error else None,
        ),
    )


def ask_to_cancel(connection: Connection, job_id: str, now: datetime) -> bool:
    """A queued job ends at once (True); a running one at its next heartbeat; an ended one is left alone."""
    connection.execute(update(jobs).where(jobs.c.id == job_id, jobs.c.state == State.RUNNING.value).values(cancel=True))
    return _moved(
        connection,
        _transition(State.QUEUED, State.CANCELLED)
        .where(jobs.c.id == job_id)
        .values(cancel=True, finished_at=now, error_code="cancelled", error="cancelled before it started"),
    )


def expire(connection: Connection, job_id: str) -> bool:
    """True where it had not expired yet."""
    return _moved(connection, _transition(State.COMPLETED, State.EXPIRED).where(jobs.c.id == job_id))


def worker_died(connection: Connection, job_id: str, now: datetime, reason: str) -> bool:
    """Ends a job whose only worker is known to be gone. False: it had ended properly."""
    return _moved(connection, _lost(now, reason).where(jobs.c.id == job_id))


def reap(connection: Connection, leased_before: datetime, queued_before: datetime) -> list[Job]:
    """Ends the jobs that nobody works on any more: those whose lease ran out before `leased_before`, and those that
    have been queued since before `queued_before`. Gives them as they are then."""
    lost = or_(
        and_(jobs.c.state == State.RUNNING.value, jobs.c.lease_until < leased_before),
        and_(jobs.c.state == State.QUEUED.value, jobs.c.created_at < queued_before),
    )
    reason = "its worker was lost (was the machine restarted, or out of memory?); run it again"
    ended = connection.execute(_lost(leased_before, reason).where(lost).returning(jobs)).mappings()
    return [_job(row) for row in ended]


def completed_exports(connection: Connection, actor: Actor, dataset: str, format: str) -> list[Job]:
    """The actor's last twenty of this dataset in this format, the newest first."""
    spec = jobs.c.spec
    found = connection.execute(
        select(jobs)
        .where(
            jobs.c.owner == actor.id,
            jobs.c.kind == JobKind.EXPORT.value,
            ONCE_COMPLETED,
            spec["format"].as_string() == format,
            spec[("request", "dataset")].as_string() == dataset,
        )
        .order_by(jobs.c.created_at.desc())
        .limit(20)
    )
    return [_job(row) for row in found.mappings()]


def leave_mark(connection: Connection, made: Sequence[Artifact], warehouse: str) -> None:
    """Notes how far an incremental export came with these files, of one manifest; other jobs leave no mark."""
    for artifact in made[:1]:
        previous = artifact.manifest["previous"]
        for read in artifact.manifest["reads"]:
            if read["until"] is not None:
                mark = {
                    "until": read["until"],
                    "signature": artifact.manifest["signature"]["value"],
                    "previous": previous["job"] if previous else None,
                    "warehouse": warehouse,
                    "declaration": read["declaration"],
                }
                connection.execute(update(jobs).where(jobs.c.id == artifact.job_id).values(mark=mark))


def take_back_mark(connection: Connection, job_id: str) -> bool:
    """True where it had left one."""
    return _moved(connection, update(jobs).where(jobs.c.id == job_id, jobs.c.mark.is_not(None)).values(mark=null()))


def last_mark(
    connection: Connection, actor: Actor, request: Mapping[str, Any], warehouse: str, declaration: str
) -> Mark | None:
    """How far the actor's incremental exports of this request have come, those in the role they have now and of the
    dataset as it is declared now.

    One that went on from what was taken back since does not count: the rows before it would be in no file.
    """
    found = connection.execute(
        select(jobs.c.id, jobs.c.spec, jobs.c.mark).where(
            jobs.c.owner == actor.id, jobs.c.owner_role == actor.role.value, jobs.c.mark.is_not(None), ONCE_COMPLETED
        )
    )
    left = {
        row.id: row.mark
        for row in found
        if row.spec["request"] == request
        and row.mark.get("warehouse") == warehouse
        and row.mark.get("declaration", "") == declaration
    }
    marks = [Mark(job, instants.from_text(mark["until"]), mark["signature"]) for job, mark in left.items()]
    furthest_first = sorted(marks, key=lambda mark: mark.until, reverse=True)
    return next((mark for mark in furthest_first if _reaches_back(mark.job, left)), None)


def _reaches_back(job: str | None, left: Mapping[str, Mapping[str, str | None]]) -> bool:
    """Whether all that `job` went on from has left a mark too."""
    while job is not None:
        if job not in left:
            return False
        job = left[job]["previous"]
    return True


def _lost(now: datetime, reason: str) -> Update:
    """QUEUED or RUNNING to CANCELLED if that was asked for, else to FAILED."""
    return (
        update(jobs)
        .where(jobs.c.state.in_([State.QUEUED.value, State.RUNNING.value]))
        .values(
            state=case((jobs.c.cancel, State.CANCELLED.value), else_=State.FAILED.value),
            token=None,
            lease_until=None,
            finished_at=now,
            error_code=WorkerDied(reason).code,
            error=reason,
        )
    )


def _transition(before: State, after: State) -> Update:
    if after not in LEGAL[before]:
        raise ValueError(f"a job cannot go from {before} to {after}")
    return update(jobs).where(jobs.c.state == before.value).values(state=after.value)


def _moved(connection: Connection, statement: Update) -> bool:
    result: CursorResult[Any] = connection.execute(statement)
    return result.rowcount == 1


def _job(row: RowMapping) -> Job:
    actor = Actor(row["owner"], Role(row["owner_role"]), row["owner_name"])
    plain = {name: value for name, value in row.items() if not name.startswith("owner")}
    return Job(**{**plain, "kind": JobKind(row["kind"]), "state": State(row["state"]), "actor": actor})
