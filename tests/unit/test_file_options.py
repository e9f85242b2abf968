"""Which options go with which format, and what the others are answered."""

from __future__ import annotations

from typing import Any

import pytest

from reportkit.errors import BadValue
from reportkit.specs import FileOptions
from reportkit.writers import FORMATS, check_options, writer_for

GOOD: list[tuple[str, dict[str, Any]]] = [
    *((format, {"compression": name}) for format in ("csv", "json", "ndjson") for name in ("gzip", "zstd")),
    *(("csv", {"separator": separator}) for separator in ",;\t|"),
    *(("csv", {"separator": separator, "decimal_comma": True}) for separator in ";\t|"),
    ("csv", {"bom": True, "zone": "Asia/Kolkata", "compression": "zstd"}),
]
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("csv", {"compression": "zip"}, "compression 'zip': choose gzip or zstd, or leave it out"),
    ("csv", {"compression": ""}, "compression '': choose gzip or zstd, or leave it out"),
    ("xlsx", {"compression": "gzip"}, "compression 'gzip': is for csv, json and ndjson; leave it out for xlsx"),
    ("parquet", {"compression": "zstd"}, "compression 'zstd': is for csv, json and ndjson; leave it out for parquet"),
    ("pdf", {"compression": "zstd"}, "compression 'zstd': is for csv, json and ndjson; leave it out for pdf"),
    ("xlsx", {"bom": True}, "bom True: is for csv; leave it out for xlsx"),
    ("json", {"separator": ";"}, "separator ';': is for csv; leave it out for json"),
    ("parquet", {"decimal_comma": True}, "decimal_comma True: is for csv; leave it out for parquet"),
    ("csv", {"separator": "x"}, "separator 'x': choose one of , ; | and TAB"),
    ("csv", {"separator": ""}, "separator '': choose one of , ; | and TAB"),
    ("csv", {"separator": ";;"}, "separator ';;': choose one of , ; | and TAB"),
    (
        "csv",
        {"decimal_comma": True},
        "separator ',': stands in numbers that have a decimal comma; choose one of ; | and TAB",
    ),
    ("csv", {"zone": "Europe/Berln"}, "zone 'Europe/Berln': is no IANA time zone; did you mean Europe/Berlin?"),
]


@pytest.mark.parametrize(("format", "options"), GOOD)
def test_what_goes_together_is_taken(format: str, options: dict[str, Any]) -> None:
    check_options(format, FileOptions(**options))
    assert writer_for(format, FileOptions(**options)).format == format


@pytest.mark.parametrize("format", [*FORMATS, "pdf"])
def test_every_format_takes_a_zone_for_it_is_the_periods_too(format: str) -> None:
    check_options(format, FileOptions(zone="Europe/Berlin"))


@pytest.mark.parametrize(("format", "options", "answer"), BAD)
def test_what_does_not_is_answered_with_what_to_do(format: str, options: dict[str, Any], answer: str) -> None:
    with pytest.raises(BadValue) as refused:
        check_options(format, FileOptions(**options))
    assert str(refused.value) == answer


def test_a_writer_is_not_made_with_options_that_it_lacks() -> None:
    with pytest.raises(BadValue):
        writer_for("xlsx", FileOptions(compression="gzip"))
