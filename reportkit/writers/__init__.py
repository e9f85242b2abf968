"""Writers: one module per format, each turning a source's record batches into the bytes of one file.

They see what stands below them (`columns`, `specs`, `manifests`): no database, no storage, no job.
To add a format: docs/how-to/add-a-format.md.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from reportkit import instants
from reportkit.errors import BadValue, UnknownName
from reportkit.specs import FileOptions

if TYPE_CHECKING:
    from reportkit.writers.base import Writer

FORMATS: Mapping[str, str] = {
    "csv": "csv_writer.CsvWriter",
    "json": "json_writer.JsonWriter",
    "ndjson": "json_writer.NdjsonWriter",
    "xlsx": "xlsx_writer.XlsxWriter",
    "parquet": "parquet_writer.ParquetWriter",
}
"""Name to class. Named, not imported: who only checks a name needs none of what writers load."""

COMPRESSIBLE = ("csv", "json", "ndjson")
"""The formats that are plain text."""

_COMPRESSIONS = ("gzip", "zstd")
_SEPARATORS = (",", ";", "\t", "|")

DEFAULTS = FileOptions()


def check_format(format: str) -> None:
    """Raises UnknownName, which names the known formats."""
    if format not in FORMATS:
        raise UnknownName("format", format, FORMATS)


def check_options(format: str, options: FileOptions) -> None:
    """Raises BadValue for an option that is unknown, that the format lacks, or that does not go with another.

    A zone goes with every format: the days of a period are its days, whether or not the file shows instants in it.
    """
    instants.time_zone(options.zone)
    if options.compression is not None and options.compression not in _COMPRESSIONS:
        raise BadValue("compression", options.compression, f"choose {' or '.join(_COMPRESSIONS)}, or leave it out")
    if options.compression is not None and format not in COMPRESSIBLE:
        raise BadValue("compression", options.compression, f"is for {_listed(COMPRESSIBLE)}; leave it out for {format}")
    for name in ("bom", "decimal_comma", "separator"):  # a decimal comma brings another separator along
        if format != "csv" and getattr(options, name) != getattr(DEFAULTS, name):
            raise BadValue(name, getattr(options, name), f"is for csv; leave it out for {format}")
    if options.separator not in _SEPARATORS:
        raise BadValue("separator", options.separator, "choose one of , ; | and TAB")
    if options.decimal_comma and options.separator == ",":
        raise BadValue("separator", ",", "stands in numbers that have a decimal comma; choose one of ; | and TAB")


def writer_for(format: str, options: FileOptions = DEFAULTS) -> Writer:
    """The writer of a format. Raises UnknownName and, as `check_options` does, BadValue."""
    check_format(format)
    check_options(format, options)
    module, name = FORMATS[format].split(".")
    writer: Writer = getattr(importlib.import_module(f"{__name__}.{module}"), name)(options)
    return writer


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
