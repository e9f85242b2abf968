"""Which columns are asked for changes nothing but the columns: neither which rows there are nor what they hold."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_warehouse import Place, add_events

from reportkit.access import LOCAL_ADMIN
from reportkit.datasets.query import Query, build_query
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Databases, Snapshot, Warehouse
from reportkit.specs import DatasetRequest

DATASETS = Registry.built_in()
SHAPES = [
    pytest.param(name, by, marks=pytest.mark.slow if name == "experiment_results" and by != "none" else ())
    for name, dataset in DATASETS.items()
    for by in dataset.shapes
]
PLACES = ("sqlite", "postgresql")


def asked_for(dataset: str, **asked: Any) -> Query:
    return build_query(DATASETS[dataset], DatasetRequest.of(dataset, **asked), LOCAL_ADMIN)


def statement(snapshot: Snapshot, dataset: str, by: str, fields: str | None = None) -> str:
    return str(asked_for(dataset, by=by, fields=fields).select.compile(snapshot.connection))


def answer(snapshot: Snapshot, dataset: str, **asked: Any) -> dict[str, list[Any]]:
    """By column; the rows are counted and read."""
    query = asked_for(dataset, **asked)
    batches = list(snapshot.source(query).batches())
    assert snapshot.count(query) == sum(batch.num_rows for batch in batches)
    return {name: [value for batch in batches for value in batch[name].to_pylist()] for name in query.schema.names}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("dataset", "by"), SHAPES)
def test_each_column_holds_by_itself_what_it_holds_among_all(
    databases: dict[str, Databases], place: str, dataset: str, by: str
) -> None:
    with databases[place][DATASETS[dataset].home].snapshot() as snapshot:
        whole = answer(snapshot, dataset, by=by)
        assert all(whole.values())
        for name, values in whole.items():
            if DATASETS[dataset].shape(by).transform and name != next(iter(whole)):
                assert statement(snapshot, dataset, by, name) == statement(snapshot, dataset, by)  # run already
                continue
            assert repr(answer(snapshot, dataset, by=by, fields=name)) == repr({name: values})  # NaN is itself


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "asked",
    [
        {"variant": "control"},
        {"segment": ["web", "ios"]},
        {"variant": "control", "segment": "ios", "event_name": "purchase"},
        {"sort": "variant"},
        {"sort": "-segment,variant"},
        {"variant": "control", "sort": "-segment"},
    ],
    ids=str,
)
def test_a_column_may_choose_and_sort_rows_without_being_asked_for(
    warehouses: dict[str, Warehouse], place: str, asked: dict[str, Any]
) -> None:
    with warehouses[place].snapshot() as snapshot:
        whole, alone = answer(snapshot, "raw_events", **asked), answer(snapshot, "raw_events", fields="id", **asked)
        everything = answer(snapshot, "raw_events", fields="id")
    assert alone == {"id": whole["id"]}
    assert alone["id"]
    assert alone != everything


@pytest.mark.parametrize("fields", ["id", "id,variant", "id,segment", None])
def test_an_event_of_somebody_unassigned_is_there_whatever_is_asked_for(place: Place, fields: str | None) -> None:
    add_events(place.engine, [{"id": 1}])
    assert [row["id"] for row in place.read(asked_for("raw_events", fields=fields))] == [1]
