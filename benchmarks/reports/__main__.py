"""Runs everything and writes benchmarks/results/reports.md, and the README's table."""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

from benchmarks.measuring import measure
from benchmarks.reports import parts
from benchmarks.reports.candidates import candidates, cells_alone, service, sustained
from benchmarks.reports.notebook import write_usual
from benchmarks.reports.report import brief, page, rows

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "reports.md"
README = ROOT / "README.md"
TABLE = re.compile(r"(<!-- reports -->).*(<!-- end of reports -->)", re.DOTALL)
FULL = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=FULL)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="rk-") as name:
        usual = write_usual(Path(name))
        cells = cells_alone(usual)
        with service(Path(name)) as toolkit:
            whole = candidates(toolkit, usual)
            measure(tuple(whole.values()), rounds)
            rates = sustained(toolkit, usual, rounds * 2)
    with parts.candidates() as small:
        measure(tuple(small.values()), rounds)
        found = rows(whole, small, rates, cells)
    text = page(rounds, found)
    print(text)
    if rounds == FULL:
        RESULTS.write_text(text)
        table = "\n".join(brief(found))
        README.write_text(TABLE.sub(lambda marks: f"{marks[1]}\n{table}\n{marks[2]}", README.read_text()))


if __name__ == "__main__":
    main()
