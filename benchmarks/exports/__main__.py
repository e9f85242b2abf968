"""Runs everything and writes benchmarks/results/exports.md, and the README's table."""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from pathlib import Path

from benchmarks.exports.candidates import ours, services, theirs
from benchmarks.exports.report import brief, page
from benchmarks.exports.short import cancels, small
from benchmarks.exports.warehouse import warehouses
from benchmarks.measuring import measure

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "exports.md"
README = ROOT / "README.md"
TABLE = re.compile(r"(<!-- exports -->).*(<!-- end of exports -->)", re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="leave out what takes minutes")
    asked = parser.parse_args()
    if missing := [program for program in ("psql", "sqlite3") if not shutil.which(program)]:
        raise SystemExit(f"{' and '.join(missing)} missing; try: sudo apt-get install postgresql-client sqlite3")
    with tempfile.TemporaryDirectory() as name, warehouses(Path(name), asked.rows) as made:
        directory = Path(name)
        up = services(directory, made)
        candidates = {**theirs(directory, made), **ours(directory, up, made)}
        running = [each for each in candidates.values() if not (asked.quick and each.is_slow)]
        measure(running, asked.rounds)
        short = small(up.small, asked.rounds), cancels(up.large, asked.rounds)
        text = page(asked.rows, asked.rounds, candidates, *short)
        for toolkit in (up.large, up.small, up.sqlite):
            toolkit.close()
    print(text)
    if asked.rows == 1_000_000 and not asked.quick:
        RESULTS.write_text(text)
        README.write_text(TABLE.sub(lambda marks: f"{marks[1]}\n{brief(candidates)}\n{marks[2]}", README.read_text()))


if __name__ == "__main__":
    main()
