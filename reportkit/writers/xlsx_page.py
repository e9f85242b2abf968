"""A sheet of words in the brand's look, written from top to bottom; and how every sheet is printed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from reportkit.brand import Brand

HEADER_HEIGHT = 24
"""In points."""

_FONT = "Calibri"
_LINE_HEIGHT = 15
_HIGHEST = 409
"""A row in Excel; the rest of its text is there but out of sight."""
_TEXT = 1.15
"""Characters of running text to one of a column's width, which is measured in digits."""
_A4, _A4_WIDTH = 9, 770
"""On its side, between the margins, in points."""
_DIGIT, _CELL_PADDING = 5.25, 3.75
"""Points that a column takes for each character of its width, and beside them."""
_READABLE = 0.5
"""Scale in print, for letters of 11 points. A sheet that would need less is printed on several pages side by side."""
_HAIRLINE = "E3E8EE"
_CENTRED = Alignment(vertical="center")
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST_TEXT = 32_767
_LONGEST_FOOT = 100
"""Excel takes 255 with its codes, and offers to repair a file with more."""


class Page:
    """The next line goes below the last one. `widths` are the columns', in characters."""

    def __init__(self, sheet: Worksheet, brand: Brand, widths: Sequence[int]) -> None:
        self._sheet, self._brand, self._widths = sheet, brand, widths
        self.row = 0
        """Of the latest line."""
        sheet.sheet_view.showGridLines = False
        for index, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(index)].width = width
        print_on_a4(sheet, brand)

    def title(self, text: str) -> None:
        self._head(text, size=18, height=30)

    def heading(self, text: str) -> None:
        """After an empty line."""
        self.row += 1
        self._head(text, size=13, height=22)

    def fact(self, label: str, *texts: str) -> None:
        """Each text on a line, the label beside the first."""
        for text in texts:
            first, *_ = self._line([label, text])
            first.font = font(self._brand.muted)
            label = ""

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        for cell in self._line(header):
            cell.font, cell.fill, cell.alignment = header_font(), header_fill(self._brand), _CENTRED
        self._sheet.row_dimensions[self.row].height = HEADER_HEIGHT
        for row in rows:
            for cell in self._line(row):
                cell.border = Border(bottom=Side("thin", _HAIRLINE))

    def _head(self, text: str, size: int, height: int) -> None:
        self.row += 1
        cell = put(self._sheet, self.row, 1, text)
        cell.font, cell.alignment = font(self._brand.primary, size=size, bold=True), _CENTRED
        self._sheet.row_dimensions[self.row].height = height

    def _line(self, texts: Sequence[str]) -> list[Cell]:
        self.row += 1
        cells = [put(self._sheet, self.row, index, text) for index, text in enumerate(texts, start=1)]
        for cell in cells:
            cell.font, cell.alignment = font(self._brand.ink), _WRAPPED
        lines = [math.ceil(len(text) / width / _TEXT) for text, width in zip(texts, self._widths, strict=False)]
        height = min(_LINE_HEIGHT * max(1, *lines), _HIGHEST)  # not every program measures it
        self._sheet.row_dimensions[self.row].height = height
        return cells


def put(sheet: Worksheet, row: int, column: int, value: str | float | None) -> Cell:
    """A cell with a value, of which a text is never a formula."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)
    cell.value = plain(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def plain(text: str) -> str:
    """What XML and a cell hold of it."""
    return _NOT_IN_XML.sub(" ", text)[:_LONGEST_TEXT]


def font(colour: str, size: int = 11, *, bold: bool = False) -> Font:
    return Font(name=_FONT, family=2, sz=size, b=bold, color=_rgb(colour))


def header_font() -> Font:
    return font("#FFFFFF", bold=True)


def header_fill(brand: Brand) -> PatternFill:
    return PatternFill("solid", _rgb(brand.primary))


def pages_wide(widths: Sequence[int]) -> int:
    """Pages beside each other that columns of these widths, in characters, take in print so that they can be read. On
    each but the first the first column stands again."""
    first, *others = (width * _DIGIT + _CELL_PADDING for width in widths)
    return max(1, math.ceil(sum(others) / (_A4_WIDTH / _READABLE - first)))


def print_on_a4(sheet: Worksheet, brand: Brand, pages_wide: int = 1) -> None:
    """Landscape, with the brand and the page's number at the foot."""
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages_wide, 0
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = 0.5
    margins.bottom = 0.75
    sheet.HeaderFooter.scaleWithDoc = False
    footer = sheet.oddFooter
    assert footer is not None
    footer.left.text = plain(f"{brand.name} · {brand.classification}")[:_LONGEST_FOOT].replace("&", "&&")
    footer.right.text = "Page &P of &N"


def _rgb(colour: str) -> str:
    return colour.removeprefix("#")
