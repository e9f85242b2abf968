"""No date range and no incremental export silently loses a row that cannot be placed in time."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tiny_warehouse
from team_datasets import read
from tiny_warehouse import Place, add_events

from reportkit.access import LOCAL_ADMIN, Actor, Role
from reportkit.datasets.base import Dataset
from reportkit.datasets.query import Query, build_query
from reportkit.datasets.registry import Registry
from reportkit.errors import WarehouseUnavailable
from reportkit.specs import DatasetRequest, Period

BUILT_IN = Registry.built_in()
TAKEN_IN = Period(None, datetime(2026, 10, 2, tzinfo=UTC))
OTHER_FORMS = [
    "2026-01-02 00:00:00",
    "2026-01-02 00:00:00.000000",
    "2026-01-02T00:00:00Z",
    "2026-01-02T00:00:00.000Z",
    "2026-01-01T23:00:00.000000-01:00",
    "2026-01-02",
    "20260102T000000Z",
    "soon",
    "",
    1_767_312_000,
    2_461_042.5,
]
FILE = """
-- title = "A"
-- description = "A"
-- owner = "A"
-- owner_column = "mine"
-- period = "A"
-- period_column = "at"
-- cursor = { column = "taken_in", lag_seconds = 300 }
-- order = ["id"]
-- [columns]
-- id = { kind = "integer", description = "A" }
-- at = { kind = "instant", description = "A" }
-- taken_in = { kind = "instant", description = "A" }

SELECT id, occurred_at AS at, received_at AS taken_in, note AS mine FROM arrivals
"""


def january(dataset: Dataset, actor: Actor = LOCAL_ADMIN) -> Query:
    asked = DatasetRequest.of(dataset.name, start="2026-01-01", end="2026-01-31", fields="id")
    return build_query(dataset, asked, actor)


def new(dataset: Dataset, actor: Actor = LOCAL_ADMIN) -> Query:
    return build_query(dataset, DatasetRequest.of(dataset.name, fields="id"), actor, TAKEN_IN)


def arrivals(place: Place, *rows: tuple[int, object, object, str]) -> None:
    """A table of a team's own, which allows whatever the database does."""
    kind = "timestamptz" if place.engine.dialect.name == "postgresql" else "text"
    with place.engine.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE arrivals (id bigint, occurred_at {kind}, received_at {kind}, note text)"
        )
        for row in rows:
            marks = "%s, %s, %s, %s" if kind == "timestamptz" else "?, ?, ?, ?"
            connection.exec_driver_sql(f"INSERT INTO arrivals VALUES ({marks})", row)


@pytest.fixture
def sqlite(tmp_path: Path) -> Place:
    with tiny_warehouse.at(f"sqlite:///{tmp_path / 'warehouse.db'}") as place:
        return place


@pytest.mark.parametrize("form", OTHER_FORMS)
class TestOtherFormsOfInstantsInSqlite:
    """Whether the row lies in the period or not, what compares texts cannot know."""

    def test_are_refused_where_a_date_range_of_a_teams_dataset_would_compare_them(
        self, sqlite: Place, tmp_path: Path, form: object
    ) -> None:
        arrivals(sqlite, (1, tiny_warehouse.START, tiny_warehouse.START, ""), (2, form, tiny_warehouse.START, ""))
        with pytest.raises(WarehouseUnavailable, match="column at holds 1 values that cannot be compared as texts"):
            sqlite.read(january(read(tmp_path, FILE)))

    def test_are_refused_where_an_incremental_export_would(self, sqlite: Place, tmp_path: Path, form: object) -> None:
        arrivals(sqlite, (1, tiny_warehouse.START, tiny_warehouse.START, ""), (2, tiny_warehouse.START, form, ""))
        with pytest.raises(WarehouseUnavailable, match="column taken_in holds 1 values that cannot be compared"):
            sqlite.read(new(read(tmp_path, FILE)))

    @pytest.mark.parametrize("column", ["occurred_at", "received_at"])
    @pytest.mark.parametrize("dataset", ["raw_events", "experiment_results", "metrics_summary"])
    def test_are_refused_in_the_platforms_tables(
        self, sqlite: Place, tmp_path: Path, form: object, dataset: str, column: str
    ) -> None:
        add_events(sqlite.engine, [{"id": 1}, {"id": 2}])
        with sqlite3.connect(tmp_path / "warehouse.db") as raw:
            raw.execute(f"UPDATE events SET {column} = ? WHERE id = 2", (form,))
        raw.close()
        asked = DatasetRequest.of(dataset, start="2026-01-01" if dataset == "raw_events" else None)
        with pytest.raises(WarehouseUnavailable, match=f"column {column} holds 1 values that cannot be compared"):
            sqlite.read(build_query(BUILT_IN[dataset], asked, LOCAL_ADMIN))


