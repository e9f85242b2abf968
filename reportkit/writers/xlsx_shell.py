"""The workbook around the rows, made by openpyxl: styles, widths, print set-up, properties, and the sheets of words."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.styles.styleable import StyleableObject
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reportkit.brand import Brand
from reportkit.columns import Schema
from reportkit.writers import xlsx_about, xlsx_chart_sheet
from reportkit.writers.base import About
from reportkit.writers.xlsx_columns import Look
from reportkit.writers.xlsx_page import Page, header_fill, header_font, pages_wide, plain, print_on_a4
from reportkit.writers.xlsx_series import Panel

_NOT_IN_A_TITLE = re.compile(r"[\[\]:*?/\\\x00-\x1f\ufffe\uffff]")
_LONGEST_TITLE = 31
_FILTER_INDENT = 2
"""Left of the filter button, which would cover a name above right-aligned values."""
_TIMES = re.compile(rb"(<dcterms:(created|modified) [^>]*>).*?(</dcterms:\2>)")
"""A file says when what it holds was asked for; openpyxl would put in when it was saved."""
_SHEET_PART = re.compile(rb"(worksheets/(?:_rels/)?)sheet(\d+)\.xml")


@dataclass(frozen=True)
class Setting:
    """What is known of a workbook before its rows are."""

    schema: Schema
    looks: Sequence[Look]
    """Of the columns."""
    about: About
    zone: str


@dataclass(frozen=True)
class Cover:
    """What is known only after them."""

    alterations: Mapping[str, int]
    panels: Sequence[Panel]
    notes: Sequence[str]
    """Sentences about charts that are not drawn."""


@dataclass(frozen=True)
class SheetShell:
    """The XML of one sheet before and after its rows."""

    before_rows: bytes
    after_rows: bytes


@dataclass(frozen=True)
class Shell:
    """A workbook with all but its rows."""

    sheets: Sequence[SheetShell]
    """Those for the rows."""
    parts: Mapping[str, bytes]
    """Every other part of the package, by name."""
    header_styles: Sequence[int]
    """Numbers in the workbook's table of styles, by column, as those of the values are."""
    column_styles: Sequence[int]


def build_shell(setting: Setting, rows: Sequence[int], cover: Cover | None = None) -> Shell:
    """The shell of a workbook with a sheet for each of `rows`: how many rows it has, the header's included.

    Equal arguments give equal bytes. The sheets for the rows and their styles are the same with a cover and without.
    """
    workbook = _workbook(setting.about)
    sheets = [_add_sheet(workbook, setting, number, count) for number, count in enumerate(rows, start=1)]
    header_styles, column_styles = _header_styles(sheets[0], setting), _column_styles(sheets[0], setting.schema)
    if cover:
        contents = {sheet.title: count - 1 for sheet, count in zip(sheets, rows, strict=True)}
        _add_cover(workbook, setting, cover, contents)
    workbook.active = sheets[0]
    names = [f"sheet{sheets.index(sheet) + 1}" if sheet in sheets else sheet.title.lower() for sheet in workbook]
    parts = _renamed(_saved(workbook, setting.about.made_at), names)
    around = [_around_rows(parts.pop(part_name(number))) for number in range(1, len(rows) + 1)]
    return Shell(around, parts, header_styles, column_styles)


def part_name(number: int) -> str:
    """The part of the package that holds a sheet of rows."""
    return f"xl/worksheets/sheet{number}.xml"


def sheet_title(title: str, number: int) -> str:
    """`title` by Excel's rules: at most 31 characters, some not allowed. From the second sheet on with its number, and
    never that of the first, which may end like one."""
    allowed = " ".join(_NOT_IN_A_TITLE.sub(" ", title).split()).strip(" '")
    if allowed.lower() in ("", "history", "about", "charts"):  # Excel keeps "History" for itself, and we the others
        allowed = "Data"
    first, suffix = _cut(allowed, _LONGEST_TITLE), f" {number}"
    if number == 1:
        return first
    room = _LONGEST_TITLE - len(suffix)
    numbered = _cut(allowed, room) + suffix
    return numbered if numbered != first else _cut(allowed, room - 1) + suffix


def _cut(text: str, room: int) -> str:
    """Excel counts in UTF-16."""
    return text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore").rstrip(" '")


