"""What every engine promises. Held by tests/contract/test_engines.py."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from reportkit.jobs import JobKind


class Engine(Protocol):
    """Starts attempts and tells when one has ended. Whether it succeeded only the catalog knows.

    A job that another process launched is none of its business: `ended` says None, `wait` lasts its time, and
    `nudge` and `stop` do nothing.
    """

    def launch(self, job_id: str, attempt: int, kind: JobKind) -> None:
        """Starts a worker for this attempt. Raises WorkerDied where none can be started."""
        ...

    def ended(self, job_id: str) -> str | None:
        """None while the last launched worker runs; else how it ended, for people."""
        ...

    def nudge(self, job_id: str) -> None:
        """Has the worker look at its row now, not only at its next heartbeat. Returns at once."""
        ...

    def wait(self, job_id: str, seconds: float) -> None:
        """Returns when the worker is done with the job or has ended, and after `seconds` if neither."""
        ...

    def stop(self, job_id: str, grace: float) -> None:
        """Ends the worker and everything it started: asked first, killed after `grace` seconds."""
        ...

    def tidy(self, before: datetime) -> None:
        """Forgets workers that have ended, and what those that ended before then have left behind."""
        ...

    def close(self) -> None:
        """Ends what waits for a job. Workers that have one go on."""
        ...
