"""Records by COPY: of a large answer, two connections each send every other part of the key range, in one snapshot.

The parts are taken in turn, so the file is in the query's order; how many rows each has is known from the survey.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from typing import Any

import sqlalchemy as sa

from reportkit.datasets.ahead import ahead
from reportkit.datasets.databases import Postgresql
from reportkit.datasets.postgres.key_range import halves
from reportkit.datasets.postgres.protocol import copy_out
from reportkit.datasets.postgres.sessions import set_local
from reportkit.datasets.postgres.spelling import Spelling
from reportkit.datasets.postgres.statements import literal
from reportkit.datasets.postgres.survey import Survey
from reportkit.datasets.query import Query
from reportkit.datasets.sources import Snapshot

RECORDS_PER_PIECE = 8192
PIECES_AHEAD = 2

Pieces = Iterator[list[bytes]]


@dataclass(frozen=True)
class Copy:
    """COPY of one query's records from one snapshot."""

    snapshot: Snapshot
    database: Postgresql
    query: Query
    spelling: Spelling

    def whole(self) -> Pieces:
        """Raises WarehouseUnavailable, DeadlineExceeded or Cancelled, also in mid-stream."""
        yield from self._start(self.snapshot.connection, sa.true(), repeat(RECORDS_PER_PIECE))

    def side_by_side(
        self,
        connections: Sequence[sa.Connection],
        survey: Survey,
        part: sa.ColumnElement[Any],
        settings: Mapping[str, str],
    ) -> Pieces:
        """The same, over two connections with these settings."""
        turns = [(number % 2, size) for number, rows in survey.parts for size in _sizes(rows)]
        for connection in connections:
            set_local(connection, settings, self.snapshot.watch)
        streams = [
            self._start(connection, half, chain([size for of, size in turns if of == number], repeat(1)))
            for number, (connection, half) in enumerate(zip(connections, halves(part), strict=True))
        ]
        for of, _ in turns:
            yield next(streams[of], [])

    def _start(self, connection: sa.Connection, part: sa.ColumnElement[bool], sizes: Iterable[int]) -> Pieces:
        records = literal(connection, self.spelling.records(self.query).where(part))
        copy = f"COPY ({records}) TO STDOUT ({self.spelling.options(self.query)})"
        pieces = copy_out(connection, copy, sizes, self.snapshot.watch)
        stop = partial(self.database.interrupt, connection.connection.driver_connection)
        return self.snapshot.stack.enter_context(ahead(pieces, PIECES_AHEAD, stop))


def _sizes(rows: int) -> Iterator[int]:
    """Of the pieces that a part is sent in."""
    while rows > 0:
        yield min(rows, RECORDS_PER_PIECE)
        rows -= RECORDS_PER_PIECE
