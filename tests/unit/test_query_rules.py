"""The rules around every query, read off the statement: nothing here asks a database."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from reportkit.access import LOCAL_ADMIN, Actor, Role
from reportkit.columns import Column, Kind, Sensitivity
from reportkit.datasets.base import OWNER, Cursor, Dataset, Rows, Scope, Shape
from reportkit.datasets.query import Query, Redaction, build_query
from reportkit.datasets.registry import Registry
from reportkit.datasets.warehouse import feature_flags
from reportkit.errors import BadRequest, BadValue, UnknownName
from reportkit.specs import DatasetRequest, Period

DATASETS = Registry.built_in()
SHAPES = [(name, by) for name, dataset in DATASETS.items() for by in dataset.shapes]
DIALECTS = {
    "sqlite": sa.make_url("sqlite://").get_dialect()(),
    "postgresql": sa.make_url("postgresql+psycopg://").get_dialect()(),
}
ME = "00000000-0000-4000-8000-000000000001"
ACTORS = {Role.VIEWER: Actor(ME, Role.VIEWER), Role.ANALYST: Actor(ME, Role.ANALYST), Role.ADMIN: LOCAL_ADMIN}
NOT_ADMINS = [Role.VIEWER, Role.ANALYST]


def query(dataset: str, role: Role = Role.ADMIN, **request: Any) -> Query:
    return build_query(DATASETS[dataset], DatasetRequest.of(dataset, **request), ACTORS[role])


def compiled(statement: sa.Select[Any], dialect: str) -> sa.Compiled:
    return statement.compile(dialect=DIALECTS[dialect], compile_kwargs={"render_postcompile": True})


def text(statement: sa.Select[Any], dialect: str = "postgresql") -> str:
    return str(compiled(statement, dialect))


def order(asked: Query, dialect: str = "postgresql") -> str:
    return text(asked.select, dialect).rpartition("ORDER BY ")[2]


def personal(dataset: str, by: str) -> set[str]:
    return {c.name for c in DATASETS[dataset].shape(by).columns if c.sensitivity is Sensitivity.PERSONAL}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("dataset", "by"), SHAPES)
class TestEveryDataset:
    def test_can_be_asked(self, dataset: str, by: str, role: Role, dialect: str) -> None:
        asked = query(dataset, role, by=by, start="2026-01-01", end="2026-12-31")
        for statement in (asked.select, asked.count):
            assert text(statement, dialect).lstrip().startswith(("SELECT", "WITH"))
        assert tuple(column.name for column in asked.select.selected_columns) == asked.fetched.names

    def test_gives_rows_to_their_owner_only(self, dataset: str, by: str, role: Role, dialect: str) -> None:
        for statement in (query(dataset, role, by=by).select, query(dataset, role, by=by).count):
            outermost = text(statement, dialect).rpartition("AS dataset")[2]
            owned = f"dataset.{OWNER}" in outermost
            assert owned is (role is not Role.ADMIN)
            assert (ME in compiled(statement, dialect).params.values()) is owned

    def test_redacts_personal_columns_of_who_may_not_see_them(
        self, dataset: str, by: str, role: Role, dialect: str
    ) -> None:
        redactions = query(dataset, role, by=by).redactions
        expected = {Role.VIEWER: Redaction.MASKED, Role.ANALYST: Redaction.PSEUDONYMISED}
        assert redactions == ({} if role is Role.ADMIN else dict.fromkeys(personal(dataset, by), expected[role]))

    def test_never_mentions_a_secret(self, dataset: str, by: str, role: Role, dialect: str) -> None:
        statement = text(query(dataset, role, by=by).select, dialect)
        assert "session_token" not in statement
        assert "password_hash" not in statement

    def test_is_ordered_by_public_columns_only(self, dataset: str, by: str, role: Role, dialect: str) -> None:
        shape = DATASETS[dataset].shape(by)
        outermost = order(query(dataset, role, by=by), dialect)
        assert re.findall(r"dataset\.(\w+)", outermost) == list(shape.order)
        assert outermost.count("NULLS LAST") == len(shape.order)
        assert not set(shape.order) & personal(dataset, by)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.ADMIN, "dataset.user_email AS user_email"),
        (Role.VIEWER, "CASE WHEN (dataset.user_email IS NOT NULL) THEN %(param_1)s::VARCHAR END AS user_email"),
        (Role.ANALYST, "CASE WHEN (dataset.user_email IS NOT NULL) THEN 'p_' || left(encode(sha256("),
    ],
)
def test_a_personal_value_is_replaced_before_it_leaves_the_database(role: Role, expected: str) -> None:
    assert expected in text(query("raw_events", role, fields="user_email").select)


def test_secret_columns_are_not_among_those_given_out() -> None:
    assert "session_token" not in query("audit_log").schema


@pytest.mark.parametrize("role", Role)
def test_a_secret_column_is_refused_to_everyone(role: Role) -> None:
    with pytest.raises(BadRequest, match=r"audit_log.session_token is secret and never leaves the database"):
        query("audit_log", role, fields="id,session_token")
    with pytest.raises(UnknownName, match="filter"):
        query("audit_log", role, session_token="x")


@pytest.mark.parametrize("role", NOT_ADMINS)
def test_who_may_not_see_a_column_cannot_filter_by_it(role: Role) -> None:
    with pytest.raises(BadRequest, match=f"raw_events.subject_id is personal: a {role} cannot filter by it"):
        query("raw_events", role, subject_id=ME)
    assert ME in compiled(query("raw_events", subject_id=ME).select, "sqlite").params.values()


@pytest.mark.parametrize("role", NOT_ADMINS)
@pytest.mark.parametrize("sort", ["user_email", "-user_email"])
def test_who_may_not_see_a_column_cannot_sort_by_it(role: Role, sort: str) -> None:
    with pytest.raises(BadRequest, match=f"raw_events.user_email is personal: a {role} cannot sort by it"):
        query("raw_events", role, sort=sort)
    assert order(query("raw_events", sort="user_email")).startswith('(dataset.user_email) COLLATE "C" ASC NULLS LAST')


def test_what_the_sort_leaves_open_is_in_the_datasets_own_order() -> None:
    assert order(query("raw_events", sort="-value")) == "dataset.value DESC NULLS LAST, dataset.id ASC NULLS LAST"
    assert order(query("raw_events", sort="-id")) == "dataset.id DESC NULLS LAST"


def test_a_column_need_not_be_given_out_to_be_sorted_by() -> None:
    asked = query("raw_events", Role.VIEWER, fields="id", sort="received_at")
    assert asked.schema.names == ("id",)
    assert order(asked).startswith("dataset.received_at ASC")


@pytest.mark.parametrize(
    ("dataset", "sort"),
    [
        ("raw_events", "valu"),
        ("raw_events", "payload"),
        ("raw_events", "_owner"),
        ("audit_log", "session_token"),
        ("experiment_results", "lift"),
        ("experiment_results", "squares"),
    ],
)
def test_only_what_the_query_fills_and_has_an_order_is_sorted_by(dataset: str, sort: str) -> None:
    with pytest.raises(UnknownName, match=f"{dataset} has no sortable column '{sort}'; .*known: ") as unknown:
        query(dataset, sort=sort)
    assert sort not in unknown.value.known


def test_rows_are_held_in_the_window_by_when_they_were_taken_in() -> None:
    since, until = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)
    asked = build_query(DATASETS["raw_events"], DatasetRequest("raw_events"), LOCAL_ADMIN, Period(since, until))
    for statement in (asked.select, asked.count):
        outermost = text(statement).rpartition("AS dataset")[2]
        assert re.findall(r"dataset\.received_at (>=|<) ", outermost) == [">=", "<"]
        assert {since, until} <= set(compiled(statement, "postgresql").params.values())


@pytest.mark.parametrize(("dataset", "by"), [pair for pair in SHAPES if not DATASETS[pair[0]].shape(pair[1]).cursor])
def test_what_adds_rows_up_has_no_new_ones(dataset: str, by: str) -> None:
    with pytest.raises(BadRequest, match=f"{dataset} cannot tell which rows are new"):
        build_query(DATASETS[dataset], DatasetRequest(dataset, by=by), LOCAL_ADMIN, Period())


@pytest.mark.parametrize("dataset", ["experiment_results", "metrics_summary"])
def test_an_aggregate_adds_up_no_more_than_was_asked_for(dataset: str) -> None:
    statement = text(query(dataset, Role.VIEWER, experiment="checkout").select)
    experiments = statement.partition("asked_experiments AS")[2].partition("WHERE")[2].partition("),")[0]
    assert re.search(rf"{OWNER}\)?(::text)? = ", experiments)
    assert "experiment IN (" in experiments


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: DATASETS["raw_event"],
            "there is no dataset 'raw_event'; did you mean 'raw_events'? known: audit_log, ",
        ),
        (
            lambda: query("raw_events", fields="id,notes"),
            "raw_events has no field 'notes'; did you mean 'note'? known: ",
        ),
        (lambda: query("raw_events", fields="_owner"), "raw_events has no field '_owner'"),
        (lambda: query("experiment_results", fields="squares"), "experiment_results has no field 'squares'"),
        (
            lambda: query("raw_events", country="CH"),
            "raw_events has no filter 'country'; known: event_name, experiment, ",
        ),
        (lambda: query("raw_events", note="x"), "raw_events has no filter 'note'"),
        (lambda: query("experiment_results", segment="ios"), "experiment_results has no filter 'segment'"),
        (lambda: query("experiment_results", by="month"), "has no grouping 'month'; known: day, none, segment"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(ask: Callable[[], object], message: str) -> None:
    with pytest.raises(UnknownName) as unknown:
        ask()
    assert message in str(unknown.value)


@pytest.mark.parametrize(
    ("dataset", "filters"),
    [
        ("raw_events", {"is_test": "perhaps"}),
        ("raw_events", {"subject_id": "not an identifier"}),
        ("raw_events", {"experiment": "nul\0byte"}),
        ("raw_events", {"experiment": "half a pair \ud800"}),
        ("audit_log", {"user_id": "1; DROP TABLE users"}),
    ],
)
def test_a_value_that_does_not_fit_its_column_is_told(dataset: str, filters: dict[str, Any]) -> None:
    with pytest.raises(BadValue, match="is not an? (boolean|identifier|text)"):
        query(dataset, **filters)


@given(st.text(), st.sampled_from(list(DIALECTS)))
def test_a_hostile_value_leaves_the_statement_as_it_is(value: str, dialect: str) -> None:
    harmless = query("raw_events", Role.ANALYST, experiment="checkout", event_name=["a", "b"])
    try:
        hostile = query("raw_events", Role.ANALYST, experiment=value, event_name=[value, "b"])
    except BadValue:
        return
    assert text(hostile.select, dialect) == text(harmless.select, dialect)
    assert text(hostile.count, dialect) == text(harmless.count, dialect)
    assert value in compiled(hostile.select, dialect).params.values()


@given(st.text(min_size=1).filter(lambda name: name not in DATASETS["raw_events"].shape(None).schema))
def test_a_hostile_name_never_reaches_a_statement(name: str) -> None:
    shape = DATASETS["raw_events"]
    with pytest.raises(UnknownName):
        build_query(shape, DatasetRequest("raw_events", fields=(name,)), LOCAL_ADMIN)
    with pytest.raises(UnknownName):
        build_query(shape, DatasetRequest("raw_events", filters={name: ("x",)}), LOCAL_ADMIN)
    with pytest.raises(UnknownName):
        build_query(shape, DatasetRequest("raw_events", by=f"by {name}"), LOCAL_ADMIN)
    with pytest.raises(UnknownName):
        build_query(shape, DatasetRequest("raw_events", sort=(f"-{name}",)), LOCAL_ADMIN)


def build(scope: Scope) -> Rows:
    return sa.select(feature_flags, feature_flags.c.created_by.label(OWNER))


NAME = Column("name", Kind.TEXT, "A name")
EMAIL = Column("email", Kind.TEXT, "An address", sensitivity=Sensitivity.PERSONAL)


def dataset(columns: tuple[Column, ...], **filters: str) -> Dataset:
    return Dataset("flags", "Flags", "Flags.", "Nobody.", "None.", {"none": Shape(columns, build, ("name",))}, filters)


def test_a_dataset_cannot_be_ordered_by_a_personal_column() -> None:
    with pytest.raises(ValueError, match="email is not public"):
        Shape((NAME, EMAIL), build, order=("email",))


def test_a_cursor_is_an_instant() -> None:
    with pytest.raises(ValueError, match="name holds no instants"):
        Shape((NAME, EMAIL), build, order=("name",), cursor=Cursor("name", timedelta(minutes=5)))


def test_a_personal_column_cannot_be_computed_outside_of_the_database() -> None:
    with pytest.raises(ValueError, match="email is not public"):
        Shape((NAME, EMAIL), build, order=("name",), computed=frozenset({"email"}))


def test_a_personal_column_holds_text() -> None:
    with pytest.raises(ValueError, match="personal column age must hold text"):
        Column("age", Kind.INTEGER, "An age", sensitivity=Sensitivity.PERSONAL)


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.DECIMAL, Kind.DOCUMENT, Kind.INSTANT])
def test_a_dataset_filters_by_columns_it_has_and_kinds_that_can_be_equal(kind: Kind) -> None:
    with pytest.raises(ValueError, match="flags cannot be filtered by nowhere"):
        dataset((NAME,), nowhere="?")
    with pytest.raises(ValueError, match="flags cannot be filtered by much"):
        dataset((NAME, Column("much", kind, "How much")), much="?")


@pytest.mark.parametrize(
    ("kind", "value", "parsed"),
    [
        (Kind.INTEGER, "-7", -7),
        (Kind.BOOLEAN, "TRUE", True),
        (Kind.DATE, "2026-01-31", "2026-01-31"),
        (Kind.IDENTIFIER, ME.upper(), ME),
        (Kind.TEXT, "x", "x"),
    ],
)
def test_filter_values_take_their_columns_type(kind: Kind, value: str, parsed: object) -> None:
    column = Column("rollout_percent", kind, "A value")
    asked = build_query(
        dataset((NAME, column), rollout_percent="?"), DatasetRequest.of("flags", rollout_percent=value), LOCAL_ADMIN
    )
    assert list(compiled(asked.select, "sqlite").params.values()) == [parsed]


@pytest.mark.parametrize("value", [str(2**63), "1.5", "", "one"])
def test_an_integer_filter_takes_what_a_database_can_hold(value: str) -> None:
    column = Column("rollout_percent", Kind.INTEGER, "A value")
    with pytest.raises(BadValue, match="is not an integer"):
        build_query(
            dataset((NAME, column), rollout_percent="?"), DatasetRequest.of("flags", rollout_percent=value), LOCAL_ADMIN
        )


@pytest.mark.parametrize("role", list(Role))
def test_a_dataset_that_does_not_say_who_owns_its_rows_gives_none_to_anybody(role: Role) -> None:
    dataset = Registry.built_in()["audit_log"]
    [(name, shape)] = dataset.shapes.items()

    def without_owner(scope: Scope) -> Any:
        rows = shape.build(scope).subquery()
        return sa.select(*[column for column in rows.c if column.name != OWNER])

    forgetful = replace(dataset, shapes={name: replace(shape, build=without_owner)})
    with pytest.raises(ValueError, match="does not say who owns its rows"):
        build_query(forgetful, DatasetRequest("audit_log"), Actor("somebody", role))


def test_nothing_may_be_computed_from_a_secret() -> None:
    [shape] = Registry.built_in()["audit_log"].shapes.values()
    secret = Column("password_hash", Kind.TEXT, "Never", sensitivity=Sensitivity.SECRET)
    with pytest.raises(ValueError, match="nothing may be computed from it"):
        replace(shape, inputs=(secret,))
