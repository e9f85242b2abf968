"""A team's `.sql` datasets in both databases: under the same rules as any other, and only ever reading."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import tiny_warehouse
from reading_back import Forward, about
from team_datasets import read
from tiny_warehouse import Place, add_events, rows

from reportkit.access import LOCAL_ADMIN, Actor, Role
from reportkit.columns import Sensitivity
from reportkit.datasets.base import Dataset
from reportkit.datasets.people import find_actor
from reportkit.datasets.postgres import source
from reportkit.datasets.query import build_query
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Warehouse
from reportkit.errors import BadRequest, DeadlineExceeded, WarehouseUnavailable
from reportkit.specs import DatasetRequest, Period
from reportkit.writers import writer_for

PLACES = ("sqlite", "postgresql")
RAW_EVENTS = Registry.built_in()["raw_events"]
TWIN = """
-- title = "The same as raw_events"
-- description = "Every event as it was recorded."
-- owner = "Who created the experiment owns its events."
-- owner_column = "made_by"
-- period = "The date range is about when events occurred."
-- period_column = "occurred_at"
-- order = ["id"]
-- cursor = { column = "received_at", lag_seconds = 300 }
""" + "\n".join(
    [
        "-- [columns]",
        *[
            f'-- {c.name} = {{ kind = "{c.kind}", description = "As there", sensitivity = "{c.sensitivity}" }}'
            for c in RAW_EVENTS.shape(None).columns
        ],
        "-- [filters]",
        *[f'-- {name} = "As there"' for name in RAW_EVENTS.filters],
        """
WITH given AS (SELECT experiment_id, subject_id, variant_id, segment FROM assignments)
SELECT
    events.*, experiments.key AS experiment, variants.key AS variant, given.segment, experiments.created_by AS made_by
