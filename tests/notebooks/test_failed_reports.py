"""A report that failed keeps the notebook as far as it came, for whoever asked for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from notebook_files import write_notebook
from waiting import files, waited

from reportkit.access import LOCAL_ADMIN, Actor, Role
from reportkit.errors import NotFound
from reportkit.jobs import Job, JobKind, State
from reportkit.specs import ReportSpec
from reportkit.toolkit import Toolkit


@pytest.fixture
def failed(tmp_path: Path, toolkit_with: Callable[..., Toolkit]) -> Callable[..., tuple[Toolkit, Job]]:
    """A report of these cells, when it has failed."""

    def make(*cells: str, formats: tuple[str, ...] = ("pdf",), **settings: object) -> tuple[Toolkit, Job]:
        write_notebook(tmp_path, *cells)
        toolkit = toolkit_with(notebooks=str(tmp_path), **settings)
        spec = ReportSpec("report", {}, formats)
        job = waited(toolkit, toolkit.submit(JobKind.REPORT, LOCAL_ADMIN, spec.to_json()))
        assert job.state is State.FAILED
        return toolkit, job

    return make


def kept(toolkit: Toolkit, job: Job) -> NotebookNode:
    [artifact] = toolkit.artifacts(job)
    assert (artifact.name, artifact.format) == ("report.failed.ipynb", "ipynb")
    with toolkit.storage.open(artifact.key) as file:
        return nbformat.reads(file.read().decode(), as_version=4)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1 / 0", "notebook_failed"),
        ("import os; os.kill(os.getpid(), 9)", "kernel_died"),
        ("while True: pass", "deadline_exceeded"),
    ],
)
def test_what_ran_before_the_failure_is_kept(failed: Callable[..., tuple[Toolkit, Job]], cell: str, code: str) -> None:
    toolkit, job = failed("# Title", "print('kept')", cell, cell_deadline=1.0)
    assert job.error_code == code
    document = kept(toolkit, job)
    assert document.cells[1].outputs[0].text == "kept\n"
    assert len(files(toolkit)) == 2  # with its manifest


def test_a_report_that_takes_too_long_as_a_whole_keeps_it_too(failed: Callable[..., tuple[Toolkit, Job]]) -> None:
    deaf_in_c = "import ctypes, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); ctypes.PyDLL(None).sleep(60)"
    toolkit, job = failed("# Title", "print('kept')", deaf_in_c, report_deadline=4.0)
    assert job.error_code == "deadline_exceeded"
    assert "stopped after 4 seconds while running cell 3 of 3 (Title)" in str(job.error)
    assert kept(toolkit, job).cells[1].outputs[0].text == "kept\n"


def test_a_temporary_directory_too_deep_for_sockets_is_told(
    failed: Callable[..., tuple[Toolkit, Job]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setenv("TMPDIR", str(deep))
    _, job = failed("# Title", "1")
    assert job.error is not None
    assert "set TMPDIR to a shorter one" in job.error


def test_nobody_else_sees_it(failed: Callable[..., tuple[Toolkit, Job]]) -> None:
    toolkit, job = failed("# Title", "1 / 0")
    with pytest.raises(NotFound):
        toolkit.job(job.id, Actor("someone", Role.VIEWER, "Someone"))


def test_the_command_hands_it_over_and_says_what_failed(tmp_path: Path, sample: str) -> None:
    (tmp_path / "reportkit.toml").write_text(f'warehouse = "{sample}"\nnotebooks = "."\n')
    write_notebook(tmp_path, "# Title", "## Lift", "users = 0\n1 / users")
    command = [str(Path(sys.executable).with_name("reportkit")), "report", "report", "-o", "out"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "out/report.failed.ipynb  the notebook as far as it came" in done.stderr
    assert 'cell 3 (in "Lift") raised ZeroDivisionError: division by zero' in done.stderr
    assert "1 / users" in done.stderr
    document = nbformat.read(tmp_path / "out" / "report.failed.ipynb", as_version=4)
    assert document.cells[2].outputs[-1].ename == "ZeroDivisionError"
