"""What tests need, ours and yours: storage in memory, and a clock that stands still.

Held to the same contracts as the real things.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from reportkit.errors import NotFound


class FixedClock:
    """Tells the same time until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """`move(minutes=5)`, in the words of timedelta."""
        self.now += timedelta(**by)


class MemoryStorage:
    """Keeps the contract of `storage.base.Storage` in a dictionary, `files`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    @contextmanager
    def writer(self, key: str) -> Iterator[MemorySink]:
        yield MemorySink(self.files, key)

    def open(self, key: str) -> BinaryIO:
        if key not in self.files:
            raise NotFound(f"storage holds no {key}")
        return io.BytesIO(self.files[key])

    def delete(self, key: str) -> None:
        self.files.pop(key, None)

    def discard(self, prefix: str) -> None:
        for key in [key for key in self.files if key.startswith(f"{prefix}/")]:
            del self.files[key]

    def sweep(self, before: datetime) -> int:
        return 0


class MemorySink:
    def __init__(self, files: dict[str, bytes], key: str) -> None:
        self._files, self._key, self._written = files, key, bytearray()

    def write(self, data: bytes | memoryview, /) -> int:
        self._written += data
        return len(data)

    def publish(self) -> int:
        self._files[self._key] = bytes(self._written)
        return len(self._written)
