"""The sheet "Charts": two beside each other, and out of sight what their error bars are drawn from."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from reportkit.columns import Schema
from reportkit.writers.base import About
from reportkit.writers.xlsx_charts import Reach, draw
from reportkit.writers.xlsx_page import Page, font, put
from reportkit.writers.xlsx_series import Panel, Series

_ACROSS, _DOWN = 2, 2
"""Charts on a printed page."""
_COLUMNS, _ROWS = 10, 20
"""Cells that a chart and the room around it cover: so it fits whatever a program makes of their sizes."""
_COLUMN_WIDTH = 8
_HALF_A_COLUMN = 285_750
"""In EMU, of which a point has 12,700."""
_SCALE = 68
"""In percent: a printed page holds those charts."""
_REACH_COLUMN = _ACROSS * _COLUMNS + 3
_REACH_HEADER = ("Error bars of", "series", "below", "above")


def fill(sheet: Worksheet, about: About, schema: Schema, panels: Sequence[Panel], rows_sheet: str) -> None:
    """The charts of the rows in the sheet called `rows_sheet`, below each other by what they show."""
    page, reaches = Page(sheet, about.brand, [_COLUMN_WIDTH] * _ACROSS * _COLUMNS), _Reaches(sheet, about.brand.muted)
    sheet.sheet_properties.pageSetUpPr = None  # Excel minds no page break where a sheet is to fit a page
    sheet.page_setup.scale = _SCALE
    page.title(about.title)
    for chart in dict.fromkeys(panel.chart for panel in panels):
        page.heading(chart.title)
        alike = [panel for panel in panels if panel.chart == chart]
        for line, start in enumerate(range(0, len(alike), _ACROSS)):
            if line and line % _DOWN == 0:
                sheet.row_breaks.append(Break(page.row))
            for number, panel in enumerate(alike[start : start + _ACROSS]):
                drawn = draw(panel, schema, rows_sheet, about.brand, reaches.of(panel))
                drawn.anchor = _place(page.row, number * _COLUMNS)  # type: ignore[assignment]
                sheet.add_chart(drawn)
            page.row += _ROWS
    sheet.print_area = f"A1:{get_column_letter(_ACROSS * _COLUMNS)}{page.row}"


def _place(row: int, column: int) -> TwoCellAnchor:
    """Below `row` and right of `column`, with a row and half a column left free."""
    end = AnchorMarker(column + _COLUMNS - 1, _HALF_A_COLUMN, row + _ROWS)
    return TwoCellAnchor(editAs="oneCell", _from=AnchorMarker(column, 0, row + 1), to=end)


class _Reaches:
    """A table beside the charts: LibreOffice draws error bars of cells only."""

    def __init__(self, sheet: Worksheet, colour: str) -> None:
        self._sheet, self._row = sheet, 1
        self._font = font(colour)

    def of(self, panel: Panel) -> list[Reach] | None:
        """For each series of the panel, how far its bars reach from the values."""
        if not (panel.chart.low and panel.chart.high):
            return None
        if self._row == 1:
            self._write(_REACH_HEADER)
        return [self._add(panel, series) for series in panel.series]

    def _add(self, panel: Panel, series: Series) -> Reach:
        below = [_distance(point.value, point.low) for point in series.points]
        above = [_distance(point.high, point.value) for point in series.points]
        first = self._row
        for low, high in zip(below, above, strict=True):
            self._write((panel.title, series.name, low, high))
        return Reach(below, self._cells(2, first), above, self._cells(3, first))

    def _write(self, values: Sequence[str | float | None]) -> None:
        for index, value in enumerate(values):
            put(self._sheet, self._row, _REACH_COLUMN + index, value).font = self._font
        self._row += 1

    def _cells(self, index: int, first: int) -> str:
        letters = get_column_letter(_REACH_COLUMN + index)
        return f"'{self._sheet.title}'!${letters}${first}:${letters}${self._row - 1}"


def _distance(high: float | None, low: float | None) -> float | None:
    return None if high is None or low is None else max(high - low, 0.0)
