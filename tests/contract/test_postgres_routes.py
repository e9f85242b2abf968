"""PostgreSQL's own ways out (COPY, two connections side by side, ADBC) read back to what the plain way gives."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import tiny_warehouse
from reading_back import Forward, about, read_back
from tiny_warehouse import KEY, Place, add_events
from waiting import PATIENCE

from reportkit import formulas
from reportkit.access import LOCAL_ADMIN, Actor, Role
from reportkit.columns import Column, Kind, Native, Source
from reportkit.datasets.base import OWNER, Dataset, Home, Rows, Scope, Shape
from reportkit.datasets.people import find_actor
from reportkit.datasets.postgres import arrow, copying, key_range, source, statements
from reportkit.datasets.postgres.spelling import SPELLINGS
from reportkit.datasets.postgres.statements import literal
from reportkit.datasets.query import Query, build_query
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Databases, Snapshot, Warehouse
from reportkit.datasets.sql_source import SqlSource
from reportkit.errors import Cancelled, DeadlineExceeded, UnwritableExport, WarehouseUnavailable
from reportkit.specs import DatasetRequest
from reportkit.writers import writer_for
from reportkit.writers.formula_guard import guard_text

DATASETS = Registry.built_in()
PLAIN = [
    (name, by) for name, dataset in DATASETS.items() for by, shape in dataset.shapes.items() if not shape.transform
]
ACTORS = {
    "admin": LOCAL_ADMIN,
    "analyst": Actor(tiny_warehouse.OWNER, Role.ANALYST),
}
FOR_ADMINS = ("team_week", "feature")
USERS = {"admin": "ada", "analyst": "ann", "viewer": "vic"}
"""Of the sample."""


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer counts as a large one, and has many ranges of many pieces."""
    monkeypatch.setattr(source, "MANY", 1)
    monkeypatch.setattr(key_range, "KEYS_PER_PART", 100)
    monkeypatch.setattr(copying, "RECORDS_PER_PIECE", 37)


@pytest.fixture
def place(postgres_url: str) -> Iterator[Place]:
    with tiny_warehouse.at(postgres_url) as place:
        yield place


def query(dataset: str, actor: Actor = LOCAL_ADMIN, **asked: Any) -> Query:
    return build_query(DATASETS[dataset], DatasetRequest.of(dataset, **asked), actor)


def written(source: Source, format: str) -> tuple[bytes, dict[str, int]]:
    file = Forward()
    result = writer_for(format).write(source, file, about())
    return bytes(file.content), dict(result.alterations)


class Plain:
    """The same answer, through the cursor."""

    def __init__(self, snapshot: Snapshot, query: Query) -> None:
        self.schema, self.batches = query.schema, SqlSource(snapshot, query).batches

    def native(self, format: str) -> Native | None:
        return None


def by_cursor(snapshot: Snapshot, query: Query) -> Source:
    return Plain(snapshot, query)


def both_ways(warehouse: Warehouse, query: Query, format: str) -> Iterator[tuple[list[list[Any]], dict[str, int]]]:
    """Rows as a third party reads them and alterations: by the cursor, then by the fastest way."""
    reader = {"csv": "duckdb", "ndjson": "json module", "json": "json module", "parquet": "pyarrow"}[format]
    with warehouse.snapshot() as snapshot:
        answer = snapshot.source(query)
        assert answer.count(format) == snapshot.count(query)
        if format in ("csv", "ndjson"):
            assert answer.native(format) is not None
        for way in (by_cursor(snapshot, query), snapshot.source(query)):
            if way is not answer and hasattr(way, "count"):
                way.count(format)
            data, alterations = written(way, format)
            yield read_back(format, reader, data, query.schema)[1], alterations


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("role", USERS)
@pytest.mark.parametrize("format", ["csv", "ndjson", "json", "parquet"])
@pytest.mark.parametrize(("dataset", "by"), PLAIN)
def test_every_way_reads_back_to_the_same_values(
    databases: dict[str, Databases], dataset: str, by: str, format: str, role: str
) -> None:
    homes = databases["postgresql"]
    asked = query(dataset, find_actor(homes[Home.WAREHOUSE], USERS[role]), by=by)
    plain, fast = both_ways(homes[DATASETS[dataset].home], asked, format)
    assert plain[0] or by in FOR_ADMINS
    assert fast == plain


