"""XLSX: how the sheets of rows look and print."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from reading_back import Forward, Row, TableSource, about

from reportkit.brand import DEFAULT
from reportkit.columns import Column, Kind, Schema, arrow_type
from reportkit.specs import FileOptions
from reportkit.writers.xlsx_columns import Look, look_of
from reportkit.writers.xlsx_page import Page, pages_wide, print_on_a4
from reportkit.writers.xlsx_writer import XlsxWriter


def workbook(schema: Schema, rows: list[Row], zone: str = "UTC") -> openpyxl.Workbook:
    file = Forward()
    XlsxWriter(FileOptions(zone=zone)).write(TableSource(schema, rows), file, about())
    return openpyxl.load_workbook(io.BytesIO(bytes(file.content)))


def sheet(schema: Schema, rows: list[Row], zone: str = "UTC") -> Worksheet:
    return workbook(schema, rows, zone)["Nasty"]


def look(kind: Kind, unit: str | None, values: list[Any], name: str = "x") -> Look:
    return look_of(Column(name, kind, "A column", unit), pa.array(values, arrow_type(kind)), "UTC")


@pytest.mark.parametrize(
    ("kind", "unit", "values", "expected"),
    [
        (Kind.INTEGER, None, [20_143], "0"),
        (Kind.INTEGER, "users", [20_143], "#,##0"),
        (Kind.INTEGER, "JPY", [20_143], "[$JPY] #,##0"),
        (Kind.NUMBER, "share", [0.1234], "0.00%"),
        (Kind.NUMBER, "probability", [0.04], "[<0.0001]0.0E+00;0.0000"),
        (Kind.DECIMAL, "USD", [Decimal("12.5")], "[$USD] #,##0.00"),
        (Kind.NUMBER, "seconds", [1.5, -1200.25], "#,##0.00"),
        (Kind.NUMBER, None, [12.5, 0.0123], "#,##0.000"),
        (Kind.NUMBER, None, [12.5, 1e-9], "General"),
        (Kind.NUMBER, None, [1.0, 2.0, None], "General"),
        (Kind.NUMBER, None, [float("nan"), float("inf"), None], "General"),
        (Kind.NUMBER, None, [], "General"),
        (Kind.INTEGER, "users", [2**63 - 1], "#,##0"),
        (Kind.DATE, None, [], "yyyy-mm-dd"),
        (Kind.TEXT, "ms", ["a"], "General"),
    ],
)
def test_a_column_has_the_number_format_of_its_unit_and_its_first_values(
    kind: Kind, unit: str | None, values: list[Any], expected: str
) -> None:
    assert look(kind, unit, values).number_format == expected


def test_numbers_stand_right_with_room_before_the_next_column_and_dates_left() -> None:
    schema = Schema.of([Column("n", Kind.INTEGER, "A number"), Column("day", Kind.DATE, "A day")])
    number, day = sheet(schema, [(1, date(2026, 1, 31))])[2]
    assert (number.alignment.horizontal, number.alignment.indent) == ("right", 1)
    assert day.alignment.horizontal == "left"


def test_dates_are_shown_as_dates_and_instants_with_their_zone() -> None:
    schema = Schema.of([Column("day", Kind.DATE, "A day"), Column("at", Kind.INSTANT, "A moment")])
    row = (date(2026, 1, 31), datetime(2026, 1, 31, 23, 59, 59, 999_999, UTC))
    day, at = sheet(schema, [row])[2]
    assert (day.value, day.number_format) == (datetime(2026, 1, 31), "yyyy-mm-dd")
    assert (at.value, at.number_format) == (datetime(2026, 1, 31, 23, 59, 59, 999_000), 'yyyy-mm-dd hh:mm:ss.000 "UTC"')
    *_, at = sheet(schema, [row], "Asia/Kolkata")[2]
    assert at.value == datetime(2026, 2, 1, 5, 29, 59, 999_000)
    assert at.number_format == 'yyyy-mm-dd hh:mm:ss.000 "Asia/Kolkata"'


@pytest.mark.parametrize(
    ("kind", "values", "name", "width"),
    [
        (Kind.TEXT, ["a"], "x", 11),
        (Kind.TEXT, ["a" * 20, None], "x", 23),
        (Kind.TEXT, ["a" * 5000], "x", 60),
        (Kind.TEXT, [], "x" * 20, 25),
        (Kind.TEXT, [], "x" * 50, 55),
        (Kind.TEXT, [], "x" * 99, 60),
        (Kind.INTEGER, [1_234_567_890], "x", 20),
    ],
)
def test_widths_come_from_the_first_values_and_the_name_and_are_bounded(
    kind: Kind, values: list[Any], name: str, width: int
) -> None:
    assert look(kind, None, values, name).width == width


def test_the_header_is_in_the_brand_frozen_filtered_and_repeated_on_every_printed_page() -> None:
    schema = Schema.of([Column("id", Kind.INTEGER, "A number"), Column("name", Kind.TEXT, "A name")])
    found = sheet(schema, [(1, "a")] * 3)
    for cell in found[1]:
        assert (cell.font.bold, cell.font.color.rgb[2:]) == (True, "FFFFFF")
        assert cell.fill.fgColor.rgb[2:] == DEFAULT.primary[1:]
    assert [cell.value for cell in found[1]] == ["id", "name"]
    assert not any(cell.font.bold for cell in found[2])
    assert (found.freeze_panes, found.auto_filter.ref) == ("A2", "A1:B4")
    assert (found.print_title_rows, found.print_area) == ("$1:$1", "'Nasty'!$A$1:$B$4")


def test_a_name_stands_above_its_values_left_or_right_as_they_do_and_clear_of_the_filter_button() -> None:
    columns = [
        Column("name", Kind.TEXT, "A name"),
        Column("users", Kind.INTEGER, "Some"),
        Column("day", Kind.DATE, "A day"),
    ]
    found = sheet(Schema.of(columns), [("a", 1, date(2026, 1, 31))])
    assert [(cell.alignment.horizontal, cell.alignment.indent) for cell in found[1]] == [
        (None, 0),
        ("right", 2),
        ("left", 0),
    ]
    assert [cell.alignment.horizontal for cell in found[2]] == [None, "right", "left"]


def test_every_sheet_prints_on_landscape_a4_with_brand_and_page_at_its_foot() -> None:
    for found in workbook(Schema.of([Column("id", Kind.INTEGER, "A number")]), [(1,)]):
        assert (found.page_setup.orientation, found.page_setup.paperSize) == ("landscape", 9)
        assert (found.page_setup.fitToWidth, found.page_setup.fitToHeight) == (1, 0)
        assert found.sheet_properties.pageSetUpPr.fitToPage
        assert not found.HeaderFooter.scaleWithDoc
        assert (found.oddFooter.left.text, found.oddFooter.right.text) == ("Reportkit · Internal", "Page &P of &N")


def test_a_sheet_too_wide_to_be_read_on_one_page_is_printed_on_several_with_its_first_column_on_each() -> None:
    columns = [Column(f"column_{number}", Kind.TEXT, "Words") for number in range(20)]
    found = sheet(Schema.of(columns), [("some words of text",) * 20])
    assert (found.page_setup.fitToWidth, found.page_setup.fitToHeight) == (2, 0)
    assert (found.print_title_cols, found.print_title_rows) == ("$A:$A", "$1:$1")
    assert (found.freeze_panes, found.page_setup.pageOrder) == ("B2", "overThenDown")


@pytest.mark.parametrize(
    ("widths", "pages"),
    [((10,), 1), ((60,), 1), ((10,) * 27, 1), ((10,) * 28, 2), ((10,) * 53, 2), ((10,) * 54, 3), ((60,) * 60, 16)],
)
def test_a_sheet_is_as_many_pages_wide_as_it_takes_to_read_it(widths: tuple[int, ...], pages: int) -> None:
    assert pages_wide(widths) == pages


def test_a_line_of_words_is_as_high_as_its_text_takes_and_excel_allows() -> None:
    worksheet = openpyxl.Workbook().create_sheet()
    page = Page(worksheet, DEFAULT, (20, 40))
    for text in ("short", "x" * 100, "x" * 40_000):
        page.fact("Filters", text)
    assert [worksheet.row_dimensions[row].height for row in (1, 2, 3)] == [15, 45, 409]


def test_a_long_foot_is_cut_for_excel_takes_255_characters() -> None:
    worksheet = openpyxl.Workbook().create_sheet()
    print_on_a4(worksheet, replace(DEFAULT, name="A & B " * 60))
    assert worksheet.oddFooter.left.text.startswith("A && B A && B")
    assert len(worksheet.oddFooter.left.text) <= 200


def test_the_rows_open_first_and_about_stands_before_them() -> None:
    book = workbook(Schema.of([Column("id", Kind.INTEGER, "A number")]), [(1,)])
    assert book.sheetnames == ["About", "Nasty"]
    assert book.active.title == "Nasty"
    assert [found.sheet_view.tabSelected for found in book] == [None, True]


def test_the_properties_say_what_it_is_and_when_it_was_made() -> None:
    properties = workbook(Schema.of([Column("id", Kind.INTEGER, "A number")]), []).properties
    assert (properties.title, properties.creator, properties.keywords) == ("Nasty", "Reportkit", "nasty, Internal")
    assert properties.created == properties.modified == datetime(2026, 11, 2, 9)
