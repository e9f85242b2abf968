"""What a figure needs before it can be drawn, and where: here, in a browser, or nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reportkit.errors import RenderFailed

MOST_MARKERS = 50_000
"""Of one figure, as shapes; they take two seconds to draw and half a megabyte of a PDF."""

_DEPTH = "a heatmap or contour chart of two of its axes, or a scatter chart with colour as the third"
_MAP = "a choropleth or scattergeo chart, whose outlines of countries are at hand"

NEEDS_BROWSER: Mapping[str, str] = {
    "cone": "a quiver chart",
    "isosurface": _DEPTH,
    "mesh3d": _DEPTH,
    "parcoords": "a parcats chart, or one scatter chart for each pair of columns",
    "scatter3d": _DEPTH,
    "splom": "a grid of scatter charts (plotly.subplots.make_subplots)",
    "streamtube": "a quiver chart",
    "surface": _DEPTH,
    "volume": _DEPTH,
}
"""Chart types that need WebGL, each with what to draw instead where no browser is installed."""

REFUSED: Mapping[str, str] = {
    "choroplethmap": _MAP,
    "choroplethmapbox": _MAP,
    "densitymap": _MAP,
    "densitymapbox": _MAP,
    "scattermap": _MAP,
    "scattermapbox": _MAP,
}
"""Chart types that fetch pieces of a map from a server, each with what to draw instead."""

AS_SHAPES: Mapping[str, str] = {"scattergl": "scatter", "scatterpolargl": "scatterpolar"}
"""Chart types of WebGL, and those that look the same without."""
OUTLINED = frozenset({"choropleth", "scattergeo"})
"""Chart types that show outlines of countries."""
_AS_PIXELS = {shapes: pixels for pixels, shapes in AS_SHAPES.items()}
_BYTES = {"i1": 1, "u1": 1, "i2": 2, "u2": 2, "i4": 4, "u4": 4, "f4": 4, "f8": 8}


@dataclass(frozen=True)
class Prepared:
    """A figure that can be drawn."""

    name: str
    """As messages call it."""
    figure: Mapping[str, Any]
    types: frozenset[str]
    """Of its traces."""
    maps: bool
    """Whether it shows outlines of countries."""
    browser: str
    """Why it needs one, and what to draw where there is none; empty if it needs none."""


def prepare(figure: Mapping[str, Any]) -> Prepared:
    """The figure, with no picture that would have to be fetched. Raises `RenderFailed` if it cannot be drawn at all."""
    check(figure)
    name = _name(figure)
    traces, layout = figure.get("data") or [], figure.get("layout") or {}
    types = types_of(figure)
    for kind in types:
        if kind in REFUSED:
            raise RenderFailed(f"{name} has a {kind} trace, which fetches its map from a server; draw {REFUSED[kind]}")
    browser = _why_browser(types, markers(figure))
    drawn_as = _AS_PIXELS if browser else AS_SHAPES
    drawn = [drawn_as.get(kind, kind) for kind in types]
    return Prepared(
        name=name,
        figure={
            "data": [{**trace, "type": kind} for trace, kind in zip(traces, drawn, strict=True)],
            "layout": with_notes(layout, traces),
            "config": figure.get("config", {}),
        },
        types=frozenset(drawn),
        maps=not OUTLINED.isdisjoint(types) or any(key.startswith("geo") for key in layout),
        browser=browser,
    )


def check(figure: Any) -> None:
    """Raises `RenderFailed` for what is no Plotly figure."""
    if not isinstance(figure, Mapping):
        raise RenderFailed(f"it is not a Plotly figure but {type(figure).__name__}; show the figure itself")
    traces = figure.get("data") or []
    if not isinstance(traces, list) or not all(isinstance(trace, Mapping) for trace in traces):
        fault = "its data is not a list of traces"
    elif not all(isinstance(kind, str) for kind in types_of(figure)):
        fault = "the type of a trace is not a text"
    elif not isinstance(figure.get("layout") or {}, Mapping):
        fault = "its layout is not a dict"
    else:
        return
    raise RenderFailed(f"{_name(figure)} is not a Plotly figure: {fault}; show the figure itself")


def types_of(figure: Mapping[str, Any]) -> list[str]:
    """Of its traces."""
    return [trace.get("type", "scatter") for trace in figure.get("data") or []]


def markers(figure: Mapping[str, Any]) -> int:
    """As many as are drawn one by one."""
    return sum(map(_markers, figure.get("data") or []))


def _name(figure: Mapping[str, Any]) -> str:
    layout = figure.get("layout")
    title = layout.get("title") if isinstance(layout, Mapping) else None
    text = title.get("text") if isinstance(title, Mapping) else title
    return f"the figure {text!r}" if text else "a figure without a title"


def _why_browser(types: Sequence[str], points: int) -> str:
    for kind in types:
        if kind in NEEDS_BROWSER:
            return f"has a {kind} trace, which needs WebGL; draw {NEEDS_BROWSER[kind]}"
    if points > MOST_MARKERS:
        return f"has {points:,} points, more than {MOST_MARKERS:,}; aggregate them or draw a sample"
    return ""


def _markers(trace: Mapping[str, Any]) -> int:
    """A line is one thing, however long."""
    shows = str(trace.get("mode", ""))
    return (
        max(map(_length, (trace.get(axis) for axis in ("x", "y", "r", "lon")))) if "m" in shows or "t" in shows else 0
    )


def _length(values: Any) -> int:
    """Of a list, or of numbers as Plotly packs them: bytes in base64."""
    if isinstance(values, Mapping):
        return len(values.get("bdata", "")) * 3 // 4 // _BYTES.get(values.get("dtype", ""), 8)
    return len(values) if isinstance(values, list) else 0


def with_notes(layout: Mapping[str, Any], traces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Nothing is fetched: where a picture would stand that is not in the figure, a note says so."""
    pictures = layout.get("images")
    pictures = pictures if isinstance(pictures, list) else []
    missing = [picture for picture in [*pictures, *traces] if _is_remote(picture)]
    if not missing:
        return dict(layout)
    here = [picture for picture in pictures if not _is_remote(picture)]
    return {**layout, "images": here, "annotations": [*(layout.get("annotations") or []), *map(_note, missing)]}


def _is_remote(picture: Any) -> bool:
    source = picture.get("source") if isinstance(picture, Mapping) else None
    return isinstance(source, str) and not source.startswith("data:")


def _note(picture: Mapping[str, Any]) -> dict[str, Any]:
    place = {key: picture[key] for key in ("x", "y", "xref", "yref", "xanchor", "yanchor") if key in picture}
    text = "A picture is not shown, because it lies outside the notebook"
    return {"x": 0, "y": 1, "xref": "paper", "yref": "paper", **place, "text": text, "showarrow": False}
