"""One figure of every kind that people put into reports, with fixed numbers."""

from __future__ import annotations

import base64
import json
import math
import random
from collections.abc import Mapping
from typing import Any

import plotly.express as px
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reportkit.render.figures.png import png

WIDTH, HEIGHT = 680, 380

_random = random.Random(4)
_DAYS = [f"2025-03-{day:02}" for day in range(1, 29)]
_TREND = [0.11 + 0.02 * math.sin(n / 4) + _random.gauss(0, 0.002) for n in range(28)]
_NORMAL = [_random.gauss(50, 12) for _ in range(200)]
_SKEWED = [_random.expovariate(0.05) for _ in range(200)]
_GRID = [[math.sin(x / 3) * math.cos(y / 4) for x in range(24)] for y in range(16)]
_STEPS = ["Visited", "Viewed product", "Added to basket", "Began checkout", "Bought"]
_COUNTS = [10_000, 6_200, 2_900, 1_700, 1_250]
_TREE: dict[str, Any] = {
    "labels": ["All", "Web", "App", "Search", "Direct", "iOS", "Android"],
    "parents": ["", "All", "All", "Web", "Web", "App", "App"],
    "values": [100, 60, 40, 35, 25, 22, 18],
    "branchvalues": "total",
}
_LOGO = (
    "data:image/svg+xml;base64,"
    + base64.b64encode(
        b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
        b'<circle cx="20" cy="20" r="18" fill="#c1121f"/></svg>'
    ).decode()
)
_PIXELS = png(
    '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="2"><rect width="2" height="2" fill="#06c"/></svg>'
)


def _bars(**layout: Any) -> go.Figure:
    figure = go.Figure(
        [
            go.Bar(name="control", x=["Web", "iOS", "Android"], y=[0.112, 0.131, 0.098]),
            go.Bar(name="treatment", x=["Web", "iOS", "Android"], y=[0.119, 0.128, 0.107], text=[1, 2, 3]),
        ]
    )
    return figure.update_layout(**layout)


def _lines() -> go.Figure:
    figure = go.Figure(go.Scatter(x=_DAYS, y=_TREND, name="Conversion rate", mode="lines+markers"))
    figure.add_scatter(x=_DAYS, y=[y + 0.01 for y in _TREND], name="upper", line={"dash": "dot", "shape": "spline"})
    figure.add_scatter(x=_DAYS, y=[y - 0.01 for y in _TREND], name="lower", fill="tonexty")
    figure.add_hline(y=0.11, annotation_text="target")
    return figure.update_layout(yaxis_tickformat=".1%", yaxis_title="per visit")