def _workbook(about: About) -> Workbook:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    workbook.calculation.fullCalcOnLoad = False  # or Excel asks on closing whether to save what it calculated
    properties = workbook.properties
    properties.title, properties.creator = plain(about.title), plain(about.brand.name)
    properties.subject = plain(about.description)[:255]
    properties.keywords = ", ".join([about.read.dataset, about.brand.classification])
    return workbook


def _add_sheet(workbook: Workbook, setting: Setting, number: int, rows: int) -> Worksheet:
    sheet: Worksheet = workbook.create_sheet(sheet_title(setting.about.title, number))
    sheet.freeze_panes, sheet.print_title_rows = "A2", "1:1"
    sheet.auto_filter.ref = sheet.print_area = f"A1:{get_column_letter(len(setting.schema))}{rows}"
    sheet.sheet_view.tabSelected = number == 1
    sheet.sheet_properties.tabColor = setting.about.brand.primary.removeprefix("#")
    pages = pages_wide([look.width for look in setting.looks])
    print_on_a4(sheet, setting.about.brand, pages)
    if pages > 1:  # whose rows are then told apart by the first column, on the screen too
        sheet.freeze_panes, sheet.print_title_cols = "B2", "A:A"
        sheet.page_setup.pageOrder = "overThenDown"
    for index, look in enumerate(setting.looks, start=1):
        shape = sheet.column_dimensions[get_column_letter(index)]
        shape.width, shape.number_format = look.width, look.number_format
        if look.aligned:
            shape.alignment = Alignment(horizontal=look.aligned, indent=1 if look.aligned == "right" else 0)
    return sheet


def _header_styles(sheet: Worksheet, setting: Setting) -> list[int]:
    styles = {side: _header_style(sheet, setting.about.brand, side) for side in (None, "left", "right")}
    return [styles[look.aligned] for look in setting.looks]


def _header_style(sheet: Worksheet, brand: Brand, side: str | None) -> int:
    look = StyleableObject(sheet)
    look.font, look.fill = header_font(), header_fill(brand)
    look.alignment = Alignment(side, "center", wrap_text=True, indent=_FILTER_INDENT if side == "right" else 0)
    return look.style_id


def _column_styles(sheet: Worksheet, schema: Schema) -> list[int]:
    letters = (get_column_letter(number) for number in range(1, len(schema) + 1))
    return [sheet.column_dimensions[letter].style_id for letter in letters]


def _add_cover(workbook: Workbook, setting: Setting, cover: Cover, rows: Mapping[str, int]) -> None:
    """In front of the sheets of rows; those stay the ones that open."""
    about = setting.about
    contents = xlsx_about.Contents(rows, cover.alterations, cover.notes)
    page = Page(workbook.create_sheet("About", 0), about.brand, xlsx_about.WIDTHS)
    xlsx_about.fill(page, about, setting.schema, setting.zone, contents)
    if cover.panels:
        sheet = workbook.create_sheet("Charts", 1)
        xlsx_chart_sheet.fill(sheet, about, setting.schema, cover.panels, next(iter(rows)))


def _saved(workbook: Workbook, made_at: datetime) -> dict[str, bytes]:
    file = io.BytesIO()
    workbook.save(file)
    with zipfile.ZipFile(file) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    time = f"{made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}".encode()
    parts["docProps/core.xml"] = _TIMES.sub(lambda found: found[1] + time + found[3], parts["docProps/core.xml"])
    return parts


def _renamed(parts: Mapping[str, bytes], names: Sequence[str]) -> dict[str, bytes]:
    """The parts with the sheets called `names` in their order; openpyxl numbers them all."""

    def rename(found: re.Match[bytes]) -> bytes:
        return found[1] + names[int(found[2]) - 1].encode() + b".xml"

    renamed = {_SHEET_PART.sub(rename, name.encode()).decode(): part for name, part in parts.items()}
    for name, part in renamed.items():
        if name.endswith(".rels") or name == "[Content_Types].xml":
            renamed[name] = _SHEET_PART.sub(rename, part)
    return renamed


def _around_rows(sheet: bytes) -> SheetShell:
    sheet = re.sub(rb"<dimension [^>]*/>", b"", sheet)  # how far the rows go is not known when this goes out
    before, after = re.split(rb"<sheetData\s*/>|<sheetData>\s*</sheetData>", sheet)
    return SheetShell(before + b"<sheetData>", b"</sheetData>" + after)
