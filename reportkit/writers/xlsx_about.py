"""The sheet "About": what the manifest says, in words, for whoever has only the workbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reportkit import instants
from reportkit.columns import Kind, Schema
from reportkit.specs import Period
from reportkit.writers.base import About, Alteration
from reportkit.writers.xlsx_page import Page

WIDTHS = (32, 84, 16, 14, 18)

_KINDS: Mapping[Kind, str] = {
    Kind.TEXT: "text",
    Kind.IDENTIFIER: "identifier",
    Kind.INTEGER: "whole number",
    Kind.NUMBER: "number",
    Kind.DECIMAL: "exact decimal",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "date",
    Kind.INSTANT: "instant",
    Kind.DOCUMENT: "JSON",
}

ALTERATIONS: Mapping[str, str] = {
    Alteration.GUARDED_TEXTS: "A spreadsheet could have run them as formulas; an apostrophe stands in front.",
    Alteration.CUT_TEXTS: "A cell holds 32,767 characters; the end of each says how long it was.",
    Alteration.NUMBERS_AS_TEXT: "Excel keeps 15 digits, and knows no infinities; as text they are exact.",
    Alteration.DATES_AS_TEXT: "Excel's calendar is right only from 1900-03-01 on; as text they are exact.",
    Alteration.INSTANTS_CUT_TO_MILLISECONDS: "Excel's clock is no finer; their microseconds were cut off.",
}

_REDACTIONS: Mapping[str, str] = {
    "masked": "Masked: *** stands for every value.",
    "pseudonymised": "Pseudonymised: the same stand-in (p_...) for the same value, in every file.",
}


@dataclass(frozen=True)
class Contents:
    """What a workbook turned out to hold."""

    rows: Mapping[str, int]
    """Name of each sheet of rows to how many it has, without its header."""
    alterations: Mapping[str, int]
    notes: Sequence[str] = ()
    """Sentences about charts that are not drawn."""


def fill(page: Page, about: About, schema: Schema, zone: str, contents: Contents) -> None:
    redactions = {str(column["name"]): column["redaction"] for column in about.read.columns if column["redaction"]}
    page.title(about.title)
    for label, *texts in _facts(about, schema, zone, contents):
        page.fact(label, *texts)
    page.heading("What is not shown as it is")
    for label, *texts in _differences(redactions, contents):
        page.fact(label, *texts)
    page.heading("Columns")
    page.table(
        ("Column", "Meaning", "Kind", "Unit", "Redaction"),
        (
            (column.name, column.description, _KINDS[column.kind], column.unit or "", redactions.get(column.name) or "")
            for column in schema
        ),
    )


def _facts(about: About, schema: Schema, zone: str, contents: Contents) -> Iterator[Sequence[str]]:
    read = about.read
    if about.description:
        yield "What it is", about.description
    yield "Dataset", f"{read.dataset}, by {read.by}" if read.by else read.dataset
    yield "Period", Period.from_json(read.period).describe()
    yield "Filters", *([f"{name} is {' or '.join(values)}" for name, values in read.filters.items()] or ["none"])
    if read.sort:
        yield "Sorted by", ", ".join(f"{name[1:]} (descending)" if name[0] == "-" else name for name in read.sort)
    if read.until:
        since = f"from {_people(read.since)} " if read.since else ""
        yield "Only what is new", f"taken in {since}until {_people(read.until)}"
    yield "Data cut-off", f"{_people(read.data_cutoff)}: nothing later is in here"
    yield "Rows", f"{sum(contents.rows.values()):,}"
    if len(contents.rows) > 1:
        yield "Sheets", *(f"{name}: {rows:,} rows" for name, rows in contents.rows.items())
    yield "Made for", f"{about.actor.name or about.actor.id} ({about.actor.role})"
    yield "Made at", _people(instants.to_text(about.made_at))
    yield "Made by", about.brand.name
    yield "Classification", about.brand.classification
    if about.brand.disclaimer:
        yield "Disclaimer", about.brand.disclaimer
    if any(column.kind is Kind.INSTANT for column in schema):
        yield "Times of day", "as UTC has them" if zone == "UTC" else _on_clocks(zone)
    yield "Empty cells", "no value"
    if contents.notes:
        yield "Charts", *contents.notes


def _differences(redactions: Mapping[str, str | None], contents: Contents) -> Iterator[Sequence[str]]:
    for how in sorted({how for how in redactions.values() if how}):
        names = ", ".join(name for name, each in redactions.items() if each == how)
        yield names, _REDACTIONS.get(how, how)
    for reason, count in contents.alterations.items():
        yield f"{count:,} {reason.replace('_', ' ')}", ALTERATIONS.get(reason, "")
    if not redactions and not contents.alterations:
        yield "Nothing", "Every value stands as the warehouse has it."


def _on_clocks(zone: str) -> str:
    return f"as clocks in {zone} show them; in an hour that they show twice, two instants look the same"


def _people(instant: str) -> str:
    return f"{instants.from_text(instant):%Y-%m-%d %H:%M} UTC"
