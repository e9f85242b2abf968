"""Loading a sample: what is refused, and what is left when something goes wrong."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from reportkit.errors import BadRequest, BadSettings, BadValue, StorageUnavailable, WarehouseUnavailable
from reportkit.sample import Scale, load

NOTHING = Scale(events=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.db"


@pytest.fixture
def loaded(path: Path) -> Path:
    load(f"sqlite:///{path}", NOTHING)
    return path


def users(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        [count] = connection.execute("SELECT count(*) FROM users").fetchone()
    return int(count)


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("events", [-1, 50_000_001])
def test_events_out_of_range_are_refused(events: int) -> None:
    with pytest.raises(BadValue, match="events .* from 0 to 50,000,000"):
        Scale(events=events)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "warehouse.db",
        "mysql://me@localhost/db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:w.db?uri=true",
        "postgresql+psycopg://me@localhost:port/db",
    ],
)
def test_urls_that_cannot_hold_a_sample_are_refused(url: str) -> None:
    with pytest.raises((BadValue, BadSettings), match="sqlite"):
        load(url, NOTHING)


def test_a_password_is_not_shown() -> None:
    for url in (
        "postgresql+psycopg://me:hush-hush@localhost:port/db",
        "postgresql+psycopg://me:hush-hush@127.0.0.1:1/db",
    ):
        with pytest.raises((BadSettings, WarehouseUnavailable)) as caught:
            load(url, NOTHING)
        assert "hush-hush" not in str(caught.value)


def test_a_database_that_does_not_answer_is_named() -> None:
    with pytest.raises(WarehouseUnavailable, match=r"127\.0\.0\.1:1/db.*refused"):
        load("postgresql+psycopg://me@127.0.0.1:1/db", NOTHING)


def test_a_missing_driver_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "reportkit.sample.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(BadSettings, match=r"install analytics-reportkit\[postgres\]"):
        load("postgresql+psycopg://me@localhost/db", NOTHING)


def test_directories_on_the_way_are_made(tmp_path: Path) -> None:
    load(f"sqlite:///{tmp_path / 'new' / 'dir' / 'warehouse.db'}", NOTHING)
    assert users(tmp_path / "new" / "dir" / "warehouse.db") == 100


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnavailable, match=r"file/warehouse\.db cannot be written"):
        load(f"sqlite:///{tmp_path / 'file' / 'warehouse.db'}", NOTHING)
    with pytest.raises(StorageUnavailable, match="cannot be read"):
        load(f"sqlite:///{tmp_path}", NOTHING)


def test_a_second_sample_needs_replace(loaded: Path) -> None:
    with pytest.raises(BadRequest, match="holds a sample already; give --replace"):
        load(f"sqlite:///{loaded}", Scale(events=1_000))
    assert users(loaded) == 100
    load(f"sqlite:///{loaded}", Scale(events=1_000), replace=True)
    assert users(loaded) > 100


def test_empty_tables_are_filled(loaded: Path) -> None:
    load(f"sqlite:///{loaded}", NOTHING, replace=True)
    run(loaded, *(f"DELETE FROM {table}" for table in ("users", "teams", "events", "assignments", "audit_logs")))
    run(loaded, *(f"DELETE FROM {table}" for table in ("feature_flags", "variants", "metric_definitions")))
    run(loaded, "DELETE FROM experiments", "DELETE FROM experiment_metrics")
    load(f"sqlite:///{loaded}", NOTHING)
    assert users(loaded) == 100


def test_data_of_another_origin_are_never_replaced(path: Path) -> None:
    run(path, "CREATE TABLE users (id TEXT, username TEXT)", "INSERT INTO users VALUES ('1', 'ada')")
    with pytest.raises(BadRequest, match="data of another origin in users"):
        load(f"sqlite:///{path}", NOTHING, replace=True)
    assert users(path) == 1


def test_tables_without_our_columns_are_of_another_origin(path: Path) -> None:
    run(path, "CREATE TABLE users (name TEXT)", "INSERT INTO users VALUES ('ada')")
    with pytest.raises(BadRequest, match="data of another origin in users"):
        load(f"sqlite:///{path}", NOTHING, replace=True)


def test_a_file_with_other_tables_is_left_alone(loaded: Path) -> None:
    run(loaded, "CREATE TABLE mine (x)")
    with pytest.raises(BadRequest, match=r"holds other tables \(mine\)"):
        load(f"sqlite:///{loaded}", NOTHING, replace=True)
    assert users(loaded) == 100


def test_a_file_that_is_not_a_database_is_left_alone(path: Path) -> None:
    path.write_text("dear diary, " * 1_000)
    with pytest.raises(BadValue, match="not of SQLite"):
        load(f"sqlite:///{path}", NOTHING, replace=True)
    assert path.read_text().startswith("dear diary")


def test_a_file_in_use_is_left_alone(loaded: Path) -> None:
    with closing(sqlite3.connect(loaded, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("DELETE FROM audit_logs")
        with pytest.raises(BadRequest, match="in use"):
            load(f"sqlite:///{loaded}", NOTHING, replace=True)
    load(f"sqlite:///{loaded}", NOTHING, replace=True)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_whatever_stops_a_load_what_was_there_before_stays(loaded: Path, stop: type[BaseException]) -> None:
    before = loaded.read_bytes()

    def interrupt(table: str, done: int, expected: int) -> None:
        if table == "events" and done > 1_000:
            raise stop

    with pytest.raises(stop):
        load(f"sqlite:///{loaded}", Scale(events=30_000), progress=interrupt, replace=True)
    assert loaded.read_bytes() == before
    assert list(loaded.parent.iterdir()) == [loaded]


def test_a_stopped_first_load_leaves_nothing(path: Path) -> None:
    def interrupt(table: str, done: int, expected: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(f"sqlite:///{path}", NOTHING, progress=interrupt)
    assert list(path.parent.iterdir()) == []


def test_a_full_disk_is_said_and_leaves_nothing(path: Path) -> None:
    code = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
from reportkit.errors import StorageUnavailable
from reportkit.sample import Scale, load
try:
    load("sqlite:///{path}", Scale(events=60_000))
except StorageUnavailable as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert f"{path} cannot be written" in said
    assert list(path.parent.iterdir()) == []