def _subplots() -> go.Figure:
    figure = make_subplots(rows=2, cols=2, subplot_titles=["Web", "iOS", "Android", "All"], shared_xaxes=True)
    for n in range(4):
        figure.add_scatter(x=_DAYS, y=_TREND[n:] + _TREND[:n], row=n // 2 + 1, col=n % 2 + 1, showlegend=False)
    return figure


def _two_axes() -> go.Figure:
    figure = make_subplots(specs=[[{"secondary_y": True}]])
    figure.add_bar(x=_DAYS, y=_COUNTS * 5, name="visits")
    figure.add_scatter(x=_DAYS, y=_TREND, name="rate", secondary_y=True)
    return figure


def _annotated() -> go.Figure:
    figure = _bars(title={"text": "Conversion <b>by platform</b>, H<sub>2</sub>O<br><i>second line</i>"})
    figure.add_annotation(x="iOS", y=0.131, text="best", showarrow=True, arrowhead=2)
    figure.add_layout_image(source=_LOGO, x=1, y=1, sizex=0.2, sizey=0.2, xanchor="right", yanchor="top")
    return figure.add_shape(type="rect", x0=0.5, x1=1.5, y0=0, y1=0.12, opacity=0.2, fillcolor="grey")


FIGURES: Mapping[str, go.Figure] = {
    "annotated": _annotated(),
    "area": px.area(x=_DAYS, y=_TREND),
    "bar": _bars(barmode="group"),
    "bar_horizontal": go.Figure(go.Bar(x=_COUNTS, y=_STEPS, orientation="h", text=_COUNTS)),
    "bar_polar": go.Figure(go.Barpolar(r=[3, 1, 2, 4, 2], theta=_STEPS)),
    "bar_stacked": _bars(barmode="stack", legend={"orientation": "h"}),
    "box": go.Figure(
        [go.Box(y=_NORMAL, name="normal", boxpoints="all"), go.Box(y=_SKEWED, name="skewed", notched=True)]
    ),
    "bubble": px.scatter(
        x=_NORMAL[:60], y=_SKEWED[:60], size=[abs(n) + 1 for n in _NORMAL[:60]], color=_SKEWED[:60], size_max=30
    ),
    "bullet": go.Figure(
        go.Indicator(value=72, delta={"reference": 65}, mode="number+delta+gauge", gauge={"shape": "bullet"})
    ),
    "candlestick": go.Figure(
        go.Candlestick(
            x=_DAYS,
            open=_TREND,
            close=[*_TREND[1:], 0.12],
            high=[y + 0.006 for y in _TREND],
            low=[y - 0.006 for y in _TREND],
        )
    ),
    "carpet": go.Figure(
        [go.Carpet(a=[4, 4, 4, 5, 5, 5, 6, 6, 6], b=[1, 2, 3] * 3, y=[2, 3.5, 4, 3, 4.5, 5, 5.5, 6.5, 7.5])]
    ),
    "choropleth": go.Figure(go.Choropleth(locations=["FRA", "DEU", "USA", "BRA", "IND"], z=[5, 8, 13, 3, 6])),
    "contour": go.Figure(go.Contour(z=_GRID, contours={"showlabels": True})),
    "density_contour": px.density_contour(x=_NORMAL, y=_SKEWED, marginal_x="histogram"),
    "donut": go.Figure(go.Pie(labels=_STEPS, values=_COUNTS, hole=0.5)),
    "ecdf": px.ecdf(x=_NORMAL),
    "error_bars": px.scatter(x=_STEPS, y=[5, 4, 3, 2, 1], error_y=[0.5, 0.4, 0.6, 0.3, 0.2]),
    "funnel": go.Figure(go.Funnel(y=_STEPS, x=_COUNTS, textinfo="value+percent initial")),
    "funnel_area": go.Figure(go.Funnelarea(labels=_STEPS, values=_COUNTS)),
    "gauge": go.Figure(go.Indicator(value=72, mode="gauge+number", title={"text": "Score"})),
    "heatmap": go.Figure(go.Heatmap(z=_GRID)),
    "heatmap_labelled": px.imshow([[1, 20], [3, 4]], x=["a", "b"], y=["c", "d"], text_auto=True),
    "heatmap_smooth": go.Figure(go.Heatmap(z=_GRID, zsmooth="best")),
    "histogram": px.histogram(x=_NORMAL, nbins=30, marginal="rug"),
    "histogram_2d": go.Figure(go.Histogram2d(x=_NORMAL, y=_SKEWED)),
    "histogram_2d_contour": go.Figure(go.Histogram2dContour(x=_NORMAL, y=_SKEWED)),
    "icicle": go.Figure(go.Icicle(**_TREE)),
    "image": go.Figure(go.Image(z=[[[x * 10, y * 15, 120] for x in range(24)] for y in range(16)])),
    "image_source": go.Figure(go.Image(source="data:image/png;base64," + base64.b64encode(_PIXELS).decode())),
    "line": _lines(),
    "log_axes": go.Figure(go.Scatter(x=[1, 10, 100, 1000], y=[1, 100, 3, 5000]))
    .update_xaxes(type="log")
    .update_yaxes(type="log"),
    "ohlc": go.Figure(go.Ohlc(x=_DAYS, open=_TREND, close=[*_TREND[1:], 0.12], high=[0.14] * 28, low=[0.08] * 28)),
    "parcats": go.Figure(
        go.Parcats(dimensions=[{"label": "a", "values": [1, 1, 2, 2]}, {"label": "b", "values": list("xyxx")}])
    ),
    "pie": go.Figure(go.Pie(labels=_STEPS, values=_COUNTS, pull=[0, 0.1])),
    "sankey": go.Figure(
        go.Sankey(
            node={"label": ["Web", "App", "Basket", "Bought", "Left"]},
            link={"source": [0, 1, 2, 2], "target": [2, 2, 3, 4], "value": [8, 4, 5, 7]},
        )
    ),
    "scatter": px.scatter(x=_NORMAL, y=_SKEWED, color=["control", "treatment"] * 100, symbol=["a", "b"] * 100),
    "scatter_gl": px.scatter(x=_NORMAL, y=_SKEWED, render_mode="webgl"),
    "scatter_geo": go.Figure(
        go.Scattergeo(lon=[2, 13, -3], lat=[48, 52, 40], text=["Paris", "Berlin", "Madrid"], mode="markers+text")
    ),
    "scatter_polar": go.Figure(go.Scatterpolar(r=[3, 1, 2, 4, 2], theta=_STEPS, fill="toself")),
    "scatter_ternary": go.Figure(go.Scatterternary(a=[2, 1, 3], b=[1, 3, 1], c=[2, 2, 4], mode="markers+lines")),
    "slopes": px.line(x=["before", "after"] * 2, y=[1, 3, 2, 1], color=["a", "a", "b", "b"], markers=True),
    "smith": go.Figure(go.Scattersmith(real=[0.5, 1, 2], imag=[0.5, -1, 1])),
    "stream": go.Figure(
        [
            go.Scatter(x=_DAYS, y=_COUNTS * 5, stackgroup="one"),
            go.Scatter(x=_DAYS, y=_COUNTS[::-1] * 5, stackgroup="one"),
        ]
    ),
    "strip": px.strip(x=["a", "b"] * 100, y=_NORMAL),
    "subplots": _subplots(),
    "sunburst": go.Figure(go.Sunburst(**_TREE)),
    "table": go.Figure(go.Table(header={"values": ["Step", "Visits"]}, cells={"values": [_STEPS, _COUNTS]})),
    "timeline": px.timeline(
        x_start=["2025-03-01", "2025-03-10"], x_end=["2025-03-12", "2025-03-28"], y=["Design", "Run"]
    ),
    "treemap": go.Figure(go.Treemap(**_TREE)),
    "two_axes": _two_axes(),
    "violin": go.Figure([go.Violin(y=_NORMAL, name="normal", box_visible=True), go.Violin(y=_SKEWED, name="skewed")]),
    "waterfall": go.Figure(go.Waterfall(x=_STEPS, y=[60, 80, -40, -20, 0], measure=["relative"] * 4 + ["total"])),
}


def plain(name: str) -> dict[str, Any]:
    """The figure as a notebook holds it."""
    figure: dict[str, Any] = json.loads(FIGURES[name].to_json())
    return figure
