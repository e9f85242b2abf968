"""Runs one job to its end before the person's eyes, and hands over its files."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from reportkit.access import Actor
from reportkit.cli.common import in_seconds
from reportkit.errors import BadValue, Cancelled, JobFailed, StorageUnavailable
from reportkit.jobs import Artifact, Job, JobKind, State
from reportkit.manifests import SUFFIX
from reportkit.toolkit import Toolkit

POLL_SECONDS = 0.1
GRACE_SECONDS = 1.5
"""How long a worker may take to stop when asked; then it is killed."""


@dataclass(frozen=True)
class Done:
    """A completed job with its files and what it took, in seconds."""

    job: Job
    artifacts: list[Artifact]
    seconds: float


def run(toolkit: Toolkit, kind: JobKind, actor: Actor, spec: dict[str, object], title: str) -> Done:
    """Submits, shows progress, waits. Ctrl-C cancels the job. Raises BadRequest, JobFailed."""
    started = time.perf_counter()
    job = toolkit.submit(kind, actor, spec)
    try:
        job = _watch(toolkit, job, actor, title)
    except KeyboardInterrupt:
        toolkit.cancel(job.id, actor)
        toolkit.engine.stop(job.id, GRACE_SECONDS)
        toolkit.settle(job)
        raise Cancelled(f"{title}: stopped; nothing was kept") from None
    if job.state is State.COMPLETED:
        return Done(job, toolkit.artifacts(job), time.perf_counter() - started)
    raise JobFailed(f"{title}: {job.error}")


def _watch(toolkit: Toolkit, job: Job, actor: Actor, title: str) -> Job:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), _Rows(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        while not (job := toolkit.job(job.id, actor)).state.ended:
            label = f"{title}: {job.stage}" if job.stage else title
            bar.update(task, description=label, completed=job.rows_done, total=job.rows_expected)
            time.sleep(POLL_SECONDS)
            toolkit.settle(job)
    return job


class _Rows(TextColumn):
    """`120,000 of 1,000,000 rows, 81,000/s, 11 s left`; nothing where no rows are counted."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        if not task.total:
            return Text("")
        words = [f"{int(task.completed):,} of {int(task.total):,}"]
        if task.speed:
            words.append(f"{task.speed:,.0f}/s")
        if task.time_remaining:
            words.append(f"{in_seconds(task.time_remaining)} left")
        return Text(", ".join(words))


def check_output(target: Path) -> None:
    """Raises BadValue where no file can be put: told before any work. A directory means a file in it."""
    if target.exists() and not (target.is_file() or target.is_dir()):
        raise BadValue("output", str(target), "is a device or a pipe; name a file or a directory")
    around = next(parent for parent in (target, *target.absolute().parents) if parent.exists())
    if around.is_file() and around != target:
        raise BadValue("output", str(target), f"{around} is a file, not a directory")
    if not os.access(around if around.is_dir() else around.parent, os.W_OK | os.X_OK):
        raise BadValue("output", str(target), f"you may not write in {around}")


def hand_over(toolkit: Toolkit, artifact: Artifact, target: Path) -> Path:
    """Copies the artifact to `target` and its manifest beside it; each appears whole or not at all.

    Raises StorageUnavailable.
    """
    final = target.resolve()  # through a link, or it would be replaced by a file
    for key, path in ((artifact.key, final), (artifact.key + SUFFIX, final.with_name(final.name + SUFFIX))):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".reportkit-", delete=False) as copy:
                try:
                    with toolkit.storage.open(key) as stored:
                        shutil.copyfileobj(stored, copy, 1 << 20)
                    copy.flush()
                    Path(copy.name).chmod(0o666 & ~_umask())
                    Path(copy.name).rename(path)
                except BaseException:
                    Path(copy.name).unlink(missing_ok=True)
                    raise
        except OSError as error:
            raise StorageUnavailable(f"cannot write {target}: {error.strerror}") from None
    return target


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
