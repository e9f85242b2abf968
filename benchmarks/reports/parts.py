"""Parts of the way alone: figures as SVG beside Kaleido, a large table as PDF beside Chrome. All of it warm."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import count
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection

import plotly.express as px
import plotly.graph_objects as go

from benchmarks.measuring import Candidate
from benchmarks.reports import diy
from benchmarks.reports.notebook import large
from reportkit.brand import DEFAULT
from reportkit.engine.zygote import SELDOM
from reportkit.render.document import DocumentInfo
from reportkit.render.figures import FigureEngine
from reportkit.render.pdf import render_pdf
from reportkit.render.rehearsal import rehearsed

WIDTH, HEIGHT = 680, 380
ROWS = 10_000
TURNS = count()


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
        worker, drawn = _Worker(), figures()
        found = (
            Candidate("figures", partial(_ours, stack.enter_context(FigureEngine()), drawn)),
            Candidate("Kaleido", stack.enter_context(_kaleido(drawn))),
            Candidate("table", worker.render, before=worker.start),
            Candidate("Chrome", stack.enter_context(_chrome())),
        )
        yield {candidate.name: candidate for candidate in found}


def _ours(engine: FigureEngine, drawn: Sequence[go.Figure]) -> None:
    begun = []
    for figure in drawn:
        figure.update_layout(title=f"Turn {next(TURNS)}")  # one that it has drawn is remembered
        begun.append(engine.begin(json.loads(figure.to_json()), width=WIDTH, height=HEIGHT))
    for drawing in begun:
        drawing.result()


class _Worker:
    """A process for one table, as a service has one ready: a second in the same process would find it remembered."""

    def start(self) -> None:
        """Returns once it is ready."""
        self._end, its_end = Pipe()
        get_context("spawn").Process(target=_table, args=(its_end,)).start()
        its_end.close()  # or nobody would hear that it failed
        self._end.recv()

    def render(self) -> None:
        self._end.send("go")
        self._end.recv()


def _table(line: Connection) -> None:
    info = DocumentInfo("One large table", "", "", datetime(2026, 9, 1, tzinfo=UTC), None, {})
    notebook, figures = large(ROWS), rehearsed(DEFAULT)
    gc.freeze()
    gc.set_threshold(*SELDOM)
    line.send("ready")
    line.recv()
    render_pdf(notebook, info, DEFAULT, figures)
    line.send("done")
    os._exit(0)  # as a worker ends


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

    html = large(ROWS).cells[1].outputs[0]["data"]["text/html"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=diy.browser(), args=["--no-sandbox"])

        def table() -> None:
            page = chromium.new_page()
            page.set_content(html, timeout=120_000)
            page.pdf()
            page.close()

        yield table
        chromium.close()
