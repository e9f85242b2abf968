"""Plotly figures as SVG, without a browser: plotly.js itself, in V8, over a small document of ours.

May import errors and the fonts beside it; knows nothing of notebooks, HTML or PDF. A chart type that is refused but
could be drawn: take it out of `REFUSED` and add to the scripts here what plotly.js then asks the browser for.
"""

from __future__ import annotations

from reportkit.render.figures.engine import FigureEngine
from reportkit.render.figures.refused import REFUSED

__all__ = ["REFUSED", "FigureEngine"]
