"""A team's own datasets: one `.sql` file each, a declaration in comments and one SELECT under it.

The rules stand around such a SELECT as around any other dataset (see `query`).
docs/how-to/add-a-dataset-in-sql.md shows one, and says what each entry means.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from reportkit.columns import Column, Kind
from reportkit.datasets.base import OWNER, Dataset, Rows, Scope, Shape
from reportkit.datasets.sql import DAY, start_of, within
from reportkit.datasets.sql_checks import Fault, Statement, checked
from reportkit.datasets.sql_declaration import NAME, Declaration
from reportkit.datasets.warehouse import DOCUMENT, EXACT, IDENTIFIER, INSTANT
from reportkit.errors import BadRequest, BadSettings
from reportkit.specs import Period

SUFFIX = ".sql"
TYPES: Mapping[Kind, TypeEngine[Any]] = {
    Kind.TEXT: sa.Text(),
    Kind.IDENTIFIER: IDENTIFIER,
    Kind.INTEGER: sa.BigInteger(),
    Kind.NUMBER: sa.Double(),
    Kind.DECIMAL: EXACT,
    Kind.BOOLEAN: sa.Boolean(),
    Kind.DATE: DAY,
    Kind.INSTANT: INSTANT,
    Kind.DOCUMENT: DOCUMENT,
}


@dataclass(frozen=True)
class SqlFiles:
    """The files of one directory, read when asked for, so that a broken one disturbs no other."""

    directory: Path
    database: str
    """What they are written for: `postgresql` or `sqlite`."""

    def paths(self) -> Mapping[str, Path]:
        """Name to file. A name is only ever compared with these, never made into a path. Raises BadSettings."""
        directory = self.directory.resolve()
        if not directory.is_dir():
            raise BadSettings(f"there is no directory of datasets at {self.directory}; set REPORTKIT_DATASETS")
        inside = (path for path in sorted(directory.glob(f"*{SUFFIX}")) if path.resolve().parent == directory)
        return {path.stem: path for path in inside if path.is_file() and not path.name.startswith(".")}

    def read(self, path: Path) -> Dataset:
        """Raises BadSettings, naming the file and the line."""
        try:
            return _dataset(path.stem, path.read_text(encoding="utf-8-sig"), self.database)
        except Fault as fault:
            raise BadSettings(f"{path}, {fault}") from None
        except OSError as error:
            raise BadSettings(f"{path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise BadSettings(f"{path} is not UTF-8; save it as such") from None


def _dataset(name: str, text: str, database: str) -> Dataset:
    if not NAME.fullmatch(name):
        raise Fault(1, f"the file is called {name}{SUFFIX}; use small letters, digits and _ for its name")
    declared, statement = Declaration.read(text), checked(text, database)
    _check_names(declared, statement)
    query = FileQuery(name, statement.sql, declared, database)
    return Dataset(
        name=name,
        title=declared.title,
        description=declared.description,
        owner=declared.owner,
        period=declared.period,
        shapes={"none": Shape(declared.columns.columns, query, declared.order, cursor=declared.cursor)},
        filters=declared.filters,
        declaration=_digest(declared, statement.sql),
    )


def _digest(declared: Declaration, sql: str) -> str:
    """SHA-256 of what decides which rows there are and what stands in them; of no title and no description."""
    columns = [(column.name, column.kind) for column in declared.columns]
    cursor = declared.cursor and (declared.cursor.column, declared.cursor.lag.total_seconds())
    said = [sql, columns, cursor, declared.owner_column, declared.period_column]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _check_names(declared: Declaration, statement: Statement) -> None:
    """As far as they can be known without asking the database."""
    if statement.names is None:
        return
    for name in (*declared.columns.names, *filter(None, [declared.owner_column])):
        times = statement.names.count(name.lower())
        if times != 1:
            how = "twice; keep one of the two" if times else f"nowhere; write `... AS {name}`, or declare it no more"
            raise Fault(statement.line, f"the SELECT names a column {name} {how}")


@dataclass(frozen=True)
class FileQuery:
    """A file's SELECT, as a Shape's `build`."""

    dataset: str
    sql: str
    declared: Declaration
    database: str

    def __call__(self, scope: Scope) -> Rows:
        """Raises BadRequest where dates are asked for and the dataset knows none."""
        rows = self._rows()
        owner = self.declared.owner_column
        return sa.select(
            *[self._typed(rows.c[column.name], column) for column in self.declared.open],
            (rows.c[owner] if owner else sa.null()).label(OWNER),
        ).where(*self._within(scope.period, rows))

    def _rows(self) -> sa.Subquery:
        """The SELECT as it is written: a colon in it begins no parameter."""
        typed = {column.name: TYPES[column.kind] for column in self.declared.columns}
        owner = {self.declared.owner_column or "": sa.types.NULLTYPE}
        columns = [sa.column(name, type) for name, type in (owner | typed).items() if name]
        return sa.text(self.sql.replace(":", "\\:")).columns(*columns).subquery("file")

    def _typed(self, value: sa.ColumnElement[Any], column: Column) -> sa.Label[Any]:
        """PostgreSQL gives a sum of integers as numeric; SQLite's values are looked at when they arrive."""
        given = sa.cast(value, TYPES[column.kind]) if self.database == "postgresql" else value
        return given.label(column.name)

    def _within(self, period: Period, rows: sa.Subquery) -> list[sa.ColumnElement[bool]]:
        name = self.declared.period_column
        if name is None:
            if period != Period():
                raise BadRequest(f"{self.dataset} knows no dates to choose rows by; leave the start and the end out")
            return []
        is_day = self.declared.columns[name].kind is Kind.DATE
        return within(start_of(rows.c[name]) if is_day else rows.c[name], period)
