"""Charts look as Kaleido draws them: beside pictures that it drew, and beside itself where a Chrome is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from gallery import FIGURES, HEIGHT, WIDTH, plain
from pictures import REFERENCE_SCALE, REFERENCES, difference, kaleidos, ours

from reportkit.render.figures import FigureEngine
from reportkit.render.figures.browser import Browser, has_browser
from reportkit.render.figures.png import png

SLOW = pytest.mark.slow
MOST = 0.01
"""The share of pixels that may differ."""


@pytest.fixture(scope="module")
def engine() -> Iterator[FigureEngine]:
    with FigureEngine() as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with closing(Browser(limit=60)) as opened:
        yield opened


@pytest.mark.parametrize("name", [pytest.param(name, marks=SLOW if n % 4 else ()) for n, name in enumerate(FIGURES)])
def test_a_chart_looks_as_in_the_picture_that_kaleido_drew(engine: FigureEngine, name: str) -> None:
    reference = (REFERENCES / f"{name}.png").read_bytes()
    assert difference(ours(engine, name, REFERENCE_SCALE), reference) <= MOST


def test_every_picture_has_its_chart_and_all_are_small() -> None:
    assert {path.stem for path in REFERENCES.iterdir()} == set(FIGURES)
    assert sum(path.stat().st_size for path in REFERENCES.iterdir()) < 300_000


@pytest.mark.slow
@pytest.mark.skipif(not has_browser(), reason="needs Kaleido and a Chrome")  # elsewhere its pictures stand in
@pytest.mark.parametrize("name", FIGURES)
def test_a_chart_looks_as_kaleido_draws_it(engine: FigureEngine, browser: Browser, name: str) -> None:
    assert difference(ours(engine, name, 1), kaleidos(browser, name, 1)) <= MOST


def test_another_chart_would_be_noticed(engine: FigureEngine) -> None:
    figure = plain("bar")
    figure["data"][0]["y"] = [0.112, 0.118, 0.098]  # one bar of six is a tenth shorter
    moved = png(engine.svg(figure, width=WIDTH, height=HEIGHT), scale=1)
    assert difference(moved, ours(engine, "bar", 1)) > MOST
