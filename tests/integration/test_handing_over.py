"""Handing over an export: all parts and the manifest, where they were asked for, and nothing left from before."""

from __future__ import annotations

import csv
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from command_line import reportkit

from reportkit.cli.run import unstoppable


def export(desk: Path, *words: str) -> str:
    done = reportkit(desk, "export", "raw_events", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if path.suffix in (".csv", ".json"))


def test_parts_and_manifest_lie_in_the_directory_and_together_hold_all_rows(desk: Path) -> None:
    said = export(desk, "--format", "csv", "--rows-per-file", "2000", "-o", "parts/")
    parts = [f"raw_events-{number:03}.csv" for number in (1, 2, 3)]
    assert names(desk / "parts") == [*parts, "raw_events.csv.manifest.json"]
    counts = [len(list(csv.DictReader((desk / "parts" / part).open()))) for part in parts]
    assert counts[:2] == [2000, 2000]
    assert said.startswith(f"parts/raw_events-001.csv to raw_events-003.csv  {sum(counts):,} rows")
    assert reportkit(desk, "verify", "parts/raw_events-001.csv").returncode == 0


def test_parts_are_numbered_after_the_file_that_was_named_and_verify_knows_them(desk: Path) -> None:
    export(desk, "--rows-per-file", "3000", "-o", "october.csv")
    assert names(desk) == ["october-001.csv", "october-002.csv", "october.csv.manifest.json"]
    said = reportkit(desk, "verify", "october-002.csv")
    assert (said.returncode, said.stdout.count("ok ")) == (0, 3)


def test_an_export_takes_the_place_of_the_one_before_with_all_its_parts(desk: Path) -> None:
    (desk / "october-004.csv").write_text("somebody's own")
    export(desk, "--rows-per-file", "2000", "-o", "october.csv")
    export(desk, "--rows-per-file", "3000", "-o", "october.csv")
    kept = ["october-001.csv", "october-002.csv", "october-004.csv", "october.csv.manifest.json"]
    assert names(desk) == kept
    export(desk, "-o", "october.csv")
    assert names(desk) == ["october-004.csv", "october.csv", "october.csv.manifest.json"]
    export(desk, "--rows-per-file", "3000", "-o", "october.csv")
    assert names(desk) == kept


@pytest.mark.parametrize("rows", ["0", "-1", "many"])
def test_a_number_of_rows_that_cannot_be_is_told_before_any_work(desk: Path, rows: str) -> None:
    done = reportkit(desk, "export", "raw_events", "--format", "csv", "--rows-per-file", rows)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--rows-per-file" in done.stderr
    assert not (desk / ".reportkit").exists()


def test_what_could_not_be_handed_over_comes_again_with_the_next_incremental_export(desk: Path) -> None:
    words = ("export", "audit_log", "--since-last", "--format", "csv")
    done = reportkit(desk, *words, "-o", "/proc/new.csv")  # where even root cannot make a file
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "cannot write /proc/new.csv" in done.stderr
    first = reportkit(desk, *words, "-o", "new.csv").stdout
    assert "came in from the beginning until" in first
    assert " 0 rows" in reportkit(desk, *words, "-o", "newer.csv").stdout
    with closing(sqlite3.connect(desk / ".reportkit" / "catalog.db")) as catalog:
        [(reason,)] = catalog.execute("SELECT details FROM audit_log WHERE action = 'export.taken_back'")
    assert "cannot write /proc/new.csv" in reason


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_the_job_is_known_and_a_second_one_until_it_has_been_stopped(sent: signal.Signals) -> None:
    before = signal.signal(sent, signal.default_int_handler)
    steps: list[str] = []
    try:
        with pytest.raises(KeyboardInterrupt), unstoppable():
            os.kill(os.getpid(), sent)
            steps.append("done")
        assert signal.getsignal(sent) is signal.default_int_handler
    finally:
        signal.signal(sent, before)
    assert steps == ["done"]