FROM events
JOIN experiments ON experiments.id = events.experiment_id
LEFT JOIN given ON given.experiment_id = events.experiment_id AND given.subject_id = events.subject_id
LEFT JOIN variants ON variants.id = given.variant_id
WHERE '12:30' <> ':noon' AND experiments.name NOT LIKE '100%;' -- all of them
;
""",
    ]
)


def of_column(kind: str, sql: str, *more: str) -> str:
    """A file whose column `a` is of this kind; only admins get rows."""
    lines = ['title = "A"', 'description = "A"', "admins_only = true", 'order = ["a"]', *more]
    column = f'columns.a = {{ kind = "{kind}", description = "A" }}'
    return "\n".join(f"-- {line}" for line in (*lines, column)) + f"\n\n{sql}"


def answer(warehouse: Warehouse, dataset: Dataset, actor: Actor = LOCAL_ADMIN, **asked: Any) -> list[dict[str, Any]]:
    """Counted and read, in one snapshot."""
    sort = asked.pop("sort", ())
    request = DatasetRequest.of(dataset.name, **asked)
    query = build_query(dataset, DatasetRequest(**{**vars(request), "sort": sort}), actor)
    with warehouse.snapshot() as snapshot:
        found = rows(snapshot.source(query).batches())
        assert snapshot.count(query) == len(found)
    return found


def native(warehouse: Warehouse, dataset: Dataset, format: str, actor: Actor) -> bytes:
    query = build_query(dataset, DatasetRequest(dataset.name), actor)
    with warehouse.snapshot() as snapshot:
        records = snapshot.source(query).native(format)
        assert records is not None
        return b"".join(piece for pieces in records.pieces for piece in pieces)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Dataset]:
    return {place: read(tmp_path_factory.mktemp(place), TWIN, place) for place in PLACES}


@pytest.fixture(scope="module")
def actors(warehouses: dict[str, Warehouse]) -> Mapping[Role, Actor]:
    people = {Role.VIEWER: "vic", Role.ANALYST: "ann"}
    return {role: find_actor(warehouses["sqlite"], name) for role, name in people.items()} | {Role.ADMIN: LOCAL_ADMIN}


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"fields": "note,id,user_email"},
        {"start": "2026-08-05", "end": "2026-08-09"},
        {"event_name": ["purchase", "visit"], "is_test": False},
        {"sort": ("-received_at", "event_name"), "fields": "id,event_name,received_at"},
        {"sort": ("-amount",), "fields": "amount,id"},
    ],
    ids=str,
)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("place", PLACES)
def test_a_dataset_in_sql_answers_as_its_twin_in_python_does(
    warehouses: dict[str, Warehouse],
    twins: Mapping[str, Dataset],
    actors: Mapping[Role, Actor],
    place: str,
    role: Role,
    asked: dict[str, Any],
) -> None:
    expected = answer(warehouses[place], RAW_EVENTS, actors[role], **asked)
    assert answer(warehouses[place], twins[place], actors[role], **asked) == expected
    assert expected


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("format", ["csv", "ndjson"])
def test_postgresqls_own_records_are_its_twins_too(
    warehouses: dict[str, Warehouse],
    twins: Mapping[str, Dataset],
    actors: Mapping[Role, Actor],
    format: str,
    role: Role,
) -> None:
    for_both = [native(warehouses["postgresql"], d, format, actors[role]) for d in (RAW_EVENTS, twins["postgresql"])]
    assert for_both[0] == for_both[1] != b""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_a_personal_column_of_a_file_is_neither_filtered_nor_sorted_by(
    warehouses: dict[str, Warehouse],
    twins: Mapping[str, Dataset],
    actors: Mapping[Role, Actor],
    place: str,
    role: Role,
) -> None:
    for asked in ({"subject_id": tiny_warehouse.SUBJECT}, {"sort": ("user_email",)}):
        with pytest.raises(BadRequest, match=r"own\.\w+ is personal"):
            answer(warehouses[place], twins[place], actors[role], **asked)


def test_a_secret_column_is_not_selected(warehouses: dict[str, Warehouse], tmp_path: Path) -> None:
    text = TWIN.replace('sensitivity = "personal"', 'sensitivity = "secret"').replace(
        '-- subject_id = "As there"\n', ""
    )
    for place in PLACES:
        dataset = read(tmp_path, text, place)
        assert {column.sensitivity for column in dataset.shape(None).open} == {Sensitivity.PUBLIC}
        statement = build_query(dataset, DatasetRequest("own"), LOCAL_ADMIN).select
        around, own = str(statement.compile(dialect=warehouses[place]._engine.dialect)).split("FROM (WITH given")
        assert "user_email" not in around
        assert "events.*" in own
        with pytest.raises(BadRequest, match=r"own.user_email is secret and never leaves the database"):
            build_query(dataset, DatasetRequest.of("own", fields="user_email"), LOCAL_ADMIN)


@pytest.mark.parametrize("place", PLACES)
def test_rows_of_admins_only_are_given_to_no_one_else(
    warehouses: dict[str, Warehouse], actors: Mapping[Role, Actor], tmp_path: Path, place: str
) -> None:
    dataset = read(tmp_path, of_column("text", "SELECT key AS a FROM experiments"), place)
    given = {role: len(answer(warehouses[place], dataset, actor)) for role, actor in actors.items()}
    assert given[Role.ADMIN] > 0
    assert given[Role.VIEWER] == given[Role.ANALYST] == 0


@pytest.mark.parametrize("place", PLACES)
def test_a_dataset_that_knows_no_dates_refuses_them(
    warehouses: dict[str, Warehouse], tmp_path: Path, place: str
) -> None:
    dataset = read(tmp_path, of_column("text", "SELECT 'x' AS a"), place)
    with pytest.raises(BadRequest, match="own knows no dates to choose rows by; leave the start and the end out"):
        answer(warehouses[place], dataset, start="2026-01-01")


@pytest.mark.parametrize("place", PLACES)
def test_a_date_range_over_days_has_its_first_and_its_last(
    warehouses: dict[str, Warehouse], tmp_path: Path, place: str
) -> None:
    days = " UNION ALL ".join(
        f"SELECT CAST('2026-01-0{n}' AS {'text' if place == 'sqlite' else 'date'}) AS a" for n in range(1, 6)
    )
    dataset = read(tmp_path, of_column("date", days, 'period = "Days"', 'period_column = "a"'), place)
    found = answer(warehouses[place], dataset, start="2026-01-02", end="2026-01-04")
    assert [str(row["a"]) for row in found] == ["2026-01-02", "2026-01-03", "2026-01-04"]


@pytest.mark.parametrize(
    ("place", "kind", "sql", "value"),
    [
        *[
            (place, kind, sql, value)
            for place in PLACES
            for kind, sql, value in (
                ("text", "SELECT '12:30 :name ?' AS a", "12:30 :name ?"),
                ("text", "SELECT '100% %s %(x)s %%' AS a", "100% %s %(x)s %%"),
                ("text", "SELECT 'a\\:b \\\\: ::' AS a", "a\\:b \\\\: ::"),
                ("text", "SELECT 'it''s; DROP TABLE users' AS a", "it's; DROP TABLE users"),
                ("text", 'SELECT "odd: %s ; name" AS a FROM (SELECT 1 AS x, \'y\' AS "odd: %s ; name") AS t', "y"),
                ("text", "SELECT 'x' AS a /* ; */ -- :end %", "x"),
                ("text", "SELECT '☃' AS a;;\n-- ;", "☃"),
                ("integer", "SELECT 7 % 4 AS a", 3),
                ("integer", "SELECT sum(x) OVER (ORDER BY x) AS a FROM (SELECT 9 AS x) AS t", 9),
            )
        ],
        ("postgresql", "text", "SELECT 12::text || '::' || ('{\"k\": \"v\"}'::jsonb ->> 'k') AS a", "12::v"),
        ("postgresql", "boolean", "SELECT '{\"k\": 1}'::jsonb ? 'k' AS a", True),
        ("postgresql", "integer", "SELECT ((ARRAY[1, 2, 3])[2:3])[1] AS a", 2),
        ("postgresql", "integer", "SELECT sum(x::bigint) AS a FROM (VALUES (2), (3)) AS t(x)", 5),
        ("postgresql", "number", "SELECT 1.5::numeric AS a", 1.5),
        ("postgresql", "text", "SELECT 'x'::varchar(9) AS a", "x"),
        ("postgresql", "document", "SELECT '{\"k\":\n1}'::json AS a", '{"k": 1}'),
        ("postgresql", "date", "SELECT timestamp '2026-01-31 23:59' AS a", "2026-01-31"),
        ("postgresql", "instant", "SELECT timestamp '2026-01-31 23:59' AS a", "2026-01-31 23:59:00+00:00"),
        ("sqlite", "text", "SELECT '{\"k\": \"v\"}' ->> '$.k' AS a", "v"),
        ("sqlite", "text", "SELECT strftime('%Y:%m', '2026-01-31') AS a", "2026:01"),
        ("sqlite", "boolean", "SELECT 1 AS a", True),
        ("sqlite", "instant", "SELECT '2026-01-31T23:59:00.000000Z' AS a", "2026-01-31 23:59:00+00:00"),
    ],
)
def test_a_select_means_what_it_says(
    warehouses: dict[str, Warehouse], tmp_path: Path, place: str, kind: str, sql: str, value: Any
) -> None:
    dataset = read(tmp_path, of_column(kind, sql), place)
    [row] = answer(warehouses[place], dataset)
    assert (str(row["a"]) if kind in ("date", "instant") else row["a"]) == value


def test_postgresqls_own_records_hold_what_the_select_says(warehouses: dict[str, Warehouse], tmp_path: Path) -> None:
    sql = "SELECT '100% %s ::x \\:y ' || 5::text || CASE WHEN '{\"k\": 1}'::jsonb ? 'k' THEN '?' END AS a"
    dataset = read(tmp_path, of_column("text", sql), "postgresql")
    assert json.loads(native(warehouses["postgresql"], dataset, "ndjson", LOCAL_ADMIN)) == {"a": "100% %s ::x \\:y 5?"}


class TestItOnlyReads:
    def test_a_function_that_writes_is_stopped_by_the_database(self, postgres_url: str, tmp_path: Path) -> None:
        """No check of ours can know what a function of the team's own does; the transaction does."""
        with tiny_warehouse.at(postgres_url) as place:
            with place.engine.begin() as connection:
                connection.exec_driver_sql(
                    "CREATE FUNCTION promote() RETURNS text LANGUAGE sql AS "
                    "$$ UPDATE users SET role = 'admin' RETURNING role $$"
                )
            dataset = read(tmp_path, of_column("text", "SELECT promote() AS a"), "postgresql")
            with pytest.raises(WarehouseUnavailable, match="cannot execute UPDATE in a read-only transaction"):
                answer(place.warehouse(), dataset)
            with place.engine.connect() as connection:
                assert connection.exec_driver_sql("SELECT role FROM users").scalars().all() == ["analyst"]

    def test_whatever_is_run_in_a_snapshot_cannot_write(self, place: Place) -> None:
        with (
            place.warehouse().snapshot() as snapshot,
            pytest.raises(sa.exc.DBAPIError, match="read-?only"),
        ):
            snapshot.connection.exec_driver_sql("UPDATE users SET role = 'admin'")

    def test_it_is_ended_after_the_statement_timeout(self, place: Place, tmp_path: Path) -> None:
        endless = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000) "
            "SELECT max(i) AS a FROM n"
        )
        dataset = read(tmp_path, of_column("integer", endless), place.engine.dialect.name)
        with pytest.raises(DeadlineExceeded, match=r"after 0.3 seconds"):
            answer(place.warehouse(statement_timeout=0.3), dataset)

    def test_a_table_that_is_not_there_is_told(self, place: Place, tmp_path: Path) -> None:
        dataset = read(tmp_path, of_column("text", "SELECT b AS a FROM nowhere"), place.engine.dialect.name)
        with pytest.raises(WarehouseUnavailable, match="nowhere"):
            answer(place.warehouse(), dataset)


