"""Papermill's own command with our engine, in a process of its own as people run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

KERNEL = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python"}}


@pytest.fixture
def project(tmp_path: Path, sample: str) -> Path:
    (tmp_path / "reportkit.toml").write_text(f'warehouse = "{sample}"\n')
    return tmp_path


def papermill(project: Path, *cells: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    notebook = new_notebook(
        cells=[new_code_cell("x = 0", metadata={"tags": ["parameters"]}), *map(new_code_cell, cells)], metadata=KERNEL
    )
    nbformat.write(notebook, project / "in.ipynb")
    command = [sys.executable, "-m", "papermill", "--engine", "reportkit", "in.ipynb", "out.ipynb", "-p", "x", "2"]
    return subprocess.run([*command, *options], cwd=project, capture_output=True, text=True, env=dict(os.environ))


def result(project: Path) -> NotebookNode:
    return nbformat.read(project / "out.ipynb", as_version=4)


def test_the_output_notebook_has_parameters_outputs_and_papermills_notes(project: Path) -> None:
    done = papermill(project, "print('x is', x)", "import reportkit; len(reportkit.dataset('user_activity')) > 0")
    assert done.returncode == 0, done.stderr
    document = result(project)
    assert document.cells[2].outputs[0].text == "x is 2\n"
    assert document.cells[3].outputs[0].data["text/plain"] == "True"
    assert document.metadata.papermill.parameters == {"x": 2}
    assert {cell.metadata.papermill.status for cell in document.cells} == {"completed"}


def test_outputs_are_logged_on_request(project: Path) -> None:
    done = papermill(project, "print('x is', x)", options=("--log-output", "--no-progress-bar"))
    assert "Executing Cell 3" in done.stderr
    assert "x is 2" in done.stderr


def test_a_cell_that_raises_is_told_as_papermill_tells_it(project: Path) -> None:
    done = papermill(project, "1 / 0", "print('never')")
    assert done.returncode == 1
    assert "PapermillExecutionError" in done.stderr
    assert "ZeroDivisionError: division by zero" in done.stderr
    document = result(project)
    assert document.metadata.papermill.exception is True
    assert document.cells[-2].metadata.papermill.status == "failed"


def test_a_kernel_that_dies_is_told_and_noted(project: Path) -> None:
    done = papermill(project, "import os; os.kill(os.getpid(), 9)")
    assert done.returncode == 1
    assert "its process was killed by SIGKILL while cell 2 ran" in done.stderr
    assert result(project).metadata.papermill.exception is True


def test_papermill_starts_without_loading_what_only_a_run_needs() -> None:
    code = (
        "import sys, papermill; print([m for m in ('sqlalchemy', 'pandas', 'reportkit.toolkit') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
