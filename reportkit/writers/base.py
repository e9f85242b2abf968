"""What every writer is given and gives back, and the counting of records in the bytes that go out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from reportkit.access import Actor
from reportkit.brand import DEFAULT, Brand
from reportkit.columns import Chart, Native, Source
from reportkit.manifests import DatasetRead


class BinaryFile(Protocol):
    """Where the bytes go: forward only, no seeking."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Takes all of `data`, or raises."""
        ...


class Alteration(StrEnum):
    """Why a file does not hold a value literally. None is ever silent: each value is counted."""

    GUARDED_TEXTS = "guarded_texts"
    """An apostrophe in front keeps a spreadsheet from running it."""
    CUT_TEXTS = "cut_texts"
    """Longer than a cell holds; its end says so."""
    NUMBERS_AS_TEXT = "numbers_as_text"
    """The format has no such number."""
    DATES_AS_TEXT = "dates_as_text"
    """Before Excel's calendar."""
    INSTANTS_CUT_TO_MILLISECONDS = "instants_cut_to_milliseconds"
    """Finer than Excel's clock."""
    DOCUMENTS_AS_TEXT = "documents_as_text"
    """Not JSON, so the text stands as a string."""
    NULLS_AS_EMPTY_TEXTS = "nulls_as_empty_texts"
    """In a CSV of one text column, where a NULL would be a line that readers skip."""
    ROUNDED_NUMBERS = "rounded_numbers"
    """To the digits that a reader of print can use."""
    INSTANTS_CUT_TO_SECONDS = "instants_cut_to_seconds"
    """In print."""
    MARKED_TEXTS = "marked_texts"
    """Characters that the fonts of a PDF lack stand as a box."""


Alterations = Counter[str]
"""How many of each so far."""


@dataclass(frozen=True)
class Written:
    """What one file holds, as counted on the way out."""

    records: int
    """Counted in the file's own bytes, never from the batches, so that an encoder that loses a row is seen."""
    alterations: Mapping[str, int]
    """How many values the file does not hold literally, by reason (an `Alteration`)."""


@dataclass(frozen=True)
class About:
    """What a file may say about itself. Formats for programs leave most of it to the manifest."""

    title: str
    description: str
    read: DatasetRead
    """What was asked for, and of which state of the data. It is the same in each run on the same snapshot."""
    actor: Actor
    made_at: datetime
    charts: Sequence[Chart] = ()
    brand: Brand = DEFAULT


class Writer(Protocol):
    """One file format."""

    @property
    def format(self) -> str: ...
    @property
    def suffix(self) -> str: ...
    @property
    def media_type(self) -> str: ...

    def write(self, source: Source, file: BinaryFile, about: About) -> Written:
        """Writes all of `source`, in constant memory. No batches still give a valid file with its header.

        What `file` or `source` raises is passed on. Raises UnwritableExport for what the format cannot hold.
        """
        ...


Tally = Callable[[bytes], int]
"""Given a file's bytes piece by piece, says how many records each piece completes."""


class CountedFile:
    """Passes bytes on to `file`, counting them and the records in them."""

    def __init__(self, file: BinaryFile, tally: Tally) -> None:
        self._file, self._tally = file, tally
        self.records = 0
        self.size = 0
        """Bytes."""

    def write(self, data: bytes | memoryview, /) -> int:
        self.size += len(data)
        self.records += self._tally(bytes(data))  # no copy of what is bytes already
        return self._file.write(data)


class Marks:
    """A tally of `mark`, which stands once in each record; it may be cut in two between pieces."""

    def __init__(self, mark: bytes) -> None:
        self._mark, self._carry = mark, b""

    def __call__(self, data: bytes) -> int:
        most = len(self._mark) - 1
        seam = self._carry + data[:most]
        self._carry = (self._carry + data[-most:])[-most:] if most else b""
        return seam.count(self._mark) + data.count(self._mark)


class LineEndsOutsideQuotes:
    """A tally of CSV records: line ends with an even number of quotes before them."""

    def __init__(self) -> None:
        self._in_quotes = 0

    def __call__(self, data: bytes) -> int:
        marks = data.translate(None, _NEITHER_QUOTE_NOR_LINE_END)
        between_quotes = marks.replace(b'""', b"").split(b'"')  # a pair changes nothing, and most quotes are pairs
        outside = between_quotes[self._in_quotes :: 2]
        self._in_quotes = (self._in_quotes + len(between_quotes) - 1) % 2
        return sum(map(len, outside))


_NEITHER_QUOTE_NOR_LINE_END = bytes(set(range(256)) - set(b'"\n'))


def native_records(native: Native, alterations: Alterations) -> Iterator[bytes]:
    """The records, as the database wrote them; their alterations are added at the end."""
    for records in native.pieces:
        yield b"".join(records)
    alterations.update(native.alterations)
