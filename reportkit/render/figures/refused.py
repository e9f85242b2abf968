"""The chart types that need a graphics card or a map server, and what to draw instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportkit.errors import RenderFailed

_DEPTH = "a heatmap or contour chart of two of its axes, or a scatter chart with colour as the third"
_MAP = "a bar chart by region, or a heatmap"

REFUSED: Mapping[str, str] = {
    "choropleth": _MAP,
    "choroplethmap": _MAP,
    "choroplethmapbox": _MAP,
    "cone": "a quiver chart",
    "densitymap": _MAP,
    "densitymapbox": _MAP,
    "isosurface": _DEPTH,
    "mesh3d": _DEPTH,
    "parcoords": "a parcats chart, or one scatter chart for each pair of columns",
    "scatter3d": _DEPTH,
    "scattergeo": _MAP,
    "scattergl": "scatter (in Plotly Express: render_mode='svg')",
    "scattermap": _MAP,
    "scattermapbox": _MAP,
    "scatterpolargl": "scatterpolar (in Plotly Express: render_mode='svg')",
    "splom": "a grid of scatter charts (plotly.subplots.make_subplots)",
    "streamtube": "a quiver chart",
    "surface": _DEPTH,
    "volume": _DEPTH,
}


def check_drawable(figure: Mapping[str, Any], name: str) -> None:
    """Raise `RenderFailed` if `figure` is not a Plotly figure, or has a trace that cannot become an SVG."""
    traces = figure.get("data", [])
    if not isinstance(traces, list) or not all(isinstance(trace, Mapping) for trace in traces):
        raise RenderFailed(f"{name} is not a Plotly figure: its data is not a list of traces; show the figure itself")
    for trace in traces:
        instead = REFUSED.get(trace.get("type", "scatter"))
        if instead:
            raise RenderFailed(f"{name} has a {trace['type']} trace, which a document cannot hold; draw {instead}")
