"""XLSX: a workbook by openpyxl, its rows streamed into the sheets, encoded and deflated by several threads.

The sheets of rows go out first and the rest of the workbook last, because only then is known what it has to say.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
import pyarrow as pa
from openpyxl.utils import get_column_letter

from reportkit import instants
from reportkit.columns import Schema, Source
from reportkit.errors import UnwritableExport
from reportkit.specs import FileOptions
from reportkit.writers import DEFAULTS
from reportkit.writers.arrow_text import rows_of_bytes
from reportkit.writers.base import About, Alterations, BinaryFile, Written
from reportkit.writers.xlsx_cells import Parts, Place, cells, text_cells
from reportkit.writers.xlsx_columns import MEASURED_ROWS, look_of
from reportkit.writers.xlsx_package import Package, Piece, deflate
from reportkit.writers.xlsx_page import HEADER_HEIGHT
from reportkit.writers.xlsx_pieces import Pieces
from reportkit.writers.xlsx_series import Noted
from reportkit.writers.xlsx_shell import Cover, Setting, Shell, build_shell, part_name

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_BYTES = 1 << 30
"""Once a sheet's XML is this long its rows go on in the next: Excel refuses streamed ZIP64 entries, and some readers
plain ones of more than 2 GiB."""
_FIRST_ROW = pa.array(["1"])
_THREADS = 2
_IN_FLIGHT = 4
"""Pieces of rows that are being encoded or wait to be written."""


class XlsxWriter:
    format = "xlsx"
    suffix = ".xlsx"
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self, options: FileOptions = DEFAULTS) -> None:
        """Raises BadValue for a time zone that is none."""
        self._options, self._zone = options, instants.time_zone(options.zone)

    def write(self, source: Source, file: BinaryFile, about: About) -> Written:
        if len(source.schema) > MOST_COLUMNS:
            raise UnwritableExport(f"an XLSX sheet has at most {MOST_COLUMNS:,} columns; choose fewer fields, or CSV")
        pieces = Pieces(source)
        setting = self._setting(source.schema, pieces.first(MEASURED_ROWS), about)
        package = Package(file)
        with ThreadPoolExecutor(_THREADS) as threads:
            book = _Book(package, setting, self._zone, threads)
            book.add_sheet(pieces)
            while pieces.any():
                book.add_sheet(pieces)
        book.finish()
        package.close()
        return Written(book.records, dict(+book.alterations))

    def _setting(self, schema: Schema, first: pa.RecordBatch, about: About) -> Setting:
        zone = self._options.zone
        looks = [look_of(column, values, zone) for column, values in zip(schema, first.columns, strict=True)]
        return Setting(schema, looks, about, zone)


def encode(
    schema: Schema, batch: pa.RecordBatch, alterations: Alterations, styles: Sequence[int], first_row: int, zone: tzinfo
) -> memoryview:
    """The `<row>` elements of one batch, each a line."""
    rows = pa.arange(first_row, first_row + batch.num_rows).cast(pa.string())
    parts: Parts = ['<row r="', rows, '">']
    for index, (column, style, values) in enumerate(zip(schema, styles, batch.columns, strict=True), start=1):
        parts += cells(column.kind, values, Place(get_column_letter(index), rows, style), zone, alterations)
    return rows_of_bytes(*_merged([*parts, "</row>\n"]))


def header(schema: Schema, styles: Sequence[int]) -> bytes:
    """The first row of every sheet."""
    parts: Parts = [f'<row r="1" ht="{HEADER_HEIGHT}" customHeight="1">']
    for index, (name, style) in enumerate(zip(schema.names, styles, strict=True), start=1):
        place = Place(get_column_letter(index), _FIRST_ROW, style)
        parts += text_cells(pa.array([name], pa.string()), place, Alterations())
    return bytes(rows_of_bytes(*_merged([*parts, "</row>\n"])))


def _merged(parts: Parts) -> Parts:
    """With literals that follow each other as one."""
    merged: Parts = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return merged


@dataclass(frozen=True)
class _Encoded:
    piece: Piece
    records: int
    alterations: Alterations


def _encoded(schema: Schema, batch: pa.RecordBatch, styles: Sequence[int], first_row: int, zone: tzinfo) -> _Encoded:
    alterations = Alterations()
    lines = encode(schema, batch, alterations, styles, first_row, zone)
    records = int(np.count_nonzero(np.frombuffer(lines, np.uint8) == ord("\n")))
    return _Encoded(deflate(lines), records, alterations)


class _Book:
    """A workbook on its way out."""

    def __init__(self, package: Package, setting: Setting, zone: tzinfo, threads: ThreadPoolExecutor) -> None:
        self._package, self._setting, self._zone, self._threads = package, setting, zone, threads
        self._noted = [Noted(chart, setting.schema) for chart in setting.about.charts]
        self._rows: list[int] = []
        """How many rows each sheet has, its header included."""
        self._shell: Shell
        """Of the workbook as it is so far."""
        self.records = 0
        self.alterations = Alterations()

    def add_sheet(self, pieces: Pieces) -> None:
        """Writes the next sheet, with as many of the rows as it holds."""
        self._rows.append(1)
        shell = build_shell(self._setting, self._rows)
        with self._package.entry(part_name(len(self._rows))) as write:
            write(deflate(shell.sheets[-1].before_rows + header(self._setting.schema, shell.header_styles)))
            for encoded in self._in_order(pieces, shell.column_styles):
                write(encoded.piece)
                self.records += encoded.records
                self.alterations += encoded.alterations
            self._shell = build_shell(self._setting, self._rows, None if pieces.any() else self._cover())
            write(deflate(self._shell.sheets[-1].after_rows))

    def finish(self) -> None:
        for name, part in self._shell.parts.items():
            with self._package.entry(name) as write:
                write(deflate(part))

    def _in_order(self, pieces: Pieces, styles: Sequence[int]) -> Iterator[_Encoded]:
        waiting: deque[Future[_Encoded]] = deque()
        size = 0
        while True:
            while len(waiting) < _IN_FLIGHT and self._rows[-1] < MOST_ROWS and size < MOST_BYTES and pieces.any():
                batch, first_row = pieces.take(MOST_ROWS - self._rows[-1]), self._rows[-1] + 1
                self._note(batch, first_row)
                task = self._threads.submit(_encoded, self._setting.schema, batch, styles, first_row, self._zone)
                waiting.append(task)
                self._rows[-1] += batch.num_rows
            if not waiting:
                return
            encoded = waiting.popleft().result()
            size += encoded.piece.size
            yield encoded

    def _note(self, batch: pa.RecordBatch, first_row: int) -> None:
        for noted in self._noted:
            if len(self._rows) > 1:
                noted.give_up("the rows are on several sheets")
            noted.note(batch, first_row)

    def _cover(self) -> Cover:
        found = [noted.panels() for noted in self._noted]
        panels = [panel for panels, _ in found for panel in panels]
        notes = [note for _, notes in found for note in notes]
        return Cover(dict(+self.alterations), panels, notes)
