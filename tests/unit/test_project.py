"""The project's own files agree with each other."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def split(requirement: str) -> tuple[str, str]:
    match = re.fullmatch(r"([\w.-]+)(?:\[.*\])?(.*)", requirement)
    assert match
    return match[1], match[2]


def test_the_conda_environment_has_the_same_dependencies() -> None:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    by_pip = next(item for item in listed if isinstance(item, dict))["pip"]
    conda = dict(split(item) for item in [*listed, *by_pip] if isinstance(item, str) and item[0] != "-")
    assert conda.pop("python") == PYPROJECT["project"]["requires-python"]
    assert conda.pop("pip") == ""
    project = PYPROJECT["project"]
    assert conda == dict(map(split, [*project["dependencies"], *project["optional-dependencies"]["postgres"]]))


def test_the_lock_pins_every_dependency_by_hash_and_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned = set(re.findall(r"^([\w.-]+)(?:\[.*\])?==", lock, re.MULTILINE))
    assert {split(item)[0] for item in PYPROJECT["project"]["dependencies"]} <= pinned
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "index" not in lock.lower().replace("importlib", "")


def test_importing_reportkit_is_light() -> None:
    """Kernels start with it."""
    code = "import sys, reportkit; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "pyarrow", "sqlalchemy", "numpy", "papermill", "plotly"} & set(loaded)


def test_what_is_loaded_ahead_for_exports_is_nothing_of_reports() -> None:
    code = "import sys; from reportkit.worker import ahead; list(ahead()); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "reportkit.writers.xlsx_writer" in loaded
    assert not {"pandas", "nbclient", "nbformat", "papermill", "zmq", "plotly", "typst"} & set(loaded)


def test_imports_only_point_down() -> None:
    checked = subprocess.run([Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_every_setting_is_documented() -> None:
    from reportkit.settings import KINDS

    page = (ROOT / "docs" / "settings.md").read_text()
    assert re.findall(r"^\| `REPORTKIT_(\w+)`", page, re.MULTILINE) == [name.upper() for name in KINDS]


def test_every_command_is_in_the_readme() -> None:
    from reportkit.cli import COMMANDS

    readme = (ROOT / "README.md").read_text()
    assert [name for name in COMMANDS if f"reportkit {name}" not in readme] == []
