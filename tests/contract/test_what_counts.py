"""Which events and which subjects count for an experiment's results: the edges, in both databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from tiny_warehouse import EXPERIMENT, OWNER, Place, add, add_events

from reportkit.access import LOCAL_ADMIN
from reportkit.datasets.query import build_query
from reportkit.datasets.registry import Registry
from reportkit.specs import DatasetRequest

ASSIGNED = "2026-10-02T12:00:00.000000Z"


def identifier(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


CONTROL, TREATMENT, OTHER, METRIC = (identifier(number) for number in range(100, 104))


def run(place: Place, experiment: Mapping[str, Any] | None = None, subjects: int = 2) -> None:
    """Two variants, a metric that adds up purchases, and subjects in turn; each is `identifier` of its number."""
    with place.engine.begin() as connection:
        started = {"started_at": "2026-10-01T09:00:00.000000Z", "ended_at": "2026-10-05T00:00:00.000000Z"}
        for name, value in {**started, **(experiment or {})}.items():
            connection.execute(sa.text(f"UPDATE experiments SET {name} = :value"), {"value": value})
        variant(connection, CONTROL, "control", True)
        variant(connection, TREATMENT, "treatment", False)
        metric(connection)
        assign(connection, {number: (CONTROL, TREATMENT)[number % 2] for number in range(subjects)})


def variant(connection: sa.Connection, id: str, key: str, is_control: bool) -> None:
    row = {"id": id, "experiment_id": EXPERIMENT, "key": key, "name": key, "is_control": is_control, "weight": 0.5}
    add(connection, "variants", row)


def metric(connection: sa.Connection) -> None:
    row = {"id": METRIC, "key": "revenue", "name": "Revenue", "kind": "mean", "event_name": "purchase"}
    add(connection, "metric_definitions", {**row, "higher_is_better": True, "created_by": OWNER})
    add(connection, "experiment_metrics", {"experiment_id": EXPERIMENT, "metric_id": METRIC, "role": "primary"})


def assign(connection: sa.Connection, variants: Mapping[int, str], at: str = ASSIGNED) -> None:
    row = {"experiment_id": EXPERIMENT, "segment": "web", "assigned_at": at}
    add(
        connection,
        "assignments",
        *[{**row, "subject_id": identifier(n), "variant_id": id} for n, id in variants.items()],
    )


def buy(place: Place, *moments: str, subject: int = 1, **event: Any) -> None:
    """The subject buys for 1, 2, 4, ... at these moments, so that a sum tells which counted."""
    with place.engine.connect() as connection:
        taken = connection.exec_driver_sql("SELECT count(*) FROM events").scalar_one()
    add_events(
        place.engine,
        [
            {
                "id": taken + n,
                "event_name": "purchase",
                "subject_id": identifier(subject),
                "value": 2.0**n,
                "occurred_at": at,
                **event,
            }
            for n, at in enumerate(moments)
        ],
    )


def results(place: Place, **asked: Any) -> list[dict[str, Any]]:
    dataset = Registry.built_in()["experiment_results"]
    return place.read(build_query(dataset, DatasetRequest.of("experiment_results", **asked), LOCAL_ADMIN))


def total(place: Place, **asked: Any) -> float:
    return float(sum(row["total"] for row in results(place, **asked)))


def test_events_count_from_the_assignment_on(place: Place) -> None:
    run(place)
    buy(place, "2026-10-02T11:59:59.999999Z", ASSIGNED, "2026-10-03T00:00:00.000000Z")
    assert total(place) == 2 + 4


def test_events_count_while_the_experiment_runs(place: Place) -> None:
    run(place)
    with place.engine.begin() as connection:
        assign(connection, {7: TREATMENT}, at="2026-09-01T00:00:00.000000Z")
    first, last = "2026-10-01T09:00:00.000000Z", "2026-10-04T23:59:59.999999Z"
    buy(place, "2026-10-01T08:59:59.999999Z", first, last, "2026-10-05T00:00:00.000000Z", subject=7)
    assert total(place) == 2 + 4


def test_an_experiment_without_a_start_runs_from_its_creation_and_one_without_an_end_still_runs(place: Place) -> None:
    run(place, {"started_at": None, "ended_at": None, "created_at": "2026-10-03T00:00:00.000000Z"})
    buy(place, "2026-10-02T23:00:00.000000Z", "2026-10-03T00:00:00.000000Z", "2027-01-01T00:00:00.000000Z")
    assert total(place) == 2 + 4


def test_the_date_range_is_about_when_events_occurred_and_not_when_they_arrived(place: Place) -> None:
    run(place)
    moments = ("2026-10-02T23:59:59.999999Z", "2026-10-03T00:00:00.000000Z", "2026-10-04T00:00:00.000000Z")
    buy(place, *moments, received_at="2026-10-09T00:00:00.000000Z")
    assert total(place, start="2026-10-03", end="2026-10-03") == 2


def test_events_of_others_do_not_count(place: Place) -> None:
    run(place)
    buy(place, "2026-10-03T00:00:00.000000Z", subject=50)
    buy(place, "2026-10-03T00:00:00.000000Z", event_name="refund")
    buy(place, "2026-10-03T00:00:00.000000Z", value=None)
    assert total(place) == 0


def test_subjects_assigned_after_the_date_range_do_not_count_and_earlier_ones_do(place: Place) -> None:
    run(place, subjects=4)
    with place.engine.begin() as connection:
        assign(connection, {7: TREATMENT, 8: CONTROL}, at="2026-10-04T00:00:00.000000Z")
    assert [row["subjects"] for row in results(place)] == [3, 3]
    assert [row["subjects"] for row in results(place, end="2026-10-03")] == [2, 2]
    assert [row["subjects"] for row in results(place, start="2026-10-03")] == [3, 3]
    assert [row["subjects"] for row in results(place, end="2026-09-30")] == [0, 0]


def test_the_days_are_those_on_which_the_experiment_ran(place: Place) -> None:
    run(place)
    buy(place, "2026-10-03T00:00:00.000000Z", received_at="2026-10-09T00:00:00.000000Z")
    treatment = [row for row in results(place, by="day") if row["variant"] == "treatment"]
    assert [row["day"] for row in treatment] == [date(2026, 10, day) for day in (1, 2, 3, 4)]
    assert [row["subjects"] for row in treatment] == [0, 1, 1, 1]
    assert [row["total"] for row in treatment] == [0, 0, 1, 0]


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ({"start": "2026-10-03"}, [3, 4]),
        ({"end": "2026-10-02"}, [1, 2]),
        ({"start": "2026-10-02T13:00:00Z", "end": "2026-10-02T14:00:00Z"}, [2]),
        ({"start": "2026-10-05"}, []),
    ],
)
def test_the_days_are_those_of_the_date_range(place: Place, asked: dict[str, str], days: list[int]) -> None:
    run(place)
    assert sorted({row["day"].day for row in results(place, by="day", **asked)}) == days


def test_a_running_experiment_has_days_until_its_latest_event_arrived(place: Place) -> None:
    run(place, {"ended_at": None})
    assert results(place, by="day") == []
    late = "2026-10-06T10:00:00.000000Z"
    buy(place, "2026-10-03T00:00:00.000000Z", event_name="click", received_at=late)
    assert max(row["day"] for row in results(place, by="day")) == date(2026, 10, 6)


def test_a_second_control_changes_nothing(place: Place) -> None:
    run(place)
    before = results(place)
    with place.engine.begin() as connection:
        variant(connection, OTHER, "second control", True)
    after = results(place)
    assert [row["variant"] for row in after] == ["control", "second control", "treatment"]
    assert [row for row in after if row["variant"] != "second control"] == [
        {**row, "srm_p_value": after[0]["srm_p_value"]} for row in before
    ]


def test_without_a_control_there_are_numbers_and_no_comparison(place: Place) -> None:
    run(place)
    buy(place, "2026-10-03T00:00:00.000000Z")
    with place.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE variants SET is_control = false")
    [control, treatment] = results(place)
    assert (control["mean"], treatment["mean"]) == (0.0, 1.0)
    assert treatment["control_mean"] is None
    assert treatment["difference"] is None
    assert control["srm_p_value"] == 1.0


def test_large_values_that_are_alike_keep_their_variance(place: Place) -> None:
    run(place, subjects=6)
    for subject, small in enumerate([0.0, 1.0, 2.0, 3.0, 4.0, 8.0]):
        buy(place, "2026-10-03T00:00:00.000000Z", subject=subject, value=1e9 + small)
    control, treatment = results(place)
    assert control["std_error"] == pytest.approx((4 / 3) ** 0.5, rel=1e-9)
    assert treatment["std_error"] == pytest.approx((13 / 3) ** 0.5, rel=1e-9)


def test_what_happened_to_other_experiments_does_not_matter(place: Place) -> None:
    run(place)
    buy(place, "2026-10-03T00:00:00.000000Z")
    with place.engine.begin() as connection:
        other = {"id": OTHER, "key": "other", "name": "Other", "status": "running", "created_by": OWNER}
        add(connection, "experiments", other)
        add(connection, "experiment_metrics", {"experiment_id": OTHER, "metric_id": METRIC, "role": "primary"})
    buy(place, "2026-10-03T00:00:00.000000Z", experiment_id=OTHER, value=64.0)
    assert total(place) == 1
    assert {row["experiment"] for row in results(place)} == {"checkout"}
