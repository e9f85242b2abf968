"""The workbook around the rows: styles, widths, header, filter and properties, made by openpyxl."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.styles.styleable import StyleableObject
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reportkit.columns import Column, Kind, Schema
from reportkit.writers.xlsx_cells import NUMBER_FORMATS

_WIDTHS = {Kind.IDENTIFIER: 38, Kind.INSTANT: 29, Kind.DATE: 12, Kind.TEXT: 24, Kind.DOCUMENT: 48}
_WIDTH, _WIDEST = 14, 255
_ROOM_FOR_FILTER = 4
"""Widths count characters; the filter button covers about this many."""

_NOT_IN_XML = re.compile(r"[\x00-\x1f\ufffe\uffff]")
_NOT_IN_A_TITLE = re.compile(rf"[\[\]:*?/\\]|{_NOT_IN_XML.pattern}")
_LONGEST_TITLE = 31
_TIMES = re.compile(rb"<dcterms:(created|modified) .*?</dcterms:\1>")
"""A file says what it holds, not when it was made: openpyxl would put both in."""


@dataclass(frozen=True)
class SheetShell:
    """The XML of one sheet before and after its rows."""

    before_rows: bytes
    after_rows: bytes


@dataclass(frozen=True)
class Shell:
    """A workbook with all but its rows."""

    sheets: Sequence[SheetShell]
    parts: Mapping[str, bytes]
    """Every other part of the package, by name."""
    header_style: int
    """A number in the workbook's table of styles, as those of the columns are."""
    column_styles: Sequence[int]


def build_shell(schema: Schema, title: str, rows: Sequence[int]) -> Shell:
    """The shell of a workbook with a sheet for each of `rows`: how many rows it has, the header's included.

    Equal arguments give equal bytes.
    """
    workbook = Workbook()
    workbook.properties.creator, workbook.properties.title = "reportkit", _NOT_IN_XML.sub(" ", title)
    workbook.calculation.fullCalcOnLoad = False  # or Excel asks on closing whether to save what it calculated
    workbook.remove(workbook.worksheets[0])
    for number, count in enumerate(rows, start=1):
        _add_sheet(workbook, schema, sheet_title(title, number), count)
    first = workbook.worksheets[0]
    header_style, column_styles = _header_style(first), _column_styles(first, schema)
    parts = _saved(workbook)
    parts["docProps/core.xml"] = _TIMES.sub(b"", parts["docProps/core.xml"])
    sheets = [_around_rows(parts.pop(f"xl/worksheets/sheet{number}.xml")) for number in range(1, len(rows) + 1)]
    return Shell(sheets, parts, header_style, column_styles)


def sheet_title(title: str, number: int) -> str:
    """`title` by Excel's rules: at most 31 characters, some not allowed. From the second sheet on with its number."""
    suffix = f" {number}" if number > 1 else ""
    allowed = " ".join(_NOT_IN_A_TITLE.sub(" ", title).split()).strip(" '")
    if allowed.lower() in ("", "history"):  # Excel keeps "History" for itself
        allowed = "Data"
    room = 2 * (_LONGEST_TITLE - len(suffix))
    return allowed.encode("utf-16-le")[:room].decode("utf-16-le", "ignore").rstrip(" '") + suffix


def _add_sheet(workbook: Workbook, schema: Schema, title: str, rows: int) -> None:
    sheet = workbook.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(schema))}{rows}"
    for number, column in enumerate(schema, start=1):
        shape = sheet.column_dimensions[get_column_letter(number)]
        shape.width = _width(column)
        shape.number_format = NUMBER_FORMATS.get(column.kind, "General")


def _width(column: Column) -> int:
    return min(max(_WIDTHS.get(column.kind, _WIDTH), len(column.name) + _ROOM_FOR_FILTER), _WIDEST)


def _header_style(sheet: Worksheet) -> int:
    look = StyleableObject(sheet)
    look.font = Font(bold=True)
    return look.style_id


def _column_styles(sheet: Worksheet, schema: Schema) -> list[int]:
    letters = (get_column_letter(number) for number in range(1, len(schema) + 1))
    return [sheet.column_dimensions[letter].style_id for letter in letters]


def _saved(workbook: Workbook) -> dict[str, bytes]:
    file = io.BytesIO()
    workbook.save(file)
    with zipfile.ZipFile(file) as package:
        return {name: package.read(name) for name in package.namelist()}


def _around_rows(sheet: bytes) -> SheetShell:
    sheet = re.sub(rb"<dimension [^>]*/>", b"", sheet)  # how far the rows go is not known when this goes out
    before, after = re.split(rb"<sheetData\s*/>|<sheetData>\s*</sheetData>", sheet)
    return SheetShell(before + b"<sheetData>", b"</sheetData>" + after)
