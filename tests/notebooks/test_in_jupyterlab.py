"""Every notebook that we ship, and every one that `reportkit new` writes, runs clean with its defaults.

In an ordinary kernel, as JupyterLab starts it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from reportkit.cli.new import notebook_about
from reportkit.datasets.registry import Registry
from reportkit.notebook.registry import Notebook

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
OURS = sorted(str(path.relative_to(NOTEBOOKS)) for path in NOTEBOOKS.rglob("[!.]*.ipynb"))
BIN = Path(sys.executable).parent


def run_clean(sample: str, directory: Path, *notebooks: Path) -> subprocess.CompletedProcess[str]:
    command = [BIN / "pytest", "--nbval-lax", "--nbval-current-env", "-q", "-p", "no:cacheprovider", *notebooks]
    environment = {**os.environ, "REPORTKIT_WAREHOUSE": sample, "REPORTKIT_HOME": str(directory / "home")}
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("name", OURS)
def test_a_notebook_of_ours_holds_no_outputs_and_says_what_it_takes(name: str) -> None:
    notebook = Notebook.read(NOTEBOOKS / name)
    assert [cell for cell in notebook.document.cells if cell.get("outputs") or cell.get("execution_count")] == []
    assert all(parameter.description for parameter in notebook.parameters)
    assert notebook.description


@pytest.mark.parametrize(
    "name", [name if name == "executive_summary.ipynb" else pytest.param(name, marks=pytest.mark.slow) for name in OURS]
)
def test_a_notebook_of_ours_runs_clean(tmp_path: Path, sample: str, name: str) -> None:
    done = run_clean(sample, tmp_path, NOTEBOOKS / name)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_new_notebook_runs_clean_over_every_dataset(tmp_path: Path, sample: str) -> None:
    for name, dataset in Registry.built_in().items():
        nbformat.write(notebook_about(name, dataset), tmp_path / f"about_{name}.ipynb")
    done = run_clean(sample, tmp_path, *tmp_path.glob("about_*.ipynb"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{5 * len(Registry.built_in())} passed" in done.stdout  # the cells that hold code


@pytest.mark.slow
def test_a_notebook_that_fails_would_be_noticed(tmp_path: Path, sample: str) -> None:
    text = (NOTEBOOKS / "guide" / "write_a_report.ipynb").read_text().replace("checkout_redesign", "nothing")
    (tmp_path / "broken.ipynb").write_text(text)
    done = run_clean(sample, tmp_path, tmp_path / "broken.ipynb")
    assert done.returncode == 1
    assert "there is no experiment 'nothing' that you may see" in done.stdout
