"""Kaleido: plotly.js in a Chrome, for the charts that need a graphics card (Chrome has one made of software)."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import math
import os
import signal
from collections.abc import Coroutine
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from reportkit.errors import RenderFailed
from reportkit.render.figures.faces import OURS, Typeface
from reportkit.render.figures.preparing import Prepared
from reportkit.render.figures.scripts import MAPS, RANDOM

if TYPE_CHECKING:
    from kaleido import Kaleido

HOW = "install analytics-reportkit[kaleido] and a Chrome (BROWSER_PATH names it where it is in no usual place)"
"""What to do so that there is a browser."""

START_SECONDS = 60.0
CLOSE_SECONDS = 5.0

_NOWHERE = "http://127.0.0.1:9"
"""The proxy through which the browser would reach a network: a port at which nobody answers."""
_POLICY = (
    "default-src 'none'; script-src file: 'unsafe-eval'; style-src 'unsafe-inline'; font-src file:; img-src data: blob:"
)
"""For Kaleido's page: its scripts are files here, WebGL's parts are compiled, and nothing else is loaded."""
_WEIGHTS = {"regular": "400 normal", "italic": "400 italic", "semibold": "600 normal", "bold": "700 normal"}

T = TypeVar("T")


@cache
def has_browser() -> bool:
    """Whether Kaleido and a Chrome are installed here."""
    if not all(map(importlib.util.find_spec, ("kaleido", "choreographer"))):
        return False
    from choreographer.browsers.chromium import Chromium

    return Chromium.find_browser(skip_local=False) is not None


class Browser:
    """One Chrome, started with its first figure. Close it.

    It is told what to do over a pipe and ends when that closes, so it outlives no process of ours, killed or not. It
    gets no network: its page may load only its own files, and whatever it asks for by itself goes nowhere.
    """

    def __init__(self, limit: float) -> None:
        """`limit` is the time in seconds that one figure may take."""
        self._limit = limit
        self._typeface = OURS
        self._loop: asyncio.Runner | None = None
        self._kaleido: Kaleido | None = None

    def svg(self, ready: Prepared, typeface: Typeface = OURS, *, width: int, height: int) -> str:
        """As plotly.js gives it, with what WebGL drew as a picture of twice the size. Raises `RenderFailed`."""
        if typeface != self._typeface:
            self.close()
            self._typeface = typeface
        options: Any = {"format": "svg", "width": width, "height": height}
        started = math.inf
        try:
            kaleido = self._kaleido or self._open()
            started = monotonic()
            svg: bytes = self._within(self._limit, kaleido.calc_fig(dict(ready.figure), opts=options))
        except Exception as error:  # whatever plotly.js, Chrome and the pipe to it have to say
            self.close()
            if monotonic() - started >= self._limit:  # what is ended in the middle may say anything
                why = f"took longer than {self._limit:g} seconds to draw in a browser"
            else:
                why = f"could not be drawn in a browser: {error}"
            raise RenderFailed(f"{ready.name} {why}") from error
        return svg.decode("utf-8")

    def close(self) -> None:
        """End the browser. Closing twice is harmless, and drawing again starts another."""
        kaleido, self._kaleido = self._kaleido, None
        if kaleido:
            with suppress(Exception):  # one that does not answer is ended all the same
                self._within(CLOSE_SECONDS, kaleido.close())
            with suppress(AttributeError, ProcessLookupError):  # it never started; it has ended
                os.killpg(kaleido.subprocess.pid, signal.SIGKILL)
        if self._loop:
            self._loop.close()
            self._loop = None

    def _open(self) -> Kaleido:
        self._kaleido = _kaleido(self._typeface)
        self._within(START_SECONDS, self._kaleido.open())
        return self._kaleido

    def _within(self, seconds: float, work: Coroutine[Any, Any, T]) -> T:
        self._loop = self._loop or asyncio.Runner()
        return self._loop.run(asyncio.wait_for(work, seconds))


def _kaleido(typeface: Typeface) -> Kaleido:
    from kaleido import Kaleido, PageGenerator

    for noisy in ("choreographer", "kaleido"):  # a browser that is closed says what neither expects
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    page = PageGenerator(mathjax=False, others=[script.as_uri() for script in (RANDOM, MAPS)])
    page.header = page.header.replace("<head>", f"<head>{_head(typeface)}")
    page.footer = page.footer.replace("</body>", f"{_samples(typeface)}</body>")
    return Kaleido(page_generator=page, timeout=None, proxy_server=_NOWHERE)


def _head(typeface: Typeface) -> str:
    """Text is measured in the font that the document has."""
    faces = "".join(_face(family.family, *face) for family in (OURS, typeface) for face in family.files)
    return f"""
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<style>
{faces}
text, tspan {{ font-family: {typeface.families} !important; }}
</style>"""


def _face(family: str, role: str, path: Path) -> str:
    weight, style = _WEIGHTS[role].split()
    return (
        f"@font-face {{ font-family: '{family}'; src: url('{path.as_uri()}'); "
        f"font-weight: {weight}; font-style: {style}; }}"
    )


def _samples(typeface: Typeface) -> str:
    """The page is loaded once the fonts of what stands on it are."""
    fonts = (f"{style} {weight} 12px {typeface.families}" for weight, style in map(str.split, _WEIGHTS.values()))
    return "".join(
        f'<span style="position: absolute; visibility: hidden; font: {font}">sample</span>' for font in fonts
    )
