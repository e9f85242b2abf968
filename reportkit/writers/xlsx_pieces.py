"""A source's rows in the pieces that are fastest to encode, however they come."""

from __future__ import annotations

import pyarrow as pa

from reportkit.columns import Source

_CELLS = 1 << 16
"""In a piece: fewer are slower, and more take more memory without being faster."""
_FEWEST_ROWS = 256
"""However many columns there are."""
_BYTES = 1 << 21
"""Where a piece ends early."""


class Pieces:
    """The rows that are still to be written. Where pieces end depends on the rows alone, unless they are huge."""

    def __init__(self, source: Source) -> None:
        self._batches = source.batches()
        self._rest = pa.RecordBatch.from_pylist([], source.schema.arrow())
        self._rows = max(_CELLS // len(source.schema), _FEWEST_ROWS)

    def first(self, rows: int) -> pa.RecordBatch:
        """The first rows, at most so many, to look at."""
        self._rest = self._gathered(rows)
        return self._rest.slice(0, rows)

    def any(self) -> bool:
        while not self._rest.num_rows:
            batch = next(self._batches, None)
            if batch is None:
                return False
            self._rest = batch
        return True

    def take(self, most: int) -> pa.RecordBatch:
        """The next piece, of at most so many rows."""
        whole = self._gathered(min(most, self._rows))
        piece = whole.slice(0, min(most, self._rows))
        while piece.nbytes > _BYTES and piece.num_rows > 1:
            piece = piece.slice(0, piece.num_rows // 2)
        self._rest = whole.slice(piece.num_rows)
        return piece

    def _gathered(self, rows: int) -> pa.RecordBatch:
        """What is left, with so many rows or more if there are; stops early where they are huge."""
        parts, known, size = [self._rest], self._rest.num_rows, self._rest.nbytes
        while known < rows and size < _BYTES and (batch := next(self._batches, None)) is not None:
            parts.append(batch)
            known, size = known + batch.num_rows, size + batch.nbytes
        filled = [part for part in parts if part.num_rows] or parts[:1]
        return filled[0] if len(filled) == 1 else pa.concat_batches(filled)
