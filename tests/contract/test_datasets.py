"""Every dataset, grouping and role on the sample: the same in both databases, and never more than is allowed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa

from reportkit.access import LOCAL_ADMIN, Actor, Role
from reportkit.columns import Kind, Schema, Sensitivity
from reportkit.datasets.people import find_actor
from reportkit.datasets.query import MASK, build_query
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Databases, Warehouse
from reportkit.sample import nasty
from reportkit.specs import DatasetRequest

DATASETS = Registry.built_in()
SHAPES = [(name, by) for name, dataset in DATASETS.items() for by in dataset.shapes]
PEOPLE = {Role.VIEWER: "vic", Role.ANALYST: "ann"}
"""Who own experiments, and are not admins."""

Row = dict[str, Any]
Ask = Callable[..., list[Row]]


@pytest.fixture(scope="session")
def ask(databases: dict[str, Databases]) -> Ask:
    """Rows of a dataset, as Python values; equal questions are asked once."""

    @cache
    def asked(place: str, actor: Actor, dataset: str, request: tuple[tuple[str, Any], ...]) -> tuple[list[Row], int]:
        query = build_query(DATASETS[dataset], DatasetRequest.of(dataset, **dict(request)), actor)
        with databases[place][DATASETS[dataset].home].snapshot() as snapshot:
            batches = list(snapshot.source(query).batches())
            count = snapshot.count(query)
        return [row for batch in batches for row in batch.to_pylist()], count

    def ask(dataset: str, actor: Actor = LOCAL_ADMIN, place: str = "sqlite", **request: Any) -> list[Row]:
        rows, count = asked(place, actor, dataset, tuple(request.items()))
        assert count == len(rows)
        return rows

    return ask


@pytest.fixture(scope="session")
def actors(warehouses: dict[str, Warehouse]) -> Mapping[Role, Actor]:
    found = {role: find_actor(warehouses["sqlite"], name) for role, name in PEOPLE.items()}
    assert {role: actor.role for role, actor in found.items()} == {role: role for role in PEOPLE}
    return {**found, Role.ADMIN: LOCAL_ADMIN}


@pytest.fixture(scope="session")
def table(sample: str) -> Callable[[str], list[Row]]:
    """A table of the sample as SQLite has it."""
    engine = sa.create_engine(sample)

    @cache
    def read(statement: str) -> list[Row]:
        with engine.connect() as connection:
            return [dict(row) for row in connection.exec_driver_sql(statement).mappings()]

    return lambda text: read(text if " " in text else f"SELECT * FROM {text}")


def comparable(rows: Iterable[Row], schema: Schema) -> list[list[Any]]:
    """In one order for both databases, whose collations differ; documents without their spelling."""
    made = [[_comparable(schema[name].kind, value) for name, value in row.items()] for row in rows]
    return sorted(made, key=lambda row: [str(cell) for cell in row if not isinstance(cell, float)])


def _comparable(kind: Kind, value: Any) -> Any:
    return json.loads(value) if kind is Kind.DOCUMENT and value is not None else value


def assert_close(found: Any, expected: Any) -> None:
    if isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
    else:
        assert found == expected


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("dataset", "by"), SHAPES)
def test_both_databases_give_the_same(
    ask: Ask, actors: Mapping[Role, Actor], dataset: str, by: str, role: Role
) -> None:
    schema = DATASETS[dataset].shape(by).schema
    sqlite, postgresql = (
        comparable(ask(dataset, actors[role], place, by=by), schema) for place in ("sqlite", "postgresql")
    )
    assert len(sqlite) == len(postgresql)
    for one, other in zip(sqlite, postgresql, strict=True):
        for left, right in zip(one, other, strict=True):
            assert_close(left, right)


@pytest.mark.parametrize(("dataset", "by"), SHAPES)
def test_an_admin_gets_rows_in_an_order_that_is_total(ask: Ask, dataset: str, by: str) -> None:
    order = DATASETS[dataset].shape(by).order
    for place in ("sqlite", "postgresql"):
        keys = [tuple(row[name] for name in order) for row in ask(dataset, place=place, by=by)]
        assert len(keys) == len(set(keys)) > 1


@pytest.mark.parametrize("place", ["sqlite", "postgresql"])
@pytest.mark.parametrize("role", PEOPLE)
class TestWhoDoesNotOwnARowDoesNotGetIt:
    @pytest.mark.parametrize(
        ("dataset", "by"), [(d, by) for d, by in SHAPES if "experiment" in DATASETS[d].shape(by).schema]
    )
    def test_of_experiments(
        self, ask: Ask, actors: Mapping[Role, Actor], table: Any, dataset: str, by: str, role: Role, place: str
    ) -> None:
        own = {row["key"] for row in table("experiments") if row["created_by"] == actors[role].id}
        found = {row["experiment"] for row in ask(dataset, actors[role], place, by=by)}
        everything = {row["experiment"] for row in ask(dataset, place=place, by=by)}
        assert found
        assert found == own & everything
        assert found < everything

    def test_of_the_audit_log(self, ask: Ask, actors: Mapping[Role, Actor], role: Role, place: str) -> None:
        everything = ask("audit_log", place=place)
        own = [row["id"] for row in everything if row["user_id"] == actors[role].id]
        assert [row["id"] for row in ask("audit_log", actors[role], place)] == own
        assert 0 < len(own) < len(everything)

    def test_of_user_activity(self, ask: Ask, actors: Mapping[Role, Actor], role: Role, place: str) -> None:
        assert [row["user_id"] for row in ask("user_activity", actors[role], place)] == [actors[role].id]

    @pytest.mark.parametrize("by", ["team_week", "feature"])
    def test_of_what_adds_several_people_up(
        self, ask: Ask, actors: Mapping[Role, Actor], by: str, role: Role, place: str
    ) -> None:
        assert ask("user_activity", actors[role], place, by=by) == []
        assert ask("user_activity", place=place, by=by) != []

    def test_whatever_they_filter_by(self, ask: Ask, actors: Mapping[Role, Actor], role: Role, place: str) -> None:
        other = next(
            row["experiment"]
            for row in ask("experiment_results", place=place)
            if row["experiment"] not in {own["experiment"] for own in ask("experiment_results", actors[role], place)}
        )
        for dataset in ("experiment_results", "metrics_summary", "raw_events"):
            assert ask(dataset, actors[role], place, experiment=other) == []
        assert (
            ask(
                "audit_log",
                actors[role],
                place,
                user_id=actors[Role.VIEWER if role is Role.ANALYST else Role.ANALYST].id,
            )
            == []
        )


@pytest.fixture(scope="session")
def personal_values(table: Any) -> set[str]:
    """Everything in the sample that tells who someone is, and is not also a nasty text of any column."""
    people = [row[name] for row in table("users") for name in ("username", "email", "full_name")]
    subjects = [row[name] for row in table("events") for name in ("subject_id", "user_email", "ip_address")]
    addresses = [row["ip_address"] for row in table("audit_logs")]
    told = {value for value in (*people, *subjects, *addresses) if value and len(value) > 6}
    return told - {text for _, text in nasty.TEXTS}


@pytest.mark.parametrize("place", ["sqlite", "postgresql"])
@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize(("dataset", "by"), SHAPES)
def test_no_personal_value_is_given_in_clear(
    ask: Ask,
    actors: Mapping[Role, Actor],
    personal_values: set[str],
    dataset: str,
    by: str,
    role: Role,
    place: str,
) -> None:
    redacted = [c.name for c in DATASETS[dataset].shape(by).columns if c.sensitivity is Sensitivity.PERSONAL]
    for row in ask(dataset, actors[role], place, by=by):
        assert not personal_values & {value for value in row.values() if isinstance(value, str)}
        for name in redacted:
            shown = row[name]
            assert shown is None or (shown == MASK if role is Role.VIEWER else shown.startswith("p_"))


@pytest.mark.parametrize("dataset", ["raw_events", "audit_log", "user_activity"])
def test_an_admin_gets_personal_values_in_clear(ask: Ask, personal_values: set[str], dataset: str) -> None:
    cells = {value for row in ask(dataset) for value in row.values() if isinstance(value, str)}
    assert len(cells & personal_values) > 100


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("dataset", "by"), SHAPES)
def test_secrets_never_leave(
    ask: Ask, actors: Mapping[Role, Actor], table: Any, dataset: str, by: str, role: Role
) -> None:
    secrets = {row["password_hash"] for row in table("users")} | {row["session_token"] for row in table("audit_logs")}
    cells = {value for row in ask(dataset, actors[role], by=by) for value in row.values() if isinstance(value, str)}
    assert cells.isdisjoint(secrets - {None, ""})


def test_pseudonyms_tell_people_apart_and_stay_the_same(ask: Ask, actors: Mapping[Role, Actor]) -> None:
    clear = {row["id"]: row["subject_id"] for row in ask("raw_events")}
    pairs = {(clear[row["id"]], row["subject_id"]) for row in ask("raw_events", actors[Role.ANALYST])}
    assert len(pairs) == len({subject for subject, _ in pairs}) == len({pseudonym for _, pseudonym in pairs}) > 100


DATED = {"raw_events": "occurred_at", "audit_log": "created_at"}


@pytest.mark.parametrize("place", ["sqlite", "postgresql"])
@pytest.mark.parametrize("dataset", DATED)
def test_both_dates_bound_the_rows_and_the_last_day_is_whole(ask: Ask, dataset: str, place: str) -> None:
    first, after = datetime(2026, 9, 20, tzinfo=UTC), datetime(2026, 10, 4, tzinfo=UTC)
    everything = ask(dataset, place=place)
    expected = [row["id"] for row in everything if first <= row[DATED[dataset]] < after]
    found = ask(dataset, place=place, start="2026-09-20", end="2026-10-03")
    assert [row["id"] for row in found] == expected
    assert 0 < len(expected) < len(everything)
    assert len(ask(dataset, place=place, start="2026-09-20")) > len(expected)
    assert len(ask(dataset, place=place, end="2026-10-03")) > len(expected)


@pytest.mark.parametrize("place", ["sqlite", "postgresql"])
def test_an_instant_bounds_to_the_microsecond(ask: Ask, place: str) -> None:
    at = ask("audit_log", place=place)[100]["created_at"]
    from_then = ask("audit_log", place=place, start=at)
    assert from_then[0]["created_at"] == at
    assert all(row["created_at"] < at for row in ask("audit_log", place=place, end=at))


@pytest.mark.parametrize("place", ["sqlite", "postgresql"])
@pytest.mark.parametrize(
    ("dataset", "filters"),
    [
        ("experiment_results", {"experiment": "checkout_redesign"}),
        ("experiment_results", {"experiment": ("checkout_redesign", "dark_mode"), "metric_role": "guardrail"}),
        ("experiment_results", {"status": "running", "metric_kind": "ratio"}),
        ("experiment_results", {"metric": "purchase_conversion", "variant": "redesign"}),
        ("experiment_results", {"by": "segment", "segment": "ios"}),
        ("metrics_summary", {"experiment": "push_reminders", "metric": "unsubscribe_rate"}),
        ("raw_events", {"event_name": "purchase", "is_test": "false", "variant": ("control", "dark")}),
        ("audit_log", {"category": "permission"}),
        ("audit_log", {"action": ("data.viewed", "data.exported"), "entity_type": "dataset"}),
        ("user_activity", {"role": "admin"}),
        ("user_activity", {"by": "feature", "feature": "dataset"}),
    ],
)
def test_filters_keep_rows_and_change_none(ask: Ask, dataset: str, filters: dict[str, Any], place: str) -> None:
    by = filters.get("by")
    wanted = {name: value if isinstance(value, tuple) else (value,) for name, value in filters.items() if name != "by"}
    expected = [
        row
        for row in ask(dataset, place=place, by=by)
        if all(str(row[name]).lower() in values for name, values in wanted.items())
    ]
    assert expected
    found = ask(dataset, place=place, **filters)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            assert_close(one[name], other[name])


@pytest.mark.parametrize("place", ["sqlite", "postgresql"])
def test_fields_come_in_the_order_asked_for(ask: Ask, place: str) -> None:
    rows = ask("experiment_results", place=place, fields="p_value,variant,experiment")
    whole = ask("experiment_results", place=place)
    assert list(rows[0]) == ["p_value", "variant", "experiment"]
    assert rows == [{name: row[name] for name in rows[0]} for row in whole]
