"""Instants: always aware, always UTC, and one text form that sorts as they do. No I/O."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
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


def parse_moment(what: str, value: str | date | datetime, *, end_of_day: bool = False) -> datetime:
    """An instant from what people write: a day (its start, or with `end_of_day` the start of the
    next, so that the day itself is included) or an ISO 8601 time (UTC where no offset is given).

    Raises BadValue.
    """
    try:
        if isinstance(value, str):
            value = _day_or_time(value.strip())
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, date):
            return datetime.combine(value, time.min, UTC) + timedelta(days=1 if end_of_day else 0)
    except (ValueError, OverflowError):
        pass
    raise BadValue(what, value, "write a day such as 2026-01-31 or a time such as 2026-01-31T09:30:00+01:00")


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