@pytest.mark.parametrize("role", USERS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_no_statement_reads_a_dataset_beside_its_rules(
    databases: dict[str, Databases], dataset: str, role: str
) -> None:
    """Were it named twice, the second time would be without the owner rule."""
    homes = databases["postgresql"]
    asked = query(dataset, find_actor(homes[Home.WAREHOUSE], USERS[role]))
    with homes[DATASETS[dataset].home].snapshot() as snapshot:
        statements = [asked.select, *(spelling.records(asked) for spelling in SPELLINGS.values())]
        for statement in statements:
            assert literal(snapshot.connection, statement).count("AS dataset") == 1


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("format", ["csv", "ndjson"])
def test_equal_answers_are_equal_bytes(warehouses: dict[str, Warehouse], format: str) -> None:
    found = set()
    for _ in range(2):
        with warehouses["postgresql"].snapshot() as snapshot:
            answer = snapshot.source(query("raw_events"))
            answer.count(format)
            found.add(written(answer, format)[0])
    assert len(found) == 1


def test_the_database_writes_the_records_itself(warehouses: dict[str, Warehouse]) -> None:
    with warehouses["postgresql"].snapshot() as snapshot:
        answer = snapshot.source(query("raw_events"))
        native = answer.native("ndjson")
        assert native is not None
        lines = [json.loads(bytes(line)) for piece in native.pieces for line in piece]
    assert [line["id"] for line in lines] == sorted(line["id"] for line in lines)
    assert isinstance(lines[0]["payload"], dict)


@pytest.mark.parametrize("fields", ["note", "id"])
def test_a_lone_column_is_left_to_the_csv_writer(warehouses: dict[str, Warehouse], fields: str) -> None:
    with warehouses["postgresql"].snapshot() as snapshot:
        assert snapshot.source(query("raw_events", fields=fields)).native("csv") is None


def test_an_instant_that_no_reader_understands_is_refused(place: Place) -> None:
    add_events(place.engine, [{"id": 1, "occurred_at": "10000-01-01T00:00:00Z"}])
    with place.warehouse().snapshot() as snapshot:
        answer = snapshot.source(query("raw_events"))
        assert answer.native("csv") is None
        with pytest.raises((UnwritableExport, WarehouseUnavailable)):
            written(answer, "csv")


@pytest.mark.parametrize("large", [False, True], ids=["few rows", "many rows"])
@pytest.mark.parametrize("format", ["csv", "json", "ndjson", "xlsx", "parquet"])
@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "100000000000000000000"])
def test_a_decimal_that_is_no_exact_number_is_refused_by_every_way(
    place: Place, monkeypatch: pytest.MonkeyPatch, amount: str, format: str, large: bool
) -> None:
    monkeypatch.setattr(source, "MANY", 1 if large else 50_000)
    with place.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE events ALTER amount TYPE numeric")
    add_events(place.engine, [{"id": 1, "amount": "1.50"}, {"id": 2}])
    with place.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE events SET amount = %s WHERE id = 2", (amount,))
    asked = query("raw_events", fields="id,amount")
    with place.warehouse().snapshot() as snapshot:
        fast = snapshot.source(asked)
        assert fast.count(format) == 2
        for way in (by_cursor(snapshot, asked), fast):
            with pytest.raises(WarehouseUnavailable, match="column amount holds a value that is not decimal"):
                written(way, format)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("format", ["csv", "ndjson"])
def test_the_largest_decimals_are_written_by_the_database(place: Place, format: str) -> None:
    largest = f"{'9' * 20}.{'9' * 18}"
    add_events(place.engine, [{"id": 1, "amount": largest}, {"id": 2, "amount": f"-{largest}"}, {"id": 3}])
    plain, fast = both_ways(place.warehouse(), query("raw_events", fields="id,amount"), format)
    assert fast == plain


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_what_is_written_meanwhile_is_in_neither_half(place: Place, format: str) -> None:
    add_events(place.engine, [{"id": number} for number in range(0, 400, 2)])
    with place.warehouse().snapshot() as snapshot:
        answer = snapshot.source(query("raw_events"))
        expected = answer.count(format)
        add_events(place.engine, [{"id": number} for number in range(1, 400, 2)])
        data, _ = written(answer, format)
    reader = {"csv": "duckdb", "parquet": "pyarrow"}[format]
    assert len(read_back(format, reader, data, query("raw_events").schema)[1]) == expected == 200


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("ids", [[5], [-7, 0, 3], [0, 2**40, 2**62], [2**63 - 1], [-(2**63), -7, 2**63 - 1]], ids=str)
def test_sparse_and_extreme_keys_come_in_their_order(place: Place, ids: list[int]) -> None:
    add_events(place.engine, [{"id": number} for number in ids])
    with place.warehouse().snapshot() as snapshot:
        answer = snapshot.source(query("raw_events", fields="id,note"))
        assert answer.count("csv") == len(ids)
        data, _ = written(answer, "csv")
    assert [int(line.split(b",")[0]) for line in data.splitlines()[1:]] == ids


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_an_empty_answer_is_a_file_with_a_header(place: Place, format: str) -> None:
    with place.warehouse().snapshot() as snapshot:
        answer = snapshot.source(query("raw_events"))
        assert answer.count(format) == 0
        data, _ = written(answer, format)
    assert data


