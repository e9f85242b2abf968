"""Clocks of a zone are zoneinfo's at every instant, also past 2037, where Arrow's rules end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reportkit.writers.zones import offsets, on_clocks, spelled_offsets

ZONES = [
    *("Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca"),
    *("Pacific/Apia", "Africa/Monrovia", "Europe/Dublin", "UTC"),
]
EDGE = timedelta(days=3)
instants = st.datetimes(datetime.min + EDGE, datetime.max - EDGE, timezones=st.just(UTC))


def column(values: list[datetime | None]) -> pa.Array:
    return pa.array(values, pa.timestamp("us", "UTC"))


@given(st.lists(st.none() | instants), st.sampled_from(ZONES))
@example([datetime(2026, 3, 29, 0, 59, 59, 999999, UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)], "Europe/Berlin")
@example([datetime(1893, 3, 31, 23, 6, 31, tzinfo=UTC), datetime(1893, 3, 31, 23, 6, 32, tzinfo=UTC)], "Europe/Berlin")
@example([datetime(1969, 12, 31, 23, 59, 59, 1, UTC), None, datetime(2100, 7, 1, tzinfo=UTC)], "America/New_York")
def test_clocks_show_what_zoneinfo_says(values: list[datetime | None], name: str) -> None:
    zone, given = ZoneInfo(name), column(values)
    ahead = offsets(given, zone)
    wanted = [value and value.astimezone(zone) for value in values]
    assert on_clocks(given, ahead).to_pylist() == [local and local.replace(tzinfo=None) for local in wanted]
    assert spelled_offsets(ahead).to_pylist() == [
        local and local.isoformat(timespec="microseconds")[26:] for local in wanted
    ]


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("end", [datetime.min, datetime.max])
def test_clocks_never_leave_the_calendar(name: str, end: datetime) -> None:
    given = column([end.replace(tzinfo=UTC)])
    assert on_clocks(given, offsets(given, ZoneInfo(name))).to_pylist() == [end]
