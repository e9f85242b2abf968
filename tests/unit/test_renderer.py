"""Figures are drawn while the notebook runs, where a PDF wants them; and nobody waits for one in vain."""

from __future__ import annotations

from threading import Event
from typing import Any

import plotly.graph_objects as go
import pytest
from executed_notebook import chart, code
from waiting import PATIENCE

from reportkit.errors import KernelDied
from reportkit.render.figures import FigureEngine
from reportkit.render.renderer import Renderer

CELL = code("chart", chart(go.Figure(go.Bar(y=[1]))))


@pytest.mark.parametrize(("formats", "drawn"), [(("pdf",), 1), (("html", "pdf"), 1), (("html",), 0)])
def test_a_rehearsed_renderer_draws_ahead_for_a_pdf_only(
    formats: tuple[str, ...], drawn: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    renderer, begun = Renderer(), list[Any]()
    renderer.rehearse()
    monkeypatch.setattr(FigureEngine, "begin", lambda _engine, figure, **_: begun.append(figure))
    with renderer.open(formats):
        renderer.ahead(CELL)
    assert len(begun) == drawn


def test_a_failure_does_not_wait_for_the_figure_that_is_being_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    renderer, begun, told, drawn = Renderer(), Event(), Event(), Event()

    def draw(*_: object) -> str:
        begun.set()
        told.wait(PATIENCE)
        drawn.set()
        return "<svg/>"

    monkeypatch.setattr(FigureEngine, "_draw", draw)
    with pytest.raises(KernelDied), renderer.open(("pdf",)):
        renderer.ahead(CELL)
        assert begun.wait(PATIENCE)
        raise KernelDied("the kernel was killed")
    assert not drawn.is_set()
    told.set()
