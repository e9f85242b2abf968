"""The page of the reports names every one, and every parameter."""

from __future__ import annotations

import re
from pathlib import Path

from at_a_desk import NOTEBOOKS

PAGE = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, by what stands in code."""
    lines = PAGE.split(f"{heading}\n", 1)[1].split("\n## ")[0].splitlines()
    table = [line for line in lines if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_every_report_has_its_row() -> None:
    assert {row[0].strip("`") for row in rows("# Reports")} == set(NOTEBOOKS)


def test_every_parameter_has_its_row() -> None:
    told = set()
    for reports, parameters, _ in rows("## Parameters"):
        of = set(NOTEBOOKS) if reports == "all" else set(re.findall(r"`(\w+)`", reports))
        told |= {(report, parameter) for report in of for parameter in re.findall(r"`(\w+)`", parameters)}
    assert told == {(name, parameter.name) for name in NOTEBOOKS for parameter in NOTEBOOKS[name].parameters}
