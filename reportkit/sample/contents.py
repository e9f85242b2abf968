"""All rows of a sample warehouse, as one stream of blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from reportkit.sample import acts, definitions, events, flags, oddities, people
from reportkit.sample.audit import AuditLog
from reportkit.sample.canonical import Block
from reportkit.sample.scale import Scale


class Contents:
    """What a warehouse of this scale holds. Only one block at a time is in memory."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        staff = people.users(scale)
        switches = flags.flags(scale, staff)
        self._small = [*people.blocks(scale, staff), flags.block(switches), *definitions.blocks(scale)]
        self._oddities = oddities.blocks(scale)
        self._slices = acts.slices(scale)
        self._audit_log = AuditLog(scale, staff, switches)

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows each table will have."""
        counts = Counter({"audit_logs": self._audit_log.count})
        for block in (*self._small, *self._oddities):
            counts[block.table.name] += block.count
        for piece in self._slices:
            counts["assignments"] += len(piece.people)
            counts["events"] += len(piece.event_ids)
        return counts

    def blocks(self) -> Iterator[Block]:
        """In an order that respects foreign keys, and with events in the order of their ids."""
        yield from self._small
        for piece in self._slices:
            yield from events.blocks(self._scale, piece)
        yield from self._oddities
        yield from self._audit_log.blocks()
