"""What the whole suite shares: a PostgreSQL that it starts itself, a sample warehouse, and a toolkit over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import postgres_server as postgres_server_module
import pytest
import sqlalchemy as sa

from reportkit.sample.load import load
from reportkit.sample.scale import Scale
from reportkit.settings import Settings
from reportkit.toolkit import Toolkit, build

EVENTS = 5_000
"""Of the samples, in SQLite and in PostgreSQL."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with postgres_server_module.server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The server's database, empty; whatever a test leaves in it is dropped."""
    engine = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    yield postgres_server
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    engine.dispose()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a SQLite sample that no test may change."""
    url = f"sqlite:///{tmp_path_factory.mktemp('sample') / 'warehouse.db'}"
    load(url, Scale(events=EVENTS))
    return url


@pytest.fixture(scope="session")
def sample_postgres(postgres_server: str) -> Iterator[str]:
    """URL of a PostgreSQL database with the sample, which no test may change."""
    with postgres_server_module.database(postgres_server, "reportkit_sample") as url:
        load(url, Scale(events=EVENTS))
        yield url


@pytest.fixture
def toolkit_with(tmp_path: Path, sample: str) -> Iterator[Callable[..., Toolkit]]:
    """A toolkit with these settings, over the sample unless told otherwise."""
    made: list[Toolkit] = []

    def make(**settings: object) -> Toolkit:
        values = {"warehouse": sample, "home": str(tmp_path / "home"), **settings}
        made.append(build(Settings(**values).resolved(tmp_path)))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for toolkit in made:
        toolkit.close()


@pytest.fixture
def toolkit(toolkit_with: Callable[..., Toolkit]) -> Toolkit:
    return toolkit_with()
