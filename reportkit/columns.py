"""Columns and schemas: what datasets give and writers take. No I/O.

A column is declared once, with its kind, unit, meaning and sensitivity. Everything that needs types
(Arrow batches, XLSX cells, documentation) reads them here, never from the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


class Kind(StrEnum):
    """What a column's values are. Each kind has one Arrow type (see `arrow_type`)."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    INTEGER = "integer"
    NUMBER = "number"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    DOCUMENT = "document"


class Sensitivity(StrEnum):
    """Who may see a column's values."""

    PUBLIC = "public"
    """Shown to all."""
    PERSONAL = "personal"
    """Masked for a viewer, pseudonymised for an analyst, clear for an admin."""
    SECRET = "secret"  # noqa: S105
    """Never leaves the database."""


REDACTABLE = frozenset({Kind.TEXT, Kind.IDENTIFIER})


@dataclass(frozen=True)
class Column:
    """One column of a dataset."""

    name: str
    kind: Kind
    description: str
    unit: str | None = None
    """What one counts: `users`, `USD`, `share` (0 to 1), `seconds`. None where there is none."""
    sensitivity: Sensitivity = Sensitivity.PUBLIC

    def __post_init__(self) -> None:
        if self.sensitivity is Sensitivity.PERSONAL and self.kind not in REDACTABLE:
            raise ValueError(f"personal column {self.name} must hold text, so that it can be redacted")


@dataclass(frozen=True)
class Schema:
    """The columns of one answer, in order."""

    columns: tuple[Column, ...]

    @classmethod
    def of(cls, columns: Sequence[Column]) -> Schema:
        return cls(tuple(columns))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def arrow(self) -> pa.Schema:
        """Each field says its column's kind in its metadata, for kinds share types."""
        import pyarrow as pa

        return pa.schema(
            [pa.field(column.name, arrow_type(column.kind), metadata={"kind": column.kind}) for column in self.columns]
        )


def arrow_type(kind: Kind) -> pa.DataType:
    """text, identifier (lower case, dashes) and document (JSON text) are strings; instants are
    microseconds in UTC; decimals have 38 digits, 18 of them after the point."""
    import pyarrow as pa

    return {
        Kind.TEXT: pa.string(),
        Kind.IDENTIFIER: pa.string(),
        Kind.INTEGER: pa.int64(),
        Kind.NUMBER: pa.float64(),
        Kind.DECIMAL: pa.decimal128(38, 18),
        Kind.BOOLEAN: pa.bool_(),
        Kind.DATE: pa.date32(),
        Kind.INSTANT: pa.timestamp("us", tz="UTC"),
        Kind.DOCUMENT: pa.string(),
    }[kind]


class ChartKind(StrEnum):
    BARS = "bars"
    """One bar a row; the rows of one series stand together."""
    LINES = "lines"
    """One line a series, over the rows in their order."""


@dataclass(frozen=True)
class Chart:
    """A chart of a dataset's rows that spreadsheets draw natively. Names are of columns."""

    kind: ChartKind
    title: str
    category: str
    """What stands along the axis: `variant`, `day`."""
    value: str
    series: tuple[str, ...] = ()
    """Rows with equal values in these belong to one series; such rows follow each other."""
    low: str | None = None
    high: str | None = None
    """Ends of the error bar around `value`."""


@dataclass(frozen=True)
class Native:
    """Records of a file format as the database itself wrote them."""

    pieces: Iterator[Sequence[bytes | memoryview]]
    """Whole records, each with its line end, some thousands at a time."""
    alterations: Mapping[str, int]
    """How many values the records do not hold literally, by reason (`writers.base.Alteration`)."""


class Source(Protocol):
    """The answer to one dataset request: typed, streamed, in constant memory."""

    @property
    def schema(self) -> Schema: ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Record batches of `schema.arrow()`, at most a few thousand rows each; none for an empty answer."""
        ...

    def native(self, format: str) -> Native | None:
        """The records of `csv`, or the lines of `ndjson`, where the database writes them itself; else None.

        They read back to the same values as what a writer makes of `batches`.
        """
        ...