@pytest.mark.parametrize("by", ["user", "team_week", "feature"])
def test_activity_is_not_added_up_over_times_that_cannot_be_compared(sqlite: Place, tmp_path: Path, by: str) -> None:
    with sqlite3.connect(tmp_path / "warehouse.db") as raw:
        columns = "id, user_id, action, entity_type, created_at"
        raw.execute(f"INSERT INTO audit_logs ({columns}) SELECT 1, id, '', '', '2026-01-02 00:00:00' FROM users")
    raw.close()
    with pytest.raises(WarehouseUnavailable, match="column created_at holds 1 values that cannot be compared"):
        sqlite.read(build_query(BUILT_IN["user_activity"], DatasetRequest.of("user_activity", by=by), LOCAL_ADMIN))


@pytest.mark.parametrize("form", ["2026-1-2", "2026-01-02 00:00:00", "20260102", "01/02/2026", 20260102])
def test_other_forms_of_days_are_refused_where_a_date_range_would_compare_them(
    sqlite: Place, tmp_path: Path, form: object
) -> None:
    arrivals(sqlite, (1, "2026-01-02", tiny_warehouse.START, ""), (2, form, tiny_warehouse.START, ""))
    dataset = read(tmp_path, FILE.replace('at = { kind = "instant"', 'at = { kind = "date"', 1))
    with pytest.raises(WarehouseUnavailable, match="column at holds 1 values that cannot be compared as texts"):
        sqlite.read(january(dataset))


def test_sqlites_own_functions_can_write_the_form_that_compares(sqlite: Place, tmp_path: Path) -> None:
    """As docs/how-to/add-a-dataset-in-sql.md says."""
    arrivals(sqlite, *[(n, form, tiny_warehouse.START, "") for n, form in enumerate(OTHER_FORMS[:6])])
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "add-a-dataset-in-sql.md").read_text(encoding="utf-8")
    [written] = [part for part in page.split("`") if part.startswith("strftime(")]
    dataset = read(tmp_path, FILE.replace("occurred_at AS", f"{written.replace('made_at', 'occurred_at')} AS"))
    assert len(sqlite.read(january(dataset))) == 6


def test_rows_that_are_not_compared_are_not_looked_at(sqlite: Place, tmp_path: Path) -> None:
    arrivals(sqlite, (1, "2026-01-02T00:00:00+02:00", "soon", ""))
    dataset = read(tmp_path, FILE)
    [row] = sqlite.read(build_query(dataset, DatasetRequest.of("own", fields="id,at"), LOCAL_ADMIN))
    assert row == {"id": 1, "at": datetime(2026, 1, 1, 22, tzinfo=UTC)}


def test_an_empty_time_lies_in_no_date_range(place: Place, tmp_path: Path) -> None:
    arrivals(place, (1, None, tiny_warehouse.START, ""), (2, "2026-01-02T00:00:00.000000Z", None, ""))
    assert place.read(january(read(tmp_path, FILE, place.engine.dialect.name))) == [{"id": 2}]


class TestAnEmptyCursor:
    def test_ends_an_incremental_export_and_names_its_column(self, place: Place, tmp_path: Path) -> None:
        arrivals(place, (1, None, tiny_warehouse.START, ""), (2, None, None, ""), (3, None, None, ""))
        with pytest.raises(WarehouseUnavailable, match=r"column taken_in is empty in 2 rows.*without --since-last"):
            place.read(new(read(tmp_path, FILE, place.engine.dialect.name)))

    def test_of_another_owners_row_is_nobody_elses_concern(self, place: Place, tmp_path: Path) -> None:
        arrivals(place, (1, None, tiny_warehouse.START, "ann"), (2, None, None, "bob"))
        dataset = read(tmp_path, FILE, place.engine.dialect.name)
        assert place.read(new(dataset, Actor("ann", Role.ANALYST))) == [{"id": 1}]
        with pytest.raises(WarehouseUnavailable, match="column taken_in is empty in 1 rows"):
            place.read(new(dataset, Actor("bob", Role.ANALYST)))

    def test_is_no_matter_where_all_rows_are_asked_for(self, place: Place, tmp_path: Path) -> None:
        arrivals(place, (1, None, None, ""))
        dataset = read(tmp_path, FILE, place.engine.dialect.name)
        assert place.read(build_query(dataset, DatasetRequest.of("own", fields="id"), LOCAL_ADMIN)) == [{"id": 1}]
