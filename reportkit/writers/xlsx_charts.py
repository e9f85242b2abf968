"""Native charts of a sheet's rows, by openpyxl. They refer to the cells, and hold their values for viewers that do not
calculate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median_low

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
_FARTHEST = 8
"""Times the usual end of an error bar: there an axis ends, or at twice the longest bar, for one very wide interval
would flatten all else."""
_MOST_DECIMALS = 6

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


@dataclass(frozen=True)
class _Axis:
    """With room for error bars, for which not every program makes some, and a line of the grid at 0."""

    first: float
    last: float
    step: float
    """Between the grid's lines."""
    beyond: float | None
    """The farthest end of an error bar that is cut off."""

    @property
    def percentages(self) -> str:
        """Their number format."""
        decimals = min(max(0, -math.floor(math.log10(self.step)) - 2), _MOST_DECIMALS)
        return f"#,##0.{'0' * decimals}%" if decimals else "#,##0%"


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
    _dress(chart, panel, schema, brand, _axis(panel) if reaches else None)
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


def _axis(panel: Panel) -> _Axis:
    points = [point for series in panel.series for point in series.points]
    values = [0.0, *(point.value for point in points if point.value is not None)]
    ends = [end for point in points for end in (point.low, point.high) if end is not None]
    usual = median_low([abs(end) for end in ends if end] or [0.0])
    farthest = max(_FARTHEST * usual, 2 * max(map(abs, values)))
    low = min(*values, max([-farthest, min(ends, default=0.0)]))
    high = max(*values, min([farthest, max(ends, default=0.0)]))
    power = 10.0 ** max(math.floor(math.log10(high - low)), -300)
    step = next(part * power for part in (0.2, 0.5, 1, 2) if (high - low) / (part * power) <= _MOST_LINES)
    first, last = math.floor(low / step) * step, math.ceil(high / step) * step
    beyond = [end for end in ends if not min(low, first) <= end <= max(high, last)]
    return _Axis(float(f"{first:.6g}"), float(f"{last:.6g}"), step, max(beyond, key=abs, default=None))


def _draw_line(drawn: DrawnSeries, series: Series, colour: str) -> None:
    drawn.spPr = GraphicalProperties(ln=LineProperties(solidFill=colour, w=_LINE))
    drawn.smooth = False
    drawn.marker = Marker("none")
    if len(series.points) == 1:  # which no line shows
        drawn.marker = Marker("circle", 6, GraphicalProperties(solidFill=colour))


def _dress(chart: Drawn, panel: Panel, schema: Schema, brand: Brand, error_axis: _Axis | None) -> None:
    value = schema[panel.chart.value]
    share = value.unit == "share"
    ink, muted = _font(_TEXT_SIZE, brand.ink), _font(_TEXT_SIZE, brand.muted)
    chart.roundedCorners = False
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(solidFill=_GRID, w=_HAIRLINE))
    heading = [_paragraph(panel.title, _font(_TITLE_SIZE, brand.primary, bold=True))]
    chart.y_axis.number_format = "0.0%" if share else "General"
    if error_axis:
        chart.y_axis.scaling = Scaling(min=error_axis.first, max=error_axis.last)
        chart.y_axis.majorUnit = error_axis.step
        chart.y_axis.number_format = error_axis.percentages if share else "General"
        if error_axis.beyond is not None:
            reached = f"{error_axis.beyond:,.0%}" if share else f"{error_axis.beyond:,.6g}"
            heading.append(_paragraph(f"cut off: an interval reaches {reached}", muted))
    chart.title = _title(*heading)
    chart.y_axis.title = _title(_paragraph(value.name.replace("_", " "), muted))
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


def _title(*paragraphs: Paragraph) -> Title:
    return Title(tx=Text(rich=RichText(p=list(paragraphs))), overlay=False)


def _paragraph(text: str, font: CharacterProperties) -> Paragraph:
    run = RegularTextRun(rPr=font, t=plain(text))
    return Paragraph(pPr=ParagraphProperties(defRPr=font), r=[run])


def _rich(font: CharacterProperties) -> RichText:
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=font), r=[], endParaRPr=CharacterProperties())])


def _font(size: int, colour: str, *, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=size, b=bold, solidFill=_rgb(colour))


def _rgb(colour: str) -> str:
    return colour.removeprefix("#")
