"""Reads files back with tools that are not ours, and gives the values as Python has them; for the writers' tests."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import unescape

from reportkit.access import LOCAL_ADMIN
from reportkit.columns import Kind, Native, Schema
from reportkit.manifests import DatasetRead
from reportkit.specs import FileOptions
from reportkit.writers import DEFAULTS
from reportkit.writers.base import About
from reportkit.writers.formula_guard import unguard

Row = Sequence[Any]
Table = tuple[list[str], list[list[Any]]]
"""The header, and the rows with values as the tool gave them."""

EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
FIRST_EXCEL_INSTANT = datetime(1900, 3, 1, tzinfo=UTC)


def about(title: str = "Nasty") -> About:
    """Of a file that no dataset stands behind."""
    read = DatasetRead("nasty", 0, {"start": None, "end": None}, None, {}, [], "2026-11-02T09:00:00.000000Z")
    return About(title, "", read, LOCAL_ADMIN, datetime(2026, 11, 2, 9, tzinfo=UTC))


class TableSource:
    """A source over rows in memory, cut into batches of `batch_rows`."""

    def __init__(self, schema: Schema, rows: Sequence[Row], batch_rows: int = 1000) -> None:
        self._schema, self._rows, self._batch_rows = schema, rows, batch_rows

    @property
    def schema(self) -> Schema:
        return self._schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        for start in range(0, len(self._rows), self._batch_rows):
            yield batch(self._schema, self._rows[start : start + self._batch_rows])

    def native(self, format: str) -> Native | None:
        return None


class NativeSource:
    """A source whose database writes `formats` itself: each name's pieces of records. It has no batches."""

    def __init__(
        self,
        schema: Schema,
        formats: Mapping[str, Sequence[Sequence[bytes]]],
        alterations: Mapping[str, int] | None = None,
    ) -> None:
        self.schema, self._formats, self._alterations = schema, formats, alterations or {}

    def batches(self) -> Iterator[pa.RecordBatch]:
        raise AssertionError("these records are the database's")

    def native(self, format: str) -> Native | None:
        pieces = self._formats.get(format)
        return None if pieces is None else Native(iter(pieces), self._alterations)


