"""A query's rows as CSV records or JSON lines, spelled in SQL exactly as the writers spell them in Arrow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from reportkit.columns import Kind
from reportkit.datasets.postgres.statements import with_each_pseudonym_once
from reportkit.datasets.query import Query
from reportkit.datasets.sql import as_text
from reportkit.formulas import PLAIN_NUMBER, RISKY, STARTS

Value = sa.ColumnElement[Any]

_TEXTS = frozenset({Kind.TEXT, Kind.IDENTIFIER, Kind.DOCUMENT})
_ISO = 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00'
"""The session's time zone is UTC."""
_LARGEST_DECIMAL = f"{'9' * 20}.{'9' * 18}"
_FIRST_AND_LAST = {
    Kind.DATE: ("date '0001-01-01'", "date '9999-12-31'"),
    Kind.INSTANT: ("timestamptz '0001-01-01 00:00:00+00'", "timestamptz '9999-12-31 23:59:59.999999+00'"),
    Kind.DECIMAL: (f"numeric '-{_LARGEST_DECIMAL}'", f"numeric '{_LARGEST_DECIMAL}'"),
}
"""As constants: a cast of a text to an instant is done anew for each row."""
_RISKY = RISKY.replace("\x00-", "\x01-").replace("\x00", "")
"""PostgreSQL holds no NUL."""


@dataclass(frozen=True)
class Spelling:
    """One format's records."""

    options: Callable[[Query], str]
    """Of COPY."""
    records: Callable[[Query], sa.Select[Any]]
    """In the query's order."""
    alterations: Callable[[Query], Mapping[str, Value]]
    """Reason to a count of the values that the records do not hold literally."""
    suits: Callable[[Query], bool]
    """Whether every such query can be spelled so."""


def unspeakable(query: Query) -> Value:
    """A count of the dates and instants outside the years 1 to 9999, and of the decimals that no other way could hold:
    infinities are among both, and NaN, which PostgreSQL takes for the largest of numbers."""
    return _count(_outside(value, *_FIRST_AND_LAST[kind]) for kind, value in _columns(query) if kind in _FIRST_AND_LAST)


def _outside(value: Value, first: str, last: str) -> Value:
    return sa.not_(value.between(sa.literal_column(first), sa.literal_column(last)))


def _columns(query: Query) -> list[tuple[Kind, Value]]:
    return [
        (column.kind, label.element) for column, label in zip(query.schema, query.select.selected_columns, strict=True)
    ]


def _count(conditions: Any) -> Value:
    counts = [sa.func.count(sa.case((condition, 1))) for condition in conditions]
    return sum(counts, start=sa.literal(0))


# CSV


def _csv_records(query: Query) -> sa.Select[Any]:
    parts = with_each_pseudonym_once(query.select)
    fields = [
        (_guarded(value) if column.name in _risky(query) else _csv_field(column.kind, value)).label(column.name)
        for column, value in zip(query.schema, parts.values, strict=True)
    ]
    return query.select.with_only_columns(*fields).select_from(parts.rows)


def _csv_options(query: Query) -> str:
    """Spreadsheets may split a text at a semicolon or a TAB as well, and run what follows; not so if it is quoted."""
    quoted = ", ".join(f'"{name}"' for name in _risky(query))
    return f"FORMAT csv, FORCE_QUOTE ({quoted})" if quoted else "FORMAT csv"


def _csv_field(kind: Kind, value: Value) -> Value:
    match kind:
        case Kind.INSTANT:
            return sa.func.to_char(value, _ISO)
        case Kind.BOOLEAN:
            return sa.cast(value, sa.Text())
        case Kind.DECIMAL:
            return sa.func.trim_scale(sa.cast(value, sa.Numeric()))
        case _:
            return value


def _guarded(text: Value) -> Value:
    return sa.case((_would_run(text), sa.literal("'") + text), else_=text)


def _guarded_texts(query: Query) -> Mapping[str, Value]:
    texts = _risky(query).values()
    return {"guarded_texts": _count(_would_run(text) for text in texts)}


def _risky(query: Query) -> Mapping[str, Value]:
    """The columns that may hold what people typed. A mask or a pseudonym, a uuid or JSON never starts a formula."""
    return {
        name: value
        for name, (kind, value) in zip(query.schema.names, _columns(query), strict=True)
        if kind in _TEXTS and name not in query.redactions and not isinstance(_stored(value).type, sa.Uuid | JSONB)
    }


def _stored(value: Value) -> Value:
    """What stands in the table, where `value` is its text."""
    return next(iter(value.clauses)) if isinstance(value, as_text) else value


def _would_run(text: Value) -> Value:
    """Nearly every text is cleared by its first character; the patterns alone would take half of COPY's time."""
    suspicious = sa.func.ascii(text).in_([sa.literal_column(str(code)) for code in STARTS])
    return sa.and_(suspicious, text.op("~")(_RISKY), text.op("!~")(f"{PLAIN_NUMBER}$"))


# JSON lines


def _json_lines(query: Query) -> sa.Select[Any]:
    parts = with_each_pseudonym_once(query.select)
    columns = zip(query.schema, parts.values, strict=True)
    labelled = [_json_value(column.kind, value).label(column.name) for column, value in columns]
    line = sa.select(*labelled).correlate(*parts.tables).lateral("line")
    as_json = sa.func.row_to_json(sa.literal_column("line"))
    return query.select.with_only_columns(as_json).select_from(parts.rows.join(line, sa.true()))


def _json_value(kind: Kind, value: Value) -> Value:
    match kind:
        case Kind.INSTANT:
            return sa.func.to_char(value, _ISO)
        case Kind.DECIMAL:
            return sa.func.trim_scale(sa.cast(value, sa.Numeric()))
        case Kind.DOCUMENT:
            return sa.cast(_stored(value), JSONB)  # no plain json, which may hold line ends
        case _:
            return value


def _odd_numbers(query: Query) -> Mapping[str, Value]:
    """JSON has no NaN and no infinity, so these become texts."""
    numbers = [value for kind, value in _columns(query) if kind is Kind.NUMBER]
    odd: list[Value] = [sa.cast(word, sa.Double()) for word in ("NaN", "Infinity", "-Infinity")]
    return {"numbers_as_text": _count(sa.cast(value, sa.Double()).in_(odd) for value in numbers)}


def _holds_json(query: Query) -> bool:
    documents = [_stored(value) for kind, value in _columns(query) if kind is Kind.DOCUMENT]
    return all(isinstance(value.type, JSONB) for value in documents)


def _has_no_lone_null(query: Query) -> bool:
    """With one column, a NULL would be an empty line, which readers skip."""
    return len(query.schema) > 1


def _json_options(query: Query) -> str:
    """CSV with marks that JSON never holds: COPY's text format would double each backslash."""
    return "FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02'"


SPELLINGS: Mapping[str, Spelling] = {
    "csv": Spelling(_csv_options, _csv_records, _guarded_texts, _has_no_lone_null),
    "ndjson": Spelling(_json_options, _json_lines, _odd_numbers, _holds_json),
}
