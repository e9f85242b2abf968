"""What every storage promises. Held by tests/contract/test_storage.py."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import BinaryIO, Protocol


class Sink(Protocol):
    """One file being written. Nothing is visible until `publish`; leaving without it discards everything."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Raises StorageUnavailable: disk full, no access, connection lost."""
        ...

    def publish(self) -> int:
        """Makes the file visible, whole and lasting. Returns the bytes that storage holds."""
        ...


class Storage(Protocol):
    """Keys are relative paths such as `exports/JOB/ATTEMPT/SECRET/raw_events.csv`."""

    def writer(self, key: str) -> AbstractContextManager[Sink]: ...

    def open(self, key: str) -> BinaryIO:
        """The file's bytes. Raises NotFound."""
        ...

    def delete(self, key: str) -> None:
        """A missing file is fine."""
        ...

    def discard(self, prefix: str) -> None:
        """Deletes every file whose key lies below `prefix/`, and nothing else."""
        ...

    def sweep(self, before: datetime) -> int:
        """Deletes what writers that died before then left unpublished. Returns how many files."""
        ...
