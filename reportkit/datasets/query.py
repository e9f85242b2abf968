"""From a request to one SELECT that carries every rule: owner, redaction, filters, fields, order.

The rules stand around whatever the dataset's own query says, so no dataset and no format can forget one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, UnaryExpression, Uuid, case, false, func, literal, select
from sqlalchemy.sql.selectable import Subquery

from reportkit.access import Actor, Role
from reportkit.columns import Column, Kind, Schema, Sensitivity
from reportkit.datasets.base import OWNER, SORTABLE, Cursor, Dataset, Rule, Scope, Shape, Transform
from reportkit.datasets.sql import as_text, in_byte_order, in_number_order, pseudonym, within
from reportkit.errors import BadRequest, BadValue, UnknownName
from reportkit.jobs import Mark
from reportkit.specs import DatasetRequest, ExportSpec, Period

if TYPE_CHECKING:
    import pyarrow as pa

MASK = "***"
COMPARED_AS_TEXT = frozenset({Kind.IDENTIFIER, Kind.DATE})
LARGEST_INTEGER = 2**63 - 1


class Redaction(StrEnum):
    """What was done to a column's values."""

    MASKED = "masked"
    PSEUDONYMISED = "pseudonymised"


@dataclass(frozen=True)
class Key:
    """An integer that is never empty."""

    given: ColumnElement[Any]
    """As the query has it."""
    stored: ColumnElement[Any]
    """The indexed column of the table it comes from."""


@dataclass(frozen=True)
class Query:
    """One request, ready to run. Raises at construction only; running it can only fail at the database."""

    select: Select[Any]
    """In the order asked for, and then in the dataset's own."""
    fetched: Schema
    """The columns that `select` gives."""
    schema: Schema
    """The columns that are given out, in the order asked for."""
    transform: Transform | None
    redactions: Mapping[str, Redaction]
    """Column name to what was done to it, for the columns given out."""
    taken_in: Period | None = None
    """Only rows whose cursor lies in it; None is all."""
    key: Key | None = None
    """What the rows are ordered by first, if they can be read in ranges of it, side by side."""
    compares_instants: bool = False
    """Whether they decide which rows there are, or what they add up to."""
    uncertain: Select[Any] | None = None
    """Counts the rows without a cursor: nobody could tell whether they are new. None where all are asked for."""
    declaration: str = ""
    """The dataset's."""

    @property
    def count(self) -> Select[Any]:
        """Counts the rows that `select` yields."""
        return self.over(func.count())

    def answer(self, fetched: pa.RecordBatch) -> pa.RecordBatch:
        """What is given out, of what the database gave."""
        if self.transform is None:
            return fetched
        import pyarrow as pa

        whole = self.transform(fetched)
        return pa.record_batch([whole.column(name) for name in self.schema.names], schema=self.schema.arrow())

    def over(self, *aggregates: ColumnElement[Any]) -> Select[Any]:
        """These over the rows that `select` yields."""
        return _over(self.select, *aggregates)


def _over(rows: Select[Any], *aggregates: ColumnElement[Any]) -> Select[Any]:
    return rows.with_only_columns(*aggregates, maintain_column_froms=True).order_by(None)


def build_query(dataset: Dataset, request: DatasetRequest, actor: Actor, taken_in: Period | None = None) -> Query:
    """`taken_in` keeps only the rows whose cursor lies in it. Raises UnknownName, BadValue or BadRequest before any
    work is done."""
    shape = dataset.shape(request.by)
    schema = _given_out(dataset, shape, request.fields)
    fetched = shape.fetched if shape.transform else schema
    order = _order(dataset, shape, request, actor)
    rules = {**_owner_rule(actor), **_filters(dataset, shape, request, actor)}
    cursor = [shape.cursor.column] if shape.cursor else []
    scope = Scope(request.period, rules, frozenset({*fetched.names, *rules, *order, *cursor}))
    rows = shape.build(scope).subquery("dataset")
    if OWNER not in rows.c:
        raise ValueError(f"the query of {dataset.name} does not say who owns its rows; label a column {OWNER}")
    redactions = {c.name: r for c in fetched if (r := redaction_of(c, actor)) is not None}
    statement = (
        select(*[_given(column, rows, redactions.get(column.name)).label(column.name) for column in fetched])
        .where(*[rule(rows.c[name]) for name, rule in rules.items()])
        .order_by(*[_sorted_by(shape.schema[name].kind, rows.c[name], down) for name, down in order.items()])
    )
    uncertain = None
    if taken_in is not None:
        taken = rows.c[_cursor(dataset, request.by).column]
        uncertain = _over(statement.where(taken.is_(None)), func.count().label(taken.name))
        statement = statement.where(*within(taken, taken_in))
    shown = {name: how for name, how in redactions.items() if name in schema}
    key = None if shape.key is None or request.sort else Key(rows.c[shape.order[0]], shape.key)
    compares_instants = shape.compares_instants or request.period != Period() or taken_in is not None
    return Query(
        select=statement,
        fetched=fetched,
        schema=schema,
        transform=shape.transform,
        redactions=shown,
        taken_in=taken_in,
        key=key,
        compares_instants=compares_instants,
        uncertain=uncertain,
        declaration=dataset.declaration,
    )


