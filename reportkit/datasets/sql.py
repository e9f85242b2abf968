"""The few expressions that SQL dialects spell differently, each written once."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, ColumnElement, Date, Text, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from reportkit.instants import Instant
from reportkit.specs import Period

DAY = Date().with_variant(Text(), "sqlite")


class Spelled(FunctionElement[Any]):
    """A function of one value. A subclass says how each database spells it, `{}` being the value."""

    postgresql: ClassVar[str]
    sqlite: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.inherit_cache = True  # SQLAlchemy asks every class for itself
        super().__init_subclass__()


@compiles(Spelled)
def _spell(element: Spelled, compiler: SQLCompiler, **kw: Any) -> str:
    spelling: str = getattr(element, compiler.dialect.name)
    return spelling.format(compiler.process(element.clauses, **kw))


class day_of(Spelled):  # noqa: N801 - reads as a SQL function
    """The UTC day of an instant."""

    type = DAY
    postgresql = "(({}) AT TIME ZONE 'UTC')::date"
    sqlite = "substr({}, 1, 10)"


class earlier(FunctionElement[Any]):  # noqa: N801
    """The earlier of two instants."""

    type = Instant()
    inherit_cache = True


@compiles(earlier, "postgresql")
def _(element: earlier, compiler: SQLCompiler, **kw: Any) -> str:
    return f"least({compiler.process(element.clauses, **kw)})"


@compiles(earlier, "sqlite")
def _(element: earlier, compiler: SQLCompiler, **kw: Any) -> str:
    return f"min({compiler.process(element.clauses, **kw)})"


class week_of(Spelled):  # noqa: N801
    """The Monday that starts the ISO 8601 week of a day."""

    type = DAY
    postgresql = "date_trunc('week', ({})::timestamp)::date"
    sqlite = "date({}, '-6 days', 'weekday 1')"


class day_after(Spelled):  # noqa: N801
    """The day after a day."""

    type = DAY
    postgresql = "(({}) + 1)"
    sqlite = "date({}, '+1 day')"


class start_of(Spelled):  # noqa: N801
    """The instant a UTC day starts at."""

    type = Instant()
    postgresql = "(({})::timestamp AT TIME ZONE 'UTC')"
    sqlite = "({} || 'T00:00:00.000000Z')"


class microseconds(Spelled):  # noqa: N801
    """How many have passed at an instant since 1970; whole, so that a difference is exact."""

    type = BigInteger()
    postgresql = "(extract(epoch from {}) * 1000000)::bigint"
    sqlite = "(strftime('%s', substr({0}, 1, 19)) * 1000000 + substr({0}, 21, 6))"


class listed(Spelled):  # noqa: N801
    """A JSON array of texts as one text: `pdf, html`."""

    type = Text()
    postgresql = "(SELECT string_agg(value, ', ') FROM json_array_elements_text({}) AS elements (value))"
    sqlite = "(SELECT group_concat(value, ', ') FROM json_each({}))"


class as_text(Spelled):  # noqa: N801
    """A uuid, a date or jsonb as its own text; on SQLite it is text already."""

    type = Text()
    postgresql = "({})::text"
    sqlite = "{}"


class in_byte_order(Spelled):  # noqa: N801
    """A text that sorts by its UTF-8 bytes, whatever the database's collation."""

    type = Text()
    postgresql = '({}) COLLATE "C"'
    sqlite = "{}"


class in_number_order(Spelled):  # noqa: N801
    """An exact decimal that sorts as a number; on SQLite it is text (see `databases`)."""

    type = Text()
    postgresql = "{}"
    sqlite = "reportkit_sortable({})"


class pseudonym(Spelled):  # noqa: N801
    """A keyed, stable stand-in for a text: `p_` and 80 bits of HMAC-SHA256 in hexadecimal.

    The key never stands in the statement. On PostgreSQL the session holds HMAC's two padded keys
    (RFC 2104) as settings, each read once per statement; on SQLite a function of the connection
    knows them (see `sources`).
    """

    type = Text()
    postgresql = (
        "'p_' || left(encode(sha256((SELECT decode(current_setting('reportkit.outer_key'), 'hex'))"
        " || sha256((SELECT decode(current_setting('reportkit.inner_key'), 'hex'))"
        " || convert_to(({})::text, 'UTF8'))), 'hex'), 20)"
    )
    sqlite = "reportkit_pseudonym({})"


def within(instant: ColumnElement[Any], period: Period) -> list[ColumnElement[bool]]:
    """Conditions that hold `instant` in the period; none where the period is open."""
    conditions = []
    if period.start is not None:
        conditions.append(instant >= literal(period.start, Instant()))
    if period.end is not None:
        conditions.append(instant < literal(period.end, Instant()))
    return conditions
