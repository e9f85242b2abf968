"""The warehouse's sources: one contract, held by SQLite and PostgreSQL alike."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import tiny_warehouse
from tiny_warehouse import KEY, Place, add_events, parsed, rows

from reportkit.access import LOCAL_ADMIN, Actor, Role
from reportkit.columns import Column, Kind, Schema
from reportkit.datasets.base import OWNER, Dataset, Rows, Scope, Shape
from reportkit.datasets.batches import to_batch
from reportkit.datasets.databases import Sqlite
from reportkit.datasets.query import Query, build_query
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Warehouse
from reportkit.datasets.sql_source import BATCHES_AHEAD, ROWS_PER_BATCH
from reportkit.datasets.watch import Watch
from reportkit.errors import BadSettings, Cancelled, DeadlineExceeded, WarehouseUnavailable
from reportkit.specs import DatasetRequest

ANALYST = Actor(tiny_warehouse.OWNER, Role.ANALYST)


def raw_events(actor: Actor = LOCAL_ADMIN, **request: Any) -> Query:
    return build_query(Registry.built_in()["raw_events"], DatasetRequest.of("raw_events", **request), actor)


def endless() -> Query:
    """Counts to ten thousand million before it gives its first row."""

    def build(scope: Scope) -> Rows:
        numbers = sa.select(sa.literal(1, sa.BigInteger()).label("n")).cte("numbers", recursive=True)
        numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < 10**10))
        return sa.select(sa.func.max(numbers.c.n).label("n"), sa.null().label(OWNER))

    shape = Shape((Column("n", Kind.INTEGER, "A number"),), build, order=("n",))
    dataset = Dataset("endless", "Endless", "Never ends.", "Nobody.", "None.", {"none": shape})
    return build_query(dataset, DatasetRequest("endless"), LOCAL_ADMIN)


@pytest.fixture
def at_work(place: Place, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Returns when the database is at work on `endless`. To be asked for before the snapshot is opened."""
    asked, told = Watch.overdue, threading.Event()

    def overdue(watch: Watch) -> bool:
        told.set()
        return asked(watch)

    monkeypatch.setattr(Watch, "overdue", overdue)  # SQLite asks while it works
    active = sa.text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE application_name = 'reportkit' AND state = 'active' AND query LIKE '%numbers%'"
    )

    def wait() -> None:
        end = time.monotonic() + 60
        if place.engine.dialect.name == "sqlite":
            assert told.wait(60)
            return
        # a transaction would look at the activity once and remember it
        with place.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            while not connection.execute(active).scalar_one():
                assert time.monotonic() < end

    return wait


