"""`reportkit export` with its options: what they make of a file, and what is refused before any work is done."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from command_line import reportkit

from reportkit.cli.export import command
from reportkit.errors import BadRequest
from reportkit.formats import FORMATS


@pytest.fixture
def desk(desk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one we are in."""
    monkeypatch.chdir(desk)
    return desk


def export(*words: str) -> Result:
    return CliRunner().invoke(command, words)


def test_help_has_its_options_in_sections_and_names_every_format(desk: Path) -> None:
    shown = reportkit(desk, "export", "--help").stdout
    sections = ["Rows and columns:", "File:", "Other options:"]
    assert [line for line in shown.splitlines() if line in sections] == sections
    for parameter in command.params:
        if parameter.param_type_name == "option":
            assert shown.count(f"{parameter.opts[0]} ") + shown.count(f"{parameter.opts[0]},") >= 1
    assert all(format in shown for format in FORMATS)


def test_sort_and_zone_reach_the_file_and_its_manifest(desk: Path) -> None:
    zone = ("--zone", "America/New_York", "--start", "2026-10-01", "--end", "2026-10-01")
    done = export("raw_events", *zone, "--sort", "-value", "--sort", "id", "-o", "day.csv")
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader((desk / "day.csv").open()))
    assert {row["occurred_at"][:10] for row in rows} == {"2026-10-01"}
    assert {row["occurred_at"][-6:] for row in rows} == {"-04:00"}
    values = [float(row["value"]) for row in rows if row["value"]]
    assert values == sorted(values, reverse=True) != []
    [read] = json.loads((desk / "day.csv.manifest.json").read_text())["reads"]
    assert read["sort"] == ["-value", "id"]
    assert read["period"] == {
        "start": "2026-10-01T04:00:00.000000Z",
        "end": "2026-10-02T04:00:00.000000Z",
        "zone": "America/New_York",
    }


def test_a_compressed_file_is_named_after_its_format_and_its_compression(desk: Path) -> None:
    done = export("metrics_summary", "--format", "ndjson", "--compress", "gzip", "-o", "out/")
    assert done.exit_code == 0, done.output
    assert (desk / "out" / "metrics_summary.ndjson.gz").read_bytes().startswith(b"\x1f\x8b")


def test_the_second_incremental_export_goes_on_from_the_first(desk: Path) -> None:
    first = export("audit_log", "--since-last", "-o", "one.csv")
    second = export("audit_log", "--since-last", "-o", "two.json")
    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    one, two = (json.loads((desk / f"{name}.manifest.json").read_text()) for name in ("one.csv", "two.json"))
    assert f"came in from the beginning until {one['reads'][0]['until']}" in first.output
    assert two["reads"][0]["since"] == one["reads"][0]["until"]
    assert (one["previous"], two["previous"]["job"]) == (None, one["job"])
    assert export("audit_log", "--since-last", "-o", "ann.csv", "--as", "ann").exit_code == 0
    assert json.loads((desk / "ann.csv.manifest.json").read_text())["previous"] is None


