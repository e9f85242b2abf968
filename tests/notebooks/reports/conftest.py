"""What the tests of our reports share: each notebook run once, at a desk, over an ample sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import at_a_desk
import pytest
import tiny_catalog
from executed_report import Executed

from reportkit.access import LOCAL_ADMIN
from reportkit.datasets.people import find_actor
from reportkit.sample.load import load
from reportkit.sample.scale import Scale
from reportkit.settings import Settings
from reportkit.toolkit import Toolkit, build


@pytest.fixture(scope="session")
def ample(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a sample that no test may change, so large that its broken ratio and its harm are beyond doubt."""
    url = f"sqlite:///{tmp_path_factory.mktemp('ample') / 'warehouse.db'}"
    load(url, Scale(events=60_000))
    return url


@pytest.fixture(scope="session")
def desk(ample: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toolkit]:
    """Its catalog remembers exports and reports."""
    home = tmp_path_factory.mktemp("desk")
    toolkit = build(Settings(warehouse=ample, home=str(home)).resolved(home))
    people = [find_actor(toolkit.warehouse, name) for name in ("vic", "ann", "ada")]
    tiny_catalog.fill(toolkit.settings.catalog, [*people, LOCAL_ADMIN])
    yield toolkit
    toolkit.close()


@pytest.fixture(scope="session")
def executed(desk: Toolkit) -> Callable[..., Executed]:
    """A notebook by name, run with its defaults but for the parameters given."""

    @cache
    def run(name: str, **parameters: object) -> Executed:
        return Executed(at_a_desk.run(at_a_desk.NOTEBOOKS[name], desk, **parameters))

    return run
