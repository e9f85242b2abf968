"""The how-to does what it says: its commands run in order, its parameters are read as the table tells."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_notebook
from notebook_files import parameters_cell

from reportkit.notebook.parameters_cell import KINDS, declared

TEXT = (Path(__file__).parents[2] / "docs" / "how-to" / "write-a-report.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_pages_commands_run_in_order(tmp_path: Path) -> None:
    make, run_twice, check = ([line.removeprefix("$ ") for line in block.splitlines()] for block in blocks("console"))
    differs = run_twice.pop()
    script = "\n".join([*make, *run_twice, f"{differs} && exit 9 || [ $? = 1 ]", *check])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in (tmp_path / "reports").glob("*[!n]")} == {
        "weekly_activity.pdf",
        "weekly_activity.html",
    }
    assert re.search(r"^\| parameter: most +\| 5? *(10)? +\| 3 ", done.stdout, re.MULTILINE)


def test_the_pages_cells_run_and_every_type_is_told() -> None:
    imports, cell = blocks("python")
    known: dict[str, object] = {}
    exec(imports + cell, known)
    parameters = declared(new_notebook(cells=[parameters_cell(cell)]))
    assert {parameter.name: known[parameter.name] for parameter in parameters} == {
        parameter.name: parameter.default for parameter in parameters
    }
    assert [parameter.type for parameter in parameters] == [
        "text",
        "date or none",
        "some of web, ios, android",
        "integer from 1 to 90",
        "number from 0 on or none",
        "boolean",
    ]
    assert all(f"`{name}`" in TEXT for name in KINDS)
