"""Every format of an export: those that the writers make, and PDF, which the renderer of reports sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reportkit import instants, writers
from reportkit.columns import Source
from reportkit.errors import UnknownName, UnwritableExport
from reportkit.manifests import DatasetRead
from reportkit.specs import FileOptions, Period
from reportkit.writers.base import About, Alteration, BinaryFile, Writer, Written

if TYPE_CHECKING:
    from reportkit.render.document import DocumentInfo

PDF = "pdf"
FORMATS = (*writers.FORMATS, PDF)


def check_format(format: str) -> None:
    """Raises UnknownName, which names the known formats."""
    if format not in FORMATS:
        raise UnknownName("format", format, FORMATS)


def writer_for(format: str, options: FileOptions = writers.DEFAULTS) -> Writer:
    """The writer of a format. Raises UnknownName and BadValue."""
    check_format(format)
    if format == PDF:
        writers.check_options(format, options)
        return PdfWriter(options)
    return writers.writer_for(format, options)


class PdfWriter:
    """A table report for people. Not in constant memory, so its size is limited."""

    format = PDF
    suffix = ".pdf"
    media_type = "application/pdf"

    def __init__(self, options: FileOptions) -> None:
        self._zone = instants.time_zone(options.zone)

    def write(self, source: Source, file: BinaryFile, about: About) -> Written:
        from reportkit.render.dataset_pdf import render_table  # loads Typst, which other formats do without

        check_size(about.read.rows, len(source.schema))
        report = render_table(source, _redactions(about.read), _info(about), about.brand, self._zone)
        file.write(report.pdf)
        return Written(report.rows, {Alteration(reason): count for reason, count in report.changes.items()})


def check_size(rows: int, columns: int) -> None:
    """Raises UnwritableExport where a PDF would be larger than anyone could read, or Typst set."""
    from reportkit.render.dataset_pdf import MOST_ROWS, MOST_VALUES

    if rows > MOST_ROWS:
        raise UnwritableExport(
            f"a PDF holds at most {MOST_ROWS:,} rows and this export has {rows:,}; take XLSX or CSV, or ask for less"
        )
    if rows * columns > MOST_VALUES:
        raise UnwritableExport(
            f"a PDF holds at most {MOST_VALUES:,} values and this export has {rows:,} rows of {columns} columns; "
            f"take XLSX or CSV, or at most {MOST_VALUES // rows} columns"
        )


def _redactions(read: DatasetRead) -> dict[str, str]:
    return {str(column["name"]): column["redaction"] for column in read.columns if column["redaction"]}


def _info(about: About) -> DocumentInfo:
    from reportkit.render.document import DocumentInfo

    return DocumentInfo(
        title=about.title,
        subtitle=about.description.partition(". ")[0].removesuffix("."),
        author=about.actor.name or about.actor.id,
        generated_at=about.made_at,
        data_cutoff=instants.from_text(about.read.data_cutoff),
        parameters=_said(about.read),
    )


def _said(read: DatasetRead) -> Mapping[str, str]:
    """What was asked for; what was not is empty."""
    filters = [f"{name} = {' or '.join(values)}" for name, values in read.filters.items()]
    return {
        "Dataset": read.dataset,
        "Period": Period.from_json(read.period).describe(),
        "Grouped by": read.by or "",
        "Only": ", and ".join(filters),
        "New since": read.since or "",
        "Sorted by": ", ".join(read.sort),
        "Rows": f"{read.rows:,}",
        "Redacted": ", ".join(f"{name} ({how})" for name, how in _redactions(read).items()),
    }
