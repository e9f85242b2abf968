"""The page: medians, ratios and peaks, beside what was to be reached."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from benchmarks.exports.short import FORMATS
from benchmarks.measuring import Candidate

PACKAGES = ("psycopg", "adbc-driver-postgresql", "pyarrow", "openpyxl", "isal", "pandas", "xlsxwriter")


@dataclass(frozen=True)
class Row:
    title: str
    ours: str
    other: str
    reach: float
    stretch: float
    times_faster: bool = False
    """Whether the ratio is theirs to ours: more is better."""


ROWS = (
    Row("CSV", "csv", "psql", 1.10, 0.75),
    Row("CSV, a column pseudonymised (54,000 people)", "csv, pseudonyms", "psql, clear", 1.25, 1.0),
    Row("CSV, gzip", "csv.gz", "csv", 1.15, 1.15),
    Row("NDJSON", "ndjson", "psql", 1.9, 1.6),
    Row("JSON", "json", "psql", 1.9, 1.6),
    Row("Parquet", "parquet", "COPY BINARY", 1.35, 1.2),
    Row("XLSX", "xlsx", "psql", 1.8, 1.5),
    Row("XLSX", "xlsx", "pandas + openpyxl", 30, 45, times_faster=True),
    Row("XLSX", "xlsx", "XlsxWriter", 12, 12, times_faster=True),
    Row("XLSX, any SQLAlchemy source", "xlsx by cursor", "psql", 3.0, 3.0),
    Row("CSV from SQLite", "csv from sqlite", "sqlite3", 1.6, 1.2),
    Row("CSV, whole command", "csv command", "psql", 0, 0),
    Row("Parquet, whole command", "parquet command", "COPY BINARY", 0, 0),
    Row("XLSX, whole command", "xlsx command", "psql", 0, 0),
)


def page(
    rows: int,
    rounds: int,
    candidates: Mapping[str, Candidate],
    small: Mapping[str, Sequence[float]],
    cancels: Sequence[float],
) -> str:
    return "\n".join([*_head(rows, rounds), *_large(candidates), "", *_short(small, cancels), ""])


def brief(candidates: Mapping[str, Candidate]) -> str:
    """The rows that have something to reach, for the README."""
    lines = ["| 1,000,000 rows x 10 columns | seconds | beside | ratio |", "| --- | ---: | --- | ---: |"]
    for row in ROWS:
        ours, other = candidates[row.ours], candidates[row.other]
        if row.reach and other.seconds:
            lines.append(
                f"| {row.title} | {ours.median:.2f} | {row.other}: {other.median:.2f} | {_ratio(row, ours, other)} |"
            )
    return "\n".join(lines)


def _ratio(row: Row, ours: Candidate, other: Candidate) -> str:
    if row.times_faster:
        return f"{other.median / ours.median:.0f} times faster"
    return f"{ours.median / other.median:.2f}"


def _head(rows: int, rounds: int) -> list[str]:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    server = subprocess.run(("psql", "--version"), capture_output=True, text=True, check=True).stdout.strip()
    return [
        "# Exports",
        "",
        f"`make bench`: {rows:,} rows x 10 columns of `raw_events`, {rounds} rounds in turns (pandas and XlsxWriter",
        f"one), medians; {os.cpu_count()} cores, Python {platform.python_version()}, {server}, {versions}.",
        "",
        "Ours count everything from submit to file: the query with the owner rule, the formula guard, the count, the",
        "digest and the signed manifest, by a worker that was ready (whole command: from the shell, with nothing up).",
        "Theirs have no rules at all. Ratios are of seconds, ours to theirs; with an x, how many times faster ours is.",
        "Memory is the sum over the processes that were started for it (shared pages counted in part), and that of the",
        "largest alone; for our jobs that is the worker. It is watched in a turn of its own, which is not timed.",
        "",
    ]


def _large(candidates: Mapping[str, Candidate]) -> list[str]:
    lines = [
        "| | ours | beside | theirs | ratio | reach | stretch | our memory: all, child | theirs |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in ROWS:
        ours, other = candidates[row.ours], candidates[row.other]
        if other.seconds:
            lines.append(_line(row, ours, other))
    return lines


def _line(row: Row, ours: Candidate, other: Candidate) -> str:
    unit = " x" if row.times_faster else ""
    goals = [f"{goal:g}{unit}" if goal else "" for goal in (row.reach, row.stretch)]
    cells = [
        row.title,
        f"{ours.median:.2f} s",
        row.other,
        f"{other.median:.2f} s",
        f"**{_ratio(row, ours, other)}**",
        *goals,
        f"{ours.peak / 1e6:.0f}, {ours.child_peak / 1e6:.0f} MB",
        f"{other.peak / 1e6:.0f} MB",
    ]
    return f"| {' | '.join(cells)} |"


def _short(small: Mapping[str, Sequence[float]], cancels: Sequence[float]) -> list[str]:
    lines = ["| | median | slowest | reach | stretch |", "| --- | ---: | ---: | ---: | ---: |"]
    for format in FORMATS:
        lines.append(f"| 1,000 rows as {format}, submit to file | {_ms(small[format])} | 150 ms | 60 ms |")
    lines.append(f"| cancel, from the call to the query gone | {_ms(cancels)} | 100 ms | |")
    return lines


def _ms(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f} ms | {max(seconds) * 1000:.0f} ms"
