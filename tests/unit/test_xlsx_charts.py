"""XLSX: native charts of the rows, as openpyxl reads them back."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest
from openpyxl.chart._chart import ChartBase
from reading_back import Forward, Row, TableSource, about

from reportkit.brand import DEFAULT
from reportkit.columns import Chart, ChartKind, Column, Kind, Schema
from reportkit.writers import xlsx_series, xlsx_writer
from reportkit.writers.xlsx_writer import XlsxWriter

SCHEMA = Schema.of(
    [
        Column("experiment", Kind.TEXT, "The experiment"),
        Column("metric", Kind.TEXT, "The metric"),
        Column("variant", Kind.TEXT, "The variant"),
        Column("lift", Kind.NUMBER, "The lift", "share"),
        Column("low", Kind.NUMBER, "Its lower end", "share"),
        Column("high", Kind.NUMBER, "Its upper end", "share"),
    ]
)
LIFTS = Chart(ChartKind.BARS, "Lifts", "variant", "lift", ("experiment", "metric"), "low", "high")
ROWS: list[Row] = [
    ("Dark", "clicks", "control", None, None, None),
    ("Dark", "clicks", "dark", 0.1, -0.1, 0.4),
    ("Dark", "sales", "control", None, None, None),
    ("Dark", "sales", "dark", -0.2, -0.3, -0.1),
    ('Light & "bright"', "clicks", "control", None, None, None),
    ('Light & "bright"', "clicks", "light", 0.05, None, None),
    ("Empty", "clicks", "control", None, None, None),
]
DAYS = Schema.of(
    [
        Column("team", Kind.TEXT, "A team"),
        Column("day", Kind.DATE, "A day"),
        Column("n", Kind.INTEGER, "So many"),
    ]
)
BY_DAY = Chart(ChartKind.LINES, "By day", "day", "n", ("team",))


def book(schema: Schema, rows: Sequence[Row], *charts: Chart, batch_rows: int = 1000) -> openpyxl.Workbook:
    file = Forward()
    XlsxWriter().write(TableSource(schema, rows, batch_rows), file, replace(about("It's"), charts=charts))
    return openpyxl.load_workbook(io.BytesIO(bytes(file.content)))


def drawn(workbook: openpyxl.Workbook) -> list[ChartBase]:
    return workbook["Charts"]._charts if "Charts" in workbook.sheetnames else []


def notes(workbook: openpyxl.Workbook) -> list[str]:
    """What "About" says of charts that are missing."""
    rows = list(workbook["About"].iter_rows(max_col=2, values_only=True))
    starts = [number for number, (label, _) in enumerate(rows) if label == "Charts"]
    return [str(rows[number][1]) for number in starts]


def title(chart: ChartBase) -> str:
    return "".join(run.t for paragraph in chart.title.tx.rich.p for run in paragraph.r)


def cached(data: Any) -> dict[int, Any]:
    return {point.idx: point.v for point in data.pt}


@pytest.mark.parametrize("batch_rows", [1, 2, 1000])
def test_bars_of_what_the_last_series_column_tells_apart_stand_in_one_chart(batch_rows: int) -> None:
    workbook = book(SCHEMA, ROWS, LIFTS, batch_rows=batch_rows)
    assert workbook.sheetnames == ["About", "Charts", "It's"]
    assert [title(chart) for chart in drawn(workbook)] == ["Dark", 'Light & "bright"']
    dark, light = drawn(workbook)
    assert [series.tx.v for series in dark.series] == ["clicks", "sales"]
    assert [series.val.numRef.f for series in dark.series] == ["'It''s'!$D$3:$D$3", "'It''s'!$D$5:$D$5"]
    assert [series.cat.strRef.f for series in dark.series] == ["'It''s'!$C$3:$C$3", "'It''s'!$C$5:$C$5"]
    assert [series.val.numRef.f for series in light.series] == ["'It''s'!$D$7:$D$7"]
    assert notes(workbook) == ["“Lifts” is not drawn for 1 of 3: they have no values but zeros."]


def test_charts_hold_the_values_that_they_refer_to() -> None:
    dark, _ = drawn(book(SCHEMA, ROWS, LIFTS))
    assert [cached(series.val.numRef.numCache) for series in dark.series] == [{0: 0.1}, {0: -0.2}]
    assert [cached(series.cat.strRef.strCache) for series in dark.series] == [{0: "dark"}, {0: "dark"}]


def test_error_bars_refer_to_cells_with_how_far_they_reach() -> None:
    workbook = book(SCHEMA, ROWS, LIFTS)
    dark, light = drawn(workbook)
    bars = dark.series[0].errBars
    ((below,),), ((above,),) = (workbook["Charts"][ref.numRef.f.split("!")[1]] for ref in (bars.minus, bars.plus))
    assert (below.value, above.value) == (pytest.approx(0.2), pytest.approx(0.3))
    assert cached(bars.plus.numRef.numCache) == {0: pytest.approx(0.3)}
    assert cached(light.series[0].errBars.plus.numRef.numCache) == {}
    assert (dark.y_axis.scaling.min, dark.y_axis.scaling.max) == (-0.3, 0.4)


def test_error_bars_have_their_elements_in_the_order_of_the_standard() -> None:
    file = Forward()
    XlsxWriter().write(TableSource(SCHEMA, ROWS), file, replace(about(), charts=(LIFTS,)))
    with zipfile.ZipFile(io.BytesIO(bytes(file.content))) as package:
        chart = package.read("xl/charts/chart1.xml")
    assert chart.index(b"<errValType") < chart.index(b"<plus>") < chart.index(b"<minus>")


def test_lines_run_over_days_in_the_brands_colours() -> None:
    rows: list[Row] = [
        ("a", date(2026, 1, 1), 5),
        ("a", date(2026, 1, 2), None),
        ("b", date(2026, 1, 1), 7),
        ("b", date(2026, 1, 2), 8),
    ]
    (chart,) = drawn(book(DAYS, rows, BY_DAY))
    assert title(chart) == "By day"
    assert [series.tx.v for series in chart.series] == ["a", "b"]
    assert [series.val.numRef.f for series in chart.series] == ["'It''s'!$C$2:$C$3", "'It''s'!$C$4:$C$5"]
    assert cached(chart.series[0].cat.numRef.numCache) == {0: 46023, 1: 46024}
    assert [f"#{series.spPr.ln.solidFill.srgbClr}" for series in chart.series] == list(DEFAULT.categorical[:2])
    assert (chart.x_axis.number_format.formatCode, chart.legend.position) == ("d mmm", "b")


@pytest.mark.parametrize(
    ("last", "unit", "apart"),
    [
        (date(2026, 1, 8), "days", 1),
        (date(2026, 2, 26), "days", 7),
        (date(2026, 6, 1), "days", 21),
        (date(2026, 12, 31), "months", 2),
        (date(2036, 1, 1), "months", 16),
    ],
)
def test_the_labels_of_days_have_room_beside_each_other(last: date, unit: str, apart: int) -> None:
    (chart,) = drawn(book(DAYS, [("a", date(2026, 1, 1), 5), ("a", last, 6)], BY_DAY))
    assert (chart.x_axis.majorTimeUnit, chart.x_axis.majorUnit) == (unit, apart)


def test_the_axes_of_every_chart_cross_each_other() -> None:
    days: list[Row] = [("a", date(2026, 1, 1), 5), ("a", date(2026, 1, 2), 6)]
    bars, lines = drawn(book(SCHEMA, ROWS, LIFTS))[0], drawn(book(DAYS, days, BY_DAY))[0]
    for chart in (bars, lines):
        assert (chart.x_axis.crossAx, chart.y_axis.crossAx) == (chart.y_axis.axId, chart.x_axis.axId)


@pytest.mark.parametrize(
    ("low", "high", "axis"),
    [
        (-0.13, 0.71, (-0.2, 0.8, 0.2)),
        (-4.4, 46.5, (-10.0, 50.0, 10.0)),
        (0.01, 0.02, (0.0, 0.02, 0.005)),
        (-1e-12, 5e-12, (-1e-12, 5e-12, 1e-12)),
        (-9e299, 9e299, (-1e300, 1e300, 5e299)),
        (0.0, 5e-324, (0.0, 2e-301, 2e-301)),
    ],
)
def test_zero_is_on_the_grid_of_bars_with_error_bars(low: float, high: float, axis: tuple[float, float, float]) -> None:
    (chart,) = drawn(book(SCHEMA, [("Dark", "clicks", "dark", high, low, high)], LIFTS))
    drawn_axis = (chart.y_axis.scaling.min, chart.y_axis.scaling.max, chart.y_axis.majorUnit)
    assert drawn_axis == pytest.approx(axis, abs=0)


def lifts(*intervals: tuple[float, float, float]) -> ChartBase:
    """Each from its lower end over its value to its upper end."""
    rows = [("Dark", f"metric {n}", "dark", value, low, high) for n, (low, value, high) in enumerate(intervals)]
    return drawn(book(SCHEMA, rows, LIFTS))[0]


def test_one_very_wide_interval_is_cut_off_and_the_chart_says_so() -> None:
    narrow, wide = [(-0.1, 0.1, 0.4), (-0.3, -0.2, -0.1)], (-0.9, 0.5, 60.0)
    chart, alone = lifts(*narrow, wide), lifts(wide)
    assert (chart.y_axis.scaling.min, chart.y_axis.scaling.max) == (-1.0, 2.5)
    assert (alone.y_axis.scaling.min, alone.y_axis.scaling.max) == (-2.0, 8.0)
    assert title(chart) == title(alone) == "Darkcut off: an interval reaches 6,000%"
    assert title(lifts(*narrow)) == "Dark"


def test_an_axis_reaches_twice_as_far_as_the_longest_bar() -> None:
    chart = lifts((-0.1, 0.1, 0.2), (-0.1, 0.1, 0.2), (10.0, 30.0, 90.0))
    assert chart.y_axis.scaling.max == 60.0
    assert title(chart).endswith("reaches 9,000%")
    assert title(lifts((-0.1, 0.1, 0.2), (-0.1, 0.1, 0.2), (10.0, 30.0, 60.0))) == "Dark"


@pytest.mark.parametrize(
    ("high", "number_format"),
    [(60.0, "#,##0%"), (0.4, "#,##0%"), (0.009, "#,##0.0%"), (0.0009, "#,##0.00%"), (1e-12, "#,##0.000000%")],
)
def test_percentages_on_an_axis_have_the_decimals_that_its_steps_take(high: float, number_format: str) -> None:
    assert lifts((0.0, high, high)).y_axis.number_format.formatCode == number_format


def test_a_chart_of_nothing_but_zeros_is_left_out() -> None:
    workbook = book(DAYS, [("a", date(2026, 1, 1), 0), ("a", date(2026, 1, 2), 0)], BY_DAY)
    assert drawn(workbook) == []
    assert notes(workbook) == ["“By day” is not drawn for 1 of 1: they have no values but zeros."]


def test_one_series_needs_no_legend_and_a_long_time_no_days() -> None:
    rows: list[Row] = [("a", date(2026, 1, 1), 5), ("a", date(2026, 12, 31), 6)]
    (chart,) = drawn(book(DAYS, rows, BY_DAY))
    assert (chart.legend, chart.x_axis.number_format.formatCode) == (None, "mmm yyyy")


def test_without_series_columns_all_rows_are_one() -> None:
    rows: list[Row] = [("a", date(2026, 1, 1), 5), ("b", date(2026, 1, 1), 6)]
    (chart,) = drawn(book(DAYS, rows, Chart(ChartKind.BARS, "By team", "team", "n")))
    assert (title(chart), [series.tx.v for series in chart.series]) == ("By team", ["n"])


def test_a_chart_whose_columns_were_not_asked_for_is_left_out_and_named() -> None:
    schema = Schema.of([column for column in SCHEMA if column.name != "low"])
    workbook = book(schema, [[*row[:4], row[5]] for row in ROWS], LIFTS)
    assert (drawn(workbook), notes(workbook)) == ([], ["“Lifts” is not drawn: it needs the columns low."])


def test_a_chart_of_rows_in_another_order_is_left_out() -> None:
    workbook = book(SCHEMA, sorted(ROWS, key=lambda row: str(row[2])), LIFTS)
    assert drawn(workbook) == []
    assert notes(workbook) == ["“Lifts” is not drawn: sorted like this, the rows of a series do not follow each other."]


def test_a_chart_of_rows_on_several_sheets_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_writer, "MOST_ROWS", 5)
    workbook = book(SCHEMA, ROWS, LIFTS)
    assert (drawn(workbook), notes(workbook)) == ([], ["“Lifts” is not drawn: the rows are on several sheets."])


def test_a_chart_of_very_many_rows_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_series, "MOST_ROWS", 6)
    workbook = book(SCHEMA, ROWS, LIFTS)
    assert (drawn(workbook), notes(workbook)) == ([], ["“Lifts” is not drawn: there are more than 6 rows."])


def test_of_very_many_charts_the_first_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_series, "MOST_CHARTS", 1)
    workbook = book(SCHEMA, ROWS, LIFTS)
    assert [title(chart) for chart in drawn(workbook)] == ["Dark"]
    assert notes(workbook)[0] == "“Lifts” is drawn for the first 1 of 2: filter for the others."


def test_series_that_do_not_fit_into_one_chart_are_left_out() -> None:
    many: list[Row] = [(f"team {number}", date(2026, 1, 1), number) for number in range(9)]
    uneven: list[Row] = [("a", date(2026, 1, 1), 1), ("b", date(2026, 1, 2), 2)]
    for rows in (many, uneven):
        workbook = book(DAYS, rows, BY_DAY)
        assert drawn(workbook) == []
        assert notes(workbook) == [
            "“By day” is not drawn for 1 of 1: they have more than 8 series, or series that do not share their day."
        ]


def test_endless_values_are_gaps() -> None:
    rows: list[Row] = [
        ("Dark", "clicks", "a", 0.1, -math.inf, math.inf),
        ("Dark", "clicks", "b", math.nan, math.nan, 1e308),
        ("Dark", "clicks", "c", 0.3, 0.2, 0.4),
    ]
    (chart,) = drawn(book(SCHEMA, rows, LIFTS))
    (series,) = chart.series
    assert cached(series.val.numRef.numCache) == {0: 0.1, 2: 0.3}
    assert cached(series.errBars.plus.numRef.numCache) == {2: pytest.approx(0.1)}


def test_texts_that_xml_does_not_hold_and_missing_ones_break_no_chart() -> None:
    rows: list[Row] = [("a\x00b", "c\x0b", "\ufffe", 0.1, 0.0, 0.2), (None, None, None, 0.1, 0.0, 0.2)]
    first, second = drawn(book(SCHEMA, rows, LIFTS))
    assert (title(first), first.series[0].tx.v, cached(first.series[0].cat.strRef.strCache)) == ("a b", "c ", {0: " "})
    assert (title(second), second.series[0].tx.v, cached(second.series[0].cat.strRef.strCache)) == ("Lifts", "lift", {})
    assert drawn(book(DAYS, [("a", None, 1)], BY_DAY))


def test_no_text_of_a_chart_is_a_formula() -> None:
    rows: list[Row] = [("=1+1", "=2+2", "=3+3", 0.1, 0.0, 0.2)]
    sheet = book(SCHEMA, rows, LIFTS)["Charts"]
    assert "f" not in {cell.data_type for row in sheet for cell in row}
