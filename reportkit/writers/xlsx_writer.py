"""XLSX: a workbook by openpyxl, its rows streamed into the sheets a batch at a time.

The sheets go out first and the rest of the workbook last, because only then is it known how many sheets there are.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from openpyxl.utils import get_column_letter

from reportkit.columns import Schema, Source
from reportkit.errors import UnwritableExport
from reportkit.specs import FileOptions
from reportkit.writers import DEFAULTS
from reportkit.writers.arrow_text import joined, rows_of_bytes
from reportkit.writers.base import About, Alterations, BinaryFile, CountedFile, Marks, Written
from reportkit.writers.xlsx_cells import bodies, text_bodies
from reportkit.writers.xlsx_shell import Shell, build_shell

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_BYTES = 1 << 30
"""Once a sheet's XML is this long the next batch starts a new sheet: Excel refuses streamed ZIP64 entries, and a plain
entry holds 2 GiB."""
_LEVEL = 1
"""Of deflate: 6 takes twice as long for files a fifth smaller."""


class XlsxWriter:
    format = "xlsx"
    suffix = ".xlsx"
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self, options: FileOptions = DEFAULTS) -> None:
        self._options = options

    def write(self, source: Source, file: BinaryFile, about: About) -> Written:
        if len(source.schema) > MOST_COLUMNS:
            raise UnwritableExport(f"an XLSX sheet has at most {MOST_COLUMNS:,} columns; choose fewer fields, or CSV")
        pending = _Pending(source.batches())
        with zipfile.ZipFile(_Forward(file), "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as package:
            book = _Book(package, source.schema, about.title)
            book.add_sheet(pending)
            while pending.any():
                book.add_sheet(pending)
            book.finish()
        return Written(book.records, dict(+book.alterations))


def encode(
    schema: Schema, batch: pa.RecordBatch, alterations: Alterations, styles: Sequence[int], first_row: int
) -> memoryview:
    """The `<row>` elements of one batch."""
    numbers = pa.array(np.arange(first_row, first_row + batch.num_rows)).cast(pa.string())
    cells = [
        _cells(index, numbers, bodies(column.kind, style, values, alterations))
        for index, (column, style, values) in enumerate(zip(schema, styles, batch.columns, strict=True), start=1)
    ]
    return rows_of_bytes('<row r="', numbers, '">', *cells, "</row>")


def header(schema: Schema, style: int) -> bytes:
    """The first row of every sheet."""
    names = text_bodies(pa.array(schema.names), Alterations(), style).to_pylist()
    cells = (f'<c r="{get_column_letter(index)}1"{body}' for index, body in enumerate(names, start=1))
    return f'<row r="1">{"".join(cells)}</row>'.encode()


def _cells(index: int, row_numbers: pa.Array, cell_bodies: pa.Array) -> pa.Array:
    return joined(f'<c r="{get_column_letter(index)}', row_numbers, '"', cell_bodies)


class _Book:
    """A workbook on its way out."""

    def __init__(self, package: zipfile.ZipFile, schema: Schema, title: str) -> None:
        self._package, self._schema, self._title = package, schema, title
        self._rows: list[int] = []
        """How many rows each sheet has, its header included."""
        self.records = 0
        self.alterations = Alterations()

    def add_sheet(self, pending: _Pending) -> None:
        """Writes the next sheet, with as many of the pending rows as it holds."""
        rows = 1
        shell = self._shell([*self._rows, rows])
        with self._package.open(f"xl/worksheets/sheet{len(self._rows) + 1}.xml", "w") as sheet:
            sheet.write(shell.sheets[-1].before_rows + header(self._schema, shell.header_style))
            counted = CountedFile(sheet, Marks(b"<row "))
            while rows < MOST_ROWS and counted.size < MOST_BYTES and pending.any():
                batch = pending.take(MOST_ROWS - rows)
                counted.write(encode(self._schema, batch, self.alterations, shell.column_styles, rows + 1))
                rows += batch.num_rows
            self._rows.append(rows)
            sheet.write(self._shell(self._rows).sheets[-1].after_rows)
        self.records += counted.records

    def finish(self) -> None:
        for name, part in self._shell(self._rows).parts.items():
            with self._package.open(name, "w") as file:
                file.write(part)

    def _shell(self, rows: Sequence[int]) -> Shell:
        return build_shell(self._schema, self._title, rows)


class _Pending:
    """The rows still to be written, handed out in pieces of at most a batch."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self._rest: pa.RecordBatch | None = None

    def any(self) -> bool:
        while not self._rest:
            self._rest = next(self._batches, None)
            if self._rest is None:
                return False
        return True

    def take(self, most: int) -> pa.RecordBatch:
        assert self._rest is not None
        batch, self._rest = self._rest.slice(0, most), self._rest.slice(most)
        return batch


class _Forward:
    """What `zipfile` needs of a file that cannot seek."""

    def __init__(self, file: BinaryFile) -> None:
        self._file = file

    def write(self, data: bytes, /) -> int:
        return self._file.write(data)

    def flush(self) -> None:
        """Nothing is held back here."""

    def close(self) -> None:
        """The file is its owner's to close."""
