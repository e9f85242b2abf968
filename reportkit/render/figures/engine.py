"""One V8 with plotly.js in it, drawing figure after figure."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from py_mini_racer import JSEvalException, JSOOMException, JSTimeoutException, MiniRacer

from reportkit.errors import RenderFailed
from reportkit.render.figures.faces import read_face
from reportkit.render.figures.refused import check_drawable

FONT_FAMILY = "Source Sans 3"

_HERE = Path(__file__).parent
_FACES = {"regular": "Regular", "italic": "Italic", "semibold": "SemiBold", "bold": "Bold"}
_MEMORY_BYTES = 1_000_000_000
_SMALLER = "give it fewer points, or aggregate them first"


class FigureEngine:
    """Draws Plotly figures as SVG. It takes half a second to start and some 20 ms a figure, so keep one and reuse it.

    `limit` is the time in seconds that one figure may take. V8 has threads: close the engine (or use `with`), or the
    interpreter cannot end; never fork while one is open; and use it from one thread at a time.
    """

    def __init__(self, *, limit: float = 30.0) -> None:
        self._limit = limit
        self._v8: MiniRacer | None = _start()

    def svg(self, figure: Mapping[str, Any], *, width: int, height: int) -> str:
        """The figure as a standalone SVG of `width` x `height` CSS pixels.

        `figure` is a dict as in `application/vnd.plotly.v1+json`. The same figure and size give the same bytes. Text is
        real text in the family `FONT_FAMILY`. Every id starts with a digest of figure and size, so that several figures
        can stand in one HTML page. Raises `RenderFailed`, naming the figure by its title: a chart type that needs WebGL
        or a map, an error in plotly.js, more time than `limit`, more than 1 GB of memory.
        """
        name = _name(figure)
        check_drawable(figure, name)
        source = json.dumps({part: figure[part] for part in ("data", "layout", "config") if part in figure})
        digest = hashlib.sha256(f"{width} {height} {source}".encode()).hexdigest()
        svg = self._draw(f"draw({source}, {width}, {height})", name)
        return _standalone(svg, id_prefix=f"f{digest[:12]}-")

    def close(self) -> None:
        """End V8 and its threads. A closed engine draws nothing more; closing twice is harmless."""
        if self._v8:
            self._v8.close()
            self._v8 = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _draw(self, call: str, name: str) -> str:
        if self._v8 is None:
            raise RenderFailed(f"{name} was not drawn: the figure engine is closed; open a new one")
        try:
            # Two steps, because plotly.js ends in promises, and these run between one evaluation and the next.
            self._v8.eval(call, timeout_sec=self._limit)
            outcome = json.loads(str(self._v8.eval("JSON.stringify(drawn)", timeout_sec=self._limit)))
        except JSTimeoutException:
            self._restart()
            raise RenderFailed(f"{name} took longer than {self._limit:g} seconds to draw; {_SMALLER}") from None
        except JSOOMException:
            self._restart()
            raise RenderFailed(f"{name} needs more than 1 GB of memory to draw; {_SMALLER}") from None
        except JSEvalException as error:
            outcome = {"error": str(error).splitlines()[0]}
        if "svg" not in outcome:
            raise RenderFailed(f"{name} could not be drawn: {outcome['error']}; see how it looks in JupyterLab")
        return str(outcome["svg"])

    def _restart(self) -> None:
        if self._v8:
            # Closed at once, V8 would still report the ended evaluation, to nobody and loudly.
            with contextlib.suppress(JSTimeoutException):
                self._v8.eval("0", timeout_sec=1)
        self.close()
        self._v8 = _start()


def _start() -> MiniRacer:
    with contextlib.ExitStack() as on_error:
        v8 = on_error.enter_context(MiniRacer())
        v8.set_hard_memory_limit(_MEMORY_BYTES)
        for script in _scripts():
            v8.eval(script)
        on_error.pop_all()
    return v8


def _scripts() -> Iterator[str]:
    fonts = _HERE.parent / "fonts"
    faces = {role: asdict(read_face(fonts / f"SourceSans3-{style}.ttf")) for role, style in _FACES.items()}
    yield (_HERE / "globals.js").read_text("utf-8")
    yield (_HERE / "vendor" / "dom-parts.min.js").read_text("utf-8")
    yield (_HERE / "dom.js").read_text("utf-8")
    yield f"const faces = {json.dumps(faces)};"
    yield (_HERE / "boxes.js").read_text("utf-8")
    yield (_HERE / "canvas.js").read_text("utf-8")
    yield files("plotly").joinpath("package_data", "plotly.min.js").read_text("utf-8")
    yield (_HERE / "draw.js").read_text("utf-8")


def _name(figure: Mapping[str, Any]) -> str:
    layout = figure.get("layout")
    title = layout.get("title") if isinstance(layout, Mapping) else None
    text = title.get("text") if isinstance(title, Mapping) else title
    return f"the figure {text!r}" if text else "a figure without a title"


def _standalone(svg: str, id_prefix: str) -> str:
    """The SVG with ids of its own, in our font, and without what only a page with plotly.js in it would use."""

    def tidy(tag: re.Match[str]) -> str:
        text = re.sub(r' (?:class|data-[\w-]+|on\w+)="[^"]*"', "", tag[0])
        text = re.sub(r"font-family:[^;\"]*", f"font-family:'{FONT_FAMILY}'", text)
        return re.sub(r"( id=\"|url\('?#)", rf"\1{id_prefix}", text)

    return re.sub(r"<[^>]+>", tidy, svg)
