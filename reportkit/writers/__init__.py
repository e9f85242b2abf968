"""Writers: one module per format, each turning a source's record batches into the bytes of one file.

They see only `columns` and `errors`: no database, no storage, no job. To add a format: write `<format>_writer.py`
with a class like those here, list it in `WRITERS`, and teach tests/contract/test_writers.py how to read it back.
"""

from __future__ import annotations

from collections.abc import Mapping

from reportkit.errors import UnknownName
from reportkit.writers.base import Alteration, BinaryFile, Writer, Written
from reportkit.writers.csv_writer import CsvWriter
from reportkit.writers.json_writer import JsonWriter, NdjsonWriter
from reportkit.writers.xlsx_writer import XlsxWriter

__all__ = ["WRITERS", "Alteration", "BinaryFile", "Writer", "Written", "writer_for"]

WRITERS: Mapping[str, Writer] = {
    writer.format: writer for writer in (CsvWriter(), JsonWriter(), NdjsonWriter(), XlsxWriter())
}


def writer_for(format: str) -> Writer:
    """The writer of a format. Raises UnknownName, which names the known formats."""
    if format not in WRITERS:
        raise UnknownName("format", format, WRITERS)
    return WRITERS[format]
