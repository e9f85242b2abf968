"""Previews: the first rows under the rules of the export, and what is known of its size before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from reading_back import Forward

from reportkit.access import LOCAL_ADMIN, Actor
from reportkit.catalog.tables import audit_log, jobs
from reportkit.cli.preview import WIDEST, fitting, show
from reportkit.columns import Column, Kind, Schema
from reportkit.datasets.people import find_actor
from reportkit.datasets.query import Redaction, build_query
from reportkit.datasets.reading import describe
from reportkit.errors import BadRequest
from reportkit.exports import about_export
from reportkit.jobs import Job, JobKind, Mark, State
from reportkit.previews import CELLS_PER_SECOND, START_SECONDS, Preview, preview
from reportkit.specs import DatasetRequest, ExportSpec, FileOptions
from reportkit.testing import FixedClock
from reportkit.toolkit import Toolkit
from reportkit.writers import FORMATS, writer_for

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def spec(dataset: str = "raw_events", format: str = "csv", since_last: bool = False, **asked: Any) -> ExportSpec:
    return ExportSpec(DatasetRequest.of(dataset, **asked), format, since_last=since_last)


def seen(toolkit: Toolkit, asked: ExportSpec, done: Sequence[Job] = (), actor: Actor = LOCAL_ADMIN) -> Preview:
    return preview(replace(toolkit.exports, clock=FixedClock()), asked, actor, done)


@pytest.mark.parametrize("dataset", ["raw_events", "experiment_results", "audit_log"])
def test_shows_the_first_rows_of_the_export_and_counts_all(toolkit: Toolkit, dataset: str) -> None:
    whole = toolkit.read(DatasetRequest(dataset), LOCAL_ADMIN).to_pylist()
    found = seen(toolkit, spec(dataset))
    assert found.shown == whole[:50]
    assert found.rows == len(whole) > 50


def test_shows_what_was_asked_for_to_whom(toolkit: Toolkit) -> None:
    vic = find_actor(toolkit.warehouse, "vic")
    found = seen(toolkit, spec(fields="user_email,value", sort="-value", is_test="false"), actor=vic)
    assert {row["user_email"] for row in found.shown} <= {"***", None}
    values = [row["value"] for row in found.shown]
    assert values == sorted(values, reverse=True)
    assert found.redactions == {"user_email": Redaction.MASKED}
    request = DatasetRequest.of("raw_events", is_test="false")
    assert found.rows == toolkit.read(request, vic).num_rows < toolkit.read(request, LOCAL_ADMIN).num_rows


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("dataset", "error"), [("metrics_summary", 0.02), ("audit_log", 0.2)])
def test_the_size_is_about_that_of_the_file(toolkit: Toolkit, dataset: str, error: float, format: str) -> None:
    """Where the first rows are all rows, it is that of the file, but for what a clock changes in it."""
    asked, file = spec(dataset, format), Forward()
    query = build_query(toolkit.datasets[dataset], asked.request, LOCAL_ADMIN)
    with toolkit.warehouse.snapshot() as snapshot:
        read = describe(asked.request, query, snapshot.count(query), snapshot.taken_at)
        about = about_export(toolkit.datasets[dataset], asked, read, LOCAL_ADMIN, NOW)
        writer_for(format).write(snapshot.source(query), file, about)
    assert seen(toolkit, asked).size == pytest.approx(len(file.content), rel=error)


def done(rows: int, seconds: float) -> Job:
    """An earlier export."""
    end = NOW + timedelta(seconds=seconds)
    return Job(
        "j", JobKind.EXPORT, LOCAL_ADMIN, {}, State.COMPLETED, 1, NOW, rows_done=rows, started_at=NOW, finished_at=end
    )


def test_the_time_is_that_of_the_largest_such_export(toolkit: Toolkit) -> None:
    found = seen(toolkit, spec(), [done(10_000, 3), done(20_000, 4), done(12_000, 60)])
    assert found.seconds == found.rows * 4 / 20_000


@pytest.mark.parametrize("earlier", [[], [done(9_999, 60)]])
def test_without_a_large_one_the_time_is_that_of_typical_speeds(toolkit: Toolkit, earlier: list[Job]) -> None:
    found = seen(toolkit, spec(fields="id,value"), earlier)
    assert found.seconds == START_SECONDS + found.rows * 2 / CELLS_PER_SECOND["csv"]


def test_every_format_has_a_typical_speed() -> None:
    assert set(FORMATS) <= CELLS_PER_SECOND.keys()


def test_what_is_new_is_shown_where_that_is_asked_for(toolkit: Toolkit) -> None:
    last = datetime(2026, 10, 1, tzinfo=UTC)
    exports = replace(toolkit.exports, last_mark=lambda *_: Mark("j", last, "signed"))
    found = preview(exports, spec(since_last=True, sort="received_at"), LOCAL_ADMIN, [])
    assert found.shown[0]["received_at"] >= last
    assert 0 < found.rows < seen(toolkit, spec()).rows


def test_a_chart_is_drawn_where_rows_are_in_the_datasets_own_order(toolkit: Toolkit) -> None:
    dataset = toolkit.datasets["experiment_results"]
    for asked, charts in (
        (spec("experiment_results"), dataset.shape(None).charts),
        (spec("experiment_results", sort="variant"), ()),
    ):
        read = describe(asked.request, build_query(dataset, asked.request, LOCAL_ADMIN), 0, NOW)
        assert about_export(dataset, asked, read, LOCAL_ADMIN, NOW).charts == charts
    assert dataset.shape(None).charts


def test_an_empty_answer_has_its_columns(toolkit: Toolkit) -> None:
    found = seen(toolkit, spec(fields="id,note", experiment="nowhere"))
    assert (found.rows, found.shown, found.schema.names) == (0, [], ("id", "note"))
    assert found.size == len("id,note\n")


def test_it_makes_no_job_and_is_noted(toolkit: Toolkit) -> None:
    asked = spec(fields="id")
    toolkit.preview(asked, LOCAL_ADMIN)
    with toolkit.catalog.read() as connection:
        [entry] = connection.execute(sa.select(audit_log)).all()
        assert connection.execute(sa.select(sa.func.count()).select_from(jobs)).scalar_one() == 0
    assert (entry.actor, entry.action, entry.entity_id) == ("local", "dataset.previewed", "raw_events")
    assert entry.details == {"spec": asked.to_json(), "shown": 50}


@pytest.mark.parametrize(
    "asked", [spec(fields="nothing"), spec(format="doc"), spec("experiment_results", since_last=True)]
)
def test_what_an_export_refuses_is_refused(toolkit: Toolkit, asked: ExportSpec) -> None:
    with pytest.raises(BadRequest):
        toolkit.preview(asked, LOCAL_ADMIN)


SCHEMA = Schema.of(
    [
        Column("id", Kind.INTEGER, "A number"),
        Column("note", Kind.TEXT, "A text"),
        Column("amount", Kind.DECIMAL, "Money"),
        Column("at", Kind.INSTANT, "A time"),
    ]
)


def printed(capsys: pytest.CaptureFixture[str], *rows: Sequence[Any], zone: str = "UTC", count: int = 1) -> list[str]:
    shown = [dict(zip(SCHEMA.names, row, strict=True)) for row in rows]
    example = Preview(SCHEMA, {"note": Redaction.MASKED}, shown, count, 1_234_567, 61.7, NOW)
    show(example, ExportSpec(DatasetRequest("raw_events"), "csv", FileOptions(compression="gzip", zone=zone)))
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_a_table_a_person_can_read(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(1, "short", Decimal("1.500000000000000000"), NOW), (20, None, None, None)]
    assert printed(capsys, *rows, zone="Europe/Berlin", count=2_345) == [
        "id  note   amount  at",
        " 1  short     1.5  2026-11-02 10:00:00+01:00",
        "20",
        "2,345 rows, about 1.2 MB, about 1 min 02 s as csv gzip",
        "  shown: the first 2",
        "  redacted: note masked",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\x1b[2Jgone\x07", "·[2Jgone·"),
        ("two\nlines\tand\r", "two·lines·and·"),
        ("\u202eturned", "·turned"),
        ("[red]no markup[/red]", "[red]no markup[/red]"),
        ("x" * 100, "x" * (WIDEST - 1) + "…"),
    ],
)
def test_no_text_harms_the_terminal(capsys: pytest.CaptureFixture[str], text: str, line: str) -> None:
    assert printed(capsys, (1, text, None, None))[1].split("  ")[1].strip() == line


def test_columns_are_shown_as_far_as_they_fit() -> None:
    widths = {"a": 10, "b": 10, "c": 10}
    assert fitting(widths, 80) == ["a", "b", "c"]
    assert fitting(widths, 34) == ["a", "b"]
    assert fitting(widths, 5) == ["a"]