class TestSource:
    def test_every_kind_arrives_as_it_was_stored(self, place: Place) -> None:
        stored = {
            "id": 7,
            "value": 0.1 + 0.2,
            "amount": "12345678901234567890.123456789012345678",
            "sequence": 2**53 + 1,
            "occurred_at": "2026-10-25T02:30:00.000001+02:00"
            if place.engine.dialect.name == "postgresql"
            else "2026-10-25T00:30:00.000001Z",
            "member_since": "1899-12-31",
            "is_test": False,
            "user_email": "ann@example.com",
            "note": '=1+1, "😀"\nשלום',
            "payload": '{"n": [9007199254740993, null, {"é": ""}]}',
        }
        add_events(place.engine, [stored])

        [row] = place.read(raw_events())

        assert row["id"] == 7
        assert row["value"] == 0.1 + 0.2
        assert row["amount"] == Decimal("12345678901234567890.123456789012345678")
        assert row["sequence"] == 2**53 + 1
        assert row["occurred_at"] == datetime(2026, 10, 25, 0, 30, 0, 1, UTC)
        assert row["occurred_at"].utcoffset() == timedelta(0)
        assert row["member_since"] == date(1899, 12, 31)
        assert row["is_test"] is False
        assert row["note"] == '=1+1, "😀"\nשלום'
        assert row["subject_id"] == tiny_warehouse.SUBJECT
        assert parsed(row["payload"]) == {"n": [9007199254740993, None, {"é": ""}]}

    def test_null_and_empty_text_stay_apart(self, place: Place) -> None:
        add_events(place.engine, [{"id": 1, "note": ""}, {"id": 2, "note": None}])
        assert [row["note"] for row in place.read(raw_events())] == ["", None]

    @pytest.mark.parametrize(
        ("column", "values"),
        [
            ("sequence", [0, -1, 2**63 - 1, -(2**63)]),
            ("value", [0.0, -1.5, 5e-324, 1.7976931348623157e308, 6.02214076e23]),
            ("is_test", [True, False, None]),
        ],
    )
    def test_extreme_values_survive(self, place: Place, column: str, values: list[Any]) -> None:
        add_events(place.engine, [{"id": number, column: value} for number, value in enumerate(values)])
        assert [row[column] for row in place.read(raw_events())] == values

    @pytest.mark.parametrize(
        "amount", ["0", "-0.000000000000000001", "99999999999999999999.999999999999999999", "1.50"]
    )
    def test_decimals_are_exact(self, place: Place, amount: str) -> None:
        add_events(place.engine, [{"id": 1, "amount": amount}])
        assert place.read(raw_events())[0]["amount"] == Decimal(amount)

    @pytest.mark.parametrize(
        "day", ["0001-01-01", "1582-10-04", "1899-12-31", "1900-02-28", "2024-02-29", "9999-12-31"]
    )
    def test_days_of_all_centuries_survive(self, place: Place, day: str) -> None:
        add_events(place.engine, [{"id": 1, "member_since": day}])
        assert place.read(raw_events())[0]["member_since"] == date.fromisoformat(day)

    def test_batches_have_the_declared_types_and_a_bounded_size(self, place: Place) -> None:
        add_events(place.engine, [{"id": number} for number in range(2 * ROWS_PER_BATCH + 5)])
        with place.warehouse().snapshot() as snapshot:
            source = snapshot.source(raw_events())
            batches = list(source.batches())
        assert [batch.num_rows for batch in batches] == [ROWS_PER_BATCH, ROWS_PER_BATCH, 5]
        assert all(batch.schema.equals(source.schema.arrow(), check_metadata=True) for batch in batches)
        assert [row["id"] for row in rows(batches)] == list(range(2 * ROWS_PER_BATCH + 5))

    def test_no_more_is_read_than_a_little_ahead(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        most = BATCHES_AHEAD + 2  # and the one being made, and the one given out
        add_events(place.engine, [{"id": number} for number in range((most + 1) * ROWS_PER_BATCH)])
        made = list[int]()

        def noted(rows: Sequence[Any], schema: Schema) -> Any:
            made.append(len(rows))
            return to_batch(rows, schema)

        monkeypatch.setattr("reportkit.datasets.sql_source.to_batch", noted)
        with place.warehouse().snapshot() as snapshot:
            batches = snapshot.source(raw_events()).batches()
            assert made == []
            next(batches)
        assert ROWS_PER_BATCH <= sum(made) <= most * ROWS_PER_BATCH

    def test_a_stream_may_be_left_in_the_middle(self, place: Place) -> None:
        add_events(place.engine, [{"id": number} for number in range(ROWS_PER_BATCH + 1)])
        with place.warehouse().snapshot() as snapshot:
            left = snapshot.source(raw_events()).batches()
            next(left)
            left.close()  # type: ignore[attr-defined]
            assert snapshot.count(raw_events()) == ROWS_PER_BATCH + 1

    def test_no_rows_make_no_batches_and_still_have_their_columns(self, place: Place) -> None:
        with place.warehouse().snapshot() as snapshot:
            source = snapshot.source(raw_events(fields="id,note"))
            assert snapshot.count(raw_events()) == 0
            assert list(source.batches()) == []
        assert source.schema.names == ("id", "note")

    def test_the_count_is_the_number_of_rows(self, place: Place) -> None:
        add_events(place.engine, [{"id": number, "event_name": "ab"[number % 2]} for number in range(11)])
        for query, expected in ((raw_events(), 11), (raw_events(event_name="b"), 5), (raw_events(ANALYST), 11)):
            with place.warehouse().snapshot() as snapshot:
                assert snapshot.count(query) == expected == len(rows(snapshot.source(query).batches()))

    def test_a_snapshot_does_not_see_what_is_written_later(self, place: Place) -> None:
        add_events(place.engine, [{"id": 1}])
        with place.warehouse().snapshot() as snapshot:
            add_events(place.engine, [{"id": 2}])
            assert snapshot.count(raw_events()) == 1
            add_events(place.engine, [{"id": 3}])
            assert len(rows(snapshot.source(raw_events()).batches())) == 1
        assert len(place.read(raw_events())) == 3

    def test_the_cut_off_is_the_time_of_the_snapshot(self, place: Place) -> None:
        before = datetime.now(UTC)
        with place.warehouse().snapshot() as snapshot:
            assert before <= snapshot.taken_at <= datetime.now(UTC)
            assert snapshot.taken_at.utcoffset() == timedelta(0)

    def test_a_snapshot_cannot_write(self, place: Place) -> None:
        with place.warehouse().snapshot() as snapshot, pytest.raises(sa.exc.DBAPIError):
            snapshot.connection.exec_driver_sql("DELETE FROM users")
        with place.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM users").scalar_one() == 1

    def test_cancelling_stops_a_statement_that_runs(self, place: Place, at_work: Callable[[], None]) -> None:
        with place.warehouse().snapshot() as snapshot, ThreadPoolExecutor() as other_thread:
            working = other_thread.submit(at_work)
            working.add_done_callback(lambda _: snapshot.cancel())
            with pytest.raises(Cancelled):
                snapshot.count(endless())
            working.result()

    def test_cancelling_between_statements_refuses_the_next(self, place: Place) -> None:
        add_events(place.engine, [{"id": number} for number in range(ROWS_PER_BATCH + 1)])
        with place.warehouse().snapshot() as snapshot:
            batches = snapshot.source(raw_events()).batches()
            next(batches)
            snapshot.cancel()
            with pytest.raises(Cancelled):
                next(batches)
            with pytest.raises(Cancelled):
                snapshot.count(raw_events())

    def test_cancelling_after_the_end_is_harmless(self, place: Place) -> None:
        with place.warehouse().snapshot() as snapshot:
            pass
        snapshot.cancel()

    def test_a_statement_that_takes_too_long_is_stopped_and_says_so(self, place: Place) -> None:
        with (
            place.warehouse(statement_timeout=0.3).snapshot() as snapshot,
            pytest.raises(DeadlineExceeded, match="after 0.3 seconds; ask for a shorter date range"),
        ):
            snapshot.count(endless())

    @pytest.mark.parametrize("key", [b"k", b"k" * 64, b"k" * 100], ids=["short", "a block", "longer than a block"])
    @pytest.mark.parametrize("email", ["ann@example.com", "", "شخص@example.com", "x" * 1000])
    def test_pseudonyms_are_hmac_whatever_the_database(self, place: Place, key: bytes, email: str) -> None:
        add_events(place.engine, [{"id": 1, "user_email": email}])
        [row] = place.read(raw_events(ANALYST), key)
        assert row["user_email"] == "p_" + hmac.new(key, email.encode(), hashlib.sha256).hexdigest()[:20]
        assert (
            row["subject_id"] == "p_" + hmac.new(key, tiny_warehouse.SUBJECT.encode(), hashlib.sha256).hexdigest()[:20]
        )
        assert row["ip_address"] is None

    def test_the_pseudonyms_key_is_in_no_statement(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        statements = list[str]()
        warehouse = place.warehouse(b"a very secret key")
        sa.event.listen(
            warehouse._engine,
            "before_cursor_execute",
            lambda connection, cursor, statement, *rest: statements.append(statement),
        )
        with warehouse.snapshot() as snapshot:
            assert rows(snapshot.source(raw_events(ANALYST)).batches()) == []
        told = "\n".join(statements)
        assert "pseudonym" in told or "current_setting" in told
        assert "very secret" not in told
        assert b"very secret".hex() not in told

    def test_a_database_that_lacks_a_table_says_which_and_shows_no_parameters(self, place: Place) -> None:
        with place.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE assignments")
        with place.warehouse().snapshot() as snapshot, pytest.raises(WarehouseUnavailable, match="assignments") as lost:
            snapshot.count(raw_events(event_name="a private value"))
        cause: BaseException | None = lost.value
        while cause is not None:
            assert "a private value" not in str(cause)
            cause = cause.__cause__ or cause.__context__


def test_a_postgresql_that_goes_away_in_mid_stream_is_told(postgres_url: str) -> None:
    with tiny_warehouse.at(postgres_url) as place, place.warehouse().snapshot() as snapshot:
        add_events(place.engine, [{"id": number} for number in range(3 * ROWS_PER_BATCH)])
    with place.warehouse().snapshot() as snapshot:
        batches = snapshot.source(raw_events()).batches()
        next(batches)
        with place.engine.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reportkit'"
            )
        with pytest.raises(WarehouseUnavailable, match="refused or was lost"):
            list(batches)


def test_an_unreachable_postgresql_is_told_without_its_password() -> None:
    nowhere = Warehouse("postgresql+psycopg://ann:hunter2@127.0.0.1:1/nowhere", KEY)
    with pytest.raises(WarehouseUnavailable) as lost, nowhere.snapshot():
        pass
    assert "hunter2" not in str(lost.value)


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("sequence", "twelve", "integer"),
        ("sequence", 1.5, "integer"),
        ("value", "much", "number"),
        ("amount", "a lot", "decimal"),
        ("amount", "1e-30", "decimal"),
        ("is_test", 2, "boolean"),
        ("is_test", "perhaps", "boolean"),
        ("member_since", "yesterday", "date"),
        ("occurred_at", "yesterday", "instant"),
        ("note", b"\xff\xfe", "text"),
    ],
)
def test_a_value_of_another_type_in_sqlite_is_an_error_that_names_the_column(
    tmp_path: Path, column: str, value: object, kind: str
) -> None:
    with tiny_warehouse.at(f"sqlite:///{tmp_path / 'warehouse.db'}") as place:
        add_events(place.engine, [{"id": 1}, {"id": 2}])
        with sqlite3.connect(tmp_path / "warehouse.db") as raw:
            raw.execute(f"UPDATE events SET {column} = ? WHERE id = 2", (value,))
        raw.close()
        with pytest.raises(WarehouseUnavailable, match=f"column {column} holds a value that is not {kind}"):
            place.read(raw_events())


