"""Runs one job to its end before the person's eyes, and hands over its files."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from reportkit.access import Actor
from reportkit.cli.common import in_seconds
from reportkit.errors import BadValue, Cancelled, JobFailed, StorageUnavailable
from reportkit.jobs import Artifact, Job, JobKind, State
from reportkit.manifests import SUFFIX, parse
from reportkit.parts import names_of
from reportkit.toolkit import Toolkit

REDRAW_SECONDS = 0.1
GRACE_SECONDS = 1.5
"""How long a worker may take to stop when asked; then it is killed."""

LONGEST_NAME = 255
"""Bytes, on every file system that people use."""


@dataclass(frozen=True)
class Done:
    """A completed job with its files and what it took, in seconds."""

    job: Job
    artifacts: list[Artifact]
    seconds: float


def run(toolkit: Toolkit, kind: JobKind, actor: Actor, spec: dict[str, object], title: str) -> Done:
    """Submits, shows progress, waits. Ctrl-C cancels the job. Raises BadRequest, JobFailed."""
    started = time.perf_counter()
    job: Job | None = None
    try:
        with unstoppable():  # a job that was added but is not known here could not be cancelled
            job = toolkit.submit(kind, actor, spec)
        job = _watch(toolkit, job, title)
    except (KeyboardInterrupt, OSError):  # OSError: a terminal that was closed cannot be drawn on
        if job is None:
            raise
        with unstoppable():  # people press Ctrl-C twice
            job = _stopped(toolkit, job, actor)
    if job.state is State.COMPLETED:
        return Done(job, toolkit.artifacts(job), time.perf_counter() - started)
    if job.state is State.CANCELLED:
        raise Cancelled(f"{title}: stopped; nothing was kept")
    failed = JobFailed(f"{title}: {job.error}")
    failed.kept = toolkit.artifacts(job)
    raise failed


@contextmanager
def unstoppable() -> Iterator[None]:
    """Ctrl-C and its like wait until the end."""
    heard: list[int] = []
    before = {sent: signal.getsignal(sent) for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    handled = {sent: handler for sent, handler in before.items() if callable(handler)}
    for sent in handled:
        signal.signal(sent, lambda number, _frame: heard.append(number))
    try:
        yield
    finally:
        for sent, handler in handled.items():
            signal.signal(sent, handler)
    if heard:
        raise KeyboardInterrupt


def _stopped(toolkit: Toolkit, job: Job, actor: Actor) -> Job:
    """As it is then: it may have completed in the meantime."""
    try:
        toolkit.cancel(job.id, actor)
    finally:  # a catalog on a full disk must not keep the worker alive
        toolkit.engine.stop(job.id, GRACE_SECONDS)
    toolkit.settle(job)
    return toolkit.job(job.id, actor)


def _watch(toolkit: Toolkit, job: Job, title: str) -> Job:
    console = Console(stderr=True)
    with Progress(*columns(), console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        while not (job := toolkit.wait(job, REDRAW_SECONDS)).state.ended:
            label = f"{title}: {job.stage}" if job.stage else title
            bar.update(task, description=label, completed=job.rows_done, total=job.rows_expected)
    return job


def columns() -> tuple[ProgressColumn, ...]:
    """Of the live progress. A stage may be a notebook's heading, so it is no markup."""
    label = TextColumn("{task.description}", markup=False)
    return (SpinnerColumn(), label, BarColumn(), _Rows(), TimeElapsedColumn())


class _Rows(TextColumn):
    """`120,000 of 1,000,000 rows, 81,000/s, 11 s left`; nothing where no rows are counted."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        if not task.total:
            return Text("")
        words = [f"{int(task.completed):,} of {int(task.total):,} rows"]
        if task.speed:
            words.append(f"{task.speed:,.0f}/s")
        if task.time_remaining:
            words.append(f"{in_seconds(task.time_remaining)} left")
        return Text(", ".join(words))


def check_output(target: Path) -> None:
    """Raises BadValue where this file and its manifest cannot be put: told before any work."""
    if "-" in (str(target), str(target.parent)):
        raise _bad(target, "standard output has no room for the manifest; name a file or a directory")
    if len(os.fsencode(target.name + SUFFIX)) > LONGEST_NAME:
        raise _bad(target, f"the name is too long: with {SUFFIX} it may have {LONGEST_NAME} bytes")
    try:
        final = Path(os.path.realpath(target))
        around = next(place for place in (final, *final.parents) if _exists(place))
    except OSError as error:
        raise _bad(target, f"cannot be used ({error.strerror}); name another file or directory") from None
    if around == final and not around.is_file():
        raise _bad(target, "is a directory, a device or a pipe; name a file")
    if around != final and not around.is_dir():
        raise _bad(target, f"{around} is a file, not a directory")
    directory = around if around.is_dir() else around.parent
    if not os.access(directory, os.W_OK | os.X_OK):
        raise _bad(target, f"you may not write in {directory}")


def _bad(target: Path, why: str) -> BadValue:
    return BadValue("output", str(target), why)


def _exists(place: Path) -> bool:
    """Unlike `Path.exists`, raises OSError where that cannot be known: a circle of links, no permission."""
    try:
        place.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def hand_over(toolkit: Toolkit, artifacts: Sequence[Artifact], target: Path) -> list[Path]:
    """Copies the files of one manifest to `target`, parts to names numbered after it, with the manifest beside them.

    Each comes whole, and no file ever lies beside another's manifest. Raises StorageUnavailable.
    """
    alone = artifacts[0].name == artifacts[0].manifest["name"]
    final = target.resolve() if alone else target  # through a link, or it would be replaced by a file
    manifest = final.with_name(final.name + SUFFIX)
    names = names_of(final.name, artifacts[0].manifest["name"], [artifact.name for artifact in artifacts])
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=final.parent, prefix=".reportkit-") as aside:
            for artifact, name in zip(artifacts, names, strict=True):
                _copy(toolkit, artifact.key, Path(aside) / name)
            _copy(toolkit, artifacts[0].manifest_key, Path(aside) / manifest.name)
            earlier = _handed_over(manifest)
            manifest.unlink(missing_ok=True)  # first: an old one must never stand beside the new files
            for name in earlier - set(names):
                final.with_name(name).unlink(missing_ok=True)
            for name in (*names, manifest.name):
                (Path(aside) / name).rename(final.with_name(name))
    except OSError as error:
        raise StorageUnavailable(f"cannot write {target}: {error.strerror}") from None
    return [target] if alone else [target.with_name(name) for name in names]


def _handed_over(manifest: Path) -> set[str]:
    """The files of the export that came here before: with fewer parts now, some of its parts would lie among them."""
    try:
        content, entries = parse(manifest.read_bytes())
    except (OSError, ValueError):
        return set()
    return set(names_of(manifest.name.removesuffix(SUFFIX), content["name"], [entry.name for entry in entries]))


def _copy(toolkit: Toolkit, key: str, path: Path) -> None:
    with toolkit.storage.open(key) as stored, path.open("wb") as copy:
        shutil.copyfileobj(stored, copy, 1 << 20)
