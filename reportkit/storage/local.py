"""Artifacts in a local directory: written aside, then renamed into place."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from reportkit.errors import NotFound, StorageUnavailable

UNFINISHED = ".unfinished"


class LocalStorage:
    """Files below `root`, readable by their owner alone."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def writer(self, key: str) -> Iterator[LocalSink]:
        final = self._path(key)
        aside = self._root / UNFINISHED / secrets.token_hex(16)
        with _translated(self._root):
            for directory in (aside.parent, final.parent):
                directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
        try:
            with file:
                yield LocalSink(file, aside, final, self._root)
        finally:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
                _remove_empty(final.parent, self._root)

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise NotFound(f"storage holds no {key}") from None

    def delete(self, key: str) -> None:
        path = self._path(key)
        with _translated(self._root):
            path.unlink(missing_ok=True)
            _remove_empty(path.parent, self._root)

    def discard(self, prefix: str) -> None:
        with _translated(self._root):
            for directory, _, names in os.walk(self._path(prefix), topdown=False):
                for name in names:
                    Path(directory, name).unlink(missing_ok=True)
                _remove_empty(Path(directory), self._root)

    def sweep(self, before: datetime) -> int:
        old = [path for path in (self._root / UNFINISHED).glob("*") if _is_old(path, before)]
        for path in old:
            with suppress(OSError):  # another process sweeps too, and another user's file is theirs to sweep
                path.unlink()
        return len(old)

    def _path(self, key: str) -> Path:
        path = self._root / key
        if not key or "\0" in key or Path(key).is_absolute() or {"..", UNFINISHED} & set(Path(key).parts):
            raise ValueError(f"not a storage key: {key!r}")
        return path


class LocalSink:
    def __init__(self, file: BinaryIO, aside: Path, final: Path, root: Path) -> None:
        self._file, self._aside, self._final, self._root = file, aside, final, root

    def write(self, data: bytes | memoryview, /) -> int:
        rest = memoryview(data).cast("B")
        with _translated(self._root):
            while rest:
                rest = rest[self._file.write(rest) :]
        return memoryview(data).nbytes

    def publish(self) -> int:
        with _translated(self._root):
            os.fsync(self._file.fileno())
            size = os.fstat(self._file.fileno()).st_size
            self._aside.rename(self._final)
            _sync_directory(self._final.parent)
        return size


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_old(path: Path, before: datetime) -> bool:
    """False also for what another process has just taken away."""
    try:
        return path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False


def _remove_empty(directory: Path, root: Path) -> None:
    """A job's own directories, once empty; those directly below the root are shared, and may be in use at once."""
    with suppress(OSError):
        while directory != root and directory.parent != root:
            directory.rmdir()
            directory = directory.parent


@contextmanager
def _translated(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = {
            errno.ENOSPC: "the disk is full; free some space and try again",
            errno.EDQUOT: "the disk quota is used up; free some space and try again",
            errno.EACCES: "no permission to write there",
            errno.EROFS: "the disk is read-only",
        }.get(error.errno or 0, error.strerror or str(error))
        raise StorageUnavailable(f"cannot keep files in {where}: {reason}") from error
