"""CSV as RFC 4180 describes it and PostgreSQL's COPY writes it: UTF-8, lines end in LF, quotes only where needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reportkit.columns import Schema, Source
from reportkit.specs import FileOptions
from reportkit.writers import DEFAULTS
from reportkit.writers.base import (
    About,
    Alterations,
    BinaryFile,
    CountedFile,
    LineEndsOutsideQuotes,
    Written,
    native_records,
)
from reportkit.writers.compression import compressed, outer_names
from reportkit.writers.csv_header import header

_BOM = b"\xef\xbb\xbf"


class CsvWriter:
    format = "csv"

    def __init__(self, options: FileOptions = DEFAULTS) -> None:
        self._options = options
        self.suffix, self.media_type = outer_names(".csv", "text/csv; charset=utf-8", options.compression)

    def write(self, source: Source, file: BinaryFile, about: About) -> Written:
        alterations = Alterations()
        with compressed(file, self._options.compression) as plain:
            plain.write((_BOM if self._options.bom else b"") + header(source.schema, self._options.separator))
            lines = CountedFile(plain, LineEndsOutsideQuotes())
            for records in self._records(source, alterations):
                lines.write(records)
        return Written(lines.records, dict(+alterations))

    def _records(self, source: Source, alterations: Alterations) -> Iterator[bytes | memoryview]:
        native = source.native("csv") if self._as_databases_write(source.schema) else None
        if native:
            yield from native_records(native, alterations)
            return
        from reportkit.writers import csv_records

        for batch in source.batches():
            yield csv_records.encode(source.schema, batch, alterations, self._options)

    def _as_databases_write(self, schema: Schema) -> bool:
        """What stands around the records does not matter. A lone NULL does: see `csv_records`."""
        around = replace(self._options, bom=DEFAULTS.bom, compression=DEFAULTS.compression)
        return around == DEFAULTS and len(schema) > 1
