"""Compression of a file on its way out, in a thread of its own: while it works, the next rows are read and encoded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from reportkit.writers.base import BinaryFile

_PIECES_AHEAD = 4
"""How many pieces may wait for the thread: enough that neither waits for long, few enough to hold in memory."""


class Stream(Protocol):
    """Compresses piece by piece; what comes out one after the other is the compressed file."""

    def compress(self, data: bytes | memoryview, /) -> bytes: ...
    def flush(self) -> bytes: ...


@dataclass(frozen=True)
class Compression:
    suffix: str
    media_type: str
    start: Callable[[], Stream]


@contextmanager
def compressed(file: BinaryFile, compression: str | None) -> Iterator[BinaryFile]:
    """A file whose bytes arrive compressed in `file`, all of them when the context ends without an error.

    `file` is only written to by the thread that writes here, so its errors are raised there.
    """
    if compression is None:
        yield file
        return
    with ThreadPoolExecutor(1, "compression") as thread:
        pipe = _Pipe(file, COMPRESSIONS[compression].start(), thread)
        yield pipe
        pipe.finish()


def outer_names(suffix: str, media_type: str, compression: str | None) -> tuple[str, str]:
    """Suffix and media type of a file with the compression around it."""
    if compression is None:
        return suffix, media_type
    return suffix + COMPRESSIONS[compression].suffix, COMPRESSIONS[compression].media_type


class _Pipe:
    def __init__(self, file: BinaryFile, stream: Stream, thread: ThreadPoolExecutor) -> None:
        self._file, self._stream, self._thread = file, stream, thread
        self._pieces: deque[Future[bytes]] = deque()

    def write(self, data: bytes | memoryview, /) -> int:
        self._pieces.append(self._thread.submit(self._stream.compress, data))
        self._pass_on(_PIECES_AHEAD)
        return len(data)

    def finish(self) -> None:
        self._pieces.append(self._thread.submit(self._stream.flush))
        self._pass_on(0)

    def _pass_on(self, ahead: int) -> None:
        while len(self._pieces) > ahead:
            self._file.write(self._pieces.popleft().result())


def _gzip() -> Stream:
    from isal import isal_zlib

    with_header_and_checksum = 31  # a header without name and time: equal content gives equal bytes
    stream: Stream = isal_zlib.compressobj(1, isal_zlib.DEFLATED, with_header_and_checksum)
    return stream


class _Zstd:
    """One frame: several readers stop after the first."""

    closed = False

    def __init__(self) -> None:
        import pyarrow as pa

        self._out = bytearray()
        self._frame = pa.CompressedOutputStream(pa.PythonFile(self, "w"), "zstd")

    def compress(self, data: bytes | memoryview, /) -> bytes:
        self._frame.write(data)
        return self._taken()

    def flush(self) -> bytes:
        self._frame.close()
        return self._taken()

    def write(self, data: bytes, /) -> int:
        """Takes what Arrow gives."""
        self._out += data
        return len(data)

    def close(self) -> None:
        self.closed = True

    def _taken(self) -> bytes:
        taken = bytes(self._out)
        self._out.clear()
        return taken


COMPRESSIONS: Mapping[str, Compression] = {
    "gzip": Compression(".gz", "application/gzip", _gzip),
    "zstd": Compression(".zst", "application/zstd", _Zstd),
}
