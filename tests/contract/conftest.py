"""What the contract tests of datasets share: the same sample in both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import postgres_server as postgres_server_module
import pytest
import sqlalchemy as sa
import tiny_catalog
import tiny_warehouse

from reportkit.access import LOCAL_ADMIN
from reportkit.datasets.base import Home
from reportkit.datasets.people import find_actor
from reportkit.datasets.query import build_query
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Databases, Warehouse
from reportkit.datasets.warehouse import metadata
from reportkit.specs import DatasetRequest

INSTANTS = ["created_at", "started_at", "ended_at", "assigned_at", "occurred_at", "received_at"]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tiny_warehouse.Place]:
    """A tiny warehouse that a test may change, in one database and in the other."""
    sqlite = f"sqlite:///{tmp_path / 'warehouse.db'}"
    with tiny_warehouse.at(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")) as place:
        yield place


@pytest.fixture(scope="session")
def warehouses(sample: str, sample_postgres: str) -> dict[str, Warehouse]:
    """The sample in both databases, by the database's name."""
    return {
        "sqlite": Warehouse(sample, tiny_warehouse.KEY),
        "postgresql": Warehouse(sample_postgres, tiny_warehouse.KEY),
    }


@pytest.fixture(scope="session")
def databases(
    warehouses: dict[str, Warehouse], postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Databases]]:
    """Every dataset's home, by the database's name: the sample, and a catalog of what its people have asked for."""
    people = [*(find_actor(warehouses["sqlite"], name) for name in ("vic", "ann", "ada")), LOCAL_ADMIN]
    sqlite = f"sqlite:///{tmp_path_factory.mktemp('catalog') / 'catalog.db'}"
    with postgres_server_module.database(postgres_server, "reportkit_catalog") as postgresql:
        catalogs = {"sqlite": sqlite, "postgresql": postgresql}
        for url in catalogs.values():
            tiny_catalog.fill(url, people)
        yield {
            place: {Home.WAREHOUSE: warehouses[place], Home.CATALOG: Warehouse(url, tiny_warehouse.KEY)}
            for place, url in catalogs.items()
        }


@pytest.fixture(scope="session")
def tables(sample: str) -> dict[str, pd.DataFrame]:
    """The sample as pandas reads it from SQLite. Its instants go back to 987, further than nanoseconds do."""
    engine = sa.create_engine(sample)
    found = {name: pd.read_sql_table(name, engine) for name in metadata.tables}
    for frame in found.values():
        for column in frame.columns.intersection(INSTANTS):
            frame[column] = frame[column].str.slice(0, 26).astype("datetime64[us]").dt.tz_localize("UTC")
    return found


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def read(request: pytest.FixtureRequest, warehouses: dict[str, Warehouse]) -> Callable[..., pd.DataFrame]:
    """What an admin gets of a dataset, from one database and from the other."""
    warehouse = warehouses[request.param]

    def read(dataset: str, **asked: Any) -> pd.DataFrame:
        query = build_query(Registry.built_in()[dataset], DatasetRequest.of(dataset, **asked), LOCAL_ADMIN)
        with warehouse.snapshot() as snapshot:
            rows = [row for batch in snapshot.source(query).batches() for row in batch.to_pylist()]
        return pd.DataFrame(rows, columns=list(query.schema.names), dtype=object)

    return read
