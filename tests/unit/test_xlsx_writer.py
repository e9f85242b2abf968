"""XLSX: the cells to the byte, what happens when a sheet is full, and the package around them."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pyarrow as pa
import pytest
from nasty import ROWS, SCHEMA
from openpyxl.utils.escape import unescape
from reading_back import Forward, Row, TableSource, about, read_back

from reportkit.columns import Column, Kind, Schema
from reportkit.errors import BadValue, UnwritableExport
from reportkit.specs import FileOptions
from reportkit.writers import xlsx_pieces, xlsx_writer
from reportkit.writers.base import Written
from reportkit.writers.formula_guard import unguard
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
    assert [re.sub(' s="[0-9]+"', " s", cell) for cell in cells(row)] == [
        '<c r="A2" t="inlineStr"><is><t>a</t></is></c>',
        '<c r="B2" t="inlineStr"><is><t>b-c</t></is></c>',
        '<c r="C2" s><v>-7</v></c>',
        '<c r="D2" s><v>0.30000000000000004</v></c>',
        '<c r="E2" s><v>12.34</v></c>',
        '<c r="F2" s t="b"><v>1</v></c>',
        '<c r="G2" s><v>46053</v></c>',
        '<c r="H2" s><v>46053.5</v></c>',
        '<c r="I2" t="inlineStr"><is><t>[1]</t></is></c>',
    ]


def test_null_has_no_cell_and_empty_text_has_one() -> None:
    assert cells((None, ""), NUMBERED) == ['<c r="B2" t="inlineStr"><is><t></t></is></c>']


@pytest.mark.parametrize("text", [" a", "a\t", "\xa0a", " "])
def test_white_space_at_the_ends_is_kept(text: str) -> None:
    assert cells((None, text), NUMBERED) == [f'<c r="B2" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>']


LINKS = [
    "http://example.com",
    "https://example.com/?a=1#b",
    "mailto:ann@example.com",
    "ftp://example.com/a.txt",
    "file:///etc/passwd",
    "www.example.com",
    "ann@example.com",
    r"\\server\share",
    r"C:\a.txt",
    "#Sheet1!A1",
    '=HYPERLINK("http://example.com")',
    "javascript:alert(1)",
]


def test_no_text_becomes_a_link() -> None:
    """Neither among the rows, in a column's name, nor in what the workbook says about itself."""
    schema = Schema.of([Column(link, Kind.TEXT, link) for link in LINKS])
    for data in (written(schema, [tuple(LINKS)], title=link)[0] for link in LINKS):
        assert [unguard(value) for value in read_back("xlsx", "xml", data, schema)[1][0]] == LINKS
        assert not [cell for sheet in workbook(data) for row in sheet.iter_rows() for cell in row if cell.hyperlink]
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = {name: package.read(name).decode().lower() for name in package.namelist()}
        assert not [name for name, xml in parts.items() if "<hyperlink" in xml or "<f>" in xml or "targetmode" in xml]


def test_characters_that_xml_lacks_are_escaped_as_excel_does() -> None:
    (_, cell) = cells((1, "<&>\x0b\r\n\ufffe_x0041_"), NUMBERED)
    assert ">&lt;&amp;&gt;_x000B_&#13;&#10;_xFFFE__x005F_x0041_<" in cell


def test_what_excel_cannot_hold_as_a_number_is_a_plain_text_cell() -> None:
    (cell,) = cells((10**15, None), NUMBERED)
    assert cell == '<c r="A2" t="inlineStr"><is><t>1000000000000000</t></is></c>'


AT = Schema.of([Column("at", Kind.INSTANT, "A moment")])


def shown(instants: list[str], zone: str) -> list[object]:
    rows: list[Row] = [(datetime.fromisoformat(instant),) for instant in instants]
    file = Forward()
    XlsxWriter(FileOptions(zone=zone)).write(TableSource(AT, rows), file, about())
    return [cell.value for (cell,) in workbook(bytes(file.content))["Nasty"].iter_rows(min_row=2)]


def test_instants_are_shown_on_the_clocks_of_the_zone_each_by_its_own_daylight_saving() -> None:
    instants = ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-12-24T18:00:00.123Z", "2040-07-01T00:00:00Z"]
    assert shown(instants, "Europe/Berlin") == [
        datetime(2026, 3, 29, 1, 59, 59),
        datetime(2026, 3, 29, 3),
        datetime(2026, 12, 24, 19, 0, 0, 123_000),
        datetime(2040, 7, 1, 2),
    ]


def test_an_instant_that_a_zones_clocks_show_before_march_1900_is_text_in_utc() -> None:
    assert shown(["1900-03-01T02:00:00Z", "1900-03-01T12:00:00Z"], "America/New_York") == [
        "1900-03-01T02:00:00.000000+00:00",
        datetime(1900, 3, 1, 7),
    ]


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(BadValue, match="Europe/Berlin"):
        XlsxWriter(FileOptions(zone="Europe/Berlinn"))


