"""A dataset as a table report: cover, rows, and what the columns mean. Set like the notebooks' reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, tzinfo
from io import BytesIO
from itertools import repeat
from typing import TYPE_CHECKING

from pypdf import PdfReader

from reportkit.brand import Brand
from reportkit.columns import Column, Schema, Source
from reportkit.errors import RenderFailed
from reportkit.render.columns import Faces, Need, one_line
from reportkit.render.document import DocumentInfo
from reportkit.render.figures.faces import Typeface
from reportkit.render.gate import check_pages, table_rows
from reportkit.render.nodes import Node, note
from reportkit.render.packing import packed
from reportkit.render.parts import Part, plan_parts
from reportkit.render.typesetting import TextSetter, typeset
from reportkit.render.values import LONGEST_TEXT, MISSING, NUMERIC, Shown, show

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 10_000
"""A few hundred pages; nobody reads more."""
MOST_VALUES = 200_000
"""Typst takes 15 KB for each: 3 GB."""
CONTENTS_FROM = 100
"""As many rows, and finding what the columns mean takes a table of contents."""
CHANGES = {
    "rounded_numbers": "Rounded numbers: {:,}.",
    "instants_cut_to_seconds": "Times shown without fractions of a second: {:,}.",
    "cut_texts": f"Texts longer than {LONGEST_TEXT:,} characters, cut as their end says: {{:,}}.",
}
"""What is said of values that are not shown literally."""
ELSEWHERE = "CSV, JSON, XLSX and Parquet exports have every character."


@dataclass(frozen=True)
class TableReport:
    pdf: bytes
    rows: int
    """Counted in the PDF's own structure tree, never from the batches."""
    changes: Mapping[str, int]
    """How many values are not shown literally, by reason."""


@dataclass(frozen=True)
class _Printed:
    """A column, ready for print."""

    head: tuple[str, str]
    """Name and unit."""
    texts: Sequence[str]
    numeric: bool = True
    marked: int = 0
    """How many of the texts have characters that the fonts lack."""

    def need(self, faces: Faces) -> Need:
        return Need.of(self.head, self.texts, faces, numeric=self.numeric)


def render_table(
    source: Source, redactions: Mapping[str, str], info: DocumentInfo, brand: Brand, zone: tzinfo = UTC
) -> TableReport:
    """All of `source` as a PDF/UA-1 file, instants as clocks of `zone` show them.

    `redactions` tells by column name how it was redacted. The same rows, info and brand give the same bytes. Raises
    `RenderFailed` if the document cannot be set, has a blank page, or lacks a table.
    """
    setter = TextSetter(Typeface.of(brand.font_family, brand.fonts))
    shown = _show(source, zone)
    columns = [_print(column, given, setter) for column, given in zip(source.schema, shown, strict=True)]
    tables = _tables(columns, Faces.of(setter.typeface))
    changes = +sum((given.changes for given in shown), Counter(marked_texts=sum(column.marked for column in columns)))
    notes = _notes(changes, len(tables), missing=any(MISSING in given.texts for given in shown))
    content = {
        **setter.cover(info, brand),
        "contents": len(columns[0].texts) >= CONTENTS_FROM,
        "body": [*_rows(tables), *notes, _heading("Columns"), *setter.grids(_glossary(source.schema, redactions))],
        "endnote": setter.marker.summary(ELSEWHERE),
    }
    pdf = packed(typeset(content, info))
    return TableReport(pdf, _count(pdf, len(tables)), changes)


def _count(pdf: bytes, tables: int) -> int:
    reader = PdfReader(BytesIO(pdf))
    check_pages(reader)
    *counts, _glossary = table_rows(reader)
    if len(counts) != tables or len(set(counts)) > 1:
        raise RenderFailed(f"the PDF's tables of rows should be {tables}, all alike; they have {counts} rows")
    return counts[0] if counts else 0


def _show(source: Source, zone: tzinfo) -> list[Shown]:
    import pyarrow as pa

    table = pa.Table.from_batches(source.batches(), source.schema.arrow())
    return [_show_column(column, table, zone) for column in source.schema]


