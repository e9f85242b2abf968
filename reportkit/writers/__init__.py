"""Writers: one module per format, each turning a source's record batches into the bytes of one file.

They see what stands below them (`columns`, `specs`, `manifests`): no database, no storage, no job.
To add a format: write `<format>_writer.py` with a class like those here, list it in `FORMATS`, and teach
tests/contract/test_writers.py how to read it back.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from reportkit.errors import UnknownName
from reportkit.specs import FileOptions

if TYPE_CHECKING:
    from reportkit.writers.base import Writer

FORMATS: Mapping[str, str] = {
    "csv": "csv_writer.CsvWriter",
    "json": "json_writer.JsonWriter",
    "ndjson": "json_writer.NdjsonWriter",
    "xlsx": "xlsx_writer.XlsxWriter",
}
"""Name to class. Named, not imported: who only checks a name needs none of what writers load."""


DEFAULTS = FileOptions()


def check_format(format: str) -> None:
    """Raises UnknownName, which names the known formats."""
    if format not in FORMATS:
        raise UnknownName("format", format, FORMATS)


def writer_for(format: str, options: FileOptions = DEFAULTS) -> Writer:
    """The writer of a format. Raises UnknownName."""
    check_format(format)
    module, name = FORMATS[format].split(".")
    writer: Writer = getattr(importlib.import_module(f"{__name__}.{module}"), name)(options)
    return writer
