"""The one composition root: settings in, every part wired, and the few acts that shells ask for.

toolkit = build(Settings.load(os.environ, Path.cwd()))
job = toolkit.submit(JobKind.EXPORT, actor, spec.to_json())
job = toolkit.wait(job, seconds=60)
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

import sqlalchemy as sa

from reportkit.access import Actor
from reportkit.brand import Brand, brand_of
from reportkit.brand.current import LOOK, look
from reportkit.catalog import artifacts, audit, jobs
from reportkit.catalog.database import Catalog
from reportkit.datasets.base import Dataset, Home
from reportkit.datasets.query import build_query
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Databases, Warehouse
from reportkit.engine.base import Engine
from reportkit.engine.local import LocalEngine
from reportkit.errors import JobFailed, NotFound
from reportkit.exports import Exports
from reportkit.jobs import Artifact, Job, JobKind, Mark, Progress, State
from reportkit.keys import pseudonym_key, signing_key
from reportkit.notebook.host import KernelHost
from reportkit.notebook.registry import Notebooks
from reportkit.previews import Preview, preview
from reportkit.render.renderer import Renderer
from reportkit.reports import Reports
from reportkit.settings import Settings
from reportkit.specs import DatasetRequest, ExportSpec
from reportkit.storage import open_storage
from reportkit.storage.base import Storage

if TYPE_CHECKING:
    import pyarrow as pa

ABANDONED = timedelta(days=1)
"""An unpublished file that is this old belongs to nobody any more."""
UNCLAIMED = timedelta(minutes=10)
"""A job that has been queued for longer lost the worker it was given."""
MERCY = timedelta(minutes=1)
"""How long past its lease a job is left alone: after a suspend, its worker beats again before long."""


class Recipe(Protocol):
    """What makes the files of one kind of job."""

    def check(self, spec: Mapping[str, Any], actor: Actor) -> None:
        """Raises BadRequest for whatever can be known before any work."""
        ...

    def run(self, job: Job, progress: Progress) -> list[Artifact]:
        """Raises JobFailed; then nothing is stored."""
        ...


@dataclass(frozen=True)
class Toolkit:
    """Everything wired. Shells parse, call one of these, and reply."""

    settings: Settings
    catalog: Catalog
    storage: Storage
    datasets: Registry
    databases: Databases
    notebooks: Notebooks
    kernels: KernelHost
    renderer: Renderer
    engine: Engine
    exports: Exports
    recipes: Mapping[JobKind, Recipe]
    clock: Callable[[], datetime]

    @property
    def warehouse(self) -> Warehouse:
        return self.databases[Home.WAREHOUSE]

    def submit(self, kind: JobKind, actor: Actor, spec: Mapping[str, Any]) -> Job:
        """Writes down what is wanted and starts it. Raises BadRequest before any work is done."""
        self.recipes[kind].check(spec, actor)
        job = Job(str(uuid4()), kind, actor, spec, State.QUEUED, 0, self.clock())
        with self.catalog.write() as connection:
            jobs.add(connection, job)
            self._note(connection, job, actor, "created", {"spec": dict(spec)})
        try:
            self.engine.launch(job.id, 1, kind)
        except JobFailed as error:
            self._gone(job, str(error))
        return job

    def job(self, job_id: str, actor: Actor) -> Job:
        """Raises NotFound, also where the job is someone else's."""
        with self.catalog.read() as connection:
            job = jobs.get(connection, job_id)
        if not actor.may_see(job.actor.id):
            raise NotFound(f"there is no job {job_id}")
        return job

    def artifacts(self, job: Job) -> list[Artifact]:
        with self.catalog.read() as connection:
            return artifacts.of_job(connection, job.id)

    def cancel(self, job_id: str, actor: Actor) -> None:
        """Raises NotFound, also where the job is someone else's."""
        job = self.job(job_id, actor)
        with self.catalog.write() as connection:
            self._note(connection, job, actor, "cancel_requested", {})
            if jobs.ask_to_cancel(connection, job.id, self.clock()):
                self._note_end(connection, job.id)
        self.engine.nudge(job.id)

    def take_back(self, job: Job, actor: Actor, reason: str) -> None:
        """An incremental export that did not reach whoever asked does not count: the next covers its rows too."""
        with self.catalog.write() as connection:
            if jobs.take_back_mark(connection, job.id):
                self._note(connection, job, actor, "taken_back", {"reason": reason})

    def settle(self, job: Job) -> None:
        """Ends the job in the catalog if its worker is gone without having done so."""
        if (reason := self.engine.ended(job.id)) is not None:
            self._gone(job, reason)

    def wait(self, job: Job, seconds: float) -> Job:
        """The job as it is when its worker has ended, and after `seconds` if it has not."""
        self.engine.wait(job.id, seconds)
        now = self.job(job.id, job.actor)
        if not now.state.ended and self.engine.ended(job.id):
            self.settle(job)
            now = self.job(job.id, job.actor)
        return now

    def close(self) -> None:
        """Lets go of the catalog and of workers that wait for a job. Those that have one go on."""
        self.engine.close()
        self.kernels.close()
        self.catalog.close()

    def read(self, request: DatasetRequest, actor: Actor) -> pa.Table:
        """A dataset's rows in memory, under the same rules as an export. Raises BadRequest, WarehouseUnavailable."""
        import pyarrow as pa

        dataset = self.datasets[request.dataset]
        query = build_query(dataset, request, actor)
        with self.databases[dataset.home].snapshot() as snapshot:
            source = snapshot.source(query)
            return pa.Table.from_batches(source.batches(), schema=source.schema.arrow())

    def preview(self, spec: ExportSpec, actor: Actor) -> Preview:
        """The first rows and an estimate, under the same rules as the export. It makes no job and no file, and is noted
        all the same: someone saw data. Raises BadRequest, WarehouseUnavailable."""
        dataset = spec.request.dataset
        with self.catalog.read() as connection:
            done = jobs.completed_exports(connection, actor, dataset, spec.format)
        seen = preview(self.exports, spec, actor, done)
        with self.catalog.write() as connection:
            audit.append(
                connection,
                at=self.clock(),
                actor=actor,
                action="dataset.previewed",
                entity_type="dataset",
                entity_id=dataset,
                details={"spec": spec.to_json(), "shown": len(seen.shown)},
            )
        return seen

    def tidy(self) -> None:
        """Ends lost jobs, deletes expired artifacts, old logs and what dead writers left behind."""
        now = self.clock()
        with self.catalog.write() as connection:
            lost = jobs.reap(connection, now - MERCY, now - UNCLAIMED)
            for job in lost:
                self._note_end(connection, job.id)
            old = artifacts.expired(connection, now)
            for artifact in old:
                artifacts.forget(connection, artifact)
                if jobs.expire(connection, artifact.job_id):
                    self._note_end(connection, artifact.job_id)
        for artifact in old:
            self.storage.discard(artifact.folder)
        for job in lost:
            self.storage.discard(job.storage_prefix)
        self.storage.sweep(now - ABANDONED)
        self.engine.tidy(now - timedelta(days=self.settings.artifact_days))

    def deadline(self, kind: JobKind) -> timedelta:
        """How long one attempt may take."""
        seconds = {JobKind.EXPORT: self.settings.export_deadline, JobKind.REPORT: self.settings.report_deadline}
        return timedelta(seconds=seconds[kind])

    def _gone(self, job: Job, reason: str) -> None:
        with self.catalog.write() as connection:
            if not jobs.worker_died(connection, job.id, self.clock(), reason):
                return
            self._note_end(connection, job.id)
        self.storage.discard(job.storage_prefix)

    def _note_end(self, connection: sa.Connection, job_id: str) -> None:
        job = jobs.get(connection, job_id)
        self._note(connection, job, job.actor, job.state, {"error": job.error} if job.error else {})

    def _note(self, connection: sa.Connection, job: Job, actor: Actor, verb: str, details: Mapping[str, Any]) -> None:
        audit.append(
            connection,
            at=self.clock(),
            actor=actor,
            action=f"{job.kind}.{verb}",
            entity_type=job.kind,
            entity_id=job.id,
            details=details,
        )


