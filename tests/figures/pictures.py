"""Pictures of the gallery, drawn by us and by Kaleido, and how far two of them differ.

Run it to draw the references again, by Kaleido: `PYTHONPATH=. python tests/figures/pictures.py`
"""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pypdfium2
import typst
from gallery import FIGURES, HEIGHT, WIDTH, plain

from reportkit.render.figures import FigureEngine
from reportkit.render.figures.browser import Browser
from reportkit.render.figures.engine import standalone
from reportkit.render.figures.png import png
from reportkit.render.figures.preparing import prepare

REFERENCES = Path(__file__).parent / "references"
REFERENCE_SCALE = 0.4
SEEN = 32
"""Of 255: a pixel that differs by more in red, green or blue is another one to the eye."""

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.int16]]


def ours(engine: FigureEngine, name: str, scale: float) -> bytes:
    return png(engine.svg(plain(name), width=WIDTH, height=HEIGHT), scale=scale)


def kaleidos(browser: Browser, name: str, scale: float) -> bytes:
    """Made a picture as ours are, so that what differs is what was drawn, not how edges are smoothed."""
    svg = browser.svg(prepare(plain(name)), width=WIDTH, height=HEIGHT)
    return png(standalone(svg, id_prefix="k-"), scale=scale)


def difference(one: bytes, two: bytes) -> float:
    """The share of pixels that differ visibly."""
    return float((np.abs(pixels(one) - pixels(two)) > SEEN).any(axis=2).mean())


def pixels(picture: bytes) -> Pixels:
    """Red, green and blue, by way of a PDF: what reads PNG would be one more thing to install."""
    page = "#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(json(bytes(sys.inputs.png))))"
    pdf = typst.compile(page.encode(), format="pdf", sys_inputs={"png": json.dumps(list(picture))})
    assert isinstance(pdf, bytes)
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        shown: Pixels = document[0].render(scale=1).to_numpy().astype(np.int16)
    return shown


if __name__ == "__main__":
    REFERENCES.mkdir(exist_ok=True)
    with closing(Browser(limit=60)) as browser:
        for name in FIGURES:
            (REFERENCES / f"{name}.png").write_bytes(kaleidos(browser, name, REFERENCE_SCALE))
