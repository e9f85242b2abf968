"""Native charts of a sheet's rows, by openpyxl. They refer to the cells, and hold their values for viewers that do not
calculate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from openpyxl.chart import BarChart, LineChart
from openpyxl.chart.axis import ChartLines, DateAxis, Scaling
from openpyxl.chart.data_source import (
    AxDataSource,
    NumData,
    NumDataSource,
    NumRef,
    NumVal,
    StrData,
    StrRef,
    StrVal,
)
from openpyxl.chart.error_bar import ErrorBars
from openpyxl.chart.legend import Legend
from openpyxl.chart.marker import Marker
from openpyxl.chart.series import Series as DrawnSeries
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun
from openpyxl.utils import get_column_letter, quote_sheetname

from reportkit.brand import Brand
from reportkit.columns import ChartKind, Kind, Schema
from reportkit.writers.xlsx_cells import date_serial
from reportkit.writers.xlsx_page import plain
from reportkit.writers.xlsx_series import Panel, Series

_WEEK, _MONTH, _LONG = timedelta(days=7), timedelta(days=30), timedelta(days=180)
_MOST_LABELS = 8
_TITLE_SIZE, _TEXT_SIZE = 1200, 900
"""In hundredths of a point."""
_GRID, _AXIS = "E3E8EE", "B8C2CC"
_HAIRLINE, _LINE = 9_525, 22_225
"""In EMU, of which a point has 12,700."""

_MOST_LINES = 8
"""Of the grid behind error bars, about."""

_ERROR_BARS = ("errDir", "errBarType", "errValType", "noEndCap", "plus", "minus", "val", "spPr")
"""The order of the standard; openpyxl has minus first, and Excel is strict."""

Drawn = BarChart | LineChart


@dataclass(frozen=True)
class Reach:
    """How far the error bars of one series reach from its values, and which cells say so."""

    below: Sequence[float | None]
    below_cells: str
    above: Sequence[float | None]
    above_cells: str


def draw(panel: Panel, schema: Schema, sheet: str, brand: Brand, reaches: Sequence[Reach] | None) -> Drawn:
    """`panel` is of rows in the sheet called `sheet`, whose columns are those of `schema`."""
    chart = _empty(panel, schema)
    for index, series in enumerate(panel.series):
        colour = _rgb(brand.categorical[index])
        drawn = DrawnSeries(index, index, SeriesLabel(v=plain(series.name)))
        drawn.cat = _categories(panel, series, schema, sheet)
        drawn.val = _values(panel, series, schema, sheet)
        if isinstance(chart, BarChart):
            drawn.spPr, drawn.invertIfNegative = GraphicalProperties(solidFill=colour), False
            drawn.errBars = _error_bars(reaches[index], brand) if reaches else None
        else:
            _draw_line(drawn, series, colour)
        chart.append(drawn)
    _dress(chart, panel, schema, brand)
    if reaches:
        chart.y_axis.scaling, chart.y_axis.majorUnit = _scaling(panel)
    return chart


def _empty(panel: Panel, schema: Schema) -> Drawn:
    if panel.chart.kind is ChartKind.BARS:
        return BarChart(gapWidth=60, overlap=-5)
    chart = LineChart()
    if schema[panel.chart.category].kind is Kind.DATE:
        chart.x_axis = DateAxis(crossAx=chart.y_axis.axId)
        chart.y_axis.crossAx = chart.x_axis.axId
        _label_days(chart.x_axis, panel)
    return chart


def _label_days(axis: DateAxis, panel: Panel) -> None:
    """Days, weeks or months apart, so that labels have room beside each other."""
    days = [point.category for series in panel.series for point in series.points if point.category]
    span = max(days) - min(days) if days else timedelta()
    axis.baseTimeUnit = "days"
    if span > _LONG:
        axis.number_format, axis.majorTimeUnit = "mmm yyyy", "months"
        axis.majorUnit = math.ceil(span / _MONTH / _MOST_LABELS)
    else:
        axis.number_format, axis.majorTimeUnit = "d mmm", "days"
        axis.majorUnit = 7 * math.ceil(span / _WEEK / _MOST_LABELS) if span > _WEEK else 1


def _error_bars(reach: Reach, brand: Brand) -> ErrorBars:
    line = LineProperties(solidFill=_rgb(brand.ink), w=_HAIRLINE)
    bars = ErrorBars(
        errValType="cust",
        plus=NumDataSource(numRef=NumRef(f=reach.above_cells, numCache=_numbers(reach.above))),
        minus=NumDataSource(numRef=NumRef(f=reach.below_cells, numCache=_numbers(reach.below))),
        spPr=GraphicalProperties(ln=line),
    )
    bars.__elements__ = _ERROR_BARS  # type: ignore[misc]
    return bars


def _scaling(panel: Panel) -> tuple[Scaling, float]:
    """With room for the error bars, for which not every program makes some; and the distance of the grid's lines, of
    which one is at 0."""
    points = [point for series in panel.series for point in series.points]
    ends = [end for point in points for end in (point.low, point.high, point.value) if end is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    power = 10.0 ** max(math.floor(math.log10(high - low)), -300)
    step = next(part * power for part in (0.2, 0.5, 1, 2) if (high - low) / (part * power) <= _MOST_LINES)
    first, last = math.floor(low / step) * step, math.ceil(high / step) * step
    return Scaling(min=float(f"{first:.6g}"), max=float(f"{last:.6g}")), step


def _draw_line(drawn: DrawnSeries, series: Series, colour: str) -> None:
    drawn.spPr = GraphicalProperties(ln=LineProperties(solidFill=colour, w=_LINE))
    drawn.smooth = False
    drawn.marker = Marker("none")
    if len(series.points) == 1:  # which no line shows
        drawn.marker = Marker("circle", 6, GraphicalProperties(solidFill=colour))


def _dress(chart: Drawn, panel: Panel, schema: Schema, brand: Brand) -> None:
    value = schema[panel.chart.value]
    ink, muted = _font(_TEXT_SIZE, brand.ink), _font(_TEXT_SIZE, brand.muted)
    chart.roundedCorners = False
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(solidFill=_GRID, w=_HAIRLINE))
    chart.title = _title(panel.title, _font(_TITLE_SIZE, brand.primary, bold=True))
    chart.y_axis.title = _title(value.name.replace("_", " "), muted)
    chart.y_axis.number_format = "0.0%" if value.unit == "share" else "General"
    chart.y_axis.majorGridlines = ChartLines(GraphicalProperties(ln=LineProperties(solidFill=_GRID, w=_HAIRLINE)))
    chart.x_axis.axPos = "b"
    chart.x_axis.tickLblPos = "low"  # below the bars that hang from the axis
    for axis in (chart.x_axis, chart.y_axis):
        axis.delete, axis.txPr = False, _rich(muted)
        axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=_AXIS, w=_HAIRLINE))
    chart.legend = Legend(legendPos="b", txPr=_rich(ink)) if len(panel.series) > 1 else None


def _categories(panel: Panel, series: Series, schema: Schema, sheet: str) -> AxDataSource:
    cells = _cells(panel.chart.category, series, schema, sheet)
    categories = [point.category for point in series.points]
    if schema[panel.chart.category].kind is Kind.DATE:
        serials = [date_serial(day) if isinstance(day, date) else None for day in categories]
        return AxDataSource(numRef=NumRef(f=cells, numCache=_numbers(serials, "yyyy-mm-dd")))
    texts = [StrVal(index, plain(str(text))) for index, text in enumerate(categories) if text is not None]
    return AxDataSource(strRef=StrRef(f=cells, strCache=StrData(len(categories), texts)))


def _values(panel: Panel, series: Series, schema: Schema, sheet: str) -> NumDataSource:
    values = [point.value for point in series.points]
    return NumDataSource(numRef=NumRef(f=_cells(panel.chart.value, series, schema, sheet), numCache=_numbers(values)))


def _cells(column: str, series: Series, schema: Schema, sheet: str) -> str:
    letters = get_column_letter(schema.names.index(column) + 1)
    return f"{quote_sheetname(sheet)}!${letters}${series.first_row}:${letters}${series.last_row}"


def _numbers(values: Sequence[float | None], number_format: str = "General") -> NumData:
    """What is missing is a gap."""
    known = [NumVal(index, v=repr(value)) for index, value in enumerate(values) if value is not None]
    return NumData(number_format, len(values), known)


def _title(text: str, font: CharacterProperties) -> Title:
    run = RegularTextRun(rPr=font, t=plain(text))
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=font), r=[run])
    return Title(tx=Text(rich=RichText(p=[paragraph])), overlay=False)


def _rich(font: CharacterProperties) -> RichText:
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=font), r=[], endParaRPr=CharacterProperties())])


def _font(size: int, colour: str, *, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=size, b=bold, solidFill=_rgb(colour))


def _rgb(colour: str) -> str:
    return colour.removeprefix("#")
