"""An attempt that ends otherwise than completed leaves no file, also where its files had been made already."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from waiting import files

from reportkit.access import LOCAL_ADMIN, Actor
from reportkit.catalog import jobs as job_rows
from reportkit.errors import Cancelled
from reportkit.jobs import Artifact, Job, JobKind, Progress, State
from reportkit.storage.base import Storage
from reportkit.toolkit import Toolkit
from reportkit.worker import work


class StoppedAtTheEnd:
    """A recipe that is stopped when its file is published, while the warehouse is being let go of."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def check(self, spec: Mapping[str, Any], actor: Actor) -> None: ...

    def run(self, job: Job, progress: Progress) -> list[Artifact]:
        with self._storage.writer(f"{job.storage_folder('secret')}/a.pdf") as sink:
            sink.publish()
        raise Cancelled("stopped from outside")


def test_a_file_that_was_published_before_the_cancel_does_not_stay(
    toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    toolkit = replace(toolkit, recipes={JobKind.REPORT: StoppedAtTheEnd(toolkit.storage)})
    with toolkit.catalog.write() as connection:
        job_rows.add(connection, Job("j-1", JobKind.REPORT, LOCAL_ADMIN, {}, State.QUEUED, 0, toolkit.clock()))
    assert work(toolkit, "j-1", 1) == 1
    assert toolkit.job("j-1", LOCAL_ADMIN).state is State.CANCELLED
    assert files(toolkit) == []
