"""JSON: one object a line, either as the lines of an array (`json`) or by themselves (`ndjson`)."""

from __future__ import annotations

from collections.abc import Iterator

from reportkit.columns import Source
from reportkit.specs import FileOptions
from reportkit.writers import DEFAULTS
from reportkit.writers.base import About, Alterations, BinaryFile, CountedFile, Marks, Written, native_records
from reportkit.writers.compression import compressed, outer_names


class NdjsonWriter:
    format = "ndjson"

    def __init__(self, options: FileOptions = DEFAULTS) -> None:
        self._compression = options.compression
        self.suffix, self.media_type = outer_names(".ndjson", "application/x-ndjson", options.compression)

    def write(self, source: Source, file: BinaryFile, about: About) -> Written:
        alterations = Alterations()
        with compressed(file, self._compression) as plain:
            objects = CountedFile(plain, Marks(b"\n"))
            for lines in _lines(source, alterations):
                objects.write(lines)
        return Written(objects.records, dict(+alterations))


class JsonWriter:
    format = "json"

    def __init__(self, options: FileOptions = DEFAULTS) -> None:
        self._compression = options.compression
        self.suffix, self.media_type = outer_names(".json", "application/json", options.compression)

    def write(self, source: Source, file: BinaryFile, about: About) -> Written:
        alterations = Alterations()
        with compressed(file, self._compression) as plain:
            plain.write(b"[")
            objects = CountedFile(plain, Marks(b"\n"))
            for lines in filter(len, _lines(source, alterations)):
                objects.write(b",\n" if objects.records else b"\n")
                # No object holds a raw line end, so each one but the last stands between two objects.
                objects.write(bytes(lines).replace(b"\n", b",\n")[:-2])
            plain.write(b"\n]\n")
        return Written(objects.records, dict(+alterations))


def _lines(source: Source, alterations: Alterations) -> Iterator[bytes | memoryview]:
    native = source.native("ndjson")
    if native:
        yield from native_records(native, alterations)
        return
    from reportkit.writers import json_records

    for batch in source.batches():
        yield json_records.encode(source.schema, batch, alterations)
