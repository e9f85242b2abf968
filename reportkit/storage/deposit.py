"""Puts files into storage, one manifest beside them: digested on their way, checked when they are there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from reportkit.errors import StorageUnavailable
from reportkit.manifests import SUFFIX, FileEntry, Manifest
from reportkit.storage.base import Sink, Storage


class DepositedFile:
    """A file for writers. Its size and digest are of what the writer gave, not of what storage says it has."""

    def __init__(self, sink: Sink, name: str, entries: list[FileEntry]) -> None:
        self._sink, self._name, self._entries = sink, name, entries
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes | memoryview, /) -> int:
        self._digest.update(data)
        self._size += memoryview(data).nbytes
        return self._sink.write(data)

    def publish(self, rows: int | None) -> None:
        """Raises StorageUnavailable if storage holds another number of bytes than were given."""
        _publish(self._sink, self._size)
        self._entries.append(FileEntry(self._name, self._size, self._digest.hexdigest(), rows))


class Deposit:
    """The files of one manifest, in a folder of their own."""

    def __init__(self, storage: Storage, folder: str) -> None:
        self._storage, self._folder = storage, folder
        self.entries: list[FileEntry] = []
        """The files published so far."""

    @contextmanager
    def file(self, name: str) -> Iterator[DepositedFile]:
        with self._storage.writer(f"{self._folder}/{name}") as sink:
            yield DepositedFile(sink, name, self.entries)

    def describe(self, manifest: Manifest) -> None:
        """Publishes the manifest, last of all. Raises StorageUnavailable."""
        text = manifest.to_text().encode()
        with self._storage.writer(f"{self._folder}/{manifest.name}{SUFFIX}") as beside:
            beside.write(text)
            _publish(beside, len(text))


@contextmanager
def deposit(storage: Storage, folder: str) -> Iterator[Deposit]:
    """Files with their manifest in `folder`. Whatever goes wrong inside, nothing of them stays."""
    try:
        yield Deposit(storage, folder)
    except BaseException:
        storage.discard(folder)
        raise


def _publish(sink: Sink, given: int) -> None:
    stored = sink.publish()
    if stored != given:
        raise StorageUnavailable(
            f"storage kept {stored:,} of {given:,} bytes; nothing was published, check the storage and try again"
        )