def _show_column(column: Column, table: pa.Table, zone: tzinfo) -> Shown:
    try:
        return show(column, table.column(column.name).to_pylist(), zone)
    except (OverflowError, ValueError):  # as Python's calendar and Arrow say it
        raise RenderFailed(
            f"{column.name} holds a date outside the years 1 to 9999; mend it in the warehouse, or leave the column out"
        ) from None


def _tables(columns: Sequence[_Printed], faces: Faces) -> list[tuple[Part, Node]]:
    """The rows; in several tables where they are too wide, and then numbered, so that rows are found again."""
    rows = len(columns[0].texts)
    if not rows:
        return []
    columns = [_Printed(("#", ""), [f"{n:,}" for n in range(1, rows + 1)]), *columns]
    parts = plan_parts([column.need(faces) for column in columns])
    return [(part, _records([columns[x] for x in part.columns], part, faces)) for part in parts]


def _print(column: Column, shown: Shown, setter: TextSetter) -> _Printed:
    numeric, before = column.kind in NUMERIC, setter.marker.marked
    texts = shown.texts if numeric else [setter.text(_in_lines(text)) for text in shown.texts]
    marked = setter.marker.marked - before
    name = setter.text(column.name).replace("_", "_\u200b")
    return _Printed((name, setter.text(shown.unit)), texts, numeric, marked)


def _in_lines(text: str) -> str:
    """With one kind of line end, and no tabs, which print as nothing."""
    return "\n".join(text.expandtabs(4).splitlines())


def _records(columns: Sequence[_Printed], part: Part, faces: Faces) -> Node:
    rooms = [(width - part.plan.padding) / part.plan.size for width in part.plan.widths]
    fits = zip(*map(one_line, [column.texts for column in columns], rooms, repeat(faces)), strict=True)
    cells = zip(*(column.texts for column in columns), strict=True)
    attrs = {
        "head": [column.head for column in columns],
        "numeric": [column.numeric for column in columns],
        "rows": [{"cells": row, "flat": all(fit)} for row, fit in zip(cells, fits, strict=True)],
    }
    return {"type": "records", "attrs": {**attrs, **asdict(part.plan)}}


def _rows(tables: Sequence[tuple[Part, Node]]) -> Iterator[Node]:
    if not tables:
        yield _heading("Rows")
        yield _paragraph("No rows match what was asked for.")
    for n, (part, node) in enumerate(tables, start=1):
        heading = _heading("Rows" if len(tables) == 1 else f"Rows, part {n} of {len(tables)}")
        yield {"type": "landscape", "children": [heading, node]} if part.plan.landscape else heading
        if not part.plan.landscape:
            yield node


def _glossary(schema: Schema, redactions: Mapping[str, str]) -> Node:
    rows = [
        (
            column.name,
            column.kind.value,
            column.unit or "",
            column.description
            + (f". {redactions[column.name].capitalize()} here" if column.name in redactions else ""),
        )
        for column in schema
    ]
    head = [{"text": text} for text in ("Column", "Kind", "Unit", "Meaning")]
    body = [[{"text": text} for text in row] for row in rows]
    return {"type": "grid", "attrs": {"caption": "", "note": "", "width": 4, "head": [head], "rows": body}}


def _notes(changes: Mapping[str, int], tables: int, *, missing: bool) -> Iterator[Node]:
    """How to read the values, where that does not go without saying."""
    said = [f"{MISSING} stands for a value that is missing."] if missing else []
    if tables > 1:
        said.append(f"The columns do not fit side by side: {tables} tables show the same rows under the same numbers.")
    said += [sentence.format(changes[reason]) for reason, sentence in CHANGES.items() if reason in changes]
    if CHANGES.keys() & changes.keys():
        said.append("Exports as CSV, JSON or Parquet have these values in full.")
    if said:
        yield note(" ".join(said))


def _heading(text: str) -> Node:
    return {
        "type": "heading",
        "attrs": {"level": 1, "anchor": text.lower().replace(" ", "-").replace(",", "")},
        "children": [{"type": "text", "raw": text}],
    }


def _paragraph(text: str) -> Node:
    return {"type": "paragraph", "children": [{"type": "text", "raw": text}]}
