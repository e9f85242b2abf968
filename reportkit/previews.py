"""The recipe of a preview: the first rows of an export, and how large it will be. No job and no file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reportkit.access import Actor
from reportkit.columns import Native, Schema
from reportkit.datasets.query import Redaction, export_query
from reportkit.datasets.reading import describe
from reportkit.exports import Exports, about_export
from reportkit.formats import PDF, writer_for
from reportkit.jobs import Job
from reportkit.specs import ExportSpec
from reportkit.writers.base import About, Writer

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = 50
"""Rows."""
ENOUGH = 4096
"""Rows from which the size of all is estimated."""
ENOUGH_OF_A_PDF = 50
WORTH_COMPARING = 10_000
"""Rows of an earlier export below which its time says more about starting than about writing."""
START_SECONDS = 0.5
CELLS_PER_SECOND = {"csv": 2e6, "json": 1.5e6, "ndjson": 1.5e6, "xlsx": 1.5e6, "parquet": 2e6, PDF: 5e3}
"""For who has exported nothing yet. On two cores, SQLite gave half as many and PostgreSQL twice."""


@dataclass(frozen=True)
class Preview:
    """What an export would give: its first rows under the same rules, and an estimate."""

    schema: Schema
    redactions: Mapping[str, Redaction]
    shown: Sequence[Mapping[str, Any]]
    """At most fifty rows, in order."""
    rows: int
    """Of the export; counted in the same snapshot."""
    size: int
    """Bytes of the file, about: the first rows' size, scaled."""
    seconds: float
    """Until the file is there, about: as fast as the actor's largest such export, else as `CELLS_PER_SECOND`."""
    data_cutoff: datetime


def preview(exports: Exports, asked: ExportSpec, actor: Actor, done: Sequence[Job]) -> Preview:
    """`done` are completed exports of the same dataset in the same format. Raises BadRequest, WarehouseUnavailable."""
    exports.check(asked.to_json(), actor)
    dataset, writer = exports.datasets[asked.request.dataset], writer_for(asked.format, asked.options)
    last = exports.last_mark(actor, asked.request, dataset) if asked.since_last else None
    with exports.databases[dataset.home].snapshot() as snapshot:
        query = export_query(dataset, asked, actor, last, snapshot.taken_at)
        started = exports.clock()
        rows = snapshot.count(query)
        counting = (exports.clock() - started).total_seconds()
        enough = ENOUGH_OF_A_PDF if asked.format == PDF else ENOUGH
        first = replace(query, select=query.select.limit(enough), key=None)
        sample = Sample(query.schema, list(snapshot.source(first).batches()))
    read = describe(asked.request, query, rows, snapshot.taken_at)
    return Preview(
        schema=query.schema,
        redactions=query.redactions,
        shown=sample.first(SHOWN),
        rows=rows,
        size=_size(writer, sample, rows, about_export(dataset, asked, read, actor, started, exports.brand)),
        seconds=_seconds(asked.format, rows, len(query.schema), counting, done),
        data_cutoff=snapshot.taken_at,
    )


@dataclass(frozen=True)
class Sample:
    """A source of the first rows, already read."""

    schema: Schema
    held: Sequence[pa.RecordBatch]

    @property
    def rows(self) -> int:
        return sum(batch.num_rows for batch in self.held)

    def first(self, rows: int) -> list[dict[str, Any]]:
        return [row for batch in self.held for row in batch.slice(0, rows).to_pylist()][:rows]

    def batches(self) -> Iterator[pa.RecordBatch]:
        return iter(self.held)

    def native(self, format: str) -> Native | None:
        return None


class _Scale:
    """A file that only weighs what is written to it."""

    size = 0

    def write(self, data: bytes | memoryview, /) -> int:
        self.size += len(data)
        return len(data)


def _size(writer: Writer, sample: Sample, rows: int, about: About) -> int:
    """What a file has before its first row is not scaled."""
    empty, filled = _Scale(), _Scale()
    writer.write(Sample(sample.schema, []), empty, about)
    writer.write(sample, filled, about)
    return empty.size + round((filled.size - empty.size) * rows / max(sample.rows, 1))


def _seconds(format: str, rows: int, columns: int, counting: float, done: Sequence[Job]) -> float:
    """Without an example: the database's work twice, as for the count, then the writing."""
    largest = max(done, key=lambda job: job.rows_done, default=None)
    if largest and largest.rows_done >= WORTH_COMPARING and largest.started_at and largest.finished_at:
        return (largest.finished_at - largest.started_at).total_seconds() * rows / largest.rows_done
    return START_SECONDS + 2 * counting + rows * columns / CELLS_PER_SECOND[format]
