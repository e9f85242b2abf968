"""Rows come in the order asked for, and in the same one from either database, whatever its collation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tiny_warehouse import Place, add_events

from reportkit.access import LOCAL_ADMIN
from reportkit.datasets.base import SORTABLE
from reportkit.datasets.query import build_query
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Databases
from reportkit.specs import DatasetRequest

DATASETS = Registry.built_in()
SORTS = [
    ("raw_events", None, f"{direction}{column.name}")
    for column in DATASETS["raw_events"].shape(None).stored
    if column.kind in SORTABLE
    for direction in ("", "-")
]
OWN_ORDERS = [(name, by, None) for name, dataset in DATASETS.items() for by in dataset.shapes]


def events(place: Place, sort: str, fields: str = "id") -> list[Any]:
    query = build_query(DATASETS["raw_events"], DatasetRequest.of("raw_events", fields=fields, sort=sort), LOCAL_ADMIN)
    return [next(iter(row.values())) for row in place.read(query)]


@pytest.mark.parametrize(("dataset", "by", "sort"), [*SORTS, *OWN_ORDERS])
def test_both_databases_sort_alike(
    databases: dict[str, Databases], dataset: str, by: str | None, sort: str | None
) -> None:
    request = DatasetRequest.of(dataset, by=by, fields=DATASETS[dataset].shape(by).order, sort=sort)
    found = {}
    for place, homes in databases.items():
        with homes[DATASETS[dataset].home].snapshot() as snapshot:
            batches = list(snapshot.source(build_query(DATASETS[dataset], request, LOCAL_ADMIN)).batches())
        found[place] = [row for batch in batches for row in batch.to_pylist()]
    assert found["sqlite"] == found["postgresql"] != []


def test_texts_sort_by_their_bytes(place: Place) -> None:
    notes = ["b", "B", "a", "ä", "Z", "_", "", "😀", "\uffff", "aa", "a b", "a-b"]
    add_events(place.engine, [{"id": number, "note": note} for number, note in enumerate(notes)])
    assert events(place, "note", "note") == sorted(notes, key=str.encode)
    assert events(place, "-note", "note") == sorted(notes, key=str.encode, reverse=True)


def test_exact_decimals_sort_as_numbers(place: Place) -> None:
    amounts = [
        "-99999999999999999999.999999999999999999",
        "-10",
        "-9.500000000000000001",
        "-9.5",
        "-0.000000000000000001",
        "0",
        "0.000000000000000001",
        "9.5",
        "9.500000000000000001",
        "10",
        "12345678901234567890.123456789012345678",
        "12345678901234567890.123456789012345679",
    ]
    add_events(place.engine, [{"id": len(text) * 100 + n, "amount": text} for n, text in enumerate(amounts)])
    expected = [Decimal(text) for text in amounts]
    assert events(place, "amount", "amount") == expected
    assert events(place, "-amount", "amount") == expected[::-1]


@pytest.mark.parametrize("column", ["value", "note", "amount", "sequence", "is_test", "member_since", "variant"])
def test_empty_values_come_last_whichever_the_direction(place: Place, column: str) -> None:
    values = {"value": 1.5, "note": "", "amount": "-1", "sequence": 0, "is_test": False, "member_since": "1899-12-31"}
    filled = {name: value for name, value in values.items() if name == column}
    add_events(place.engine, [{"id": 1}, {"id": 2, **filled}, {"id": 3}])
    expected = [2, 1, 3] if filled else [1, 2, 3]
    assert events(place, column) == events(place, f"-{column}") == expected


def test_several_columns_and_then_the_datasets_own_order(place: Place) -> None:
    rows = [(4, "b", 1.0), (3, "a", 2.0), (2, "a", 1.0), (1, "b", 1.0), (5, "a", 2.0)]
    add_events(place.engine, [{"id": n, "event_name": name, "value": value} for n, name, value in rows])
    assert events(place, "event_name,-value") == [3, 5, 2, 1, 4]
    assert events(place, "-value,-event_name,-id") == [5, 3, 4, 1, 2]


def test_the_datasets_own_order_needs_no_sort_where_an_index_has_it(place: Place) -> None:
    query = build_query(DATASETS["raw_events"], DatasetRequest("raw_events"), LOCAL_ADMIN)
    explain = "EXPLAIN QUERY PLAN" if place.engine.dialect.name == "sqlite" else "EXPLAIN"
    with place.engine.connect() as connection:
        if explain == "EXPLAIN":
            connection.exec_driver_sql("SET enable_seqscan = off")
            connection.exec_driver_sql("SET enable_hashjoin = off")
            connection.exec_driver_sql("SET enable_mergejoin = off")
        statement = str(query.select.compile(place.engine, compile_kwargs={"literal_binds": True}))
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {statement}").all())
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
