"""One V8 with plotly.js in it, drawing figure after figure as shapes."""

from __future__ import annotations

import contextlib
import functools
import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from py_mini_racer import JSEvalException, JSOOMException, JSTimeoutException, MiniRacer

from reportkit.errors import RenderFailed
from reportkit.render.figures.faces import OURS, Typeface, measures, read_face
from reportkit.render.figures.preparing import Prepared
from reportkit.render.figures.scripts import CARTESIAN, CARTESIAN_TYPES, HERE, MAPS, RANDOM, WHOLE

_FALLBACK_FONTS = HERE.parent / "fallback_fonts"
_MEMORY_BYTES = 1_000_000_000
_SMALLER = "give it fewer points, or aggregate them first"
_ESCAPES = re.compile(r"(?:\\u[0-9a-f]{4})+")


class V8:
    """It starts in the background; the first figure waits for it. Close it, or the interpreter cannot end.

    It starts with what draws most figures, and anew with all of plotly.js for the first that needs more.
    """

    def __init__(self, limit: float) -> None:
        """`limit` is the time in seconds that one figure may take."""
        self._limit = limit
        self._closed = self._is_whole = self._has_maps = False
        self._typeface, self._has_drawn = OURS, False
        self._starting: Future[MiniRacer] = _in_background(whole=False)

    def svg(self, ready: Prepared, typeface: Typeface, *, width: int, height: int) -> str:
        """As plotly.js gives it. Raises `RenderFailed`."""
        if self._closed:
            raise RenderFailed(f"{ready.name} was not drawn: the figure engine is closed; open a new one")
        if not self._is_whole and (ready.maps or not CARTESIAN_TYPES.issuperset(ready.types)):
            self._is_whole = True
            self._restart()
        if typeface != self._typeface and self._has_drawn:  # plotly.js remembers how wide texts were
            self._restart()
        v8 = self._starting.result()
        if ready.maps and not self._has_maps:
            v8.eval(MAPS.read_text("utf-8"))
            self._has_maps = True
        if typeface != self._typeface:
            v8.eval(f"faces = {measures(typeface)}")
            self._typeface = typeface
        self._has_drawn = True
        source = json.dumps(ready.figure)
        try:
            # Two steps, because plotly.js ends in promises, and these run between one evaluation and the next.
            v8.eval(f"draw({source}, {width}, {height}, {_further_widths(source)})", timeout_sec=self._limit)
            outcome = json.loads(str(v8.eval("JSON.stringify(drawn)", timeout_sec=self._limit)))
        except JSTimeoutException:
            self._restart()
            raise RenderFailed(f"{ready.name} took longer than {self._limit:g} seconds to draw; {_SMALLER}") from None
        except JSOOMException:
            self._restart()
            raise RenderFailed(f"{ready.name} needs more than 1 GB of memory to draw; {_SMALLER}") from None
        except JSEvalException as error:
            outcome = {"error": str(error).splitlines()[0]}
        if "svg" not in outcome:
            raise RenderFailed(f"{ready.name} could not be drawn: {outcome['error']}; see how it looks in JupyterLab")
        return str(outcome["svg"])

    def close(self) -> None:
        """End V8 and its threads. Closing twice is harmless."""
        if not self._closed:
            self._closed = True
            self._starting.result().close()

    def _restart(self) -> None:
        # Closed at once, V8 would still report the ended evaluation, to nobody and loudly.
        with contextlib.suppress(JSTimeoutException):
            self._starting.result().eval("0", timeout_sec=1)
        self._starting.result().close()
        self._has_maps, self._typeface, self._has_drawn = False, OURS, False
        self._starting = _in_background(self._is_whole)


def _in_background(whole: bool) -> Future[MiniRacer]:
    thread = ThreadPoolExecutor(1)
    starting = thread.submit(_started, whole)
    thread.shutdown(wait=False)
    return starting


def _started(whole: bool) -> MiniRacer:
    with contextlib.ExitStack() as on_error:
        v8 = on_error.enter_context(MiniRacer())
        v8.set_hard_memory_limit(_MEMORY_BYTES)
        for script in _scripts(whole):
            v8.eval(script)
        on_error.pop_all()
    return v8


def _scripts(whole: bool) -> Iterator[str]:
    yield (HERE / "globals.js").read_text("utf-8")
    yield RANDOM.read_text("utf-8")
    yield (HERE / "vendor" / "dom-parts.min.js").read_text("utf-8")
    yield (HERE / "dom.js").read_text("utf-8")
    yield f"var faces = {measures(OURS)};"
    yield (HERE / "boxes.js").read_text("utf-8")
    yield (HERE / "canvas.js").read_text("utf-8")
    yield (WHOLE if whole else CARTESIAN).read_text("utf-8")
    yield (HERE / "draw.js").read_text("utf-8")


def _further_widths(source: str) -> str:
    """Of the characters in a figure that only a fallback font has, as JSON: {code point: width}."""
    characters = {ord(char) for escape in _ESCAPES.findall(source) for char in json.loads(f'"{escape}"')}
    widths = _fallback_widths() if characters else {}
    return json.dumps({code: widths[code] for code in characters & widths.keys()})


@functools.cache
def _fallback_widths() -> Mapping[int, float]:
    return {code: width for path in _FALLBACK_FONTS.glob("*.ttf") for code, width in read_face(path).widths.items()}
