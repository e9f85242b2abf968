"""The recipe of an export: one dataset, asked for by an actor, written to one file.

request -> query (every rule is in it) -> snapshot -> count -> writer -> storage, with the manifest beside
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reportkit.access import Actor
from reportkit.datasets.query import Query, build_query
from reportkit.datasets.reading import describe
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Warehouse
from reportkit.errors import IncompleteExport
from reportkit.jobs import Artifact, Job, Progress
from reportkit.manifests import Manifest, versions
from reportkit.specs import ExportSpec
from reportkit.storage.base import Storage
from reportkit.storage.deposit import deposit
from reportkit.writers import check_format, writer_for
from reportkit.writers.base import About


@dataclass(frozen=True)
class Exports:
    """The recipe with its parts; tests hand in others."""

    datasets: Registry
    warehouse: Warehouse
    storage: Storage
    keep: timedelta
    """How long an artifact lives."""
    clock: Callable[[], datetime]
    secret: Callable[[], str]
    """Gives 128 random bits as text."""

    def check(self, spec: Mapping[str, Any], actor: Actor) -> None:
        """Raises BadRequest for whatever can be known before any work."""
        asked = ExportSpec.from_json(spec)
        check_format(asked.format)
        self._query(asked, actor)

    def run(self, job: Job, progress: Progress) -> list[Artifact]:
        """Raises JobFailed; then nothing is stored."""
        asked = ExportSpec.from_json(job.spec)
        dataset, query = self.datasets[asked.request.dataset], self._query(asked, job.actor)
        writer = writer_for(asked.format, asked.options)
        name = f"{asked.request.dataset}{writer.suffix}"
        key = job.storage_key(self.secret(), name)

        progress.stage = "asking the warehouse"
        with self.warehouse.snapshot() as snapshot, progress.stoppable(snapshot.cancel):
            expected = snapshot.count(query)
            progress.stage = f"writing {name}"
            source = progress.watch(snapshot.source(query), expected)
            read = describe(asked.request, query, expected, snapshot.taken_at)
            about = About(
                title=dataset.title,
                description=dataset.description,
                read=read,
                actor=job.actor,
                made_at=job.started_at or job.created_at,
                charts=dataset.shape(asked.request.by).charts,
            )
            with deposit(self.storage, key) as file:
                written = writer.write(source, file, about)
                if written.records != expected:
                    raise IncompleteExport(expected, written.records)
                manifest = file.publish(
                    lambda size, sha256: Manifest(
                        kind=job.kind,
                        file=name,
                        format=asked.format,
                        size=size,
                        sha256=sha256,
                        rows=written.records,
                        reads=[read],
                        actor=job.actor,
                        job=job.id,
                        started_at=job.started_at or job.created_at,
                        finished_at=self.clock(),
                        versions=versions(),
                        alterations=dict(written.alterations),
                    )
                )
        return [Artifact.of(job, manifest, key, self.keep)]

    def _query(self, asked: ExportSpec, actor: Actor) -> Query:
        return build_query(self.datasets[asked.request.dataset], asked.request, actor)
