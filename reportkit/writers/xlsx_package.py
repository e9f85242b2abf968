"""The ZIP package of a workbook, written forward only; what goes into an entry may be deflated in any thread."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from isal import isal_zlib

from reportkit.errors import UnwritableExport
from reportkit.writers.base import BinaryFile

_MOST_BYTES = 0xFFFF_FFFF
_LEVEL = 1
"""Of isal's deflate; zlib's 6 takes more than ten times as long for files a seventh smaller."""

_VERSION, _DEFLATED = 20, 8
_UTF8_NAME_AND_FACTS_FOLLOW = 0x0808
_UNDATED = 0x0021_0000
"""1980-01-01, where ZIP's calendar begins: a file says what it holds, not when it was packed."""
_HOW = struct.pack("<3HL", _VERSION, _UTF8_NAME_AND_FACTS_FOLLOW, _DEFLATED, _UNDATED)


@dataclass(frozen=True)
class Piece:
    """Bytes of an entry, deflated so that they can follow any others."""

    deflated: bytes
    size: int
    """Bytes, before they were deflated."""
    crc32: int


def deflate(data: bytes | memoryview) -> Piece:
    compressor = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, -zlib.MAX_WBITS)
    deflated = compressor.compress(data) + compressor.flush(isal_zlib.Z_FULL_FLUSH)
    return Piece(deflated, len(data), isal_zlib.crc32(data))


_END = Piece(b"\x03\x00", 0, 0)


class Entry:
    """One file in the package."""

    def __init__(self, name: str, offset: int) -> None:
        self._name, self._offset = name.encode(), offset
        self._crc32 = self._deflated = self._size = 0

    def count(self, piece: Piece) -> None:
        self._crc32 = isal_zlib.crc32_combine(self._crc32, piece.crc32, piece.size)
        self._deflated += len(piece.deflated)
        self._size += piece.size

    def header(self) -> bytes:
        return b"PK\3\4" + _HOW + bytes(12) + struct.pack("<2H", len(self._name), 0) + self._name

    def facts(self) -> bytes:
        return struct.pack("<3L", self._crc32, self._deflated, _checked(self._size))

    def directory_record(self) -> bytes:
        where = struct.pack("<5H2L", len(self._name), 0, 0, 0, 0, 0, _checked(self._offset))
        return b"PK\1\2" + struct.pack("<H", _VERSION) + _HOW + self.facts() + where + self._name


class Package:
    """Raises UnwritableExport where it would need ZIP64, whose streamed entries Excel refuses."""

    def __init__(self, file: BinaryFile) -> None:
        self._file, self._position = file, 0
        self._entries: list[Entry] = []

    @contextmanager
    def entry(self, name: str) -> Iterator[Callable[[Piece], None]]:
        """The next file in the package: gives what takes its pieces."""
        entry = Entry(name, self._position)

        def write(piece: Piece) -> None:
            entry.count(piece)
            self._write(piece.deflated)

        self._write(entry.header())
        yield write
        write(_END)
        self._write(b"PK\7\x08" + entry.facts())
        self._entries.append(entry)

    def close(self) -> None:
        """Writes the directory. The file is its owner's to close."""
        start = self._position
        for entry in self._entries:
            self._write(entry.directory_record())
        count, size = len(self._entries), self._position - start
        self._write(b"PK\5\6" + struct.pack("<4H2LH", 0, 0, count, count, size, _checked(start), 0))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._position += len(data)


def _checked(size: int) -> int:
    if size > _MOST_BYTES:
        raise UnwritableExport("an XLSX file holds at most 4 GiB; choose fewer rows, rows_per_file, or CSV")
    return size
