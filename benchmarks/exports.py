"""Exports of one dataset beside pandas, from the same SQLite warehouse: `python -m benchmarks.exports`.

Ours count everything a user waits for: starting the worker, the owner rule, the formula guard, counting twice, the
digest and the manifest. pandas gets the table as it is, with the characters removed that its XLSX writer refuses.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

from reportkit.sample.load import load
from reportkit.sample.scale import Scale

ROWS = 50_000
ROUNDS = 5
SAMPLED_SECONDS = 0.02

PANDAS = r"""
import sqlite3, pandas
frame = pandas.read_sql("SELECT * FROM events ORDER BY id", sqlite3.connect("warehouse.db"))
texts = frame.select_dtypes("str").columns
frame[texts] = frame[texts].replace(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", regex=True)
frame.{write}
"""
WRITES = {
    "csv": "to_csv('theirs.csv', index=False)",
    "json": "to_json('theirs.json', orient='records')",
    "xlsx": "to_excel('theirs.xlsx', index=False)",
}


@dataclass
class Candidate:
    name: str
    command: Sequence[str]
    seconds: list[float] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)
    """Bytes, of all its processes together; a page that two share counts once."""


def main() -> None:
    print(f"{ROWS:,} events from SQLite, {ROUNDS} rounds, medians; Python {platform.python_version()}, ", end="")
    print(f"pandas {version('pandas')}, openpyxl {version('openpyxl')}, {os.cpu_count()} cores\n")
    print("| format | reportkit | pandas | ratio | reportkit, peak | pandas, peak |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as directory:
        desk = Path(directory)
        load(f"sqlite:///{desk / 'warehouse.db'}", Scale(events=ROWS))
        for format, write in WRITES.items():
            print(_row(format, *_measured(desk, format, write)), flush=True)


def _measured(desk: Path, format: str, write: str) -> tuple[Candidate, Candidate]:
    reportkit = str(Path(sys.executable).with_name("reportkit"))
    ours = Candidate("reportkit", [reportkit, "export", "raw_events", "-o", f"ours.{format}"])
    theirs = Candidate("pandas", [sys.executable, "-W", "ignore", "-c", PANDAS.replace("{write}", write)])
    for _ in range(ROUNDS):
        for candidate in (ours, theirs):
            _run(candidate, desk)
    return ours, theirs


def _run(candidate: Candidate, desk: Path) -> None:
    environment = {**os.environ, "REPORTKIT_WAREHOUSE": f"sqlite:///{desk / 'warehouse.db'}"}
    peaks = [0]
    started = time.perf_counter()
    process = subprocess.Popen(candidate.command, cwd=desk, env=environment, stdout=subprocess.DEVNULL)
    watcher = threading.Thread(target=_watch, args=(psutil.Process(process.pid), peaks))
    watcher.start()
    code = process.wait()
    candidate.seconds.append(time.perf_counter() - started)
    watcher.join()
    candidate.peaks.append(max(peaks))
    if code:
        raise SystemExit(f"{candidate.name} failed with exit code {code}")


def _watch(root: psutil.Process, peaks: list[int]) -> None:
    """Samples until the process ends."""
    with suppress(psutil.NoSuchProcess):
        while root.is_running() and root.status() != psutil.STATUS_ZOMBIE:
            held = 0
            for process in (root, *root.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    held += process.memory_full_info().pss
            peaks.append(held)
            time.sleep(SAMPLED_SECONDS)


def _row(format: str, ours: Candidate, theirs: Candidate) -> str:
    own, other = statistics.median(ours.seconds), statistics.median(theirs.seconds)
    peaks = " | ".join(f"{statistics.median(candidate.peaks) / 1e6:,.0f} MB" for candidate in (ours, theirs))
    return f"| {format} | {own:.2f} s | {other:.2f} s | {other / own:.1f} x | {peaks} |"


if __name__ == "__main__":
    main()
