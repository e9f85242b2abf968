"""What the contract tests of datasets share: the same sample in both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from reportkit.datasets.sources import Warehouse
from reportkit.sample.load import load
from reportkit.sample.scale import Scale

EVENTS = 5_000
"""As many as the shared SQLite sample has."""
KEY = b"k" * 32


@pytest.fixture(scope="session")
def sample_postgres(postgres_server: str) -> Iterator[str]:
    """URL of a PostgreSQL database with the sample, which no test may change."""
    server = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    name = "reportkit_sample"
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = sa.make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    load(url, Scale(events=EVENTS))
    yield url
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(scope="session")
def warehouses(sample: str, sample_postgres: str) -> dict[str, Warehouse]:
    """The sample in both databases, by the database's name."""
    return {"sqlite": Warehouse(sample, KEY), "postgresql": Warehouse(sample_postgres, KEY)}
