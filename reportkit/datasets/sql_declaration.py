"""What a team's `.sql` file declares: its first comment lines, which without their dashes are one TOML document."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reportkit.columns import Column, Kind, Schema, Sensitivity
from reportkit.datasets.base import FILTERABLE, Cursor
from reportkit.datasets.sql_checks import Fault
from reportkit.errors import UnknownName

NAME = re.compile(r"[a-z][a-z0-9_]*")
TOP = re.compile(r"\s*((?:--[^\n]*(?:\n|\Z))+)")
LONGEST_LAG = 366 * 86_400
ENTRIES = {
    "title": str,
    "description": str,
    "owner": str,
    "owner_column": str,
    "admins_only": bool,
    "period": str,
    "period_column": str,
    "cursor": dict,
    "order": list,
    "columns": dict,
    "filters": dict,
}
COLUMN_ENTRIES = {"kind": str, "description": str, "unit": str, "sensitivity": str}
WORDS: Mapping[type, str] = {str: "a text", bool: "true", int: "a whole number", list: "a list", dict: "a table"}


@dataclass(frozen=True)
class Declaration:
    """The entries, each as `Dataset` and `Shape` take it."""

    title: str
    description: str
    owner: str
    owner_column: str | None
    """None: only admins get rows."""
    period: str
    period_column: str | None
    """None: the dataset knows no dates."""
    cursor: Cursor | None
    order: tuple[str, ...]
    columns: Schema
    filters: Mapping[str, str]

    @property
    def open(self) -> list[Column]:
        """The columns that may leave the database."""
        return _open(self.columns)

    @classmethod
    def read(cls, text: str) -> Declaration:
        """Of a file with this text. Raises Fault."""
        entries = Entries(text, _toml(text), ENTRIES)
        columns = _columns(entries)
        owner, owner_column = _owner(entries)
        period, period_column = _period(entries, columns)
        return cls(
            title=entries.get("title"),
            description=entries.get("description"),
            owner=owner,
            owner_column=owner_column,
            period=period,
            period_column=period_column,
            cursor=_cursor(entries, columns),
            order=_order(entries, columns),
            columns=columns,
            filters=_filters(entries, columns),
        )


@dataclass(frozen=True)
class Entries:
    """One TOML table of a file, of which each entry has its type."""

    text: str
    table: Mapping[str, Any]
    types: Mapping[str, type]
    of: str = ""
    """The entry that holds the table, if it is not the document itself."""

    def __post_init__(self) -> None:
        for name, value in self.table.items():
            if name not in self.types:
                raise self.fault(name, str(UnknownName("entry", name, self.types, of=self.of or "the declaration")))
            if not isinstance(value, self.types[name]) or value in ("", [], False):
                raise self.fault(name, f"{self._path(name)} must be {WORDS[self.types[name]]}, and not empty")

    def get(self, name: str, default: Any = None) -> Any:
        """Raises Fault where there is neither the entry nor a default."""
        value = self.table.get(name, default)
        if value is None:
            raise self.fault("", f"{self._path(name)} is missing; add it")
        return value

    def one_of(self, entry: str, name: object, known: Iterable[str], what: str) -> str:
        """`name`, which `entry` holds. Raises Fault unless it is one of `known`, which are `what`."""
        known = list(known)
        if name not in known:
            listed = ", ".join(known) or "there are none"
            raise self.fault(entry, f"{self._path(entry)} names {name!r}, which is none of {what}: {listed}")
        return str(name)

    def fault(self, entry: str, why: str) -> Fault:
        """With the line that `entry` begins on, or else what holds it."""
        position = 0
        for name in self._path(entry).split("."):
            place = re.compile(rf'^--\s*\[?(\w+\.)?"?{re.escape(name)}\b', re.MULTILINE)
            found = place.search(self.text, position) if name else None
            position = found.start() if found else position
        return Fault.at(self.text, position, why)

    def _path(self, name: str) -> str:
        return f"{self.of}.{name}" if self.of else name


def _toml(text: str) -> dict[str, Any]:
    """Blank lines above count, so that an error names the file's own line."""
    top = TOP.match(text)
    if top is None:
        raise Fault(1, 'there is no declaration; begin with comment lines such as `-- title = "Sign-ups"`')
    try:
        return tomllib.loads(re.sub("^--", "", top[0], flags=re.MULTILINE))
    except tomllib.TOMLDecodeError as error:
        at = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
        line = int(at[1]) if at and at[1] else top[0].count("\n")
        why = str(error)[: at.start()] if at else str(error)
        raise Fault(line, f"the declaration is not valid TOML ({why}); a blank line ends it") from None


