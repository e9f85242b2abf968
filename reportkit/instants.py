"""Instants: always aware, always UTC, and one text form that sorts as they do. No I/O."""

from __future__ import annotations

import difflib
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from reportkit.errors import BadValue


def to_text(instant: datetime) -> str:
    """`2026-01-31T23:59:59.123456Z`: fixed width, so that text order is time order."""
    utc = instant.astimezone(UTC)
    return f"{utc.year:04}-{utc:%m-%dT%H:%M:%S.%f}Z"


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def time_zone(name: str) -> tzinfo:
    """The IANA time zone of this name. Raises BadValue, which names the nearest."""
    if name == "UTC":
        return UTC
    known = zoneinfo.available_timezones()
    if name in known:
        return zoneinfo.ZoneInfo(name)
    places = {_place(zone): zone for zone in sorted(known, reverse=True)}
    near = difflib.get_close_matches(_place(name), places, n=1, cutoff=0.7)
    hint = f"did you mean {places[near[0]]}?" if near else "write one such as Europe/Berlin"
    raise BadValue("zone", name, f"is no IANA time zone; {hint}")


def _place(zone: str) -> str:
    """`berlin` of `Europe/Berlin`: what people remember."""
    return zone.rpartition("/")[2].replace(" ", "_").lower()


def parse_moment(what: str, value: str | date | datetime, *, zone: tzinfo = UTC, end_of_day: bool = False) -> datetime:
    """An instant from what people write: a day of `zone` (its start, or with `end_of_day` the start of the
    next, so that the day itself is included) or an ISO 8601 time (of `zone` where no offset is given).

    Raises BadValue.
    """
    try:
        given = _day_or_time(value.strip()) if isinstance(value, str) else value
        if isinstance(given, datetime):
            return (given if given.tzinfo else _shown_once(what, given, zone)).astimezone(UTC)
        if isinstance(given, date):
            day = given + timedelta(days=1 if end_of_day else 0)
            return datetime.combine(day, time.min, zone).astimezone(UTC)
    except OverflowError:
        raise BadValue(what, value, "reaches beyond the years 1 to 9999; leave it out to ask for all") from None
    except ValueError:
        pass
    raise BadValue(what, value, "write a day such as 2026-01-31 or a time such as 2026-01-31T09:30:00+01:00")


def _shown_once(what: str, value: datetime, zone: tzinfo) -> datetime:
    """Raises BadValue for a time that the clocks of `zone` skip or show twice that day."""
    first, second = (value.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise BadValue(what, str(value), f"the clocks of {zone} change then; add the offset, such as +01:00")
    return first


def _day_or_time(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text)  # first: for `datetime` a day such as 20260131 is a midnight
    except ValueError:
        return datetime.fromisoformat(text)


class Instant(TypeDecorator[datetime]):
    """A column of instants: timestamptz on PostgreSQL, `to_text` form on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return to_text(value) if dialect.name == "sqlite" and isinstance(value, datetime) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if isinstance(value, str):
            return from_text(value)
        return value.astimezone(UTC) if isinstance(value, datetime) else None
