"""What the README and the settings page tell people to type works as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from reportkit.settings import FILE, Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DEMO = "reportkit demo --once"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def run(desk: Path, *command: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, cwd=desk, capture_output=True, text=True, env={**os.environ, "PATH": path})
    assert done.returncode == 0, f"{command[-1]}\n{done.stdout}{done.stderr}"


def test_every_command_under_use_it_works_in_order(tmp_path: Path) -> None:
    [_, use_it] = blocks(README, "console")
    *commands, demo = [line.removeprefix("$ ") for line in use_it.splitlines()]
    assert demo == DEMO  # runs below
    run(tmp_path, "bash", "-euo", "pipefail", "-c", "\n".join(commands))
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if ".reportkit" not in path.parts}
    assert {"experiment_results.xlsx", "week.csv", "audit_log.json", "reports/executive_summary.pdf"} <= made
    assert len((tmp_path / "week.csv").read_text().splitlines()) > 100

    [notebook] = blocks(README, "python")
    (tmp_path / FILE).write_text('warehouse = "sqlite:///warehouse.db"\n')
    run(tmp_path, sys.executable, "-c", f"{notebook}\nassert len(results) > 5")


def test_the_first_command_is_the_makefiles(tmp_path: Path) -> None:
    assert blocks(README, "console")[0] == "$ make demo\n"
    assert re.search(r"^demo:.*\n\t\$\(BIN\)/reportkit demo --once$", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_every_page_that_is_linked_exists() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_example_of_a_settings_file_is_one(tmp_path: Path) -> None:
    [example] = blocks((ROOT / "docs" / "settings.md").read_text(), "toml")
    (tmp_path / FILE).write_text(example)
    settings = Settings.load({}, tmp_path)
    assert {name: getattr(settings, name) for name in tomllib.loads(example)} == tomllib.loads(example)


def test_the_glossary_has_each_word_once() -> None:
    words = re.findall(r"^\| (\w[\w -]+) \|", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    assert len(words) == len(set(words))
    assert {"warehouse", "catalog", "dataset", "source", "actor", "job", "artifact", "manifest"} <= set(words)


@pytest.mark.timeout(600)
def test_the_demo_makes_what_it_says(tmp_path: Path) -> None:
    run(tmp_path, *DEMO.split())
    datasets = ("audit_log", "experiment_results", "metrics_summary", "raw_events", "user_activity")
    expected = {f"{dataset}.{format}" for dataset in datasets for format in ("csv", "json", "xlsx")}
    expected |= {"executive_summary.pdf", "executive_summary.html"}
    made = {path.name for path in (tmp_path / "demo").iterdir() if not path.name.endswith(".manifest.json")}
    assert made == expected
