"""A viewer's or an analyst's file never holds another owner's row or a personal value, whatever is asked for.

Each rule has its own tests elsewhere. Here requests are made at random, and the bytes of their files are searched.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_back import Forward, TableSource, about

from reportkit.access import LOCAL_ADMIN, Actor
from reportkit.columns import Sensitivity
from reportkit.datasets.base import OWNER, SORTABLE, Home, Shape
from reportkit.datasets.people import find_actor
from reportkit.datasets.query import build_query
from reportkit.datasets.reading import describe
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Databases
from reportkit.errors import BadRequest
from reportkit.specs import DatasetRequest
from reportkit.writers import FORMATS, writer_for
from reportkit.writers.xlsx_about import ALTERATIONS

DATASETS = Registry.built_in()
SHAPES = [(name, by) for name, dataset in DATASETS.items() for by in dataset.shapes]
PEOPLE = ("vic", "ann")
"""A viewer and an analyst, who own experiments and are not the only ones."""
DAYS = st.none() | st.dates(date(2026, 4, 1), date(2026, 12, 31))
EXPLAINED = " ".join((*ALTERATIONS, *ALTERATIONS.values())).replace("_", " ")
"""What a workbook says of values that it holds otherwise; one without rows has nothing to explain."""
WORD = re.compile(r"[\w.@:+-]{8,}")

Row = Mapping[str, Any]


def words(text: str) -> set[str]:
    """Keys, identifiers, addresses, instants: long enough to be nobody else's by chance. Not numbers, which formats
    spell in their own ways."""
    return {word for word in WORD.findall(text) if re.search(r"[^\W\d_]", word)}


def told(row: Row, names: frozenset[str]) -> set[str]:
    values = [row[name] for name in names if row[name] is not None]
    return words(" ".join(v.isoformat() if isinstance(v, datetime) else str(v) for v in values))


def names_of(shape: Shape, *kinds: Sensitivity) -> frozenset[str]:
    return frozenset(column.name for column in shape.open if column.sensitivity in kinds)


def read(homes: Databases, request: DatasetRequest, actor: Actor) -> list[Row]:
    dataset = DATASETS[request.dataset]
    with homes[dataset.home].snapshot() as snapshot:
        source = snapshot.source(build_query(dataset, request, actor))
        return [row for batch in source.batches() for row in batch.to_pylist()]


class World:
    """The sample as an admin sees it, and as the people do."""

    def __init__(self, databases: Mapping[str, Databases]) -> None:
        one = databases["sqlite"]
        self.databases = databases
        self.people = {name: find_actor(one[Home.WAREHOUSE], name) for name in PEOPLE}
        self.rows = {(name, by): read(one, DatasetRequest(name, by=by), LOCAL_ADMIN) for name, by in SHAPES}
        self.forbidden = {name: self._forbidden(one, actor) for name, actor in self.people.items()}
        """For each person, the words that stand in the databases, and in no public column of a row of theirs."""

    def _forbidden(self, homes: Databases, actor: Actor) -> set[str]:
        found: set[str] = set()
        own: set[str] = set()
        for (name, by), rows in self.rows.items():
            shape = DATASETS[name].shape(by)
            found.update(*[told(row, frozenset(shape.open.names)) for row in rows])
            public = names_of(shape, Sensitivity.PUBLIC)
            own.update(*[told(row, public) for row in read(homes, DatasetRequest(name, by=by), actor)])
        return found - own


@pytest.fixture(scope="session")
def world(databases: dict[str, Databases]) -> World:
    return World(databases)


@st.composite
def requests(draw: st.DrawFn, world: World) -> DatasetRequest:
    """Any that is allowed; filters ask for what there is, also of others."""
    name, by = draw(st.sampled_from(SHAPES))
    shape, rows = DATASETS[name].shape(by), world.rows[name, by]
    public = names_of(shape, Sensitivity.PUBLIC)
    sortable = sorted(column.name for column in shape.stored if column.kind in SORTABLE and column.name in public)
    filterable = sorted(public & set(shape.stored.names) & DATASETS[name].filters.keys())
    fields = draw(st.none() | st.lists(st.sampled_from(shape.open.names), min_size=1, unique=True))
    sort = [draw(st.sampled_from(["", "-"])) + column for column in draw(some(sortable, 3))]
    filters = {column: (str(draw(st.sampled_from(rows))[column]),) for column in draw(some(filterable, 1))}
    filters = {column: values for column, values in filters.items() if values != ("None",)}
    first, last = draw(DAYS), draw(DAYS)
    if first and last:
        first, last = sorted([first, last])
    request = DatasetRequest.of(name, start=first, end=last, fields=fields, by=by, sort=sort or None)
    return replace(request, filters=filters)


def some(names: list[str], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), max_size=most, unique=True)


def read_by_anyone(format: str, data: bytes) -> str:
    """All that stands in a file, however it is packed."""
    if format == "xlsx":
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return "\n".join(package.read(name).decode() for name in package.namelist())
    if format == "parquet":
        table = pq.read_table(io.BytesIO(data))
        return f"{table.schema.metadata} {leaves(table.to_pylist())}"
    if format == "csv":
        return data.decode()
    return leaves(
        [json.loads(line) for line in data.decode().split("\n")[:-1]] if format == "ndjson" else json.loads(data)
    )


def leaves(value: Any) -> str:
    """All texts in it, without escapes."""
    match value:
        case dict():
            return " ".join(map(leaves, [*value, *value.values()]))
        case list():
            return " ".join(map(leaves, value))
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("place", ["sqlite", "postgresql"])
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_no_request_gets_another_owners_row_or_a_personal_value(
    world: World, place: str, format: str, data: st.DataObject
) -> None:
    person, request = data.draw(st.sampled_from(PEOPLE)), data.draw(requests(world))
    query = build_query(DATASETS[request.dataset], request, world.people[person])
    file, empty = Forward(), Forward()
    with world.databases[place][DATASETS[request.dataset].home].snapshot() as snapshot:
        rows = snapshot.count(query)
        said = replace(about(), read=describe(request, query, rows, snapshot.taken_at), actor=world.people[person])
        written = writer_for(format).write(snapshot.source(query), file, said)
    writer_for(format).write(TableSource(query.schema, []), empty, said)
    assert written.records == rows
    of_rows = words(read_by_anyone(format, bytes(file.content)))
    asked_for = words(f"{read_by_anyone(format, bytes(empty.content))} {' '.join(query.schema.names)} {EXPLAINED}")
    leaked = (of_rows - asked_for) & world.forbidden[person]
    assert leaked == set()


def test_an_admin_gets_what_is_searched_for(world: World) -> None:
    """Or the search would find nothing because there is nothing to find."""
    for format in FORMATS:
        found = set()
        for name in ("raw_events", "audit_log", "user_activity"):
            query, file = build_query(DATASETS[name], DatasetRequest(name), LOCAL_ADMIN), Forward()
            with world.databases["sqlite"][DATASETS[name].home].snapshot() as snapshot:
                writer_for(format).write(snapshot.source(query), file, about())
            found |= words(read_by_anyone(format, bytes(file.content)))
        for person in PEOPLE:
            assert len(found & world.forbidden[person]) > 1000, format


JUNK = st.text(min_size=1) | st.sampled_from([OWNER, "1", "*", "id;", "password_hash", "users.email", "dataset.id"])


@pytest.mark.parametrize("person", PEOPLE)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_names_that_are_not_given_out_are_refused(world: World, person: str, data: st.DataObject) -> None:
    name, by = data.draw(st.sampled_from(SHAPES))
    shape = DATASETS[name].shape(by)
    personal, secret = names_of(shape, Sensitivity.PERSONAL), set(shape.schema.names) - set(shape.open.names)
    junk = JUNK.filter(lambda text: text not in shape.schema)
    field = data.draw(junk | st.sampled_from(sorted(secret)) if secret else junk)
    hidden = data.draw(junk | st.sampled_from(sorted(secret | personal)) if secret | personal else junk)
    for request in (
        DatasetRequest(name, by=by, fields=(field,)),
        DatasetRequest(name, by=by, filters={hidden: ("x",)}),
        DatasetRequest(name, by=by, sort=(hidden,)),
        DatasetRequest(name, by=by, sort=(f"-{hidden}",)),
        DatasetRequest(name, by=f"{by}{field}"),
    ):
        with pytest.raises(BadRequest):
            build_query(DATASETS[name], request, world.people[person])
