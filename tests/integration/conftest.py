"""A sample warehouse, loaded once, and a toolkit over it whose workers are real processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reportkit.sample.load import load
from reportkit.sample.scale import Scale
from reportkit.settings import Settings
from reportkit.toolkit import Toolkit, build


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a SQLite sample that no test may change."""
    url = f"sqlite:///{tmp_path_factory.mktemp('sample') / 'warehouse.db'}"
    load(url, Scale(events=5_000))
    return url


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
        toolkit.catalog.close()


@pytest.fixture
def toolkit(toolkit_with: Callable[..., Toolkit]) -> Toolkit:
    return toolkit_with()