def build(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    secret: Callable[[], str] = lambda: secrets.token_urlsafe(16),
    **replacements: Any,
) -> Toolkit:
    """Wires everything. `replacements` are Toolkit attributes that tests bring along. Raises BadSettings."""
    catalog = Catalog(settings.catalog)
    catalog.migrate()
    storage = replacements.get("storage") or open_storage(settings.storage)
    datasets = replacements.get("datasets") or Registry.of(settings)
    addresses = {Home.WAREHOUSE: settings.warehouse, Home.CATALOG: settings.catalog}
    secret_key, timeout = pseudonym_key(settings), settings.statement_timeout
    databases = {home: Warehouse(address, secret_key, timeout, home) for home, address in addresses.items()}
    notebooks = Notebooks(*notebooks_directories(settings))
    keep = timedelta(days=settings.artifact_days)
    key, brand = cache(partial(signing_key, settings)), brand_of(settings)
    last_mark = partial(_last_mark, catalog, databases[Home.WAREHOUSE].place)
    exports = Exports(datasets, databases, storage, keep, clock, secret, key, last_mark, brand)
    kernels = kernel_host(settings, brand)
    renderer, cell_seconds = Renderer(brand), settings.cell_deadline
    reports = Reports(
        datasets, databases, notebooks, storage, keep, clock, secret, key, kernels, cell_seconds, renderer
    )
    toolkit = Toolkit(
        settings=settings,
        catalog=catalog,
        storage=storage,
        datasets=datasets,
        databases=databases,
        notebooks=notebooks,
        kernels=kernels,
        renderer=renderer,
        engine=local_engine(settings),
        exports=exports,
        recipes={JobKind.EXPORT: exports, JobKind.REPORT: reports},
        clock=clock,
    )
    return replace(toolkit, **replacements)


def local_engine(settings: Settings) -> LocalEngine:
    """Its workers get these settings."""
    return LocalEngine({**os.environ, **settings.environ()}, Path(settings.home) / "logs")


def kernel_host(settings: Settings, brand: Brand) -> KernelHost:
    """It starts nothing until there is a notebook to run. Raises BadSettings."""
    return KernelHost(
        mode=settings.sandbox,
        memory=settings.notebook_memory,
        environment={LOOK: look(brand)},
        path=os.environ.get("PATH", ""),
    )


def _last_mark(
    catalog: Catalog, warehouse: str, actor: Actor, request: DatasetRequest, dataset: Dataset
) -> Mark | None:
    with catalog.read() as connection:
        return jobs.last_mark(connection, actor, request.to_json(), warehouse, dataset.declaration)


def notebooks_directories(settings: Settings) -> list[Path]:
    """The team's own, if set; then that of ours: the repository's, beside the package, else the installed one."""
    own = [Path(settings.notebooks)] if settings.notebooks else []
    beside = Path(__file__).parents[1] / "notebooks"
    return [*own, beside if beside.is_dir() else Path(sys.prefix) / "share" / "reportkit" / "notebooks"]