def test_only_what_was_taken_in_since_is_given_where_a_cursor_is_declared(place: Place, tmp_path: Path) -> None:
    add_events(place.engine, [{"id": n, "received_at": f"2026-10-0{n}T00:00:00.000000Z"} for n in (1, 2, 3)])
    dataset = read(tmp_path, TWIN, place.engine.dialect.name)
    since = Period(datetime(2026, 10, 2, tzinfo=UTC), datetime(2026, 10, 3, tzinfo=UTC))
    query = build_query(dataset, DatasetRequest("own", fields=("id",)), LOCAL_ADMIN, since)
    assert place.read(query) == [{"id": 2}]


def test_a_value_of_another_kind_in_sqlite_names_its_column(warehouses: dict[str, Warehouse], tmp_path: Path) -> None:
    for kind, sql in (
        ("integer", "SELECT 'x' AS a"),
        ("instant", "SELECT 'soon' AS a"),
        ("number", "SELECT 'x' AS a"),
    ):
        with pytest.raises(WarehouseUnavailable, match=f"column a holds a value that is not {kind}"):
            answer(warehouses["sqlite"], read(tmp_path, of_column(kind, sql), "sqlite"))


@pytest.mark.parametrize("large", [False, True], ids=["few rows", "many rows"])
@pytest.mark.parametrize("format", ["csv", "ndjson", "parquet"])
def test_an_error_of_postgresql_shows_no_value(
    warehouses: dict[str, Warehouse],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    format: str,
    large: bool,
) -> None:
    """Nobody's address is an identifier: who declares it one must not show it to those whom it is masked for."""
    monkeypatch.setattr(source, "MANY", 1 if large else 50_000)
    lines = ['title = "A"', 'description = "A"', 'owner = "A"', 'owner_column = "mine"', 'order = ["n"]', "[columns]"]
    lines += ['n = { kind = "integer", description = "A" }']
    lines += ['a = { kind = "identifier", description = "A", sensitivity = "personal" }']
    select = (
        "SELECT n, 'me' AS mine, CASE WHEN n > 3 THEN 'b\"o\"b\nby' ELSE NULL END AS a FROM generate_series(1, 5) n"
    )
    dataset = read(tmp_path, "\n".join(f"-- {line}" for line in lines) + f"\n\n{select}", "postgresql")
    query = build_query(dataset, DatasetRequest("own"), Actor("me", Role.VIEWER))
    with pytest.raises(WarehouseUnavailable) as caught, warehouses["postgresql"].snapshot() as snapshot:
        found = snapshot.source(query)
        found.count(format)
        writer_for(format).write(found, Forward(), about())
    assert str(caught.value).endswith('invalid input syntax for type uuid: "..."')
    assert not caplog.records


def test_the_how_tos_file_answers_the_same_in_both_databases(warehouses: dict[str, Warehouse], tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "add-a-dataset-in-sql.md").read_text(encoding="utf-8")
    text = page.partition("```sql\n")[2].partition("```")[0]
    sqlite, postgresql = (answer(warehouses[place], read(tmp_path, text, place)) for place in PLACES)
    assert sqlite == postgresql
    assert sum(row["acts"] for row in sqlite) > 0
