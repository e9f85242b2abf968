"""XLSX: the sheet "About", which says in words what the manifest says."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import openpyxl
import pytest
from nasty import ALTERATIONS, ROWS, SCHEMA
from reading_back import Forward, Row, TableSource, about

from reportkit.access import Actor, Role
from reportkit.columns import Column, Kind, Schema
from reportkit.manifests import DatasetRead
from reportkit.specs import FileOptions
from reportkit.writers import xlsx_writer
from reportkit.writers.base import About
from reportkit.writers.xlsx_writer import XlsxWriter

SHARES = Schema.of(
    [
        Column("email", Kind.TEXT, "Who it is"),
        Column("at", Kind.INSTANT, "When it was"),
        Column("share", Kind.NUMBER, "How much of it", "share"),
    ]
)
READ = DatasetRead(
    dataset="shares",
    rows=0,
    period={"start": "2026-10-01T00:00:00.000000Z", "end": "2026-11-01T00:00:00.000000Z"},
    by="day",
    filters={"segment": ["web", "ios"], "=1+1": ["=2+2"]},
    columns=[
        {"name": "email", "kind": "text", "unit": None, "redaction": "masked"},
        {"name": "at", "kind": "instant", "unit": None, "redaction": None},
        {"name": "share", "kind": "number", "unit": "share", "redaction": None},
    ],
    data_cutoff="2026-11-02T09:00:00.000000Z",
    sort=["-share", "email"],
    since="2026-10-31T09:00:00.000000Z",
    until="2026-11-02T08:55:00.000000Z",
)
ABOUT = About("Shares", "Who has what.", READ, Actor("7", Role.ANALYST, "Ann"), datetime(2026, 11, 2, 9, 1, tzinfo=UTC))


def lines(schema: Schema, rows: list[Row], about: About, zone: str = "UTC") -> list[list[str]]:
    """The filled cells of each line, none of which is a formula."""
    file = Forward()
    XlsxWriter(FileOptions(zone=zone)).write(TableSource(schema, rows), file, about)
    sheet = openpyxl.load_workbook(io.BytesIO(bytes(file.content)))["About"]
    assert {cell.data_type for row in sheet for cell in row if cell.value is not None} == {"s"}
    assert not sheet._hyperlinks
    found = [[str(value) for value in row if value] for row in sheet.iter_rows(values_only=True)]
    return [line for line in found if line]


def test_it_says_who_asked_for_what_and_when() -> None:
    assert lines(SHARES, [(None, None, 0.5)] * 3, ABOUT, "Europe/Berlin") == [
        ["Shares"],
        ["What it is", "Who has what."],
        ["Dataset", "shares, by day"],
        ["Period", "2026-10-01 to 2026-10-31"],
        ["Filters", "segment is web or ios"],
        ["=1+1 is =2+2"],
        ["Sorted by", "share (descending), email"],
        ["Only what is new", "taken in from 2026-10-31 09:00 UTC until 2026-11-02 08:55 UTC"],
        ["Data cut-off", "2026-11-02 09:00 UTC: nothing later is in here"],
        ["Rows", "3"],
        ["Made for", "Ann (analyst)"],
        ["Made at", "2026-11-02 09:01 UTC"],
        ["Made by", "Reportkit"],
        ["Classification", "Internal"],
        [
            "Times of day",
            "as clocks in Europe/Berlin show them; in an hour that they show twice, two instants look the same",
        ],
        ["Empty cells", "no value"],
        ["What is not shown as it is"],
        ["email", "Masked: *** stands for every value."],
        ["Columns"],
        ["Column", "Meaning", "Kind", "Unit", "Redaction"],
        ["email", "Who it is", "text", "masked"],
        ["at", "When it was", "instant"],
        ["share", "How much of it", "number", "share"],
    ]


def test_it_counts_every_alteration_and_says_why() -> None:
    found = lines(SCHEMA, ROWS, about())
    first, last = found.index(["What is not shown as it is"]), found.index(["Columns"])
    counts = dict(found[first + 1 : last])
    assert counts.keys() == {f"{count:,} {reason.replace('_', ' ')}" for reason, count in ALTERATIONS["xlsx"].items()}
    assert all(words.endswith(".") for words in counts.values())


def test_it_says_where_nothing_is_altered_and_nothing_was_asked_for() -> None:
    found = lines(Schema.of([Column("id", Kind.INTEGER, "A number")]), [(1,)], about())
    assert ["Nothing", "Every value stands as the warehouse has it."] in found
    assert ["Filters", "none"] in found
    assert ["Period", "all time"] in found
    assert not [line for line in found if line[0] in ("What it is", "Sorted by", "Only what is new", "Times of day")]


def test_it_names_the_sheets_where_there_are_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_writer, "MOST_ROWS", 3)
    found = lines(Schema.of([Column("id", Kind.INTEGER, "A number")]), [(number,) for number in range(3)], about())
    assert ["Sheets", "Nasty: 2 rows"] in found
    assert ["Nasty 2: 1 rows"] in found


def test_control_characters_do_not_break_it() -> None:
    broken = replace(ABOUT, title="a\x00b", description="\x0b\ufffe<&>")
    assert lines(SHARES, [], broken)[:2] == [["a b"], ["What it is", "  <&>"]]
