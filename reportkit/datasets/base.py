"""What a dataset is: a declared query with typed, described, classified columns. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, FromClause, Select, select

from reportkit.columns import Chart, Column, Kind, Schema, Sensitivity
from reportkit.errors import UnknownName
from reportkit.specs import Period

if TYPE_CHECKING:
    import pyarrow as pa

OWNER = "_owner"
"""The label every query gives to the id of the user who owns the row; never exported."""

FILTERABLE = frozenset({Kind.TEXT, Kind.IDENTIFIER, Kind.INTEGER, Kind.BOOLEAN, Kind.DATE})
"""Kinds for which equality means something; numbers, decimals and documents are not among them."""

SORTABLE = frozenset(Kind) - {Kind.DOCUMENT}
"""Kinds that have an order."""

Rows = Select[*tuple[Any, ...]]
"""A SELECT of whatever columns."""

Rule = Callable[[ColumnElement[Any]], ColumnElement[bool]]
"""From a column to the condition that its rows must meet."""


class Home(StrEnum):
    """The database that a dataset's rows live in."""

    WAREHOUSE = "warehouse"
    """The platform's."""
    CATALOG = "catalog"
    """Ours, of what was made with reportkit."""


@dataclass(frozen=True)
class Scope:
    """What of its database a dataset's own query needs to look at."""

    period: Period
    rules: Mapping[str, Rule]
    """Column name (or OWNER) to the rule about it: the owner rule and the filters asked for."""
    columns: frozenset[str]
    """Those that anything is done with. A dataset may leave out the others, and the tables that only they need; which
    rows there are must not depend on it."""

    def conditions(self, rows: FromClause) -> list[ColumnElement[bool]]:
        """The rules about the columns that `rows` has."""
        return [rule(rows.c[name]) for name, rule in self.rules.items() if name in rows.c]

    def narrow(self, query: Rows) -> Rows:
        """`query` without the rows that the rules would drop later anyway.

        For datasets that aggregate: narrowing the small table they start from (experiments, users)
        keeps them from adding up what nobody asked for. It saves work and is never what protects:
        all rules are applied again around the dataset's answer.
        """
        rows = query.subquery()
        return select(rows).where(*self.conditions(rows))


Build = Callable[[Scope], Rows]
Transform = Callable[["pa.RecordBatch"], "pa.RecordBatch"]


@dataclass(frozen=True)
class Cursor:
    """By what incremental exports know a new row: the time it was taken in, and never the time it is about."""

    column: str
    """Of instants, never empty."""
    lag: timedelta
    """How long after this time a row may still be committed."""

    def window(self, since: datetime | None, taken_at: datetime) -> Period:
        """Which rows of a snapshot `taken_at` are new `since` then (None: from the beginning), and complete: whatever
        may still be committed with such a time is left to the next window, so none is lost and none comes twice."""
        until = taken_at - self.lag
        return Period(since, until if since is None else max(since, until))


@dataclass(frozen=True)
class Shape:
    """One grouping of a dataset: its columns and the query that fills them.

    `build(scope)` gives a SELECT of all `columns` but the `computed` and the secret ones, of the
    `inputs`, and of OWNER, each labelled with its name; columns that `scope` does not name may be missing. It applies
    the period itself (only it knows which time counts, and aggregates must apply it before they group); owner rule,
    filters, redaction, field choice and order are applied around it.
    """

    columns: tuple[Column, ...]
    build: Build
    order: tuple[str, ...]
    """Columns that make the order total; never a personal one, for its order would tell."""
    inputs: tuple[Column, ...] = ()
    """What `transform` needs beside the columns; not given to anyone."""
    computed: frozenset[str] = frozenset()
    """Columns that `transform` fills."""
    transform: Transform | None = None
    """Record batch of fetched columns -> record batch of `columns`, row for row."""
    charts: tuple[Chart, ...] = ()
    """For formats that draw."""
    key: ColumnElement[Any] | None = None
    """The warehouse's column that fills the first of `order`, if it is an indexed integer and never empty: then a large
    answer is read in ranges of it, side by side."""
    cursor: Cursor | None = None
    """None where rows are added up: then none is ever new, and incremental exports are refused."""
    compares_instants: bool = False
    """Whether they decide which rows there are, or what they add up to, also where no dates are asked for."""

    def __post_init__(self) -> None:
        for name in (*self.order, *self.computed):
            if self.schema[name].sensitivity is not Sensitivity.PUBLIC:
                raise ValueError(f"{name} is not public: it can be neither ordered by nor computed")
        for column in self.inputs:
            if column.sensitivity is not Sensitivity.PUBLIC:
                raise ValueError(f"{column.name} is not public: nothing may be computed from it")
        if self.cursor and self.stored[self.cursor.column].kind is not Kind.INSTANT:
            raise ValueError(f"{self.cursor.column} holds no instants: it cannot be a cursor")

    @property
    def schema(self) -> Schema:
        return Schema(self.columns)

    @property
    def open(self) -> Schema:
        """The columns that may leave the database."""
        return Schema.of([column for column in self.columns if column.sensitivity is not Sensitivity.SECRET])

    @property
    def stored(self) -> Schema:
        """The open columns that the query itself fills; these can be filtered and sorted by."""
        return Schema.of([column for column in self.open if column.name not in self.computed])

    @property
    def fetched(self) -> Schema:
        """What the query gives where a transform follows."""
        return Schema.of([*self.stored, *self.inputs])


@dataclass(frozen=True)
class Dataset:
    """A named query over one database. To add one, see docs/how-to/add-a-dataset.md."""

    name: str
    title: str
    description: str
    owner: str
    """In one sentence, who owns a row."""
    period: str
    """In one sentence, which time the date range is about."""
    shapes: Mapping[str, Shape]
    """Grouping name to shape; the first is the default."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Column name to what filtering by it means. Each tests equality, or one of several values."""
    home: Home = Home.WAREHOUSE
    declaration: str = ""
    """SHA-256 of what a team's file says of its rows; empty for our own datasets, whose marks outlive an upgrade."""

    def __post_init__(self) -> None:
        columns = [column for shape in self.shapes.values() for column in shape.stored]
        filterable = {column.name for column in columns if column.kind in FILTERABLE}
        if unknown := sorted(self.filters.keys() - filterable):
            raise ValueError(f"{self.name} cannot be filtered by {', '.join(unknown)}")

    def shape(self, by: str | None) -> Shape:
        """The shape of grouping `by` (None: the first). Raises UnknownName."""
        if by is None:
            return next(iter(self.shapes.values()))
        if by not in self.shapes:
            raise UnknownName("grouping", by, self.shapes, of=self.name)
        return self.shapes[by]
