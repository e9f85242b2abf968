"""A dataset as a PDF, as its readers get it, and the count that vouches for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from nasty import ROWS, SCHEMA
from pypdf import PdfReader
from pypdfium2 import PdfDocument
from reading_back import Forward, Row, TableSource
from reading_back import about as about_nasty
from reading_pdf import outline, pages

from reportkit.brand import DEFAULT, Brand, read_brand
from reportkit.columns import Column, Kind, Schema
from reportkit.errors import RenderFailed, UnwritableExport
from reportkit.formats import FORMATS, writer_for
from reportkit.render import dataset_pdf
from reportkit.render.dataset_pdf import MOST_ROWS, MOST_VALUES
from reportkit.specs import FileOptions
from reportkit.writers.base import About, Alteration, Written

NAME = Column("name", Kind.TEXT, "What it is called")
ROSSO = read_brand(Path(__file__).parents[2] / "brands" / "rosso" / "brand.toml")
USERS = Column("active_users", Kind.INTEGER, "Who came", unit="users")
TYPST = '#panic("x") $x$ ] [ } { \\ " \' ` * _ @ref <label> // /* #import "@preview/x:1.0.0"'


def about(rows: int = 1, **read: Any) -> About:
    nasty = about_nasty()
    return replace(nasty, title="Visits", read=replace(nasty.read, rows=rows, **read))


def written(columns: Sequence[Column], rows: Sequence[Row], said: About | None = None) -> tuple[bytes, Written]:
    file = Forward()
    result = writer_for("pdf").write(TableSource(Schema.of(columns), rows), file, said or about(len(rows)))
    return bytes(file.content), result


def text_of(pdf: bytes) -> str:
    """On one line; a long word may be broken anywhere."""
    return " ".join("\n".join(pages(pdf)).split())


def places(pdf: bytes) -> list[list[tuple[float, ...]]]:
    """Of all texts, by page."""
    with closing(PdfDocument(pdf)) as document:
        texts = [page.get_textpage() for page in document]
        return [[text.get_rect(n) for n in range(text.count_rects())] for text in texts]


def says_pdf_ua(pdf: bytes) -> bool:
    return b"<pdfuaid:part>1</pdfuaid:part>" in PdfReader(BytesIO(pdf)).root_object["/Metadata"].get_object().get_data()


def test_pdf_is_one_of_the_formats() -> None:
    writer = writer_for("pdf")
    assert "pdf" in FORMATS
    assert (writer.format, writer.suffix, writer.media_type) == ("pdf", ".pdf", "application/pdf")


def test_the_cover_says_what_the_file_holds() -> None:
    asked = {"filters": {"segment": ["web", "ios"]}, "sort": ["-active_users"], "by": "day"}
    redacted = [{"name": "name", "kind": "text", "unit": None, "redaction": "masked"}]
    period = {"start": "2026-10-01T00:00:00.000000Z", "end": "2026-11-01T00:00:00.000000Z"}
    said = replace(about(1234, period=period, columns=redacted, **asked), description="Who came. And more.")
    pdf, _ = written([NAME, USERS], [("Ada", 3)], said)
    cover = pages(pdf)[0]
    for words in (
        *("Visits", "Who came", "2026-10-01 to 2026-10-31", "segment = web or ios", "-active_users", "1,234", "day"),
        *("name (masked)", "local admin", "2 November 2026, 09:00 UTC"),
    ):
        assert words in cover
    assert "And more" not in cover


def test_units_stand_in_the_head_and_the_meaning_of_columns_at_the_end() -> None:
    pdf, _ = written([NAME, USERS], [("Ada", 12345)])
    said = text_of(pdf)
    assert "name active_users users Ada 12,345" in said
    assert said.index("12,345") < said.index("Who came")
    assert outline(pdf) == [(1, "Rows"), (1, "Columns")]


def test_no_rows_are_a_valid_document_that_says_so() -> None:
    pdf, result = written([NAME, USERS], [])
    assert result == Written(0, {})
    assert "No rows match what was asked for." in text_of(pdf)
    assert says_pdf_ua(pdf)


def test_rows_are_counted_and_the_head_is_repeated_on_every_page() -> None:
    pdf, result = written([NAME, USERS], [(f"user {n}", n) for n in range(250)])
    assert result == Written(250, {})
    texts = pages(pdf)
    tables = [text for text in texts if "user " in text]
    assert len(tables) > 3
    assert all("name" in text for text in tables)
    assert all(f"Page {n} of {len(texts)}" in text for n, text in enumerate(texts, start=1))
    assert "Contents" in texts[0]


def test_an_encoder_that_loses_a_row_is_seen_in_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = dataset_pdf._records

    def forgetful(*given: Any) -> Any:
        node = honest(*given)
        del node["attrs"]["rows"][0]
        return node

    monkeypatch.setattr(dataset_pdf, "_records", forgetful)
    _, result = written([NAME, USERS], [("Ada", 1), ("Bob", 2), ("Eve", 3)])
    assert result.records == 2


def test_columns_that_do_not_fit_are_split_into_tables_with_numbered_rows() -> None:
    columns = [NAME, *(Column(f"measured_{n}", Kind.TEXT, "Words") for n in range(30))]
    pdf, result = written(columns, [(f"key {n}", *["some words of it"] * 30) for n in range(3)])
    assert result.records == 3
    said = text_of(pdf)
    tables = said.count("Rows, part")
    assert tables > 1
    assert said.count("key 2") == tables
    assert f"{tables} tables show the same rows" in said
    assert all(said.count(f"measured_{n} ") == 2 for n in range(30))  # in one table, and where it is explained


def test_every_nasty_value_is_set_and_accounted_for() -> None:
    file = Forward()
    result = writer_for("pdf").write(TableSource(SCHEMA, ROWS), file, about(len(ROWS)))
    assert result.records == len(ROWS)
    assert set(result.alterations) == {
        Alteration.CUT_TEXTS,
        Alteration.MARKED_TEXTS,
        Alteration.ROUNDED_NUMBERS,
        Alteration.INSTANTS_CUT_TO_SECONDS,
    }
    assert result.alterations[Alteration.CUT_TEXTS] == 5
    assert says_pdf_ua(bytes(file.content))
    assert "CSV, JSON or Parquet have these values in full" in " ".join(text_of(bytes(file.content)).split())


def test_a_text_is_never_typst_code() -> None:
    pdf, result = written([Column(TYPST, Kind.TEXT, TYPST)], [(TYPST,)], replace(about(), title=TYPST))
    assert result == Written(1, {})
    assert text_of(pdf).count("#panic") >= 4


def test_the_tags_of_its_cells_take_little_room() -> None:
    pdf, _ = written([NAME, USERS], [(f"Ada {number}", number) for number in range(1_000)])
    assert b"/StructElem" not in pdf
    assert len(pdf) < 1_000 * 3 * 60 + 60_000, "60 bytes for each cell, beside fonts and cover"


def test_what_the_fonts_lack_is_marked_counted_and_named() -> None:
    said = replace(about(3), description="About ไทย")
    pdf, result = written([NAME], [("ไทย",), ("fine",), ("አማርኛ",)], said)
    assert result == Written(3, {Alteration.MARKED_TEXTS: 2})
    assert "□□" in text_of(pdf)
    assert "(Thai 6, Ethiopic 4)" in text_of(pdf)


def test_the_same_rows_give_the_same_bytes_however_they_are_batched() -> None:
    class OneByOne(TableSource):
        def batches(self) -> Iterator[pa.RecordBatch]:
            for batch in super().batches():
                yield batch.slice(0, 0)
                yield from (batch.slice(n, 1) for n in range(batch.num_rows))

    rows, file = [("Ada", 1), ("Bob", None), (None, 3)], Forward()
    writer_for("pdf").write(OneByOne(Schema.of([NAME, USERS]), rows), file, about(3))
    assert bytes(file.content) == written([NAME, USERS], rows)[0]


def test_instants_are_shown_by_the_clocks_of_the_zone_asked_for() -> None:
    rows, file = [[row[SCHEMA.names.index("a instant")]] for row in ROWS if row[0] == "a"], Forward()
    source = TableSource(Schema.of([SCHEMA["a instant"]]), rows)
    writer_for("pdf", FileOptions(zone="Asia/Tokyo")).write(source, file, about())
    assert "Asia/Tokyo" in text_of(bytes(file.content))


class Unread(TableSource):
    def batches(self) -> Iterator[pa.RecordBatch]:
        raise AssertionError("nothing should be read")


def test_more_rows_than_anyone_reads_are_refused_before_any_is_read() -> None:
    source = Unread(Schema.of([NAME]), [])
    with pytest.raises(UnwritableExport, match="at most 10,000 rows and this export has 10,001; take XLSX or CSV"):
        writer_for("pdf").write(source, Forward(), about(MOST_ROWS + 1))


def test_more_values_than_can_be_set_are_refused_with_the_number_of_columns_that_can() -> None:
    source = Unread(Schema.of([Column(f"c{n}", Kind.TEXT, "") for n in range(21)]), [])
    assert MOST_VALUES == 20 * MOST_ROWS
    with pytest.raises(UnwritableExport, match="10,000 rows of 21 columns; take XLSX or CSV, or at most 20 columns"):
        writer_for("pdf").write(source, Forward(), about(MOST_ROWS))


def test_a_date_that_no_calendar_shows_is_refused_by_name() -> None:
    class Early(TableSource):
        def batches(self) -> Iterator[pa.RecordBatch]:
            yield pa.record_batch([pa.array([-10_000_000], pa.int32()).cast(pa.date32())], schema=self.schema.arrow())

    with pytest.raises(RenderFailed, match="born holds a date outside the years 1 to 9999"):
        writer_for("pdf").write(Early(Schema.of([Column("born", Kind.DATE, "")]), []), Forward(), about())


@pytest.mark.parametrize("brand", [DEFAULT, ROSSO, replace(DEFAULT, font_family="Source Code Pro")])
def test_rows_are_as_high_as_their_highest_cell(monkeypatch: pytest.MonkeyPatch, brand: Brand) -> None:
    said = replace(about(), brand=brand)
    rows = [("Ada", 1), ("two\nlines", 2), ("word " * 60, 3), ("x" * 300, 4), ("😀", 5), ("Eve", None)] * 20
    known = written([NAME, USERS], rows, said)
    monkeypatch.setattr(dataset_pdf, "one_line", lambda texts, *_: [False] * len(texts))
    measured = written([NAME, USERS], rows, said)
    assert places(known[0]) == places(measured[0])
    assert known[1] == measured[1]