def test_column_names_are_guarded_too() -> None:
    schema = Schema.of([Column("=1+1", Kind.INTEGER, "A trap")])
    data, result = written(schema, [(1,)])
    assert workbook(data)["Data"]["A1"].value == "'=1+1"
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
    _, *book = workbook(data).worksheets
    assert [sheet.title for sheet in book] == ["Events", "Events 2", "Events 3"][: len(sheets)]
    assert [sheet.max_row - 1 for sheet in book] == sheets
    assert [sheet.auto_filter.ref for sheet in book] == [f"A1:B{count + 1}" for count in sheets]
    assert read_back("xlsx", "openpyxl", data, NUMBERED)[1] == [list(row) for row in numbered(rows)]
    assert result.records == rows


def test_a_sheet_that_gets_too_long_for_a_plain_zip_entry_is_continued_on_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xlsx_writer, "MOST_BYTES", 1000)
    monkeypatch.setattr(xlsx_writer, "_IN_FLIGHT", 1)
    monkeypatch.setattr(xlsx_pieces, "_CELLS", 20)
    monkeypatch.setattr(xlsx_pieces, "_FEWEST_ROWS", 1)
    data, result = written(NUMBERED, numbered(40))
    assert workbook(data).sheetnames == ["About", "Data", "Data 2"]
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
        ("About", 1, "Data"),
        ("???", 1, "Data"),
        ("x" * 40, 1, "x" * 31),
        ("x" * 40, 2, "x" * 29 + " 2"),
        ("😀" * 40, 1, "😀" * 15),
        ("nul\x00 and\ntab\t", 1, "nul and tab"),
    ],
)
def test_sheet_titles_follow_the_rules_of_excel(title: str, number: int, expected: str) -> None:
    assert sheet_title(title, number) == expected


@pytest.mark.parametrize("number", [2, 3])
def test_a_long_title_that_ends_in_a_number_is_the_first_sheets_alone(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_writer, "MOST_ROWS", 5)
    title = f"Events of the second quarter, {number}"
    assert len(title) == 31
    data, _ = written(NUMBERED, numbered(9), title=title)
    expected = [title, "Events of the second quarter, 2", "Events of the second quarter, 3"]
    expected[number - 1] = f"Events of the second quarter {number}"
    assert workbook(data).sheetnames[1:] == expected
    assert read_back("xlsx", "openpyxl", data, NUMBERED)[1] == [list(row) for row in numbered(9)]


def test_closing_the_file_unchanged_asks_nothing() -> None:
    assert 'fullCalcOnLoad="0"' in part(written(NUMBERED, [])[0], "xl/workbook.xml")


def test_entries_are_plain_streamed_and_undated() -> None:
    data, _ = written(NUMBERED, numbered(3))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        entries = package.infolist()
    assert entries[0].filename == "xl/worksheets/sheet1.xml"
    assert {(entry.extract_version, entry.extra, entry.date_time[0]) for entry in entries} == {(20, b"", 1980)}


def test_every_part_is_xml_has_its_type_and_is_there_if_another_names_it() -> None:
    data, _ = written(SCHEMA, ROWS)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {f"/{name}": ElementTree.fromstring(package.read(name)) for name in package.namelist()}
    types = parts["/[Content_Types].xml"]
    assert {name for element in types if (name := element.get("PartName"))} <= parts.keys()
    targets = {
        posixpath.join(posixpath.dirname(posixpath.dirname(name)), element.get("Target", ""))
        for name, part in parts.items()
        if name.endswith(".rels")
        for element in part
    }
    assert {"/xl/worksheets/about.xml", "/xl/worksheets/sheet1.xml", "/xl/styles.xml"} <= targets <= parts.keys()


def test_bytes_do_not_depend_on_how_the_rows_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_pieces, "_CELLS", 20)
    monkeypatch.setattr(xlsx_pieces, "_FEWEST_ROWS", 1)
    files = {written(NUMBERED, numbered(100), batch_rows=rows)[0] for rows in (1, 7, 10, 33, 100)}
    assert len(files) == 1


def test_huge_rows_are_encoded_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    encode, pieces = xlsx_writer.encode, []

    def watched(schema: Schema, rows: pa.RecordBatch, *rest: Any) -> memoryview:
        pieces.append(rows.num_rows)
        return encode(schema, rows, *rest)

    monkeypatch.setattr(xlsx_pieces, "_BYTES", 1000)
    monkeypatch.setattr(xlsx_writer, "encode", watched)
    schema = Schema.of([Column("text", Kind.TEXT, "A text")])
    rows: list[Row] = [*[("x" * 400,)] * 8, ("y" * 4000,)]
    data, result = written(schema, rows)
    assert max(pieces) == 2
    assert result.records == 9
    assert read_back("xlsx", "openpyxl", data, schema)[1] == [list(row) for row in rows]


def test_a_text_that_only_looks_escaped_once_its_control_character_is_reads_back_as_it_was() -> None:
    schema = Schema.of([Column("text", Kind.TEXT, "A text")])
    texts = ["_x0041\x01", "_x0041_", "_x0041\ufffe", "_x004"]
    data, _ = written(schema, [(text,) for text in texts])
    assert [unescape(cell.value) for (cell,) in workbook(data).active.iter_rows(min_row=2)] == texts
