"""The few expressions that SQL dialects spell differently, each written once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Date, String, Text, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from reportkit.instants import Instant
from reportkit.specs import Period


class day_of(FunctionElement[Any]):  # noqa: N801 - reads as a SQL function
    """The UTC day of an instant."""

    type = Date().with_variant(Text(), "sqlite")
    inherit_cache = True
    name = "day_of"


@compiles(day_of, "postgresql")
def _(element: day_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(({compiler.process(element.clauses, **kw)}) AT TIME ZONE 'UTC')::date"


@compiles(day_of, "sqlite")
def _(element: day_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"substr({compiler.process(element.clauses, **kw)}, 1, 10)"


class week_of(FunctionElement[Any]):  # noqa: N801
    """The Monday that starts an instant's UTC week (ISO 8601)."""

    type = Date().with_variant(Text(), "sqlite")
    inherit_cache = True
    name = "week_of"


@compiles(week_of, "postgresql")
def _(element: week_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date_trunc('week', ({compiler.process(element.clauses, **kw)}) AT TIME ZONE 'UTC')::date"


@compiles(week_of, "sqlite")
def _(element: week_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date(substr({compiler.process(element.clauses, **kw)}, 1, 10), '-6 days', 'weekday 1')"


class pseudonym(FunctionElement[Any]):  # noqa: N801
    """A keyed, stable stand-in for a text: `p_` and 80 bits of HMAC-SHA256 in hexadecimal.

    The key never stands in the statement. On PostgreSQL the session holds HMAC's two padded keys
    (RFC 2104) as settings; on SQLite a function of the connection does (see `sources`).
    """

    type = String()
    inherit_cache = True
    name = "pseudonym"


@compiles(pseudonym, "postgresql")
def _(element: pseudonym, compiler: SQLCompiler, **kw: Any) -> str:
    value = compiler.process(element.clauses, **kw)
    inner = f"sha256(decode(current_setting('reportkit.inner_key'), 'hex') || convert_to(({value})::text, 'UTF8'))"
    outer = f"sha256(decode(current_setting('reportkit.outer_key'), 'hex') || {inner})"
    return f"'p_' || left(encode({outer}, 'hex'), 20)"


@compiles(pseudonym, "sqlite")
def _(element: pseudonym, compiler: SQLCompiler, **kw: Any) -> str:
    return f"reportkit_pseudonym({compiler.process(element.clauses, **kw)})"


class as_text(FunctionElement[Any]):  # noqa: N801
    """A uuid or jsonb as its own text; on SQLite it is text already."""

    type = Text()
    inherit_cache = True
    name = "as_text"


@compiles(as_text, "postgresql")
def _(element: as_text, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)})::text"


@compiles(as_text, "sqlite")
def _(element: as_text, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


def within(instant: ColumnElement[Any], period: Period) -> list[ColumnElement[bool]]:
    """Conditions that hold `instant` in the period; none where the period is open."""
    conditions = []
    if period.start is not None:
        conditions.append(instant >= literal(period.start, Instant()))
    if period.end is not None:
        conditions.append(instant < literal(period.end, Instant()))
    return conditions
