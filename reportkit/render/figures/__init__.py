"""Plotly figures as SVG and PNG: plotly.js itself, in V8, over a small document of ours; Kaleido for what needs WebGL.

May import errors and the fonts beside it; knows nothing of notebooks, HTML or PDF. A chart type that is refused but
could be drawn: take it out of `preparing` and add to the scripts here what plotly.js then asks the browser for.
"""

from __future__ import annotations

from reportkit.render.figures.engine import FigureEngine
from reportkit.render.figures.preparing import NEEDS_BROWSER, REFUSED

__all__ = ["NEEDS_BROWSER", "REFUSED", "FigureEngine"]
