"""Plotly figures as SVG, drawn where each can be: nearly all in V8, and what needs WebGL in a browser."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from reportkit.errors import RenderFailed
from reportkit.render.figures.browser import HOW, Browser, has_browser
from reportkit.render.figures.faces import OURS, Typeface
from reportkit.render.figures.preparing import prepare
from reportkit.render.figures.v8 import V8


class FigureEngine:
    """Draws Plotly figures as SVG. It takes half a second to start and some 20 ms a figure, so keep one and reuse it.

    It starts in the background: open it before there is a figure to draw. `limit` is the time in seconds that one
    figure may take. V8 has threads: close the engine (or use `with`), or the interpreter cannot end; never fork while
    one is open; and use it from one thread at a time.

    Charts that need WebGL are drawn by Kaleido, where it and a Chrome are installed: in a browser that is started with
    the first of them and ends with the engine.
    """

    def __init__(self, *, limit: float = 30.0) -> None:
        self._v8 = V8(limit)
        self._browser = Browser(limit)
        self._thread = ThreadPoolExecutor(1)
        self._begun: dict[str, Future[str]] = {}
        self._closed = False

    def begin(self, figure: Mapping[str, Any], *, width: int, height: int, typeface: Typeface = OURS) -> Future[str]:
        """Has it drawn in the background, for `svg` to give later; a figure of the same looks is drawn once.
        Raises `RenderFailed` where the engine is closed."""
        if self._closed:
            raise RenderFailed("no figure can be drawn: the figure engine is closed; open a new one")
        looks = hashlib.sha256(f"{width} {height} {json.dumps(figure)} {typeface.families}".encode()).hexdigest()
        if looks not in self._begun:
            self._begun[looks] = self._thread.submit(self._draw, figure, width, height, typeface, f"f{looks[:12]}-")
        return self._begun[looks]

    def svg(self, figure: Mapping[str, Any], *, width: int, height: int, typeface: Typeface = OURS) -> str:
        """The figure as a standalone SVG of `width` x `height` CSS pixels.

        `figure` is a dict as in `application/vnd.plotly.v1+json`. The same figure and size give the same bytes (with
        WebGL: on the same machine). Text is real text in the `typeface`. Every id starts with a digest of
        figure and size, so that several figures can stand in one HTML page. Nothing is fetched: where a picture would
        stand that is not in the figure, there is a note. Raises `RenderFailed`, naming the figure by its title: a map
        of tiles from a server, WebGL where no browser is installed, an error in plotly.js, more time than `limit`, more
        than 1 GB of memory.
        """
        return self.begin(figure, width=width, height=height, typeface=typeface).result()

    def close(self) -> None:
        """End V8 with its threads, and the browser, once the figure that is being drawn is done. A closed engine draws
        no more; closing twice is harmless."""
        if self._closed:
            return
        self._closed = True
        for drawing in self._begun.values():
            drawing.cancel()
        closing = self._thread.submit(self._browser.close)  # where it was opened: in Jupyter a loop runs in ours
        self._thread.shutdown()
        self._v8.close()
        closing.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _draw(self, figure: Mapping[str, Any], width: int, height: int, typeface: Typeface, id_prefix: str) -> str:
        ready = prepare(figure)
        if ready.browser and not has_browser():
            raise RenderFailed(f"{ready.name} {ready.browser}; or {HOW}")
        svg = (self._browser if ready.browser else self._v8).svg(ready, typeface, width=width, height=height)
        return standalone(svg, id_prefix, typeface)


def standalone(svg: str, id_prefix: str, typeface: Typeface = OURS) -> str:
    """The SVG with ids of its own, in its font, and without what only a page with plotly.js in it would use."""

    def tidy(tag: re.Match[str]) -> str:
        text = re.sub(r' (?:class|data-[\w-]+|on\w+)="[^"]*"', "", tag[0])
        text = re.sub(r"font-family:[^;\"]*", f"font-family:{typeface.families}", text)
        return re.sub(r"( id=\"|url\('?#)", rf"\1{id_prefix}", text)

    return re.sub(r"<[^>]+>", tidy, svg)