def test_sqlite_computes_the_pseudonym_of_a_value_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compute, computed = Sqlite._pseudonym, list[str]()

    def noted(database: Sqlite, text: str) -> str:
        computed.append(text)
        return compute(database, text)

    monkeypatch.setattr(Sqlite, "_pseudonym", noted)
    with tiny_warehouse.at(f"sqlite:///{tmp_path / 'warehouse.db'}") as place:
        add_events(place.engine, [{"id": number, "user_email": f"{number % 2}@example.com"} for number in range(10)])
        assert len({row["user_email"] for row in place.read(raw_events(ANALYST))}) == 2
    assert sorted(computed) == [tiny_warehouse.SUBJECT, "0@example.com", "1@example.com"]


def test_a_stream_that_nobody_reads_on_ends_with_its_snapshot(place: Place) -> None:
    add_events(place.engine, [{"id": number} for number in range((BATCHES_AHEAD + 3) * ROWS_PER_BATCH)])
    before = threading.active_count()
    with place.warehouse().snapshot() as snapshot:
        batches = snapshot.source(raw_events()).batches()
        next(batches)
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


def test_a_missing_sqlite_file_is_told_and_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"
    with pytest.raises(BadSettings, match="reportkit sample --to"), Warehouse(f"sqlite:///{missing}", KEY).snapshot():
        pass
    assert not missing.exists()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but long enough to look at" * 100)
    with pytest.raises(WarehouseUnavailable), Warehouse(f"sqlite:///{tmp_path / 'notes.txt'}", KEY).snapshot():
        pass


