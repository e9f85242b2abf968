"""Over the statements of one snapshot: which must end, and why one did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic

from sqlalchemy.exc import DBAPIError

from reportkit.errors import Cancelled, DeadlineExceeded, JobFailed, WarehouseUnavailable


class Watch:
    """Bounds each statement by `timeout` seconds, and ends them all when cancelled."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._deadline = 0.0
        self._cancelled = Event()

    def cancel(self) -> None:
        self._cancelled.set()

    def overdue(self) -> bool:
        """Whether the running statement must end."""
        return self._cancelled.is_set() or monotonic() > self._deadline

    @contextmanager
    def statement(self) -> Iterator[None]:
        """One statement: its time starts now, and its errors are told in our words, without its text."""
        self._deadline = monotonic() + self.timeout
        if self._cancelled.is_set():
            raise Cancelled("the query was cancelled")
        try:
            yield
        except DBAPIError as error:
            raise self._explained(error) from error

    def _explained(self, error: DBAPIError) -> JobFailed:
        if self._cancelled.is_set():
            return Cancelled("the query was cancelled")
        if self.overdue():
            return DeadlineExceeded(
                f"the database stopped the query after {self.timeout:g} seconds; "
                "ask for a shorter date range or fewer columns"
            )
        reason = next(iter(str(error.orig).strip().splitlines()), type(error.orig).__name__)
        return WarehouseUnavailable(f"the warehouse refused or was lost: {reason}")