def export_query(dataset: Dataset, asked: ExportSpec, actor: Actor, last: Mark | None, taken_at: datetime) -> Query:
    """Of an export in a snapshot `taken_at`: of all rows or, where asked for, of those new since `last`.

    Raises UnknownName, BadValue or BadRequest.
    """
    if not asked.since_last:
        return build_query(dataset, asked.request, actor)
    window = _cursor(dataset, asked.request.by).window(last.until if last else None, taken_at)
    return build_query(dataset, asked.request, actor, window)


def _cursor(dataset: Dataset, by: str | None) -> Cursor:
    """Raises BadRequest where the dataset has none."""
    if (cursor := dataset.shape(by).cursor) is None:
        raise BadRequest(
            f"{dataset.name} cannot tell which rows are new: it adds rows up, or declares no cursor; ask for all"
        )
    return cursor


def redaction_of(column: Column, actor: Actor) -> Redaction | None:
    """What `actor` gets of this column: None is the clear value. Secret columns never come this far."""
    if column.sensitivity is Sensitivity.PUBLIC or actor.role is Role.ADMIN:
        return None
    return Redaction.PSEUDONYMISED if actor.role is Role.ANALYST else Redaction.MASKED


def _given_out(dataset: Dataset, shape: Shape, fields: tuple[str, ...] | None) -> Schema:
    if fields is None:
        return shape.open
    for name in fields:
        if name in shape.open:
            continue
        if name in shape.schema:
            raise BadRequest(f"{dataset.name}.{name} is secret and never leaves the database; leave it out")
        raise UnknownName("field", name, shape.open.names, of=dataset.name)
    return Schema.of([shape.open[name] for name in fields])


def _owner_rule(actor: Actor) -> Mapping[str, Rule]:
    return {} if actor.sees_all else {OWNER: partial(_is, actor.id)}


def _is(user: str, owner: ColumnElement[Any]) -> ColumnElement[bool]:
    """Where the database knows uuids they are compared as such, for then it knows how many rows are theirs."""
    if not isinstance(owner.type, Uuid):
        return as_text(owner) == user
    try:
        return owner == str(UUID(user))
    except ValueError:
        return false()


def _filters(dataset: Dataset, shape: Shape, request: DatasetRequest, actor: Actor) -> Mapping[str, Rule]:
    known = {name: shape.stored[name] for name in dataset.filters if name in shape.stored}
    rules: dict[str, Rule] = {}
    for name, values in request.filters.items():
        if name not in known:
            raise UnknownName("filter", name, known, of=dataset.name)
        if redaction_of(known[name], actor) is not None:
            raise BadRequest(f"{dataset.name}.{name} is personal: a {actor.role} cannot filter by it; leave it out")
        rules[name] = partial(_one_of, known[name].kind, [_parse(known[name], value) for value in values])
    return rules


def _one_of(kind: Kind, values: list[Any], column: ColumnElement[Any]) -> ColumnElement[bool]:
    compared = as_text(column) if kind in COMPARED_AS_TEXT and not isinstance(column.type, Uuid) else column
    return compared.in_(values)


def _order(dataset: Dataset, shape: Shape, request: DatasetRequest, actor: Actor) -> Mapping[str, bool]:
    """Column name to whether it is sorted down: what was asked for, then the dataset's own."""
    asked = {name.removeprefix("-"): name.startswith("-") for name in request.sort}
    known = {column.name: column for column in shape.stored if column.kind in SORTABLE}
    for name in asked:
        if name not in known:
            raise UnknownName("sortable column", name, known, of=dataset.name)
        if redaction_of(known[name], actor) is not None:
            raise BadRequest(f"{dataset.name}.{name} is personal: a {actor.role} cannot sort by it; leave it out")
    return {**asked, **{name: False for name in shape.order if name not in asked}}


def _sorted_by(kind: Kind, value: ColumnElement[Any], down: bool) -> UnaryExpression[Any]:
    """The same in every database, empty values last."""
    spelled = {Kind.TEXT: in_byte_order, Kind.DECIMAL: in_number_order}.get(kind)
    key = spelled(value) if spelled else value
    return (key.desc() if down else key.asc()).nulls_last()


def _given(column: Column, rows: Subquery, redaction: Redaction | None) -> ColumnElement[Any]:
    value = rows.c[column.name]
    clear = as_text(value) if column.kind in (Kind.IDENTIFIER, Kind.DOCUMENT) else value
    if redaction is None:
        return clear
    hidden = literal(MASK) if redaction is Redaction.MASKED else pseudonym(clear)
    return case((value.is_not(None), hidden))


def _parse(column: Column, value: str) -> Any:
    """The value as its column's type, so that a typing error is told and not answered with an empty file."""
    try:
        return PARSERS[column.kind](value)
    except (ValueError, KeyError):
        raise BadValue(column.name, value, f"is not {_article(column.kind)}") from None


def _text(value: str) -> str:
    """Databases hold neither NUL nor half a surrogate pair, and say so too late and too oddly."""
    if "\0" in value:
        raise ValueError(value)
    return value.encode().decode()


def _integer(value: str) -> int:
    number = int(value)
    if abs(number) > LARGEST_INTEGER:
        raise ValueError(value)
    return number


PARSERS: Mapping[Kind, Callable[[str], Any]] = {
    Kind.TEXT: _text,
    Kind.IDENTIFIER: lambda value: str(UUID(value)),
    Kind.INTEGER: _integer,
    Kind.BOOLEAN: lambda value: {"true": True, "false": False}[value.lower()],
    Kind.DATE: lambda value: date.fromisoformat(value).isoformat(),
}


def _article(kind: Kind) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
