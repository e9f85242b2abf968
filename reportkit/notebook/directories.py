"""Directories of kernels, and what becomes of those that nobody owns any more.

Who uses one holds a lock on it. The lock ends with its last holder, however that ends.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree

PREFIX = "rk-kernel-"


def make() -> tuple[Path, int]:
    """A new one, open to this user only, and the descriptor that locks it while any process has it open."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        with suppress(FileNotFoundError):
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():  # who tidies up may have been faster than we
                return path, lock
            os.close(lock)


@contextmanager
def temporary() -> Iterator[Path]:
    """One that is removed at the end."""
    path, lock = make()
    try:
        yield path
    finally:
        remove(path)
        os.close(lock)


def tidy() -> None:
    """Removes those of this user that no living process owns: all who could have done so were killed at once."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            _remove_if_unowned(path)


def _remove_if_unowned(path: Path) -> None:
    """Raises OSError where it is owned, or no directory."""
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = os.fstat(lock)
        if found.st_uid == os.geteuid() and os.path.samestat(found, path.lstat()):
            remove(path)
    finally:
        os.close(lock)


def remove(path: Path) -> None:
    """With all that is in it, whatever a notebook has made there."""
    if path.is_symlink():  # put there by one without a sandbox: what it leads to is not ours
        path.unlink()
    with suppress(RecursionError):
        rmtree(path, ignore_errors=True)
    if path.exists():  # directories that are closed to us, or too many in each other for Python
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run([*command, path], stderr=subprocess.DEVNULL)
