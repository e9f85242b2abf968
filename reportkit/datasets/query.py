"""From a request to one SELECT that carries every rule: owner, redaction, filters, fields, order.

The rules stand around whatever the dataset's own query says, so no dataset and no format can forget one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, literal, select
from sqlalchemy.sql.selectable import Subquery

from reportkit import instants
from reportkit.access import Actor, Role
from reportkit.columns import Column, Kind, Schema, Sensitivity
from reportkit.datasets.base import OWNER, Dataset, Shape, Transform
from reportkit.datasets.sql import as_text, pseudonym
from reportkit.errors import BadRequest, BadValue, UnknownName
from reportkit.specs import DatasetRequest

MASK = "***"


class Redaction(StrEnum):
    """What was done to a column's values."""

    MASKED = "masked"
    PSEUDONYMISED = "pseudonymised"


@dataclass(frozen=True)
class Query:
    """One request, ready to run. Raises at construction only; running it can only fail at the database."""

    select: Select[Any]
    """In the dataset's order."""
    fetched: Schema
    """The columns that `select` gives."""
    schema: Schema
    """The columns that are given out, in the order asked for."""
    transform: Transform | None
    redactions: Mapping[str, Redaction]
    """Column name to what was done to it, for the columns given out."""

    @property
    def count(self) -> Select[Any]:
        """Counts the rows that `select` yields."""
        return select(func.count()).select_from(self.select.order_by(None).subquery("counted"))


def build_query(dataset: Dataset, request: DatasetRequest, actor: Actor) -> Query:
    """Raises UnknownName, BadValue or BadRequest before any work is done."""
    shape = dataset.shape(request.by)
    schema = _given_out(dataset, shape, request.fields)
    fetched = shape.fetched if shape.transform else schema
    inner = shape.build(request.period).subquery("dataset")
    redactions = {c.name: r for c in fetched if (r := redaction_of(c, actor)) is not None}
    statement = (
        select(*[_given(column, inner, redactions.get(column.name)).label(column.name) for column in fetched])
        .where(*_owner_rule(inner, actor), *_filters(dataset, shape, inner, request, actor))
        .order_by(*[inner.c[name] for name in shape.order])
    )
    shown = {name: how for name, how in redactions.items() if name in schema}
    return Query(statement, fetched, schema, shape.transform, shown)


def redaction_of(column: Column, actor: Actor) -> Redaction | None:
    """What `actor` gets of this column: None is the clear value. Secret columns never come this far."""
    if column.sensitivity is Sensitivity.PUBLIC or actor.role is Role.ADMIN:
        return None
    return Redaction.PSEUDONYMISED if actor.role is Role.ANALYST else Redaction.MASKED


def _given_out(dataset: Dataset, shape: Shape, fields: tuple[str, ...] | None) -> Schema:
    open_columns = {c.name: c for c in shape.columns if c.sensitivity is not Sensitivity.SECRET}
    if fields is None:
        return Schema.of(list(open_columns.values()))
    for name in fields:
        if name in open_columns:
            continue
        if name in shape.schema:
            raise BadRequest(f"{dataset.name}.{name} is secret and never leaves the database; leave it out")
        raise UnknownName("field", name, open_columns, of=dataset.name)
    return Schema.of([open_columns[name] for name in fields])


def _owner_rule(inner: Subquery, actor: Actor) -> list[ColumnElement[bool]]:
    if actor.sees_all:
        return []
    return [as_text(inner.c[OWNER]) == actor.id]


def _given(column: Column, inner: Subquery, redaction: Redaction | None) -> ColumnElement[Any]:
    value = inner.c[column.name]
    clear = as_text(value) if column.kind in (Kind.IDENTIFIER, Kind.DOCUMENT) else value
    if redaction is None:
        return clear
    hidden = literal(MASK) if redaction is Redaction.MASKED else pseudonym(clear)
    return case((value.is_not(None), hidden))


def _filters(
    dataset: Dataset, shape: Shape, inner: Subquery, request: DatasetRequest, actor: Actor
) -> list[ColumnElement[bool]]:
    known = {name: shape.schema[name] for name in dataset.filters if name in shape.schema}
    conditions = []
    for name, values in request.filters.items():
        if name not in known:
            raise UnknownName("filter", name, known, of=dataset.name)
        if redaction_of(known[name], actor) is not None:
            raise BadRequest(f"{dataset.name}.{name} is personal: a {actor.role} cannot filter by it")
        parsed = [_parse(known[name], value) for value in values]
        conditions.append(as_text(inner.c[name]).in_(parsed) if _is_text(known[name]) else inner.c[name].in_(parsed))
    return conditions or []


def _is_text(column: Column) -> bool:
    return column.kind is Kind.IDENTIFIER


def _parse(column: Column, value: str) -> Any:
    """The value as its column's type, so that a typing error is told and not an empty file."""
    try:
        match column.kind:
            case Kind.TEXT:
                return value
            case Kind.IDENTIFIER:
                return str(UUID(value))
            case Kind.INTEGER:
                return int(value)
            case Kind.NUMBER:
                return float(value)
            case Kind.DECIMAL:
                return Decimal(value)
            case Kind.BOOLEAN:
                return {"true": True, "false": False}[value.lower()]
            case Kind.DATE:
                return date.fromisoformat(value)
            case Kind.INSTANT:
                return instants.parse_moment(column.name, value)
            case Kind.DOCUMENT:
                raise BadValue(column.name, value, "a document cannot be filtered by")
    except (ValueError, KeyError, InvalidOperation):
        raise BadValue(column.name, value, f"is not {_article(column.kind)}") from None


def _article(kind: Kind) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