def batch(schema: Schema, rows: Sequence[Row]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrow = schema.arrow()
    arrays = [pa.array(values, type) for values, type in zip(columns, arrow.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=arrow)


class Forward:
    """A file that can do nothing but take bytes."""

    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, data: bytes | memoryview, /) -> int:
        self.content += data
        return len(data)


@dataclass(frozen=True)
class Reader:
    """One tool that reads one format."""

    read: Callable[[bytes, Schema], Table]
    value: Callable[[Kind, Any], Any]
    """A value of a kind, as Python has it, from what the tool gave."""
    tells_null_from_empty: bool = True
    milliseconds: bool = False
    """Whether an instant that became a number has lost the rest."""
    decimals_as_doubles: bool = False

    def table(self, data: bytes, schema: Schema) -> Table:
        """The header and the rows, values as Python has them."""
        header, rows = self.read(data, schema)
        kinds = [column.kind for column in schema]
        return header, [[self.value(kind, value) for kind, value in zip(kinds, row, strict=True)] for row in rows]

    def finds(self, expected: Any, found: Any) -> bool:
        """Whether `found` is what this tool should find where `expected` was written."""
        if expected in (None, "") and not self.tells_null_from_empty:
            return found in (None, "")
        if isinstance(expected, datetime) and self.milliseconds and expected >= FIRST_EXCEL_INSTANT:
            expected = expected.replace(microsecond=expected.microsecond // 1000 * 1000)
        if isinstance(expected, float) and isinstance(found, float):
            return repr(expected + 0) == repr(found + 0)  # NaN is itself, and -0.0 is 0.0
        if self.decimals_as_doubles:
            expected, found = as_doubles(expected), as_doubles(found)
        return type(expected) is type(found) and bool(expected == found)


def as_doubles(value: Any) -> Any:
    """`value` with each decimal in it as the nearest double."""
    match value:
        case Decimal():
            return float(value)
        case list():
            return [as_doubles(item) for item in value]
        case dict():
            return {key: as_doubles(item) for key, item in value.items()}
        case _:
            return value


# CSV


def _csv_module(data: bytes, schema: Schema) -> Table:
    header, *rows = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    return header, rows


def _pandas_csv(data: bytes, schema: Schema) -> Table:
    frame = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
    return list(frame.columns), frame.to_numpy().tolist()


def _duckdb_csv(data: bytes, schema: Schema, options: FileOptions = DEFAULTS) -> Table:
    dialect = f"delim='{options.separator}', compression='{options.compression or 'none'}'"
    exact = "quote='\"', escape='\"', header=true, all_varchar=true, allow_quoted_nulls=false, max_line_size=10000000"
    return _duckdb(data, f"read_csv($path, {dialect}, {exact})")


def _duckdb(data: bytes, table: str) -> Table:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "file")
        path.write_bytes(data)
        with duckdb.connect() as connection:
            found = connection.execute(f"SELECT * FROM {table}", {"path": str(path)})
            return [name for name, *_ in found.description or []], [list(row) for row in found.fetchall()]


def _from_csv(kind: Kind, text: str | None) -> Any:
    if text is None or (text == "" and kind not in (Kind.TEXT, Kind.IDENTIFIER)):
        return None
    match kind:
        case Kind.INTEGER:
            return int(text)
        case Kind.NUMBER:
            return float(text)
        case Kind.DECIMAL:
            return Decimal(text)
        case Kind.BOOLEAN:
            return {"true": True, "false": False}[text]
        case Kind.DATE:
            return date.fromisoformat(text)
        case Kind.INSTANT:
            return datetime.fromisoformat(text)
        case Kind.DOCUMENT:
            return parsed(text)
        case _:
            return unguard(text)


def csv_reader(options: FileOptions) -> Reader:
    """DuckDB, told of the dialect."""

    def value(kind: Kind, text: str | None) -> Any:
        if text and options.decimal_comma and kind in (Kind.NUMBER, Kind.DECIMAL):
            text = text.replace(",", ".")
        return _from_csv(kind, text)

    return Reader(lambda data, schema: _duckdb_csv(data, schema, options), value)


# JSON


def parsed(text: str) -> Any:
    """A JSON text's value, with all digits of its numbers."""
    return json.loads(text, parse_float=Decimal)


def _json_module(data: bytes, schema: Schema) -> Table:
    return _objects(parsed(data.decode()), schema)


def _json_lines(data: bytes, schema: Schema) -> Table:
    return _objects([parsed(line) for line in data.decode().split("\n")[:-1]], schema)


def _objects(objects: list[dict[str, Any]], schema: Schema) -> Table:
    assert all(list(found) == list(schema.names) for found in objects)
    return list(schema.names), [list(found.values()) for found in objects]


def _duckdb_json(layout: str) -> Callable[[bytes, Schema], Table]:
    def read(data: bytes, schema: Schema) -> Table:
        types = ", ".join(f"'{column.name}': '{_DUCKDB_TYPES.get(column.kind, 'VARCHAR')}'" for column in schema)
        return _duckdb(data, f"read_json($path, format='{layout}', columns={{{types}}})")

    return read


_DUCKDB_TYPES = {Kind.DOCUMENT: "JSON"}


def _from_json(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case Kind.NUMBER:
            return float(value)
        case Kind.DECIMAL:
            return Decimal(value)
        case Kind.DATE:
            return date.fromisoformat(value)
        case Kind.INSTANT:
            return datetime.fromisoformat(value)
        case _:
            return value


def _from_duckdb_json(kind: Kind, text: str | None) -> Any:
    return text if kind in (Kind.TEXT, Kind.IDENTIFIER) else _from_csv(kind, text)


# XLSX

SHEETS_OF_WORDS = {"About", "Charts"}


def _openpyxl(data: bytes, schema: Schema) -> Table:
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    tables = [list(sheet.iter_rows(values_only=True)) for sheet in workbook if sheet.title not in SHEETS_OF_WORDS]
    assert len({table[0] for table in tables}) == 1
    return [str(name) for name in tables[0][0]], [list(row) for table in tables for row in table[1:]]


def _pandas_xlsx(data: bytes, schema: Schema) -> Table:
    frames = pd.read_excel(io.BytesIO(data), sheet_name=None, dtype=object, keep_default_na=False)
    (frame,) = (frame for title, frame in frames.items() if title not in SHEETS_OF_WORDS)
    return list(frame.columns), frame.to_numpy().tolist()


def _xml(data: bytes, schema: Schema) -> Table:
    """What stands in the file, before any spreadsheet's reading of it."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        sheet = ElementTree.fromstring(package.read("xl/worksheets/sheet1.xml"))
    header, *rows = [_xml_row(row, number, len(schema)) for number, row in enumerate(sheet.iter(f"{{{MAIN}}}row"), 1)]
    return header, rows


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _xml_row(row: ElementTree.Element, number: int, width: int) -> list[Any]:
    assert row.get("r") == str(number)
    cells = {cell.get("r"): _xml_cell(cell) for cell in row}
    values = [cells.pop(f"{get_column_letter(index)}{number}", None) for index in range(1, width + 1)]
    assert not cells
    return values


def _xml_cell(cell: ElementTree.Element) -> Any:
    text = "".join(cell.itertext())
    match cell.get("t"):
        case "inlineStr":
            return text
        case "b":
            return {"1": True, "0": False}[text]
        case None:
            return float(text)
        case other:
            raise AssertionError(f"a cell of type {other}")


def _from_xlsx(kind: Kind, value: Any) -> Any:
    if value is None or (value == "" and kind not in (Kind.TEXT, Kind.IDENTIFIER)):
        return None
    match kind:
        case Kind.INTEGER:
            return int(value)
        case Kind.NUMBER:
            return float(value)
        case Kind.DECIMAL:
            return Decimal(str(value))
        case Kind.DATE:
            return date.fromisoformat(str(value)[:10])
        case Kind.INSTANT:
            return (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=UTC)
        case Kind.BOOLEAN:
            assert isinstance(value, bool)
            return value
        case Kind.DOCUMENT:
            return parsed(unescape(value))
        case _:
            return unguard(unescape(value))


def _from_xml(kind: Kind, value: Any) -> Any:
    if isinstance(value, float) and kind in (Kind.DATE, Kind.INSTANT):
        moment = EXCEL_EPOCH + timedelta(milliseconds=round(value * 86_400_000))
        return moment if kind is Kind.INSTANT else moment.date()
    return _from_xlsx(kind, value)


# Parquet


def _pyarrow_parquet(data: bytes, schema: Schema) -> Table:
    return _arrow(pq.read_table(io.BytesIO(data)))


def _pandas_parquet(data: bytes, schema: Schema) -> Table:
    frame = pd.read_parquet(io.BytesIO(data), dtype_backend="pyarrow")
    return list(frame.columns), [list(row) for row in zip(*(frame[name] for name in frame.columns), strict=True)]


def _duckdb_parquet(data: bytes, schema: Schema) -> Table:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "file")
        path.write_bytes(data)
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            rows = connection.sql("SELECT * FROM read_parquet($path)", params={"path": str(path)})
            return _arrow(rows.to_arrow_table())


def _arrow(table: pa.Table) -> Table:
    columns = [column.to_pylist() for column in table.columns]
    return table.column_names, [list(row) for row in zip(*columns, strict=True)]


def _from_parquet(kind: Kind, value: Any) -> Any:
    if value is None or value is pd.NA:
        return None
    match kind:
        case Kind.DOCUMENT:
            return parsed(value)
        case Kind.INSTANT:
            return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
        case _:
            return value


READERS: Mapping[str, Mapping[str, Reader]] = {
    "csv": {
        "csv module": Reader(_csv_module, _from_csv, tells_null_from_empty=False),
        "pandas": Reader(_pandas_csv, _from_csv, tells_null_from_empty=False),
        "duckdb": Reader(_duckdb_csv, _from_csv),
    },
    "json": {
        "json module": Reader(_json_module, _from_json),
        "duckdb": Reader(_duckdb_json("array"), _from_duckdb_json, decimals_as_doubles=True),
    },
    "ndjson": {
        "json module": Reader(_json_lines, _from_json),
        "duckdb": Reader(_duckdb_json("newline_delimited"), _from_duckdb_json, decimals_as_doubles=True),
    },
    "xlsx": {
        "openpyxl": Reader(_openpyxl, _from_xlsx, milliseconds=True),
        "pandas": Reader(_pandas_xlsx, _from_xlsx, tells_null_from_empty=False, milliseconds=True),
        "xml": Reader(_xml, _from_xml, milliseconds=True),
    },
    "parquet": {
        "pyarrow": Reader(_pyarrow_parquet, _from_parquet),
        "pandas": Reader(_pandas_parquet, _from_parquet),
        "duckdb": Reader(_duckdb_parquet, _from_parquet),
    },
}


def read_back(format: str, reader_name: str, data: bytes, schema: Schema) -> Table:
    """The header and the rows, values as Python has them."""
    return READERS[format][reader_name].table(data, schema)
