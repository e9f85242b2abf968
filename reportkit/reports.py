"""The recipe of a report: a notebook, executed with parameters on one snapshot, rendered to documents.

notebook -> parameters -> snapshot -> execute (data by socket) -> render -> gate -> storage, with the manifest beside
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from reportkit.access import Actor
from reportkit.columns import Kind, Native, Schema, Source
from reportkit.datasets.base import Home
from reportkit.datasets.query import Query, build_query
from reportkit.datasets.reading import describe
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Databases, Snapshots
from reportkit.errors import BadValue, DeadlineExceeded, KernelDied, NotebookFailed, RenderFailed, UnknownName
from reportkit.jobs import Artifact, Job, Progress
from reportkit.manifests import DatasetRead, Manifest, versions
from reportkit.notebook.data_socket import DataSocket
from reportkit.notebook.host import KernelHost
from reportkit.notebook.kernels import Kernel
from reportkit.notebook.registry import Notebook, Notebooks
from reportkit.render.renderer import Renderer, as_ipynb
from reportkit.signing import SigningKey
from reportkit.specs import PAPERS, DatasetRequest, Period, ReportSpec
from reportkit.storage.base import Storage
from reportkit.storage.deposit import deposit

if TYPE_CHECKING:
    import pyarrow as pa
    from nbformat import NotebookNode

    from reportkit.notebook.places import Place
    from reportkit.render.document import DocumentInfo

FORMATS = ("pdf", "html", "ipynb")
UNFINISHED = "failed.ipynb"
"""Ending of a notebook as far as it came."""


@dataclass(frozen=True)
class Reports:
    """The recipe with its parts; tests hand in others."""

    datasets: Registry
    databases: Databases
    notebooks: Notebooks
    storage: Storage
    keep: timedelta
    """How long an artifact lives."""
    clock: Callable[[], datetime]
    secret: Callable[[], str]
    """Gives 128 random bits as text."""
    signing_key: Callable[[], SigningKey]
    kernels: KernelHost
    cell_seconds: float
    """How long one cell may take."""
    renderer: Renderer = field(default_factory=Renderer)

    def check(self, spec: Mapping[str, Any], actor: Actor) -> None:
        """Raises BadRequest for whatever can be known before any work."""
        asked = ReportSpec.from_json(spec)
        for format in asked.formats:
            if format not in FORMATS:
                raise UnknownName("format", format, FORMATS, of="a report")
            if asked.formats.count(format) > 1:
                raise BadValue("formats", format, "is named twice")
        notebook = self.notebooks[asked.notebook]
        if (asked.paper or _paper(notebook)) not in PAPERS:
            raise UnknownName("paper", asked.paper or _paper(notebook), PAPERS)
        _check_period(notebook, notebook.checked(asked.parameters))

    def run(self, job: Job, progress: Progress) -> list[Artifact]:
        """Raises JobFailed; then nothing is stored but the notebook as far as it came, which the error has."""
        asked = ReportSpec.from_json(job.spec)
        notebook = self.notebooks[asked.notebook]
        parameters = notebook.checked(asked.parameters)
        self.signing_key()  # one that cannot be used is told before any work
        with self.kernels.kernel() as kernel, self.renderer.open(asked.formats):
            return self._run(job, asked, notebook, parameters, kernel, progress)

    def _run(
        self,
        job: Job,
        asked: ReportSpec,
        notebook: Notebook,
        parameters: Mapping[str, Any],
        kernel: Kernel,
        progress: Progress,
    ) -> list[Artifact]:
        progress.stage = "asking the warehouse"
        with Snapshots(self.databases) as snapshots:
            snapshots.of(Home.WAREHOUSE)  # it is of the report's beginning, whenever a cell asks
            answers = Answers(self.datasets, snapshots, job.actor)
            store = partial(self._store, job, notebook, parameters, answers.reads)
            try:
                executed = self._execute(notebook, parameters, answers, kernel, progress)
            except (NotebookFailed, KernelDied, DeadlineExceeded) as error:
                error.kept = store(UNFINISHED, as_ipynb(error.executed)) if error.executed else []
                raise
            info = self._info(notebook, parameters, asked.paper, job, snapshots.taken_at)

        made: list[Artifact] = []
        try:
            for format in asked.formats:
                progress.stage = f"rendering {format}"
                made += store(format, self.renderer.render(executed, info, format))
        except BaseException as error:
            for artifact in made:
                self.storage.discard(artifact.folder)
            if isinstance(error, RenderFailed):
                error.kept = store(UNFINISHED, as_ipynb(executed))
            raise
        return made

    def _execute(
        self, notebook: Notebook, parameters: Mapping[str, Any], answers: Answers, kernel: Kernel, progress: Progress
    ) -> NotebookNode:
        from reportkit.notebook.execute import execute  # loads Papermill, which only a worker needs

        def on_cell(place: Place) -> None:
            where = f" ({place.heading})" if place.heading else ""
            progress.stage = f"running cell {place.position} of {place.total}{where}"

        with DataSocket(answers, kernel.directory, answers.snapshots.cancel):
            return execute(
                notebook,
                parameters,
                kernel,
                cell_seconds=self.cell_seconds,
                on_cell=on_cell,
                on_outputs=self.renderer.ahead,
            )

    def _info(
        self, notebook: Notebook, parameters: Mapping[str, Any], paper: str, job: Job, data_cutoff: datetime
    ) -> DocumentInfo:
        from reportkit.render.document import DocumentInfo

        return DocumentInfo(
            title=notebook.title,
            subtitle=notebook.description,
            author=job.actor.name or job.actor.id,
            generated_at=self.clock(),
            data_cutoff=data_cutoff,
            parameters=_in_words(notebook, parameters),
            paper=paper or _paper(notebook),
        )

    def _store(
        self,
        job: Job,
        notebook: Notebook,
        parameters: Mapping[str, Any],
        reads: Sequence[DatasetRead],
        ending: str,
        content: bytes,
    ) -> list[Artifact]:
        name, folder = f"{notebook.name}.{ending}", job.storage_folder(self.secret())
        with deposit(self.storage, folder) as files:
            with files.file(name) as file:
                file.write(content)
                file.publish(rows=None)
            manifest = Manifest(
                kind=job.kind,
                name=name,
                format=ending.rpartition(".")[2],
                files=files.entries,
                rows=None,
                reads=reads,
                actor=job.actor,
                job=job.id,
                started_at=job.started_at or job.created_at,
                finished_at=self.clock(),
                versions=versions(),
                notebook={"name": notebook.name, "sha256": notebook.sha256, "parameters": dict(parameters)},
            ).signed(self.signing_key())
            files.describe(manifest)
        return Artifact.of(job, manifest, folder, self.keep)


def _check_period(notebook: Notebook, parameters: Mapping[str, Any]) -> None:
    """Where the notebook declares the days `start` and `end`, they are a period. Raises BadValue."""
    if _has_period(notebook):
        Period.parse(parameters["start"], parameters["end"])


def _has_period(notebook: Notebook) -> bool:
    days = {each.name for each in notebook.parameters if each.kind is Kind.DATE and not each.several}
    return {"start", "end"} <= days


def _paper(notebook: Notebook) -> str:
    """As the notebook says, else the usual one."""
    return str(notebook.document.metadata.get("reportkit", {}).get("paper") or PAPERS[0])


class Answers:
    """What the notebook is answered: the same datasets under the same rules as an export, all of one database from one
    snapshot."""

    def __init__(self, datasets: Registry, snapshots: Snapshots, actor: Actor) -> None:
        self.snapshots = snapshots
        self.reads: list[DatasetRead] = []
        self._datasets, self._actor = datasets, actor

    def __call__(self, request: DatasetRequest) -> Source:
        dataset = self._datasets[request.dataset]
        query, snapshot = build_query(dataset, request, self._actor), self.snapshots.of(dataset.home)
        return _Noted(snapshot.source(query), request, query, snapshot.taken_at, self.reads)


@dataclass(frozen=True)
class _Noted:
    """A source that writes down what was read of it, once it has been read whole."""

    source: Source
    request: DatasetRequest
    query: Query
    taken_at: datetime
    reads: list[DatasetRead]

    @property
    def schema(self) -> Schema:
        return self.source.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        rows = 0
        for batch in self.source.batches():
            yield batch
            rows += batch.num_rows
        self.reads.append(describe(self.request, self.query, rows, self.taken_at))

    def native(self, format: str) -> Native | None:
        return None


def _in_words(notebook: Notebook, parameters: Mapping[str, Any]) -> dict[str, str]:
    """What the cover says of the parameters."""
    given = {name: value for name, value in parameters.items() if value is not None}
    said = {_label(name): _said(value) for name, value in given.items()}
    if _has_period(notebook) and {"start", "end"} <= given.keys():
        del said["Start"], said["End"]
        said["Period"] = Period.parse(given["start"], given["end"]).describe()
    return said


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
