"""What every engine promises."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Engine(Protocol):
    """Starts attempts and tells when one has ended. Whether it succeeded only the catalog knows."""

    def launch(self, job_id: str, attempt: int) -> None:
        """Starts a worker for this attempt. Raises JobFailed where none can be started."""
        ...

    def ended(self, job_id: str) -> str | None:
        """None while the last launched worker runs; else how it ended, for people."""
        ...

    def stop(self, job_id: str, grace: float) -> None:
        """Ends the worker and everything it started: asked first, killed after `grace` seconds."""
        ...

    def tidy(self, before: datetime) -> None:
        """Forgets what workers that ended before then have left behind."""
        ...
