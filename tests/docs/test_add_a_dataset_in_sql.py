"""The how-to does what it says: its file is a dataset, its commands run, and give what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reportkit.columns import Kind, Sensitivity
from reportkit.datasets.sql_checks import Fault, checked
from reportkit.datasets.sql_declaration import COLUMN_ENTRIES, ENTRIES

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-dataset-in-sql.md"
TEXT = PAGE.read_text(encoding="utf-8")


def block(language: str) -> str:
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return found


def test_the_pages_commands_give_the_file_that_the_page_shows(tmp_path: Path) -> None:
    [place] = re.findall(r"This is `(.+\.sql)`:", TEXT)
    (tmp_path / place).parent.mkdir()
    (tmp_path / place).write_text(block("sql"), encoding="utf-8")
    commands = [line.removeprefix("$ ") for line in block("console").splitlines()]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(commands)],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "History of feature flags (flag_history)" in done.stdout
    assert (tmp_path / "flags.csv").read_text() == block("text")


def test_every_entry_every_kind_and_every_sensitivity_is_on_the_page() -> None:
    rows = re.findall(r"^\| (`.+?) \|", TEXT, re.MULTILINE)
    first_cells = [set(re.findall(r"`\[?(\w+)[^`]*`", row)) for row in rows]
    assert set().union(*first_cells) == {*ENTRIES, *Kind}
    for word in (*COLUMN_ENTRIES, *Sensitivity):
        assert f"`{word}`" in TEXT


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_the_pages_file_is_written_for_both_databases(database: str) -> None:
    assert checked(block("sql"), database).sql.startswith("WITH acts AS")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; SELECT 2",
        *[f"WITH x AS ({act} RETURNING *) SELECT * FROM x" for act in ("INSERT INTO t VALUES (1)", "DELETE FROM t")],
        "SELECT a INTO t FROM s",
        "SELECT a FROM t FOR UPDATE",
        "SELECT $1",
        "SELECT $$texts$$",
        "SELECT E'texts'",
        "SELECT * FROM pg_settings",
        *[f"SELECT {name}('x')" for name in ("current_setting", "lo_import", "dblink", "query_to_xml")],
    ],
)
def test_what_the_page_says_is_refused_is(sql: str) -> None:
    with pytest.raises(Fault):
        checked(sql, "postgresql")