@pytest.mark.parametrize("format", ["csv", "parquet"])
@pytest.mark.usefixtures("many")
def test_pseudonyms_are_those_of_the_plain_way(place: Place, format: str) -> None:
    events = [{"id": number, "user_email": f"user{number % 7}@example.com"} for number in range(300)]
    add_events(place.engine, events)
    plain, fast = both_ways(place.warehouse(), query("raw_events", ACTORS["analyst"]), format)
    assert fast == plain
    emails = {row[list(query("raw_events").schema.names).index("user_email")] for row in fast[0]}
    assert len(emails) == 7
    assert all(email.startswith("p_") for email in emails)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("format", ["csv", "ndjson", "parquet"])
def test_a_server_with_other_habits_gives_the_same_values(place: Place, format: str) -> None:
    add_events(place.engine, [{"id": 1, "value": 0.1 + 0.2, "member_since": "2026-01-31", "note": "é"}])
    habits = "-c DateStyle=German -c extra_float_digits=0 -c TimeZone=Asia/Tokyo -c client_encoding=LATIN1"
    url = sa.make_url(place.url).update_query_dict({"options": habits}).render_as_string(hide_password=False)
    own, usual = [list(both_ways(Warehouse(url, KEY), query("raw_events"), format)) for url in (url, place.url)]
    assert own == usual
    row = dict(zip(query("raw_events").schema.names, own[1][0][0], strict=True))
    assert (row["value"], str(row["member_since"]), row["note"]) == (0.1 + 0.2, "2026-01-31", "é")


