"""What was asked for, as frozen values that survive the trip through a job row. No I/O.

Names are checked where they are known (datasets, writers, the notebook registry); here only what
can be judged without looking anything up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Self

from reportkit import instants
from reportkit.errors import BadValue

PAPERS = ("a4", "letter")
"""Of printed documents; the first is the usual one."""
LONGEST_PERIOD = timedelta(days=366 * 50)

Moment = str | date | datetime


@dataclass(frozen=True)
class Period:
    """From `start` (included) until `end` (excluded), both UTC; None is open."""

    start: datetime | None = None
    end: datetime | None = None
    zone: str = "UTC"
    """The IANA time zone whose days were meant."""

    @classmethod
    def parse(cls, start: Moment | None, end: Moment | None, zone: str = "UTC") -> Self:
        """Days are those of `zone`; one given as `end` is included whole. Raises BadValue."""
        clocks = instants.time_zone(zone)
        first = instants.parse_moment("start", start, zone=clocks) if start is not None else None
        last = instants.parse_moment("end", end, zone=clocks, end_of_day=True) if end is not None else None
        if first and last and last <= first:
            raise BadValue("end", str(end), f"lies before the start ({start}); swap them")
        if first and last and last - first > LONGEST_PERIOD:
            raise BadValue("end", str(end), f"more than 50 years after the start ({start}); ask for less")
        return cls(first, last, zone) if first or last else cls()

    def describe(self) -> str:
        """For people: `2026-10-01 to 2026-10-31`, both days included."""
        if not self.start and not self.end:
            return "all time"
        first = self._people(self.start) if self.start else "the beginning"
        last = self._people(self.end, ends=True) if self.end else "now"
        zone = "" if self.zone in f"UTC {first} {last}" else f" ({self.zone})"
        return f"{first} to {last}{zone}"

    def _people(self, moment: datetime, *, ends: bool = False) -> str:
        local = moment.astimezone(instants.time_zone(self.zone))
        if local.time() != local.time().min:
            return f"{local:%Y-%m-%d %H:%M} {self.zone}"
        return str(local.date() - timedelta(days=1 if ends else 0))

    def to_json(self) -> dict[str, str | None]:
        return {
            "start": instants.to_text(self.start) if self.start else None,
            "end": instants.to_text(self.end) if self.end else None,
            "zone": self.zone,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, str | None]) -> Self:
        start, end = value["start"], value["end"]
        return cls(
            instants.from_text(start) if start else None,
            instants.from_text(end) if end else None,
            value.get("zone") or "UTC",
        )


@dataclass(frozen=True)
class DatasetRequest:
    """Which rows and columns of which dataset."""

    dataset: str
    period: Period = Period()
    by: str | None = None
    """The grouping, for datasets that have several (`day`, `segment`); None is the dataset's first."""
    fields: tuple[str, ...] | None = None
    """Columns to give, in this order; None is all."""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column name to the values it may have."""
    sort: tuple[str, ...] = ()
    """Column names, `-` in front for descending; what they leave open is in the dataset's own order."""

    @classmethod
    def of(
        cls,
        dataset: str,
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        fields: Iterable[str] | str | None = None,
        by: str | None = None,
        sort: Iterable[str] | str | None = None,
        zone: str = "UTC",
        **filters: Any,
    ) -> Self:
        """As people write it: `of("raw_events", start="2026-10-01", sort="-value", experiment=["a", "b"])`.

        `zone` is whose days `start` and `end` are. Raises BadValue.
        """
        return cls(
            dataset,
            Period.parse(start, end, zone),
            by,
            _names("fields", fields) if fields is not None else None,
            {name: _values(name, value) for name, value in filters.items()},
            _names("sort", sort) if sort is not None else (),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset,
            "period": self.period.to_json(),
            "by": self.by,
            "fields": list(self.fields) if self.fields is not None else None,
            "filters": {name: list(values) for name, values in self.filters.items()},
            "sort": list(self.sort),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(
            value["dataset"],
            Period.from_json(value["period"]),
            value["by"],
            tuple(value["fields"]) if value["fields"] is not None else None,
            {name: tuple(values) for name, values in value["filters"].items()},
            tuple(value["sort"]),
        )


def _names(what: str, given: Iterable[str] | str) -> tuple[str, ...]:
    """Of columns, each once, whichever its direction."""
    names = tuple(part.strip() for part in given.split(",")) if isinstance(given, str) else tuple(given)
    if not names or "" in names:
        raise BadValue(what, ", ".join(names), "name at least one column, separated by commas")
    plain = [name.removeprefix("-") for name in names]
    for name in plain:
        if plain.count(name) > 1:
            raise BadValue(what, name, "is named twice")
    return names


def _values(name: str, value: object) -> tuple[str, ...]:
    several = value if isinstance(value, list | tuple | set | frozenset) else [value]
    if not several:
        raise BadValue(name, value, "give at least one value, or leave the filter out")
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in several)


@dataclass(frozen=True)
class FileOptions:
    """How a file is spelled, for the formats that leave a choice. The defaults suit programs."""

    compression: str | None = None
    """`gzip` or `zstd`, for csv, json and ndjson."""
    bom: bool = False
    """CSV: a byte order mark in front, by which Excel knows UTF-8."""
    separator: str = ","
    """CSV: between fields; `,`, `;`, a TAB or `|`."""
    decimal_comma: bool = False
    """CSV: numbers as 1,5; the separator must be another then."""
    zone: str = "UTC"
    """CSV and XLSX: the IANA time zone that instants are shown in."""


@dataclass(frozen=True)
class ExportSpec:
    """One dataset, written to one file, or to several parts."""

    request: DatasetRequest
    format: str
    options: FileOptions = FileOptions()
    rows_per_file: int | None = None
    """Splits the export into numbered parts of so many rows."""
    since_last: bool = False
    """Only what has come in since the actor's last completed export of the same specification."""

    def __post_init__(self) -> None:
        """Raises BadValue."""
        if self.rows_per_file is not None and self.rows_per_file < 1:
            raise BadValue("rows_per_file", self.rows_per_file, "give a number above zero")

    def to_json(self) -> dict[str, Any]:
        return {
            "request": self.request.to_json(),
            "format": self.format,
            "options": asdict(self.options),
            "rows_per_file": self.rows_per_file,
            "since_last": self.since_last,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(
            DatasetRequest.from_json(value["request"]),
            value["format"],
            FileOptions(**value["options"]),
            value["rows_per_file"],
            value["since_last"],
        )


@dataclass(frozen=True)
class ReportSpec:
    """One notebook, executed with parameters, rendered to documents."""

    notebook: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Declared names to JSON values; what is not named keeps the notebook's default."""
    formats: tuple[str, ...] = ("pdf",)
    paper: str = ""
    """One of `PAPERS`; empty is the notebook's own, else the usual one."""

    def to_json(self) -> dict[str, Any]:
        return {
            "notebook": self.notebook,
            "parameters": dict(self.parameters),
            "formats": list(self.formats),
            "paper": self.paper,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(value["notebook"], value["parameters"], tuple(value["formats"]), value.get("paper", ""))
