"""What the tests of our reports share: each notebook run once, at a desk, over an ample sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import at_a_desk
import pytest
from executed_report import Executed

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
    home = tmp_path_factory.mktemp("desk")
    toolkit = build(Settings(warehouse=ample, home=str(home)).resolved(home))
    yield toolkit
    toolkit.close()


@pytest.fixture(scope="session")
def executed(desk: Toolkit) -> Callable[[str], Executed]:
    """A notebook by name, run with its defaults."""

    @cache
    def run(name: str) -> Executed:
        return Executed(at_a_desk.run(at_a_desk.NOTEBOOKS[name], desk))

    return run
