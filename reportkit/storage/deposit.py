"""Puts one artifact into storage, its manifest beside it: digested on its way, checked when it is there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reportkit.errors import StorageUnavailable
from reportkit.manifests import SUFFIX, Manifest
from reportkit.storage.base import Sink, Storage


class Deposit:
    """A file for writers. `size` and `sha256` are of what the writer gave, not of what storage says it has."""

    def __init__(self, storage: Storage, sink: Sink, key: str) -> None:
        self._storage, self._sink, self._key = storage, sink, key
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes | memoryview, /) -> int:
        self._digest.update(data)
        self._size += memoryview(data).nbytes
        return self._sink.write(data)

    def publish(self, describe: Callable[[int, str], Manifest]) -> Manifest:
        """Publishes the file and then the manifest that `describe(size, sha256)` gives.

        Raises StorageUnavailable if storage holds another number of bytes than were given.
        """
        self._publish(self._sink, self._size)
        manifest = describe(self._size, self._digest.hexdigest())
        text = manifest.to_text().encode()
        with self._storage.writer(self._key + SUFFIX) as beside:
            beside.write(text)
            self._publish(beside, len(text))
        return manifest

    @staticmethod
    def _publish(sink: Sink, given: int) -> None:
        stored = sink.publish()
        if stored != given:
            raise StorageUnavailable(
                f"storage kept {stored:,} of {given:,} bytes; nothing was published, check the storage and try again"
            )


@contextmanager
def deposit(storage: Storage, key: str) -> Iterator[Deposit]:
    """One artifact under `key`. Whatever goes wrong inside, nothing of it stays."""
    try:
        with storage.writer(key) as sink:
            yield Deposit(storage, sink, key)
    except BaseException:
        remove(storage, key)
        raise


def remove(storage: Storage, key: str) -> None:
    """Deletes an artifact and its manifest."""
    storage.delete(key)
    storage.delete(key + SUFFIX)
