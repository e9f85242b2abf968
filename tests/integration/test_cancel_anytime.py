"""A cancel that comes at any moment ends honestly: all of the file and its manifest, or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from waiting import files

from reportkit.access import LOCAL_ADMIN
from reportkit.jobs import JobKind, State
from reportkit.sample.load import load
from reportkit.sample.scale import Scale
from reportkit.specs import DatasetRequest, ExportSpec
from reportkit.toolkit import Toolkit

OTHERS = ("json", "xlsx", "parquet")
MOMENTS = [0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.25, 0.4]
"""Seconds after the job was submitted: before its worker has it, in the query, while it is written, when it is done."""


@pytest.fixture
def toolkit(toolkit_with: Callable[..., Toolkit], postgres_url: str) -> Toolkit:
    load(postgres_url, Scale(events=20_000))
    return toolkit_with(warehouse=postgres_url)


def queries(url: str) -> int:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        running = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reportkit' AND state = 'active'"
        found = int(connection.execute(sa.text(running)).scalar_one())
    engine.dispose()
    return found


@pytest.mark.parametrize("format", ["csv", *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)])
def test_whenever_it_comes_nothing_partial_is_left(toolkit: Toolkit, postgres_url: str, format: str) -> None:
    spec = ExportSpec(DatasetRequest("raw_events"), format).to_json()
    kept = 0
    for moment in MOMENTS:
        job = toolkit.submit(JobKind.EXPORT, LOCAL_ADMIN, spec)
        time.sleep(moment)
        toolkit.cancel(job.id, LOCAL_ADMIN)
        ended = toolkit.wait(job, 30)
        assert ended.state in (State.CANCELLED, State.COMPLETED), ended.error
        kept += 2 if ended.state is State.COMPLETED else 0
        assert len(toolkit.artifacts(job)) == (1 if ended.state is State.COMPLETED else 0)
        assert queries(postgres_url) == 0
    assert len(files(toolkit)) == kept
