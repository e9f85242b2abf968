"""What the unit tests share."""

from __future__ import annotations

import pytest

from reportkit.datasets.sources import Warehouse
from reportkit.sample.load import load
from reportkit.sample.scale import Scale


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A small sample in SQLite."""
    url = f"sqlite:///{tmp_path_factory.mktemp('warehouse') / 'w.db'}"
    load(url, Scale(events=500))
    return Warehouse(url, b"k" * 32)
