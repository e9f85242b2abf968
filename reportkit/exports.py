"""The recipe of an export: one dataset, asked for by an actor, written to one file or to several parts.

request -> query (every rule is in it) -> snapshot -> count -> writer -> storage, with the manifest beside
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from reportkit.access import Actor
from reportkit.brand import DEFAULT, Brand
from reportkit.datasets.base import Dataset
from reportkit.datasets.query import export_query
from reportkit.datasets.reading import describe
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Databases
from reportkit.errors import IncompleteExport
from reportkit.formats import check_format, writer_for
from reportkit.jobs import Artifact, Job, Mark, Progress
from reportkit.manifests import DatasetRead, Manifest, versions
from reportkit.parts import Part, cut
from reportkit.signing import SigningKey
from reportkit.specs import DatasetRequest, ExportSpec
from reportkit.storage.base import Storage
from reportkit.storage.deposit import Deposit, deposit
from reportkit.writers import check_options
from reportkit.writers.base import About, Writer


@dataclass(frozen=True)
class Exports:
    """The recipe with its parts; tests hand in others."""

    datasets: Registry
    databases: Databases
    storage: Storage
    keep: timedelta
    """How long an artifact lives."""
    clock: Callable[[], datetime]
    secret: Callable[[], str]
    """Gives 128 random bits as text."""
    signing_key: Callable[[], SigningKey]
    last_mark: Callable[[Actor, DatasetRequest, Dataset], Mark | None]
    """How far the actor's incremental exports of a request have come, of the dataset as it is declared now."""
    brand: Brand = DEFAULT

    def check(self, spec: Mapping[str, Any], actor: Actor) -> None:
        """Raises BadRequest for whatever can be known before any work."""
        asked = ExportSpec.from_json(spec)
        check_format(asked.format)
        check_options(asked.format, asked.options)
        export_query(self.datasets[asked.request.dataset], asked, actor, None, self.clock())

    def run(self, job: Job, progress: Progress) -> list[Artifact]:
        """Raises JobFailed; then nothing is stored."""
        asked = ExportSpec.from_json(job.spec)
        dataset = self.datasets[asked.request.dataset]
        last = self.last_mark(job.actor, asked.request, dataset) if asked.since_last else None
        writer, signing_key = writer_for(asked.format, asked.options), self.signing_key()
        name, folder = f"{asked.request.dataset}{writer.suffix}", job.storage_folder(self.secret())

        progress.stage = f"asking the {dataset.home}"
        with self.databases[dataset.home].snapshot() as snapshot, progress.stoppable(snapshot.cancel):
            query = export_query(dataset, asked, job.actor, last, snapshot.taken_at)
            answer = snapshot.source(query)
            expected = answer.count(asked.format)
            parts = cut(progress.watch(answer, expected), expected, asked.rows_per_file, name)
            read = describe(asked.request, query, expected, snapshot.taken_at)
            about = about_export(dataset, asked, read, job.actor, job.started_at or job.created_at, self.brand)
            with deposit(self.storage, folder) as files:
                alterations = _write(parts, writer, files, about, progress)
                manifest = Manifest(
                    kind=job.kind,
                    name=name,
                    format=asked.format,
                    files=files.entries,
                    rows=expected,
                    reads=[read],
                    actor=job.actor,
                    job=job.id,
                    started_at=job.started_at or job.created_at,
                    finished_at=self.clock(),
                    versions=versions(),
                    alterations=dict(alterations),
                    previous={"job": last.job, "signature": last.signature} if last else None,
                ).signed(signing_key)
                files.describe(manifest)
        return Artifact.of(job, manifest, folder, self.keep)


def about_export(
    dataset: Dataset, asked: ExportSpec, read: DatasetRead, actor: Actor, made_at: datetime, brand: Brand = DEFAULT
) -> About:
    sorted_otherwise = bool(asked.request.sort)  # then the rows of a chart's series no longer stand together
    charts = () if sorted_otherwise else dataset.shape(asked.request.by).charts
    return About(dataset.title, dataset.description, read, actor, made_at, charts, brand)


def _write(
    parts: Sequence[Part], writer: Writer, files: Deposit, about: About, progress: Progress
) -> Mapping[str, int]:
    """Each part to a file of its own. Gives the alterations in all of them. Raises IncompleteExport."""
    alterations: Counter[str] = Counter()
    for part in parts:
        progress.stage = f"writing {part.name}"
        with files.file(part.name) as file:
            written = writer.write(part, file, _about_part(about, part))
            if written.records != part.rows:
                raise IncompleteExport(part.rows, written.records)
            file.publish(written.records)
        alterations.update(written.alterations)
    return alterations


def _about_part(about: About, part: Part) -> About:
    """A part speaks of its own rows."""
    title = f"{about.title} ({part.number} of {part.of})" if part.of > 1 else about.title
    return replace(about, title=title, read=replace(about.read, rows=part.rows))
