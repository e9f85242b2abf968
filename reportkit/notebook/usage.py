"""What a notebook has taken, with all that it has started: processes, memory, room for files.

Limits of the system hold for a process, or for all of a user's; so its keeper looks.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

import psutil

MOST_PROCESSES = 256
MOST_THREADS = 2_000
"""Of all processes together."""
LEAST_FILE = 40_000
"""Bytes that each file and directory counts, however small it is: they are looked through again and again."""

PROCESSES = f"started more than the {MOST_PROCESSES} processes or {MOST_THREADS:,} threads that a notebook may have"
MEMORY = "used more than the {:g} GB of memory that a notebook may have"
FILES = "wrote more than the {:g} GB of files that a notebook may have"
HIDDEN = "made a directory that is closed or too deep to be looked into"


def excess(limit: int, places: Iterable[Path]) -> str | None:
    """What this process's descendants have too much of, for people; None: nothing.

    `limit` is bytes: of memory, and again of files in these places and of deleted ones that are still open.
    """
    processes = _descendants()
    if _too_many(processes):
        return PROCESSES
    if sum(map(_weight, processes)) > limit:
        shares = 0
        for process in processes:
            shares += _share(process)
            if _too_many(_descendants()):  # one that forks is slow to tell, and here may be hundreds
                return PROCESSES
        if shares > limit:
            return MEMORY.format(limit / 1e9)
    try:
        return FILES.format(limit / 1e9) if _more_than(limit, places, processes) else None
    except OSError:
        return HIDDEN


def _descendants() -> list[int]:
    return [process.pid for process in psutil.Process().children(recursive=True)]


def _too_many(processes: list[int]) -> bool:
    return len(processes) > MOST_PROCESSES or sum(map(_threads, processes)) > MOST_THREADS


def _threads(process: int) -> int:
    """0 where it has ended; so below."""
    with suppress(OSError):
        return _sum(process, "status", ("Threads:",))
    return 0


def _weight(process: int) -> int:
    """Bytes of memory, files aside; what several share counts for each."""
    with suppress(OSError):
        return _sum(process, "status", ("RssAnon:", "RssShmem:")) * 1024
    return 0


def _share(process: int) -> int:
    """The same, shared out where the system tells; that takes longer."""
    with suppress(OSError):
        if share := _sum(process, "smaps_rollup", ("Pss_Anon:", "Pss_Shmem:")) * 1024:
            return share
    return _weight(process)


def _sum(process: int, file: str, fields: tuple[str, ...]) -> int:
    lines = Path(f"/proc/{process}/{file}").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(fields))


def _more_than(limit: int, places: Iterable[Path], processes: Iterable[int]) -> bool:
    """Whether there are more bytes in files. Raises OSError where it cannot be looked."""
    seen: set[tuple[int, int]] = set()
    for file in chain(_lying(places), _deleted(processes)):
        if (which := (file.st_dev, file.st_ino)) not in seen:
            seen.add(which)
            limit -= max(LEAST_FILE, file.st_blocks * 512)
            if limit < 0:
                return True
    return False


def _lying(places: Iterable[Path]) -> Iterator[os.stat_result]:
    """Raises OSError where a directory cannot be looked into."""
    left = [str(place) for place in places]
    while left:
        with suppress(FileNotFoundError), os.scandir(left.pop()) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    yield entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)


def _deleted(processes: Iterable[int]) -> Iterator[os.stat_result]:
    """Files that only an open descriptor keeps."""
    for process in processes:
        with suppress(OSError), os.scandir(f"/proc/{process}/fd") as descriptors:
            for descriptor in descriptors:
                with suppress(OSError):
                    file = descriptor.stat()
                    if stat.S_ISREG(file.st_mode) and file.st_nlink == 0:
                        yield file
