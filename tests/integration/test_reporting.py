"""Our own exports and reports as data: read while they are made, and known when their files are gone."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from waiting import files, waited

from reportkit.access import LOCAL_ADMIN, Actor
from reportkit.datasets.base import Home
from reportkit.datasets.people import find_actor
from reportkit.datasets.query import build_query
from reportkit.jobs import Job, JobKind, State
from reportkit.specs import DatasetRequest, ExportSpec
from reportkit.toolkit import Toolkit

Row = dict[str, Any]


def export(toolkit: Toolkit, dataset: str, actor: Actor = LOCAL_ADMIN, fields: str | None = None) -> Job:
    spec = ExportSpec(DatasetRequest.of(dataset, fields=fields), "csv")
    job = waited(toolkit, toolkit.submit(JobKind.EXPORT, actor, spec.to_json()))
    assert (job.state, job.error) == (State.COMPLETED, None)
    return job


def usage(toolkit: Toolkit, actor: Actor = LOCAL_ADMIN, dataset: str = "reporting_usage", **asked: Any) -> list[Row]:
    rows: list[Row] = toolkit.read(DatasetRequest.of(dataset, **asked), actor).to_pylist()
    return rows


def test_the_running_export_is_among_the_rows_that_it_exports(toolkit: Toolkit) -> None:
    job = export(toolkit, "reporting_usage")
    [artifact] = toolkit.artifacts(job)
    with toolkit.storage.open(artifact.key) as file:
        [row] = csv.DictReader(io.StringIO(file.read().decode(), newline=""))
    assert (row["id"], row["state"], row["rows"]) == (job.id, "running", "")
    assert artifact.manifest["rows"] == 1
    [row] = usage(toolkit)
    assert (row["state"], row["rows"], row["size"]) == ("completed", 1, artifact.size)
    assert row["in_clear"] == "reporting_usage.username"


def test_what_was_taken_stays_known_when_the_files_are_deleted(toolkit: Toolkit) -> None:
    ann = find_actor(toolkit.warehouse, "ann")
    kept, public = export(toolkit, "audit_log", ann), export(toolkit, "audit_log", ann, fields="id,action")
    before = usage(toolkit, ann)
    later = replace(toolkit, clock=lambda: toolkit.clock() + timedelta(days=toolkit.settings.artifact_days + 1))
    later.tidy()
    assert files(toolkit) == []
    after = usage(toolkit, ann)
    assert after == [{**row, "state": "expired"} for row in before]
    assert [row["id"] for row in after] == [kept.id, public.id]
    assert [row["redacted"] for row in after] == ["audit_log.full_name, audit_log.ip_address, audit_log.username", None]
    assert [row["rows"] for row in after] == [len(usage(toolkit, ann, "audit_log"))] * 2


def test_a_preview_is_an_act(toolkit: Toolkit) -> None:
    preview = toolkit.preview(ExportSpec(DatasetRequest("reporting_usage"), "csv"), LOCAL_ADMIN)
    assert preview.rows == 0
    [act] = usage(toolkit, dataset="reporting_audit", action="dataset.previewed")
    assert act["entity_id"] == "reporting_usage"


def test_reading_the_catalog_holds_up_no_writer_and_sees_nothing_newer(toolkit: Toolkit) -> None:
    query = build_query(toolkit.datasets["reporting_audit"], DatasetRequest("reporting_audit"), LOCAL_ADMIN)
    export(toolkit, "audit_log")
    with toolkit.databases[Home.CATALOG].snapshot() as snapshot:
        before = snapshot.count(query)
        export(toolkit, "audit_log")
        assert snapshot.count(query) == before
    assert len(usage(toolkit, dataset="reporting_audit")) == before + 2


@pytest.mark.parametrize("dataset", ["reporting_usage", "reporting_audit"])
def test_no_warehouse_is_needed_to_read_the_catalog(toolkit_with: Callable[..., Toolkit], dataset: str) -> None:
    assert export(toolkit_with(warehouse="sqlite:////nowhere/warehouse.db"), dataset).rows_done > 0
