"""`reportkit datasets` and a team's own datasets, as people meet them on the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_line import reportkit

from reportkit.datasets.dictionary import section
from reportkit.datasets.json_schema import json_schema
from reportkit.datasets.registry import Registry

EXPERIMENTS = """\
-- title = "Experiments"
-- description = "Every experiment. One a row."
-- owner = "Who created it owns it."
-- owner_column = "created_by"
-- order = ["key"]
-- [columns]
-- key = { kind = "text", description = "Its key" }
-- creator = { kind = "identifier", description = "Who created it", sensitivity = "personal" }

SELECT key, created_by AS creator, created_by FROM experiments
"""


@pytest.fixture
def desk(desk: Path) -> Path:
    """With a dataset of its own."""
    with (desk / "reportkit.toml").open("a") as settings:
        settings.write('datasets = "own"\n')
    (desk / "own").mkdir()
    (desk / "own" / "experiments.sql").write_text(EXPERIMENTS)
    return desk


def test_a_teams_dataset_is_listed_described_and_exported_like_any_other(desk: Path) -> None:
    listed = reportkit(desk, "datasets")
    assert listed.returncode == 0, listed.stderr
    assert "experiments         Every experiment" in listed.stdout
    assert "raw_events" in listed.stdout
    assert "personal: masked for viewers" in reportkit(desk, "datasets", "experiments").stdout

    for user, role in {"vic": "viewer", "ann": "analyst"}.items():
        for format in ("csv", "json", "xlsx"):
            done = reportkit(desk, "export", "experiments", "--as", user, "-o", f"{role}.{format}")
            assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((desk / "viewer.csv").open()))
    assert {row["creator"] for row in rows} == {"***"}
    analysts = json.loads((desk / "analyst.json").read_text())
    assert {row["creator"][:2] for row in analysts} == {"p_"}
    assert {row["key"] for row in analysts}.isdisjoint(row["key"] for row in rows)


def test_a_broken_file_is_told_where_it_is_asked_for_and_disturbs_no_other(desk: Path) -> None:
    (desk / "own" / "broken.sql").write_text(EXPERIMENTS.replace("SELECT key", "DELETE FROM experiments; SELECT key"))
    (desk / "own" / "raw_events.sql").write_text(EXPERIMENTS)
    listed = reportkit(desk, "datasets")
    assert listed.returncode == 0, listed.stderr
    assert "Every experiment" in listed.stdout
    told = " ".join(listed.stdout.split())
    assert f"cannot be used: {desk}/own/broken.sql, line 10: this is not a SELECT; write one SELECT" in told
    assert f"cannot be used: {desk}/own/raw_events.sql is called like a dataset that is there already" in told

    asked = reportkit(desk, "export", "broken", "--format", "csv")
    assert (asked.returncode, asked.stdout) == (2, "")
    assert "broken.sql, line 10: this is not a SELECT" in asked.stderr
    for name in ("experiments", "raw_events"):
        done = reportkit(desk, "export", name, "-o", f"{name}.csv", "--as", "vic")
        assert done.returncode == 0, done.stderr
    assert "event_name" in (desk / "raw_events.csv").read_text().splitlines()[0]


def test_a_directory_that_is_not_there_is_told_and_the_rest_goes_on(desk: Path) -> None:
    (desk / "own").rename(desk / "gone")
    listed = reportkit(desk, "datasets")
    assert "raw_events" in listed.stdout
    assert "there is no directory of datasets at" in " ".join(listed.stdout.split())
    assert reportkit(desk, "datasets", "raw_events").returncode == 0
    asked = reportkit(desk, "datasets", "experiments")
    assert asked.returncode == 2
    assert "set REPORTKIT_DATASETS" in asked.stderr


def test_doctor_names_every_file_that_cannot_be_used(desk: Path) -> None:
    (desk / "own" / "broken.sql").write_text(EXPERIMENTS.replace("SELECT key", "SELECT 1; SELECT key"))
    looked = reportkit(desk, "doctor")
    assert looked.returncode == 1
    assert "BAD  datasets" in looked.stdout
    assert "broken.sql, line 10: there is more than one statement" in looked.stdout


def test_the_json_schema_and_the_dictionary_are_printed_as_they_are(desk: Path) -> None:
    registry = Registry.built_in()
    by_day = reportkit(desk, "datasets", "metrics_summary", "--format", "json-schema", "--by", "week")
    assert json.loads(by_day.stdout) == json_schema(registry["metrics_summary"], "week")
    first = reportkit(desk, "datasets", "metrics_summary", "--format", "json-schema")
    assert json.loads(first.stdout) == json_schema(registry["metrics_summary"])
    page = reportkit(desk, "datasets", "raw_events", "--format", "md")
    assert page.stdout == section(registry["raw_events"])
    own = json.loads(reportkit(desk, "datasets", "experiments", "--format", "json-schema").stdout)
    assert list(own["properties"]) == ["key", "creator"]
    assert "| filter |" not in reportkit(desk, "datasets", "experiments", "--format", "md").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "md"), "--format 'md': describes one dataset; name it"),
        (("raw_events", "--by", "none"), "--by 'none': goes with --format json-schema only"),
        (("raw_events", "--format", "json-schema", "--by", "day"), "raw_events has no grouping 'day'"),
        (("raw_event", "--format", "md"), "did you mean 'raw_events'"),
        (("raw_events", "--format", "xml"), "'xml' is not one of"),
    ],
)
def test_what_was_asked_for_wrongly_is_told(desk: Path, words: tuple[str, ...], said: str) -> None:
    asked = reportkit(desk, "datasets", *words)
    assert asked.returncode == 2
    assert said in asked.stderr
