"""What every chart starts from."""

from __future__ import annotations

import html

import plotly.graph_objects as go

from reportkit.brand import Brand, plotly_template

WIDTH = 680
"""CSS pixels: the text width of an A4 page at 94 %."""


def plain(text: str) -> str:
    """Text that people chose, for Plotly, which takes tags for formatting."""
    return html.escape(text, quote=False)


def figure(title: str, brand: Brand, *, height: int, alt: str = "") -> go.Figure:
    """`alt` says what is to be seen, for those who cannot; the title, if left out."""
    layout = {"template": plotly_template(brand), "title": {"text": plain(title)}, "width": WIDTH, "height": height}
    return go.Figure(layout=layout).update_layout(meta={"alt": f"{title}. {alt}" if alt else title})


LEGEND_ABOVE = {"x": 1, "xanchor": "right", "y": 0.97, "yanchor": "top"}
"""On the title's line, at the right: for a few series with short names."""


def without_data(chart: go.Figure, sentence: str) -> go.Figure:
    """A sentence where the chart would be."""
    chart.add_annotation(text=sentence, showarrow=False, xref="paper", yref="paper", x=0, y=0.5, xanchor="left")
    chart.update_xaxes(visible=False).update_yaxes(visible=False)
    return chart.update_layout(height=84, margin={"l": 0})
