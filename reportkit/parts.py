"""An export in parts: one reading of a source, cut after every so many rows. No I/O."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from reportkit.columns import Native, Schema, Source
from reportkit.errors import BadValue

if TYPE_CHECKING:
    import pyarrow as pa

Records = Sequence[bytes | memoryview]

MOST_PARTS = 10_000
_ENDING = re.compile(r"(?<!^)(\.[^.]+(\.(gz|zst))?)?\Z")


@dataclass(frozen=True)
class Part:
    """A source of the rows that the part before it left. Parts are read once, in their order."""

    name: str
    """Of its file."""
    number: int
    of: int
    rows: int
    """How many it should have."""
    _reading: _Reading

    @property
    def schema(self) -> Schema:
        return self._reading.source.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        return self._reading.batches.take(self._room)

    def native(self, format: str) -> Native | None:
        return self._reading.native(format, self._room)

    @property
    def _room(self) -> int:
        """The last part takes whatever is left, so that a row too many is seen."""
        return self.rows if self.number < self.of else sys.maxsize


def cut(source: Source, rows: int, rows_per_part: int | None, name: str) -> list[Part]:
    """The `rows` of `source` in parts, at least one, numbered after `name`. Raises BadValue where they are too many.

    With None there is one part, which has the name as it is.
    """
    reading = _Reading(source)
    if rows_per_part is None:
        return [Part(name, 1, 1, rows, reading)]
    starts = range(0, max(rows, 1), rows_per_part)
    if (count := len(starts)) > MOST_PARTS:
        least = -(-rows // MOST_PARTS)
        raise BadValue("rows per file", rows_per_part, f"{rows:,} rows make {count:,} files; give {least:,} or more")
    return [
        Part(numbered(name, number, count), number, count, min(rows_per_part, rows - start), reading)
        for number, start in enumerate(starts, start=1)
    ]


def numbered(name: str, number: int, of: int) -> str:
    """`raw_events.csv.gz` as `raw_events-001.csv.gz`, with digits enough for `of` parts."""
    return _ENDING.sub(f"-{number:0{max(3, len(str(of)))}}\\g<0>", name, count=1)


def unnumbered(name: str) -> str:
    """The other way round."""
    return re.sub(rf"-\d{{3,}}(?={_ENDING.pattern})", "", name)


def names_of(target: str, name: str, files: Sequence[str]) -> list[str]:
    """What the `files` of the export called `name` are called where it was put as `target`."""
    if list(files) == [name]:
        return [target]
    return [numbered(target, number, len(files)) for number in range(1, len(files) + 1)]


class _Piece(Protocol):
    """Record batches, and sequences of records."""

    def __len__(self) -> int: ...
    def __getitem__(self, rows: slice, /) -> Self: ...


P = TypeVar("P", bound=_Piece)


class _Pieces(Generic[P]):
    """What is left of a stream."""

    def __init__(self, pieces: Iterator[P]) -> None:
        self._pieces = pieces
        self._rest: P | None = None

    def take(self, rows: int) -> Iterator[P]:
        """The next `rows`, or all that are left."""
        while rows > 0 and (piece := self._next()) is not None:
            if len(piece) > rows:
                piece, self._rest = piece[:rows], piece[rows:]
            yield piece
            rows -= len(piece)

    def _next(self) -> P | None:
        piece, self._rest = self._rest, None
        return next(self._pieces, None) if piece is None else piece


class _Reading:
    """The one reading of a source that its parts share."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._native: Native | None = None
        self._told: Counter[str] = Counter()
        """Alterations that the parts so far have named."""

    @cached_property
    def batches(self) -> _Pieces[pa.RecordBatch]:
        return _Pieces(self.source.batches())

    @cached_property
    def _records(self) -> _Pieces[Records]:
        assert self._native
        return _Pieces(self._native.pieces)

    def native(self, format: str, rows: int) -> Native | None:
        self._native = self._native or self.source.native(format)
        if self._native is None:
            return None
        alterations: Counter[str] = Counter()
        return Native(self._counted(self._records.take(rows), self._native, alterations), alterations)

    def _counted(self, pieces: Iterator[Records], native: Native, alterations: Counter[str]) -> Iterator[Records]:
        """The database may know them only of all records together; then the first part names them."""
        yield from pieces
        alterations.update(Counter(native.alterations) - self._told)
        self._told = Counter(native.alterations)
