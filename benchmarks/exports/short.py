"""What takes milliseconds: a small export by a ready worker, and a cancel."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from benchmarks.exports.candidates import export
from benchmarks.exports.warehouse import ANALYST, FIELDS
from reportkit.jobs import JobKind
from reportkit.specs import DatasetRequest, ExportSpec
from reportkit.toolkit import Toolkit

FORMATS = ("csv", "json", "ndjson", "xlsx", "parquet")
PAUSE_SECONDS = 1.0
"""Between two small exports: nobody's are back to back."""


def small(toolkit: Toolkit, rounds: int) -> Mapping[str, Sequence[float]]:
    """Format to seconds from submit to file."""
    found: dict[str, list[float]] = {format: [] for format in FORMATS}
    for _ in range(rounds):
        for format in FORMATS:
            time.sleep(PAUSE_SECONDS)
            started = time.perf_counter()
            export(toolkit, format)
            found[format].append(time.perf_counter() - started)
    return found


def cancels(toolkit: Toolkit, rounds: int) -> Sequence[float]:
    """Seconds from the call until PostgreSQL runs no query of the export."""
    engine = sa.create_engine(toolkit.settings.warehouse, isolation_level="AUTOCOMMIT")
    running = sa.text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reportkit' AND state = 'active'")
    found = []
    with engine.connect() as connection:
        for _ in range(rounds):
            spec = ExportSpec(DatasetRequest.of("raw_events", fields=FIELDS), "csv")
            job = toolkit.submit(JobKind.EXPORT, ANALYST, spec.to_json())
            while not (connection.execute(running).scalar_one() and toolkit.job(job.id, ANALYST).rows_done):
                time.sleep(0.001)
            started = time.perf_counter()
            toolkit.cancel(job.id, ANALYST)
            while connection.execute(running).scalar_one():
                pass
            found.append(time.perf_counter() - started)
            toolkit.wait(job, 10)
    engine.dispose()
    return found
