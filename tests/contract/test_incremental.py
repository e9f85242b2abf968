"""Incremental exports: each row once, whenever it happened and in whatever order it was committed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from team_datasets import TEAMS, read
from tiny_warehouse import Place, add_events, rows

from reportkit import instants
from reportkit.access import LOCAL_ADMIN
from reportkit.datasets.base import Cursor
from reportkit.datasets.query import Query, build_query, export_query
from reportkit.datasets.reading import describe
from reportkit.datasets.registry import Registry
from reportkit.jobs import Mark
from reportkit.specs import DatasetRequest, ExportSpec

DATASET = Registry.built_in()["raw_events"]
CURSOR = DATASET.shape(None).cursor or Cursor("", timedelta())
FIRST = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SECOND = FIRST + timedelta(hours=1)


def window(taken_at: datetime, last: Mark | None = None, **request: str) -> Query:
    asked = ExportSpec(DatasetRequest.of("raw_events", **request), "csv", since_last=True)  # type: ignore[arg-type]
    return export_query(DATASET, asked, LOCAL_ADMIN, last, taken_at)


def event(number: int, received_at: datetime, occurred_at: datetime | None = None) -> dict[str, object]:
    """Where it does not matter when it happened, it was received at once."""
    return {
        "id": number,
        "received_at": instants.to_text(received_at),
        "occurred_at": instants.to_text(occurred_at or received_at),
    }


def mark(query: Query) -> Mark:
    assert query.taken_in
    assert query.taken_in.end
    return Mark("j-1", query.taken_in.end, "signed")


def ids(place: Place, query: Query) -> list[int]:
    return [row["id"] for row in place.read(query)]


def test_a_late_event_is_new_although_it_happened_long_ago(place: Place) -> None:
    add_events(place.engine, [event(1, FIRST - timedelta(hours=1))])
    first = window(FIRST)
    assert ids(place, first) == [1]

    add_events(place.engine, [event(2, FIRST + timedelta(minutes=1), occurred_at=FIRST - timedelta(days=30))])
    assert ids(place, window(SECOND, mark(first))) == [2]


def test_a_row_committed_after_one_that_came_later_is_not_lost(place: Place) -> None:
    add_events(place.engine, [event(1, FIRST - timedelta(hours=1)), event(3, FIRST - timedelta(minutes=1))])
    first = window(FIRST)
    with place.warehouse().snapshot() as snapshot:
        add_events(place.engine, [event(2, FIRST - timedelta(minutes=2))])
        assert [row["id"] for row in rows(snapshot.source(first).batches())] == [1]

    second = window(SECOND, mark(first))
    assert ids(place, second) == [2, 3]
    assert ids(place, window(SECOND + timedelta(hours=1), mark(second))) == []


def test_windows_meet_without_a_gap_and_without_an_overlap(place: Place) -> None:
    edge = FIRST - CURSOR.lag
    microsecond = timedelta(microseconds=1)
    add_events(place.engine, [event(1, edge - microsecond), event(2, edge), event(3, edge + microsecond)])
    first = window(FIRST)
    assert ids(place, first) == [1]
    assert ids(place, window(SECOND, mark(first))) == [2, 3]


def test_period_filters_and_sort_hold_within_the_window(place: Place) -> None:
    old = FIRST - timedelta(days=30)
    add_events(
        place.engine,
        [
            event(1, FIRST, occurred_at=old),
            event(2, FIRST),
            {**event(3, FIRST), "event_name": "purchase"},
            event(4, FIRST - timedelta(hours=1)),
            event(5, FIRST),
        ],
    )
    last = Mark("j-1", FIRST - timedelta(minutes=5), "signed")
    assert ids(place, window(SECOND, last, start="2026-11-02", event_name="click", sort="-id")) == [5, 2]


def test_the_manifest_says_from_when_until_when(place: Place) -> None:
    first = window(FIRST)
    read = describe(DatasetRequest("raw_events"), first, 0, FIRST)
    assert (read.since, read.until) == (None, "2026-11-02T08:55:00.000000Z")
    read = describe(DatasetRequest("raw_events"), window(SECOND, mark(first)), 0, SECOND)
    assert (read.since, read.until) == ("2026-11-02T08:55:00.000000Z", "2026-11-02T09:55:00.000000Z")


def test_the_manifest_says_what_a_teams_file_declared(tmp_path: Path) -> None:
    own = read(tmp_path, TEAMS)
    asked = DatasetRequest("own")
    said = describe(asked, build_query(own, asked, LOCAL_ADMIN), 0, FIRST).declaration
    assert said == own.declaration != ""
    assert describe(DatasetRequest("raw_events"), window(FIRST), 0, FIRST).declaration == ""


@pytest.mark.parametrize("back", [timedelta(0), timedelta(hours=1)])
def test_a_clock_that_stands_or_goes_back_repeats_nothing(place: Place, back: timedelta) -> None:
    add_events(place.engine, [event(1, FIRST - timedelta(hours=2))])
    first = window(FIRST)
    second = window(FIRST - back, mark(first))
    assert ids(place, second) == []
    assert mark(second).until == mark(first).until


SECONDS = st.integers(0, 3600)


@given(
    st.lists(st.tuples(SECONDS, st.integers(0, 299))),
    st.lists(SECONDS, min_size=1).map(sorted),
)
def test_each_row_is_in_one_window_if_it_is_committed_within_the_lag(
    received: list[tuple[int, int]], asked: Iterable[int]
) -> None:
    """A row is received at a second and committed up to 299 seconds later; exports are taken at any."""
    cursor = replace(CURSOR, lag=timedelta(seconds=300))
    exported: list[int] = []
    since: datetime | None = None
    moments = [FIRST + timedelta(seconds=second) for second in (*asked, 3600 + 301)]
    for taken_at in moments:
        period = cursor.window(since, taken_at)
        assert period.end
        for number, (second, delay) in enumerate(received):
            taken_in = FIRST + timedelta(seconds=second)
            visible = taken_in + timedelta(seconds=delay) <= taken_at
            if visible and (period.start is None or period.start <= taken_in) and taken_in < period.end:
                exported.append(number)
        since = period.end
    assert sorted(exported) == list(range(len(received)))
    assert all(one <= other for one, other in pairwise(moments))
