"""Work done ahead by a thread, so that the database and whoever writes need not wait for each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Semaphore, Thread
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def ahead(items: Iterator[T], depth: int, stop: Callable[[], None]) -> Iterator[Iterator[T]]:
    """The same items, of which a thread holds about `depth` ready; what it raises is raised here.

    Where this is left by an error, `stop()` has to end what the thread may be waiting for.
    """
    made: SimpleQueue[T | _Raised | None] = SimpleQueue()
    room, left = Semaphore(depth), Event()
    thread = Thread(target=_make, args=(items, made, room, left), daemon=True)
    thread.start()
    try:
        yield _taken(made, room)
    except BaseException:
        stop()
        raise
    finally:
        left.set()
        room.release()
        thread.join()


@dataclass(frozen=True)
class _Raised:
    error: BaseException


def _make(items: Iterator[T], made: SimpleQueue[T | _Raised | None], room: Semaphore, left: Event) -> None:
    try:
        for item in items:
            made.put(item)
            room.acquire()
            if left.is_set():
                return
        made.put(None)
    except BaseException as error:
        made.put(_Raised(error))


def _taken(made: SimpleQueue[T | _Raised | None], room: Semaphore) -> Iterator[T]:
    while (item := made.get()) is not None:
        if isinstance(item, _Raised):
            raise item.error
        room.release()
        yield item
