"""What the page on exporting tells people to type works as it stands there, and gives what it says."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import reportkit

from reportkit.cli.export import SECTIONS, command
from reportkit.datasets.registry import Registry

pytestmark = pytest.mark.slow  # the page has two dozen commands, each a process

PAGE = (Path(__file__).parents[2] / "docs" / "exporting.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Desk:
    """Where all commands of the page were typed, in their order."""

    place: Path
    printed: str

    def text(self, name: str) -> str:
        return (self.place / name).read_bytes().decode()

    def rows(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.text(name), newline="")))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    place = tmp_path_factory.mktemp("desk")
    typed = "\n".join(re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", typed],
        cwd=place,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Desk(place, done.stdout)


def test_fields_and_filters(desk: Desk) -> None:
    assert list(desk.rows("values.csv")[0]) == ["id", "experiment", "value"]
    two = desk.rows("two.csv")
    assert {row["is_test"] for row in two} == {"false"}
    assert {row["experiment"] for row in two} == {"dark_mode", "checkout_redesign"}
    assert (desk.place / "teams.xlsx").read_bytes().startswith(b"PK")


def test_dates_and_time_zones(desk: Desk) -> None:
    utc = [row["occurred_at"] for row in desk.rows("october.csv")]
    berlin = [row["occurred_at"] for row in desk.rows("october-in-berlin.csv")]
    assert {text[:7] for text in utc} == {text[:7] for text in berlin} == {"2026-10"}
    assert {text[26:] for text in utc} == {"+00:00"}
    assert {text[26:] for text in berlin} == {"+02:00", "+01:00"}
    entries = [entry["created_at"] for entry in json.loads(desk.text("a-day.json"))]
    assert all("2026-10-01T09:30" <= at < "2026-10-01T15:30" for at in entries)


def test_order(desk: Desk) -> None:
    values = [row["value"] for row in desk.rows("largest-first.csv")]
    filled = [float(value) for value in values if value]
    assert filled == sorted(filled, reverse=True)
    assert values[len(filled) :] == [""] * (len(values) - len(filled))


def test_file_options(desk: Desk) -> None:
    unpacked = gzip.decompress((desk.place / "events.csv.gz").read_bytes()).decode()
    ids = [row["id"] for row in csv.DictReader(io.StringIO(unpacked, newline=""))]
    assert (desk.place / "out" / "raw_events.ndjson.zst").read_bytes().startswith(b"\x28\xb5\x2f\xfd")
    assert desk.text("for-excel-in-german.csv").startswith("\ufeffid;experiment;")
    assert re.search(r";\d+,\d+;", desk.text("for-excel-in-german.csv"))
    assert desk.text("events.tsv").startswith("id\texperiment\t")
    parts = sorted(path.name for path in (desk.place / "parts").glob("*.csv"))
    assert parts == ["events-001.csv", "events-002.csv", "events-003.csv"]
    assert [row["id"] for part in parts for row in desk.rows(f"parts/{part}")] == ids


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rows-per-file", "1", "-o", "many.csv"), "10,143 rows make 10,143 files; give 2 or more"),
        (("-o", "large.pdf"), "a PDF holds at most 10,000 rows and this export has 10,143"),
    ],
)
def test_what_only_the_rows_can_tell_exits_with_1(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.setenv("REPORTKIT_WAREHOUSE", "sqlite:///sample.db")
    before = set(desk.place.iterdir())
    done = reportkit(desk.place, "export", "raw_events", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert set(desk.place.iterdir()) == before


def test_preview(desk: Desk) -> None:
    [line] = re.findall(r"^```text\n(.*)\n```$", PAGE, re.MULTILINE)
    pattern = r"^10,143 rows, about [\d.]+ MB, about [\d.]+ s as csv$"
    assert re.search(pattern, line)
    assert re.search(pattern, desk.printed, re.MULTILINE)
    assert re.search(r"^[\d,]+ rows, about [\d.]+ [kM]B, about [\d.]+ s as xlsx$", desk.printed, re.MULTILINE)
    assert "***" in desk.printed
    assert not (desk.place / "events.xlsx").exists()


def test_only_what_is_new(desk: Desk) -> None:
    new, newer = (json.loads(desk.text(f"{name}.csv.manifest.json")) for name in ("new", "newer"))
    assert new["reads"][0]["since"] is None
    assert newer["reads"][0]["since"] == new["reads"][0]["until"]
    assert newer["previous"] == {"job": new["job"], "signature": new["signature"]["value"]}
    received = [row["received_at"] for row in desk.rows("new.csv")]
    assert all(at < new["reads"][0]["until"] for at in received)


@pytest.mark.parametrize("dataset", ["raw_events", "audit_log"])
def test_the_page_names_the_cursors(dataset: str) -> None:
    cursor = Registry.built_in()[dataset].shape(None).cursor
    assert cursor
    assert f"`{cursor.column}`" in PAGE
    assert cursor.lag.total_seconds() == 300


def test_the_page_uses_every_option() -> None:
    names = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    assert {name for name in names if name not in PAGE} == set()
    assert {name for section in SECTIONS.values() for name in section} <= {p.name for p in command.params}
