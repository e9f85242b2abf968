"""Instants as the clocks of a time zone show them.

The offsets are `zoneinfo`'s, because Arrow's own end in 2037: it knows no summer time after that.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

_SECOND = 1_000_000
_HOUR = 3600 * _SECOND
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = (datetime(1, 1, 3, tzinfo=UTC) - _1970) // timedelta(microseconds=1)
_LAST = (datetime(9999, 12, 29, tzinfo=UTC) - _1970) // timedelta(microseconds=1)
"""Between these every zone's clocks show one of the years 1 to 9999."""


def offsets(instants: pa.Array, zone: tzinfo) -> pa.Array:
    """How far clocks are ahead of UTC, as durations; 0 on the calendar's first and last days, lest they leave it."""
    hours = pc.floor_temporal(instants, unit="hour").cast(pa.int64()).dictionary_encode()
    through = pa.array([_offset_through_hour(zone, hour) for hour in hours.dictionary.to_pylist()], pa.int64())
    found = through.take(hours.indices)
    changing = pc.and_(pc.is_valid(instants), pc.is_null(found))
    exact = [_offset(zone, instant) for instant in instants.filter(changing).cast(pa.int64()).to_pylist()]
    return pc.replace_with_mask(found, changing, pa.array(exact, pa.int64())).cast(pa.duration("us"))


def on_clocks(instants: pa.Array, offsets: pa.Array) -> pa.Array:
    """What clocks show that are so far ahead of UTC, as timestamps without a zone."""
    return pc.add(instants.cast(pa.timestamp("us")), offsets)


def spelled_offsets(offsets: pa.Array) -> pa.Array:
    """`+02:00`; before standard time, when each place had its own, with seconds (`+00:53:28`)."""
    known = offsets.cast(pa.int64()).dictionary_encode()
    texts = pa.array([_spelled(offset // _SECOND) for offset in known.dictionary.to_pylist()], pa.string())
    return texts.take(known.indices)


@lru_cache(maxsize=100_000)
def _offset_through_hour(zone: tzinfo, hour: int) -> int | None:
    """None where clocks change within the hour."""
    first = _offset(zone, hour)
    return first if _offset(zone, hour + _HOUR) == first else None


def _offset(zone: tzinfo, microseconds: int) -> int:
    if not _FIRST <= microseconds <= _LAST:
        return 0
    instant = _1970 + timedelta(microseconds=microseconds)
    return (instant.astimezone(zone).utcoffset() or timedelta()) // timedelta(microseconds=1)


def _spelled(seconds: int) -> str:
    minutes, rest = divmod(abs(seconds), 60)
    text = f"{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{rest:02}" if rest else text
