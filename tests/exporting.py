"""The recipe of an export with its parts, for tests that bring their own storage."""

from __future__ import annotations

from datetime import timedelta

from reportkit.access import LOCAL_ADMIN
from reportkit.datasets.base import Home
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Warehouse
from reportkit.exports import Exports
from reportkit.jobs import Job, JobKind, State
from reportkit.signing import SigningKey
from reportkit.specs import DatasetRequest, ExportSpec
from reportkit.storage.base import Storage
from reportkit.testing import FixedClock

CLOCK = FixedClock()
KEY = SigningKey.new()


def exports(warehouse: Warehouse, storage: Storage) -> Exports:
    databases, keep = {Home.WAREHOUSE: warehouse}, timedelta(days=7)
    return Exports(Registry.built_in(), databases, storage, keep, CLOCK, lambda: "secret", lambda: KEY, lambda *_: None)


def job(format: str = "csv", rows_per_file: int | None = None, **filters: str) -> Job:
    """Of all raw events that the filters let through."""
    spec = ExportSpec(DatasetRequest.of("raw_events", **filters), format, rows_per_file=rows_per_file)
    return Job("j-1", JobKind.EXPORT, LOCAL_ADMIN, spec.to_json(), State.RUNNING, 1, CLOCK())