def test_an_edited_file_starts_its_incremental_exports_from_the_beginning(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTKIT_DATASETS", str(desk))
    said = [
        'title = "Acts"',
        'description = "A"',
        "admins_only = true",
        'order = ["id"]',
        'cursor = { column = "at", lag_seconds = 1 }',
        'columns.id = { kind = "integer", description = "A" }',
        'columns.at = { kind = "instant", description = "A" }',
    ]
    text = "\n".join(f"-- {line}" for line in said) + "\n\nSELECT id, created_at AS at FROM audit_logs"
    since = []
    for edited in (text, text.replace("Acts", "Deeds"), f"{text} WHERE id > 10"):
        (desk / "acts.sql").write_text(edited)
        assert export("acts", "--since-last", "-o", "acts.csv").exit_code == 0
        content = json.loads((desk / "acts.csv.manifest.json").read_text())
        since.append((content["reads"][0]["since"] is None, content["previous"] is None))
    assert since == [(True, True), (False, False), (True, True)]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["raw_events"], "say which: csv, json, ndjson"),
        (["raw_events", "-o", "a.doc"], "there is no format 'doc'"),
        (["raw_events", "-o", "a.csv", "--sort", "valu"], "no sortable column 'valu'; did you mean 'value'?"),
        (["raw_events", "-o", "a.csv", "--sort", "-user_email", "--as", "vic"], "a viewer cannot sort by it"),
        (
            ["raw_events", "-o", "a.csv", "--zone", "Berlin"],
            "--zone 'Berlin': is no IANA time zone; did you mean Europe/Berlin?",
        ),
        (["raw_events", "-o", "a.csv", "--compress", "gzip"], "a.csv.gz"),
        (["raw_events", "-o", "a.csv.gz", "--compress", "zstd"], "a.csv.gz.zst"),
        (["raw_events", "-o", "a.csv", "--compress", "lzma"], "choose gzip or zstd"),
        (
            ["raw_events", "-o", "a.xlsx.gz"],
            "--output 'a.xlsx.gz': gzip is for csv, json and ndjson; leave it out for xlsx",
        ),
        (["raw_events", "-o", "a.xlsx", "--separator", "tab"], "--separator 'tab': is for csv; leave it out for xlsx"),
        (["raw_events", "-o", "a.json", "--bom"], "--bom is for csv; leave it out for json"),
        (["raw_events", "-o", "a.json", "--decimal-comma"], "--decimal-comma is for csv; leave it out for json"),
        (
            ["raw_events", "-o", "a.csv", "--separator", "x"],
            "--separator 'x': choose one of comma, semicolon, tab, pipe",
        ),
        (
            ["raw_events", "-o", "a.csv", "--decimal-comma", "--separator", "comma"],
            "--separator 'comma': stands in numbers",
        ),
        (["raw_events", "-o", "a.csv", "--field", "id,value,id"], "--field 'id': is named twice"),
        (["raw_events", "-o", "a.csv", "--start", "soon"], "--start 'soon': write a day"),
        (["raw_events", "-o", "a.csv", "--filter", "is_test=maybe"], "is_test 'maybe': is not a boolean"),
        (["raw_events", "--format", "docx"], "known: csv, json, ndjson, parquet, pdf, xlsx"),
        (["raw_events", "-o", "a.csv", "--field", "id,idd"], "did you mean"),
        (["raw_events", "-o", "a.csv", "--filter", "colour=red"], "raw_events has no filter 'colour'"),
        (["raw_events", "-o", "a.csv", "--filter", "start=x"], "raw_events has no filter 'start'"),
        (["raw_events", "-o", "a.csv", "--filter", "cls=x"], "raw_events has no filter 'cls'"),
        (["raw_events", "-o", "a.csv", "--filter", "experiment"], "write NAME=VALUE"),
        (["raw_events", "-o", "a.csv", "--start", "1026-01-01", "--end", "2026-01-01"], "50 years"),
        (["audit_log", "-o", "a.csv", "--field", "session_token"], "never leaves the database"),
        (["raw_events", "-o", "a.csv", "--as", ""], "no such user in the warehouse"),
        (["raw_events", "-o", "a.csv", "--as", "ann", "--filter", "subject_id=x"], "is personal"),
        (["experiment_results", "-o", "a.csv", "--since-last"], "cannot tell which rows are new"),
        (["raw_events", "--preview", "--format", "json", "--decimal-comma"], "--decimal-comma is for csv"),
    ],
)
def test_what_does_not_go_together_is_refused_before_any_work(desk: Path, words: list[str], why: str) -> None:
    refused = export(*words)
    assert isinstance(refused.exception, BadRequest)
    assert why in str(refused.exception)
    assert [path.name for path in desk.iterdir() if path.name.startswith("a.")] == []
    catalog = desk / ".reportkit" / "catalog.db"
    if catalog.exists():
        assert sqlite3.connect(catalog).execute("SELECT count(*) FROM jobs").fetchone() == (0,)


def test_a_preview_is_printed_and_nothing_is_written(desk: Path) -> None:
    shown = export("raw_events", "--field", "id,user_email", "--as", "vic", "--preview", "-o", "a.csv.gz")
    assert shown.exit_code == 0, shown.output
    header, first, *_ = shown.output.splitlines()
    assert (header.split(), first.split()[1:]) in (
        (["id", "user_email"], ["***"]),
        (["id", "user_email"], []),
    )
    assert "as csv gzip" in shown.output
    assert "redacted: user_email masked" in shown.output
    assert not (desk / "a.csv.gz").exists()