def _columns(entries: Entries) -> Schema:
    return Schema.of([_column(entries, name, declared) for name, declared in entries.get("columns").items()])


def _column(entries: Entries, name: str, declared: object) -> Column:
    if not NAME.fullmatch(name):
        raise entries.fault(name, f"a column is called {name!r}; use small letters, digits and _")
    if not isinstance(declared, dict):
        raise entries.fault(name, f'columns.{name} must be a table such as {{ kind = "text", description = "..." }}')
    column = Entries(entries.text, declared, COLUMN_ENTRIES, of=f"columns.{name}")
    kind = Kind(column.one_of("kind", column.get("kind"), Kind, "the kinds"))
    sensitivity = Sensitivity(
        column.one_of("sensitivity", column.get("sensitivity", Sensitivity.PUBLIC), Sensitivity, "the sensitivities")
    )
    try:
        return Column(name, kind, column.get("description"), declared.get("unit"), sensitivity)
    except ValueError as error:
        raise entries.fault(name, str(error)) from None


def _owner(entries: Entries) -> tuple[str, str | None]:
    """Not saying who owns a row is no choice: somebody would get what they should not."""
    if "admins_only" in entries.table:
        if "owner_column" in entries.table:
            raise entries.fault("admins_only", "either rows have an owner_column or they are admins_only; keep one")
        return entries.get("owner", "Nobody owns a row: only admins get any."), None
    if "owner_column" not in entries.table:
        raise Fault(
            1,
            "the declaration does not say who owns a row; add owner_column, the column that holds the owner's user "
            "id, and owner, a sentence about it; or admins_only = true",
        )
    return entries.get("owner"), entries.get("owner_column")


def _period(entries: Entries, columns: Schema) -> tuple[str, str | None]:
    if "period_column" not in entries.table:
        if "period" in entries.table:
            raise entries.fault("period", "period needs period_column, the column that the date range is about")
        return "It knows no dates: it is given whole.", None
    timed = [column.name for column in _open(columns) if column.kind in (Kind.DATE, Kind.INSTANT)]
    name = entries.one_of("period_column", entries.get("period_column"), timed, "the dates and instants")
    return entries.get("period"), name


def _cursor(entries: Entries, columns: Schema) -> Cursor | None:
    if "cursor" not in entries.table:
        return None
    cursor = Entries(entries.text, entries.get("cursor"), {"column": str, "lag_seconds": int}, of="cursor")
    instants = [column.name for column in _open(columns) if column.kind is Kind.INSTANT]
    name = cursor.one_of("column", cursor.get("column"), instants, "the instants")
    if not 0 < (seconds := cursor.get("lag_seconds")) <= LONGEST_LAG:
        raise cursor.fault("lag_seconds", f"cursor.lag_seconds is {seconds}; it may be 1 to {LONGEST_LAG:,}")
    return Cursor(name, timedelta(seconds=seconds))


def _order(entries: Entries, columns: Schema) -> tuple[str, ...]:
    public = [column.name for column in columns if column.sensitivity is Sensitivity.PUBLIC]
    return tuple(entries.one_of("order", name, public, "the public columns") for name in entries.get("order"))


def _filters(entries: Entries, columns: Schema) -> Mapping[str, str]:
    filterable = [column.name for column in _open(columns) if column.kind in FILTERABLE]
    filters = Entries(entries.text, entries.get("filters", {}), dict.fromkeys(filterable, str), of="filters")
    return {name: filters.get(name) for name in filters.table}


def _open(columns: Schema) -> list[Column]:
    return [column for column in columns if column.sensitivity is not Sensitivity.SECRET]
