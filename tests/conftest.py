"""What the whole suite shares: servers that the tests start themselves, and no network beyond loopback."""

from __future__ import annotations

from collections.abc import Iterator

import postgres_server as postgres_server_module
import pytest


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with postgres_server_module.server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The server's database, empty; whatever a test leaves in it is dropped."""
    import sqlalchemy as sa

    engine = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    yield postgres_server
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    engine.dispose()
