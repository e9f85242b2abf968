"""What was asked for: periods, fields and filters, as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

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


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-02-30", "01.10.2026", "2026-10-01T25:00"])
def test_a_malformed_date_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(BadValue, match="write a day such as 2026-01-31"):
        Period.parse(None, text)


@pytest.mark.parametrize(("start", "end"), [(None, "9999-12-31"), ("0001-01-01", None)])
def test_a_day_that_reaches_beyond_the_calendar_is_told_so(start: str | None, end: str | None) -> None:
    with pytest.raises(BadValue, match="beyond the years 1 to 9999"):
        Period.parse(start, end, "Asia/Tokyo" if start else "UTC")


@pytest.mark.parametrize(
    ("day", "start", "hours"),
    [
        ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC), 24),
        ("2026-10-25", datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
        ("2026-03-29", datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
    ],
)
def test_a_day_is_as_long_as_in_its_zone(day: str, start: datetime, hours: int) -> None:
    period = Period.parse(day, day, "Europe/Berlin")
    assert period.start == start
    assert period.end == start + timedelta(hours=hours)
    assert period.describe() == f"{day} to {day} (Europe/Berlin)"


def test_a_day_that_starts_at_one_o_clock_starts_there() -> None:
    assert Period.parse("2024-03-10", None, "America/Havana").start == datetime(2024, 3, 10, 5, tzinfo=UTC)


def test_times_without_an_offset_are_the_zones() -> None:
    period = Period.parse("2026-10-01T09:30", "2026-10-01T17:00+00:00", "Asia/Kolkata")
    assert (period.start, period.end) == (
        datetime(2026, 10, 1, 4, tzinfo=UTC),
        datetime(2026, 10, 1, 17, tzinfo=UTC),
    )
    assert period.describe() == "2026-10-01 09:30 Asia/Kolkata to 2026-10-01 22:30 Asia/Kolkata"


@pytest.mark.parametrize("time", ["2026-03-29T02:30", "2026-10-25T02:30"])
def test_a_time_that_clocks_skip_or_show_twice_wants_its_offset(time: str) -> None:
    with pytest.raises(BadValue, match=r"the clocks of Europe/Berlin change then; add the offset"):
        Period.parse(time, None, "Europe/Berlin")
    given = datetime.fromisoformat(f"{time}+01:00")
    assert Period.parse(str(given), None, "Europe/Berlin").start == given


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("europe/berlin", "did you mean Europe/Berlin?"),
        ("New York", "did you mean America/New_York?"),
        ("Europe/Berlim", "did you mean Europe/Berlin?"),
        ("+02:00", "write one such as Europe/Berlin"),
        ("../../etc/passwd", "write one such as Europe/Berlin"),
        ("", "write one such as Europe/Berlin"),
    ],
)
def test_a_zone_is_one_that_there_is(name: str, hint: str) -> None:
    with pytest.raises(BadValue, match="is no IANA time zone") as unknown:
        Period.parse("2026-10-01", None, name)
    assert hint in str(unknown.value)


def test_a_zone_without_dates_does_not_matter() -> None:
    assert Period.parse(None, None, "Asia/Tokyo") == Period()


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(BadValue, match="before the start"):
        Period.parse("2026-10-02", "2026-10-01")


def test_a_thousand_years_are_refused() -> None:
    with pytest.raises(BadValue, match="more than 50 years"):
        Period.parse("1026-10-01", "2026-10-01")


def test_a_request_reads_as_people_write_it() -> None:
    request = DatasetRequest.of(
        "raw_events", fields="id, note", by="day", sort="-value, id", experiment=["a", "b"], is_test=False, n=3
    )
    assert request.fields == ("id", "note")
    assert request.sort == ("-value", "id")
    assert request.filters == {"experiment": ("a", "b"), "is_test": ("false",), "n": ("3",)}


@pytest.mark.parametrize("fields", ["", "a,,b", []])
def test_empty_fields_are_refused(fields: str | list[str]) -> None:
    with pytest.raises(BadValue, match="at least one column"):
        DatasetRequest.of("raw_events", fields=fields)


def test_a_field_named_twice_is_refused() -> None:
    with pytest.raises(BadValue, match="twice"):
        DatasetRequest.of("raw_events", fields="id,id")
    with pytest.raises(BadValue, match="twice"):
        DatasetRequest.of("raw_events", sort="id,value,-id")


def test_a_filter_without_values_is_refused() -> None:
    with pytest.raises(BadValue, match="at least one value"):
        DatasetRequest.of("raw_events", experiment=[])


def test_specs_survive_the_trip_through_a_job_row() -> None:
    request = DatasetRequest.of(
        "raw_events", start="2026-10-01", fields="id", by="day", sort="-id", zone="Asia/Tokyo", experiment="a"
    )
    for export in (ExportSpec(request, "csv"), ExportSpec(DatasetRequest.of("audit_log"), "json")):
        assert ExportSpec.from_json(export.to_json()) == export
    report = ReportSpec("executive_summary", {"n": 1}, ("pdf", "html"), "letter")
    assert ReportSpec.from_json(report.to_json()) == report
