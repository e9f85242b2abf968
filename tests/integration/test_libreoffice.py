"""What a real spreadsheet makes of the files: LibreOffice opens them, and finds numbers, dates, text and no formula."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from nasty import DATES, FORMULAS, ROWS, SCHEMA, VALUES
from reading_back import SHEETS_OF_WORDS, TableSource, about

from reportkit.columns import Chart, ChartKind, Column, Kind, Schema, Source
from reportkit.writers import writer_for
from reportkit.writers.base import About

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed (apt-get: libreoffice-calc)"),
]

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
CHART = "{urn:oasis:names:tc:opendocument:xmlns:chart:1.0}"
ENOUGH_COLUMNS = 20

NASTY, ABOUT = TableSource(SCHEMA, ROWS), about()

TYPED_AS_CSV = "CSV:44,34,76,1"
"""Comma, double quote, UTF-8, from the first line."""


@dataclass(frozen=True)
class Cell:
    type: str | None
    value: str
    formula: str | None


def opened(
    format: str, directory: Path, *options: str, source: Source = NASTY, about: About = ABOUT
) -> ElementTree.ElementTree[ElementTree.Element]:
    """A file in a format, as LibreOffice sees it."""
    path = directory / f"nasty.{format}"
    with path.open("wb") as file:
        writer_for(format).write(source, file, about)
    profile = f"-env:UserInstallation={(directory / 'profile').as_uri()}"
    command = [
        "soffice",
        profile,
        "--headless",
        *options,
        "--convert-to",
        "fods",
        "--outdir",
        str(directory),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return ElementTree.parse(path.with_suffix(".fods"))


def rows_of(document: ElementTree.ElementTree[ElementTree.Element]) -> list[list[Cell]]:
    """Those of the nasty table, the header first."""
    (table,) = (table for table in document.iter(f"{TABLE}table") if table.get(f"{TABLE}name") not in SHEETS_OF_WORDS)
    return [list(_cells(row)) for row in table.iter(f"{TABLE}table-row")][: len(ROWS) + 1]


def _cells(row: ElementTree.Element) -> Iterator[Cell]:
    for cell in row.iter(f"{TABLE}table-cell"):
        type = cell.get(f"{OFFICE}value-type")
        lines = ("".join(paragraph.itertext()) for paragraph in cell.iter(f"{TEXT}p"))
        value = cell.get(f"{OFFICE}value") or cell.get(f"{OFFICE}date-value") or "\n".join(lines)
        repeated = min(int(cell.get(f"{TABLE}number-columns-repeated", "1")), ENOUGH_COLUMNS)
        yield from [Cell(type, value, cell.get(f"{TABLE}formula"))] * repeated


@pytest.fixture(scope="module")
def xlsx(tmp_path_factory: pytest.TempPathFactory) -> list[list[Cell]]:
    return rows_of(opened("xlsx", tmp_path_factory.mktemp("xlsx")))


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> list[list[Cell]]:
    return rows_of(opened("csv", tmp_path_factory.mktemp("csv"), f"--infilter={TYPED_AS_CSV}"))


def column(rows: list[list[Cell]], kind: Kind) -> list[Cell]:
    """The cells of a kind's values, without the header and the row of NULLs."""
    index = SCHEMA.names.index(f"a {kind}")
    return [row[index] for row in rows[2 : 2 + len(VALUES[kind])]]


def test_the_files_open_with_their_header_and_every_row(xlsx: list[list[Cell]], csv: list[list[Cell]]) -> None:
    for rows in (xlsx, csv):
        assert tuple(cell.value for cell in rows[0][: len(SCHEMA)]) == SCHEMA.names
        assert len(rows) == len(ROWS) + 1


def test_no_text_became_a_formula(xlsx: list[list[Cell]], csv: list[list[Cell]]) -> None:
    formulas = {cell.formula for rows in (xlsx, csv) for row in rows for cell in row}
    assert formulas <= {None, "of:=TRUE()", "of:=FALSE()"}  # LibreOffice has no other way to keep a boolean from XLSX


@pytest.mark.parametrize("text", FORMULAS)
def test_what_could_be_a_formula_is_text_with_an_apostrophe(
    text: str, xlsx: list[list[Cell]], csv: list[list[Cell]]
) -> None:
    index = 2 + VALUES[Kind.TEXT].index(text)
    for rows in (xlsx, csv):
        assert rows[index][0].type == "string"
        assert rows[index][0].value.startswith("'")


def test_negative_numbers_are_numbers(xlsx: list[list[Cell]], csv: list[list[Cell]]) -> None:
    for rows in (xlsx, csv):
        assert Cell("float", "-1", None) in column(rows, Kind.INTEGER)
        assert Cell("float", "-12.5", None) in column(rows, Kind.NUMBER)
        assert Cell("float", "-12.34", None) in column(rows, Kind.DECIMAL)


def test_xlsx_decimals_are_numbers_up_to_15_digits_and_exact_text_beyond(xlsx: list[list[Cell]]) -> None:
    found = column(xlsx, Kind.DECIMAL)
    assert [Decimal(cell.value) for cell in found] == VALUES[Kind.DECIMAL]
    assert [cell.type for cell in found] == ["float"] * 11 + ["string"] * 4


def test_xlsx_dates_are_dates_from_march_1900_on(xlsx: list[list[Cell]]) -> None:
    found = column(xlsx, Kind.DATE)
    assert [cell.value for cell in found] == DATES.split()
    assert [cell.type for cell in found] == ["string"] * 4 + ["date"] * 4


def test_xlsx_instants_fall_in_their_second(xlsx: list[list[Cell]]) -> None:
    found = column(xlsx, Kind.INSTANT)
    seconds = [f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" for instant in VALUES[Kind.INSTANT]]
    assert [_second(cell.value) for cell in found][3:] == seconds[3:]
    assert [cell.type for cell in found] == ["string"] * 3 + ["date"] * 9


def _second(value: str) -> str:
    """LibreOffice leaves a midnight out."""
    return (value if "T" in value else f"{value}T00:00:00")[:19]


def test_xlsx_charts_are_drawn_from_the_rows_with_their_error_bars(tmp_path: Path) -> None:
    numbers = [Column(name, Kind.NUMBER, "A number") for name in ("lift", "low", "up")]
    lifts = Chart(ChartKind.BARS, "Lifts", "variant", "lift", low="low", high="up")
    rows = [("control", None, None, None), ("a", 0.1, 0.05, 0.2), ("b", -0.1, -0.2, 0.1)]
    source = TableSource(Schema.of([Column("variant", Kind.TEXT, "Which"), *numbers]), rows)
    document = opened("xlsx", tmp_path, source=source, about=replace(ABOUT, charts=(lifts,)))
    (series,) = document.iter(f"{CHART}series")
    (bars,) = series.iter(f"{CHART}error-indicator")
    ranges = {
        style.get(f"{CHART}error-{end}-range")
        for style in document.iter("{urn:oasis:names:tc:opendocument:xmlns:style:1.0}chart-properties")
        for end in ("lower", "upper")
    }
    assert series.get(f"{CHART}values-cell-range-address") == "Nasty.B3:Nasty.B4"
    assert bars.get(f"{CHART}dimension") == "y"
    assert ranges - {None} == {"Charts.Y2:Charts.Y3", "Charts.Z2:Charts.Z3"}