@pytest.fixture
def latin(postgres_server: str) -> Iterator[Place]:
    """In a database that holds no Unicode."""
    server = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(
            "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    try:
        with tiny_warehouse.at(
            sa.make_url(postgres_server).set(database="latin").render_as_string(hide_password=False)
        ) as place:
            yield place
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql("DROP DATABASE latin WITH (FORCE)")
        server.dispose()


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("format", ["csv", "ndjson", "parquet"])
def test_files_are_in_unicode_where_the_database_is_not(latin: Place, format: str) -> None:
    add_events(latin.engine, [{"id": 1, "note": "=é"}])
    asked = query("raw_events", fields="id,note")
    with latin.warehouse().snapshot() as snapshot:
        answer = snapshot.source(asked)
        assert answer.count(format) == 1
        data, _ = written(answer, format)
    reader = {"csv": "duckdb", "ndjson": "json module", "parquet": "pyarrow"}[format]
    assert read_back(format, reader, data, asked.schema)[1] == [[1, "=é"]]


def test_the_database_guards_the_texts_that_the_writer_guards(place: Place) -> None:
    texts = [f"{chr(code)}=1" for code in (*formulas.STARTS, *map(ord, "aé漢😀"))]
    add_events(place.engine, [{"id": number, "note": text} for number, text in enumerate(texts)])
    with place.warehouse().snapshot() as snapshot:
        answer = snapshot.source(query("raw_events", fields="id,note"))
        assert answer.native("csv") is not None
        data, altered = written(answer, "csv")
    guarded = [guard_text(text) for text in texts]
    assert [row[1] for row in csv.reader(io.StringIO(data.decode(), newline=""))][1:] == guarded
    assert altered == {"guarded_texts": len(formulas.STARTS)}


def test_lines_stay_lines_where_documents_are_kept_as_they_were_written(place: Place) -> None:
    with place.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE events ALTER payload TYPE json")
        connection.exec_driver_sql("ALTER TABLE events ALTER payload DROP DEFAULT")
    add_events(place.engine, [{"id": 1}])
    with place.engine.begin() as connection:
        connection.exec_driver_sql("""UPDATE events SET payload = E'{"a":\\r\\n1}'""")
    with place.warehouse().snapshot() as snapshot:
        answer = snapshot.source(query("raw_events", fields="id,payload"))
        assert answer.native("ndjson") is not None
        assert written(answer, "ndjson")[0] == b'{"id":1,"payload":{"a": 1}}\n'


@pytest.mark.usefixtures("many")
def test_what_went_wrong_is_told_though_a_connection_is_closed_already(place: Place) -> None:
    """The second answer's, closed before the first one's thread is stopped."""
    add_events(place.engine, [{"id": number} for number in range(10)])
    with pytest.raises(Gone), place.warehouse().snapshot() as snapshot:
        next(SqlSource(snapshot, query("raw_events")).batches())
        large = snapshot.source(query("raw_events"))
        large.count()
        next(large.batches())
        raise Gone


class Gone(Exception):
    pass


class Failing:
    """Takes a first piece and no more."""

    def __init__(self) -> None:
        self.pieces = 0

    def write(self, data: bytes | memoryview, /) -> int:
        self.pieces += 1
        if self.pieces > 3:
            raise Gone
        return len(data)


def sessions(place: Place) -> int:
    """Those that stay: the server ends one a moment after its connection is closed."""
    count = sa.text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reportkit'")
    end = time.monotonic() + PATIENCE
    with place.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        while (found := int(connection.execute(count).scalar_one())) and time.monotonic() < end:
            time.sleep(0.02)  # the server tells nobody when a session has ended
    return found


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_sink_that_fails_leaves_no_query_and_no_thread(place: Place, format: str) -> None:
    add_events(place.engine, [{"id": number, "note": "x" * 5_000} for number in range(2_000)])
    threads = threading.active_count()
    with pytest.raises(Gone), place.warehouse().snapshot() as snapshot:
        answer = snapshot.source(query("raw_events"))
        answer.count(format)
        writer_for(format).write(answer, Failing(), about())
    assert sessions(place) == 0
    assert threading.active_count() == threads


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_cancelling_stops_every_connection(place: Place, format: str) -> None:
    add_events(place.engine, [{"id": number, "note": "x" * 5_000} for number in range(5_000)])
    with pytest.raises(Cancelled), place.warehouse().snapshot() as snapshot:
        answer = snapshot.source(query("raw_events"))
        answer.count(format)
        seen = 0
        for piece in answer.native("csv").pieces if format == "csv" else answer.batches():  # type: ignore[union-attr]
            seen += len(piece)
            snapshot.cancel()
    assert seen < 5_000
    assert sessions(place) == 0


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_connection_cut_in_mid_stream_is_told(place: Place, format: str) -> None:
    add_events(place.engine, [{"id": number, "note": "x" * 5_000} for number in range(5_000)])
    kill = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reportkit'")
    with pytest.raises(WarehouseUnavailable), place.warehouse().snapshot() as snapshot:
        answer = snapshot.source(query("raw_events"))
        answer.count(format)
        for _ in answer.native("csv").pieces if format == "csv" else answer.batches():  # type: ignore[union-attr]
            with place.engine.begin() as connection:
                connection.execute(kill)
    assert sessions(place) == 0


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_no_statement_shows_the_key_of_the_pseudonyms(
    place: Place, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_events(place.engine, [{"id": number, "user_email": "a@example.com"} for number in range(10)])
    keys = [bytes(byte ^ pad for byte in KEY.ljust(64, b"\0")).hex() for pad in (0x36, 0x5C)]
    sent: list[str] = []
    whole = statements.literal

    def noted(connection: sa.Connection, statement: sa.Select[Any]) -> str:
        sent.append(whole(connection, statement))
        return sent[-1]

    for module in (copying, arrow):
        monkeypatch.setattr(module, "literal", noted)
    with place.warehouse().snapshot() as snapshot:
        answer = snapshot.source(query("raw_events", ACTORS["analyst"]))
        answer.count(format)
        written(answer, format)
    assert sent
    assert all("reportkit.inner_key" in statement for statement in sent)
    assert not [statement for statement in sent for key in keys if key in statement]


def slow(seconds: float) -> Dataset:
    """Each of its thousand rows takes so long."""
    numbers = sa.func.generate_series(1, 1000).table_valued("n").render_derived()

    def build(scope: Scope) -> Rows:
        pause = sa.cast(sa.func.pg_sleep(seconds * sa.func.sign(numbers.c.n)), sa.Text()) == ""
        return sa.select(numbers.c.n.label("n"), numbers.c.n.label("m"), sa.null().label(OWNER)).where(pause)

    columns = (Column("n", Kind.INTEGER, "A number"), Column("m", Kind.INTEGER, "The same"))
    return Dataset("slow", "Slow", "Slow.", "Nobody.", "None.", {"none": Shape(columns, build, order=("n",))})


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_query_that_takes_too_long_is_stopped_by_the_server(place: Place, format: str) -> None:
    with pytest.raises(DeadlineExceeded), place.warehouse(statement_timeout=0.3).snapshot() as snapshot:
        answer = snapshot.source(build_query(slow(0.01), DatasetRequest("slow"), LOCAL_ADMIN))
        if format == "csv":
            answer.native("csv")
        else:
            list(answer.batches())
    assert sessions(place) == 0
