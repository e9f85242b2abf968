"""Parts of the way alone: figures as SVG beside Kaleido, a large table as PDF beside Chrome. All of it warm."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial

import plotly.express as px
import plotly.graph_objects as go

from benchmarks.measuring import Candidate
from benchmarks.reports import diy
from benchmarks.reports.notebook import large
from reportkit.brand import DEFAULT
from reportkit.render.document import DocumentInfo
from reportkit.render.figures import FigureEngine
from reportkit.render.pdf import render_pdf

WIDTH, HEIGHT = 680, 380
ROWS = 10_000


def figures() -> list[go.Figure]:
    return [
        px.line(px.data.gapminder().query("continent == 'Oceania'"), x="year", y="lifeExp", color="country"),
        px.bar(px.data.medals_long(), x="nation", y="count", color="medal"),
        px.histogram(px.data.tips(), x="total_bill", nbins=40),
        px.scatter(px.data.iris(), x="sepal_width", y="sepal_length", color="species"),
    ]


@contextmanager
def candidates() -> Iterator[Mapping[str, Candidate]]:
    """Each draws four figures, or one table of ROWS rows."""
    with ExitStack() as stack:
        engine, drawn = stack.enter_context(FigureEngine()), figures()
        runs: Mapping[str, Callable[[], object]] = {
            "figures": partial(_ours, engine, drawn),
            "Kaleido": stack.enter_context(_kaleido(drawn)),
            "table": partial(_our_table, engine),
            "Chrome": stack.enter_context(_chrome()),
        }
        yield {name: Candidate(name, run) for name, run in runs.items()}


def _ours(engine: FigureEngine, drawn: Sequence[go.Figure]) -> None:
    for figure in drawn:
        engine.svg(json.loads(figure.to_json()), width=WIDTH, height=HEIGHT)


def _our_table(engine: FigureEngine) -> None:
    info = DocumentInfo("One large table", "", "", datetime(2026, 9, 1, tzinfo=UTC), None, {})
    render_pdf(large(ROWS), info, DEFAULT, engine)


@contextmanager
def _kaleido(drawn: Sequence[go.Figure]) -> Iterator[Callable[[], None]]:
    """Its browser stays open."""
    import kaleido

    os.environ["BROWSER_PATH"] = diy.browser()
    kaleido.start_sync_server(silence_warnings=True)

    def draw() -> None:
        for figure in drawn:
            kaleido.calc_fig_sync(figure, opts={"format": "svg", "width": WIDTH, "height": HEIGHT})

    try:
        yield draw
    finally:
        kaleido.stop_sync_server()


@contextmanager
def _chrome() -> Iterator[Callable[[], None]]:
    """It stays open too, and needs no HTML exporter before it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=diy.browser(), args=["--no-sandbox"])

        def table() -> None:
            page = chromium.new_page()
            page.set_content(large(ROWS).cells[1].outputs[0]["data"]["text/html"], timeout=120_000)
            page.pdf()
            page.close()

        yield table
        chromium.close()
