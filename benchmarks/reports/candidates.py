"""What runs: our report as a job of a service that is up and as a command, and the way people do it themselves."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.measuring import Candidate
from benchmarks.reports import diy
from reportkit.access import LOCAL_ADMIN
from reportkit.jobs import JobKind, State
from reportkit.sample.load import load
from reportkit.sample.scale import Scale
from reportkit.settings import Settings
from reportkit.specs import ReportSpec
from reportkit.toolkit import Toolkit, build

WORKERS = 2


@contextmanager
def service(directory: Path) -> Iterator[Toolkit]:
    """A toolkit that is up and ready, with the notebooks in `directory`."""
    settings = Settings(home=str(directory / "home"), notebooks=str(directory)).resolved(directory)
    load(settings.warehouse, Scale(events=1_000))
    toolkit = build(settings)
    toolkit.engine.prepare()
    try:
        yield toolkit
    finally:
        toolkit.close()


def report(toolkit: Toolkit, notebook: Path) -> None:
    """Request to PDF."""
    spec = ReportSpec(notebook.stem, {}, ("pdf",))
    job = toolkit.submit(JobKind.REPORT, LOCAL_ADMIN, spec.to_json())
    while not (job := toolkit.wait(job, 1.0)).state.ended:
        pass
    if job.state is not State.COMPLETED:
        raise SystemExit(f"{notebook.stem}: {job.error}")


def candidates(toolkit: Toolkit, usual: Path) -> Mapping[str, Candidate]:
    environment = diy.environment(usual.parent)
    command = (str(diy.SCRIPTS / "reportkit"), "report", usual.stem, "-o", str(usual.parent / "out"))
    ours = {**environment, **toolkit.settings.environ()}
    runs: Mapping[str, Callable[[], object]] = {
        "DIY": partial(diy.to_pdf, usual, environment, "alone"),
        "warm": partial(report, toolkit, usual),
        "command": partial(subprocess.run, command, env=ours, check=True, capture_output=True),
    }
    return {name: Candidate(name, run) for name, run in runs.items()}


def per_second(run: Callable[[int], object], times: int) -> float:
    """Reports in a second, WORKERS at once."""
    started = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as threads:
        list(threads.map(run, range(times)))
    return times / (time.perf_counter() - started)


def sustained(toolkit: Toolkit, usual: Path, times: int) -> tuple[float, float]:
    """Reports in a second: ours of three times as many, and theirs."""
    environment = diy.environment(usual.parent)
    ours = per_second(lambda _: report(toolkit, usual), times * 3)
    return ours, per_second(lambda number: diy.to_pdf(usual, environment, f"turn-{number}"), times)


def cells_alone(usual: Path) -> float:
    """Seconds that the author's own cells and their displays take in a shell that has imported all; best of three."""
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    sources = [cell.source for cell in nbformat.read(usual, 4).cells if cell.cell_type == "code"]
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        for source in sources:
            with capture_output():
                shell.run_cell(source).raise_error()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
