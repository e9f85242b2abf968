"""Jobs: one execution of an export or a report, with an honest state. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from reportkit.access import Actor
from reportkit.columns import Native, Schema, Source
from reportkit.manifests import SUFFIX, Manifest

if TYPE_CHECKING:
    import pyarrow as pa


class JobKind(StrEnum):
    EXPORT = "export"
    REPORT = "report"


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Completed once; its files have been deleted since."""

    @property
    def ended(self) -> bool:
        return self not in (State.QUEUED, State.RUNNING)


LEGAL: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED, State.FAILED}),
    State.RUNNING: frozenset({State.COMPLETED, State.FAILED, State.CANCELLED}),
    State.COMPLETED: frozenset({State.EXPIRED}),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
}
"""From a state to those that may follow."""


@dataclass(frozen=True)
class Mark:
    """How far an incremental export came: where the next one of the same request goes on."""

    job: str
    until: datetime
    """Rows taken in before this instant have been exported."""
    signature: str
    """Of its manifest, for the next manifest to name."""


@dataclass(frozen=True)
class Job:
    """One row of the catalog's `jobs`. Times are UTC."""

    id: str
    kind: JobKind
    actor: Actor
    """On whose behalf; its id is the job's owner."""
    spec: Mapping[str, Any]
    """An ExportSpec or ReportSpec in its JSON form."""
    state: State
    attempt: int
    """How often it has been claimed; the first claim makes it 1."""
    created_at: datetime
    token: str | None = None
    """Fences the attempt: only its holder may change a running job."""
    lease_until: datetime | None = None
    """Until when the attempt counts as alive without a heartbeat."""
    heartbeat_at: datetime | None = None
    cancel: bool = False
    """Someone asked it to stop."""
    stage: str = ""
    """What it is doing now, for people."""
    rows_done: int = 0
    rows_expected: int | None = None
    error_code: str | None = None
    error: str | None = None
    """Why it failed or was cancelled, for people."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    mark: Mapping[str, str | None] | None = None
    """Of a completed incremental export, what its `Mark` says; it outlives the files."""

    def storage_folder(self, secret: str) -> str:
        """Where this attempt keeps files with their manifest: no other attempt's, and not to be guessed."""
        return f"{self.attempt_prefix}/{secret}"

    @property
    def attempt_prefix(self) -> str:
        """Below it lie this attempt's files, and no other's."""
        return f"{self.storage_prefix}/{self.attempt}"

    @property
    def storage_prefix(self) -> str:
        """Below it lie this job's files, whatever its attempts, and no other's."""
        return f"{self.kind}s/{self.id}"


@dataclass(frozen=True)
class Artifact:
    """One stored file of a completed job."""

    id: str
    job_id: str
    name: str
    """What a person's copy is called: `raw_events.csv`."""
    format: str
    key: str
    """Where storage keeps it; holds 128 random bits."""
    size: int
    """Bytes."""
    sha256: str
    manifest: Mapping[str, Any]
    """Of the files that the stored one lists, only this one: ten thousand parts must not each list all."""
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, job: Job, manifest: Manifest, folder: str, keep: timedelta) -> list[Self]:
        """The files of `manifest`, kept in `folder`."""
        return [
            cls(
                id=f"{job.id}-{entry.name}",
                job_id=job.id,
                name=entry.name,
                format=manifest.format,
                key=f"{folder}/{entry.name}",
                size=entry.size,
                sha256=entry.sha256,
                manifest=replace(manifest, files=[entry]).to_json(),
                created_at=manifest.finished_at,
                expires_at=manifest.finished_at + keep,
            )
            for entry in manifest.files
        ]

    @property
    def folder(self) -> str:
        """Where storage keeps it with its manifest and the other parts that this describes, and nothing else."""
        return self.key.rpartition("/")[0]

    @property
    def manifest_key(self) -> str:
        """Where storage keeps the signed manifest, which parts share."""
        return f"{self.folder}/{self.manifest['name']}{SUFFIX}"


class Progress:
    """What a running job tells of itself, and how it is made to stop.

    The recipe writes, the heartbeat reads; each attribute is replaced whole, so no lock is needed.
    """

    def __init__(self) -> None:
        self.stage = ""
        self.rows_done = 0
        self.rows_expected: int | None = None
        self._stoppers: list[Callable[[], None]] = []

    def watch(self, source: Source, expected: int) -> Source:
        """The same source, counted as it is read."""
        self.rows_done, self.rows_expected = 0, expected
        return _Watched(source, self)

    @contextmanager
    def stoppable(self, stop: Callable[[], None]) -> Iterator[None]:
        """While inside, `stop()` ends what would not notice otherwise: a query in the database, a kernel."""
        self._stoppers.append(stop)
        try:
            yield
        finally:
            self._stoppers.remove(stop)

    def stop(self) -> None:
        for stop in tuple(self._stoppers):
            stop()


@dataclass(frozen=True)
class _Watched:
    source: Source
    progress: Progress

    @property
    def schema(self) -> Schema:
        return self.source.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        for batch in self.source.batches():
            yield batch
            self.progress.rows_done += batch.num_rows

    def native(self, format: str) -> Native | None:
        records = self.source.native(format)
        return records and replace(records, pieces=self._counted(records.pieces))

    def _counted(self, pieces: Iterator[Sequence[bytes | memoryview]]) -> Iterator[Sequence[bytes | memoryview]]:
        for piece in pieces:
            yield piece
            self.progress.rows_done += len(piece)
