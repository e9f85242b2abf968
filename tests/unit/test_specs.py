"""What was asked for: periods, fields and filters, as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from reportkit.errors import BadValue
from reportkit.specs import DatasetRequest, ExportSpec, Period, ReportSpec


def test_a_day_given_as_end_is_included_whole() -> None:
    period = Period.parse("2026-10-01", "2026-10-31")
    assert (period.start, period.end) == (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    assert period.describe() == "2026-10-01 to 2026-10-31"


@pytest.mark.parametrize("text", ["20261031", "2026-W44-6", " 2026-10-31 "])
def test_a_day_is_a_day_however_it_is_written(text: str) -> None:
    assert Period.parse(None, text) == Period.parse(None, "2026-10-31")


def test_a_time_keeps_its_offset_and_an_end_time_is_excluded() -> None:
    period = Period.parse("2026-10-01T09:30:00+02:00", "2026-10-01T10:00")
    assert (period.start, period.end) == (
        datetime(2026, 10, 1, 7, 30, tzinfo=UTC),
        datetime(2026, 10, 1, 10, tzinfo=UTC),
    )
    assert period.describe() == "2026-10-01 07:30 UTC to 2026-10-01 10:00 UTC"


def test_one_day_is_a_period() -> None:
    assert Period.parse(date(2026, 10, 1), date(2026, 10, 1)).describe() == "2026-10-01 to 2026-10-01"


def test_open_ends_are_said_in_words() -> None:
    assert Period.parse(None, None).describe() == "all time"
    assert Period.parse("2026-10-01", None).describe() == "2026-10-01 to now"
    assert Period.parse(None, "2026-10-01").describe() == "the beginning to 2026-10-01"


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "2026-02-30", "01.10.2026", "2026-10-01T25:00", "9999-12-31"]
)
def test_a_malformed_date_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(BadValue, match="write a day such as 2026-01-31"):
        Period.parse(None, text)


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(BadValue, match="before the start"):
        Period.parse("2026-10-02", "2026-10-01")


def test_a_thousand_years_are_refused() -> None:
    with pytest.raises(BadValue, match="more than 50 years"):
        Period.parse("1026-10-01", "2026-10-01")


def test_a_request_reads_as_people_write_it() -> None:
    request = DatasetRequest.of("raw_events", fields="id, note", by="day", experiment=["a", "b"], is_test=False, n=3)
    assert request.fields == ("id", "note")
    assert request.filters == {"experiment": ("a", "b"), "is_test": ("false",), "n": ("3",)}


@pytest.mark.parametrize("fields", ["", "a,,b", []])
def test_empty_fields_are_refused(fields: str | list[str]) -> None:
    with pytest.raises(BadValue, match="at least one column"):
        DatasetRequest.of("raw_events", fields=fields)


def test_a_field_named_twice_is_refused() -> None:
    with pytest.raises(BadValue, match="twice"):
        DatasetRequest.of("raw_events", fields="id,id")


def test_a_filter_without_values_is_refused() -> None:
    with pytest.raises(BadValue, match="at least one value"):
        DatasetRequest.of("raw_events", experiment=[])


def test_specs_survive_the_trip_through_a_job_row() -> None:
    request = DatasetRequest.of("raw_events", start="2026-10-01", fields="id", by="day", experiment="a")
    for export in (ExportSpec(request, "csv"), ExportSpec(DatasetRequest.of("audit_log"), "json")):
        assert ExportSpec.from_json(export.to_json()) == export
    report = ReportSpec("executive_summary", {"n": 1}, ("pdf", "html"))
    assert ReportSpec.from_json(report.to_json()) == report
