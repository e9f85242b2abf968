"""Over the statements of one snapshot: which must end, and why one did."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic

from sqlalchemy.exc import DBAPIError

from reportkit.datasets.base import Home
from reportkit.errors import Cancelled, DeadlineExceeded, JobFailed, WarehouseUnavailable

DATA_EXCEPTION = "22"
"""The class of those SQLSTATEs whose message quotes a value: of a row, perhaps, that is not the reader's to see."""


class Watch:
    """Bounds each statement by `timeout` seconds, and ends them all when cancelled. Errors name the `home`."""

    def __init__(self, timeout: float, home: Home) -> None:
        self.timeout = timeout
        self._home = home
        self._deadline = 0.0
        self._cancelled = Event()

    def cancel(self) -> None:
        self._cancelled.set()

    def overdue(self) -> bool:
        """Whether the running statement must end."""
        return self._cancelled.is_set() or monotonic() > self._deadline

    def check(self) -> None:
        """Raises Cancelled."""
        if self._cancelled.is_set():
            raise Cancelled("the query was cancelled")

    @contextmanager
    def statement(self, *driver_errors: type[Exception]) -> Iterator[None]:
        """One statement: its time starts now, and its errors are told in our words, without its text.

        `driver_errors` are those of a driver that is used without SQLAlchemy.
        """
        self._deadline = monotonic() + self.timeout
        self.check()
        errors: tuple[type[Exception], ...] = (DBAPIError, *driver_errors)
        try:
            yield
        except errors as error:
            raise self._explained(getattr(error, "orig", error)) from error

    def _explained(self, error: Exception) -> JobFailed:
        if self._cancelled.is_set():
            return Cancelled("the query was cancelled")
        if self.overdue():
            return DeadlineExceeded(
                f"the database stopped the query after {self.timeout:g} seconds; "
                "ask for a shorter date range or fewer columns"
            )
        reason = next(iter(_without_values(error).strip().splitlines()), type(error).__name__)
        return WarehouseUnavailable(f"the {self._home} refused or was lost: {reason}")


def _without_values(error: Exception) -> str:
    """A driver that does not tell the SQLSTATE, as ADBC in mid-stream, is taken to quote one."""
    is_about_a_value = str(getattr(error, "sqlstate", DATA_EXCEPTION)).startswith(DATA_EXCEPTION)
    return re.sub('".*"', '"..."', str(error), flags=re.DOTALL) if is_about_a_value else str(error)
