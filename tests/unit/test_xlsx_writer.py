"""XLSX: the workbook around the rows, the cells to the byte, and what happens when a sheet is full."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from reading_back import Forward, Row, TableSource, about, read_back

from reportkit.columns import Column, Kind, Schema
from reportkit.errors import UnwritableExport
from reportkit.writers import xlsx_writer
from reportkit.writers.base import Written
from reportkit.writers.xlsx_shell import sheet_title
from reportkit.writers.xlsx_writer import XlsxWriter

NUMBERED = Schema.of([Column("id", Kind.INTEGER, "A number"), Column("name", Kind.TEXT, "A name")])
ONE_OF_EACH = Schema.of([Column(str(kind), kind, "One of each") for kind in Kind])


def written(schema: Schema, rows: list[Row], title: str = "", batch_rows: int = 1000) -> tuple[bytes, Written]:
    file = Forward()
    result = XlsxWriter().write(TableSource(schema, rows, batch_rows), file, about(title))
    return bytes(file.content), result


def numbered(count: int) -> list[Row]:
    return [(number, f"row {number}") for number in range(count)]


def workbook(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name).decode()


def cells(row: Row, schema: Schema = ONE_OF_EACH) -> list[str]:
    """The cells of the only row, as they stand in the file."""
    data, _ = written(schema, [row])
    _, found = re.findall("<row .*?</row>", part(data, "xl/worksheets/sheet1.xml"), re.DOTALL)
    return re.findall("<c .*?</c>", found, re.DOTALL)


def test_each_kind_has_its_cell() -> None:
    moment = datetime(2026, 1, 31, 12, tzinfo=UTC)
    row = ["a", "b-c", -7, 0.1 + 0.2, Decimal("12.340000000000000000"), True, date(2026, 1, 31), moment, "[1]"]
    assert cells(row) == [
        '<c r="A2" t="inlineStr"><is><t xml:space="preserve">a</t></is></c>',
        '<c r="B2" t="inlineStr"><is><t xml:space="preserve">b-c</t></is></c>',
        '<c r="C2" s="2"><v>-7</v></c>',
        '<c r="D2"><v>0.30000000000000004</v></c>',
        '<c r="E2"><v>12.34</v></c>',
        '<c r="F2" s="3" t="b"><v>1</v></c>',
        '<c r="G2" s="4"><v>46053</v></c>',
        '<c r="H2" s="5"><v>46053.5</v></c>',
        '<c r="I2" t="inlineStr"><is><t xml:space="preserve">[1]</t></is></c>',
    ]


def test_null_has_no_cell_and_empty_text_has_one() -> None:
    assert cells((None, ""), NUMBERED) == ['<c r="B2" t="inlineStr"><is><t xml:space="preserve"></t></is></c>']


def test_characters_that_xml_lacks_are_escaped_as_excel_does() -> None:
    (_, cell) = cells((1, "<&>\x0b\r\n\ufffe_x0041_"), NUMBERED)
    assert ">&lt;&amp;&gt;_x000B_&#13;\n_xFFFE__x005F_x0041_<" in cell


def test_the_header_is_bold_frozen_filtered_and_wide_enough() -> None:
    schema = Schema.of([*NUMBERED, Column("a_rather_long_name_for_a_share", Kind.NUMBER, "A share")])
    sheet = workbook(written(schema, [(1, "a", 0.5)] * 3)[0]).worksheets[0]
    assert [cell.value for cell in sheet[1]] == list(schema.names)
    assert all(cell.font.bold for cell in sheet[1])
    assert not any(cell.font.bold for cell in sheet[2])
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:C4"
    assert sheet.column_dimensions["C"].width > len(schema.names[2])


def test_dates_are_shown_as_dates_and_instants_with_their_zone() -> None:
    schema = Schema.of([Column("day", Kind.DATE, "A day"), Column("at", Kind.INSTANT, "A moment")])
    sheet = workbook(
        written(schema, [(date(2026, 1, 31), datetime(2026, 1, 31, 23, 59, 59, 999_999, UTC))])[0]
    ).worksheets[0]
    day, at = sheet[2]
    assert (day.value, day.number_format) == (datetime(2026, 1, 31), "yyyy-mm-dd")
    assert (at.value, at.number_format) == (datetime(2026, 1, 31, 23, 59, 59, 999_000), 'yyyy-mm-dd hh:mm:ss.000 "UTC"')


def test_column_names_are_guarded_too() -> None:
    schema = Schema.of([Column("=1+1", Kind.INTEGER, "A trap")])
    data, result = written(schema, [(1,)])
    assert workbook(data).worksheets[0]["A1"].value == "'=1+1"
    assert "<f>" not in part(data, "xl/worksheets/sheet1.xml")
    assert result == Written(1, {})


def test_columns_past_z_have_their_letters() -> None:
    schema = Schema.of([Column(f"c{index}", Kind.INTEGER, "A number") for index in range(800)])
    row = list(range(800))
    data, _ = written(schema, [row])
    assert 'r="ADT2"' in part(data, "xl/worksheets/sheet1.xml")
    assert read_back("xlsx", "openpyxl", data, schema) == (list(schema.names), [row])


def test_more_columns_than_a_sheet_has_are_refused() -> None:
    schema = Schema.of([Column(f"c{index}", Kind.INTEGER, "A number") for index in range(16_385)])
    with pytest.raises(UnwritableExport, match="at most 16,384 columns"):
        written(schema, [])


@pytest.mark.parametrize(("rows", "sheets"), [(3, [3]), (4, [4]), (5, [4, 1]), (9, [4, 4, 1])])
@pytest.mark.parametrize("batch_rows", [1, 3, 100])
def test_rows_roll_over_to_further_sheets_each_with_its_header(
    rows: int, sheets: list[int], batch_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_writer, "MOST_ROWS", 5)
    data, result = written(NUMBERED, numbered(rows), title="Events", batch_rows=batch_rows)
    book = workbook(data)
    assert book.sheetnames == ["Events", "Events 2", "Events 3"][: len(sheets)]
    assert [sheet.max_row - 1 for sheet in book.worksheets] == sheets
    assert [sheet.auto_filter.ref for sheet in book.worksheets] == [f"A1:B{count + 1}" for count in sheets]
    assert read_back("xlsx", "openpyxl", data, NUMBERED)[1] == [list(row) for row in numbered(rows)]
    assert result.records == rows


def test_a_sheet_that_gets_too_long_for_a_plain_zip_entry_is_continued_on_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xlsx_writer, "MOST_BYTES", 1000)
    data, result = written(NUMBERED, numbered(40), batch_rows=10)
    assert workbook(data).sheetnames == ["Data", "Data 2", "Data 3", "Data 4"]
    assert read_back("xlsx", "openpyxl", data, NUMBERED)[1] == [list(row) for row in numbered(40)]
    assert result.records == 40


@pytest.mark.parametrize(
    ("title", "number", "expected"),
    [
        ("", 1, "Data"),
        ("", 2, "Data 2"),
        ("raw_events", 1, "raw_events"),
        ("raw_events", 12, "raw_events 12"),
        ("a[b]c:d*e?f/g\\h", 1, "a b c d e f g h"),
        ("'quoted'", 1, "quoted"),
        ("History", 1, "Data"),
        ("???", 1, "Data"),
        ("x" * 40, 1, "x" * 31),
        ("x" * 40, 2, "x" * 29 + " 2"),
        ("😀" * 40, 1, "😀" * 15),
        ("nul\x00 and\ntab\t", 1, "nul and tab"),
    ],
)
def test_sheet_titles_follow_the_rules_of_excel(title: str, number: int, expected: str) -> None:
    assert sheet_title(title, number) == expected


def test_the_file_says_its_title_and_no_time() -> None:
    data, _ = written(NUMBERED, [], title="Raw\x00 events")
    properties = workbook(data).properties
    assert (properties.title, properties.creator) == ("Raw  events", "reportkit")
    assert "<dcterms:" not in part(data, "docProps/core.xml")


def test_closing_the_file_unchanged_asks_nothing() -> None:
    assert 'fullCalcOnLoad="0"' in part(written(NUMBERED, [])[0], "xl/workbook.xml")


def test_entries_are_plain_streamed_and_undated() -> None:
    data, _ = written(NUMBERED, numbered(3))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        entries = package.infolist()
    assert entries[0].filename == "xl/worksheets/sheet1.xml"
    assert {(entry.extract_version, entry.extra, entry.date_time[0]) for entry in entries} == {(20, b"", 1980)}


def test_a_text_that_only_looks_escaped_once_its_control_character_is_reads_back_as_it_was() -> None:
    schema = Schema.of([Column("text", Kind.TEXT, "A text")])
    texts = ["_x0041\x01", "_x0041_", "_x0041\ufffe", "_x004"]
    data, _ = written(schema, [(text,) for text in texts])
    assert [unescape(cell.value) for (cell,) in workbook(data).active.iter_rows(min_row=2)] == texts