@pytest.mark.parametrize("url", ["not a url", "mysql://localhost/db", "", "oracle://x/y"])
def test_only_sqlite_and_postgresql_can_be_a_warehouse(url: str) -> None:
    with pytest.raises(BadSettings, match="sqlite:///warehouse.db or postgresql"):
        Warehouse(url, KEY)


def test_a_warehouse_is_the_same_whoever_reads_it_and_by_whatever_driver() -> None:
    ours = Warehouse("postgresql://ann:one@db.example:5432/platform", KEY)
    assert ours.place == Warehouse("postgresql+psycopg://ben:two@db.example:5432/platform", KEY).place
    assert ours.place != Warehouse("postgresql://ann:one@db.example:5432/staging", KEY).place
    assert "one" not in ours.place


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reportkit.datasets.databases.find_spec", lambda name: None)
    with pytest.raises(BadSettings, match=r"analytics-reportkit\[postgres\]"):
        Warehouse("postgresql://localhost/db", KEY)


def test_an_error_of_who_reads_is_not_blamed_on_the_warehouse(tmp_path: Path) -> None:
    other = sa.create_engine("sqlite://")
    with (
        tiny_warehouse.at(f"sqlite:///{tmp_path / 'warehouse.db'}") as place,
        pytest.raises(sa.exc.OperationalError),
        place.warehouse().snapshot(),
        other.connect() as connection,
    ):
        connection.exec_driver_sql("SELECT 1 FROM nowhere")
