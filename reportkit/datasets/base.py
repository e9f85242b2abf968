"""What a dataset is: a declared query with typed, described, classified columns. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Select

from reportkit.columns import Column, Schema, Sensitivity
from reportkit.errors import UnknownName
from reportkit.specs import Period

if TYPE_CHECKING:
    import pyarrow as pa

OWNER = "_owner"
"""The label every query gives to the id of the user who owns the row; never exported."""

Build = Callable[[Period], Select[tuple[object, ...]]]
Transform = Callable[["pa.RecordBatch"], "pa.RecordBatch"]


@dataclass(frozen=True)
class Shape:
    """One grouping of a dataset: its columns and the query that fills them.

    `build(period)` gives a SELECT of all `columns` but the `computed` ones, of the `inputs`, and of
    OWNER, each labelled with its name. It applies the period itself (only it knows which time counts,
    and aggregates must apply it before they group); owner rule, filters, redaction, field choice and
    order are applied around it.
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

    def __post_init__(self) -> None:
        for name in self.order:
            if self.schema[name].sensitivity is not Sensitivity.PUBLIC:
                raise ValueError(f"cannot order by {name}: it is not public")

    @property
    def schema(self) -> Schema:
        return Schema(self.columns)

    @property
    def fetched(self) -> Schema:
        """What the query gives: everything but what is computed from it, and but what is secret."""
        kept = [column for column in self.columns if column.name not in self.computed]
        return Schema.of([c for c in (*kept, *self.inputs) if c.sensitivity is not Sensitivity.SECRET])


@dataclass(frozen=True)
class Dataset:
    """A named query over the warehouse. To add one, see docs/how-to/add-a-dataset.md."""

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

    def shape(self, by: str | None) -> Shape:
        """The shape of grouping `by` (None: the first). Raises UnknownName."""
        if by is None:
            return next(iter(self.shapes.values()))
        if by not in self.shapes:
            raise UnknownName("grouping", by, self.shapes, of=self.name)
        return self.shapes[by]
