"""The brand in charts."""

from __future__ import annotations

from typing import Any

from reportkit.brand.colours import mix
from reportkit.brand.look import Brand


def plotly_template(brand: Brand) -> dict[str, Any]:
    """A Plotly template (`layout.template`) that makes charts look like the document around them.

    Sizes are for a chart of 680 x 380 CSS pixels, which prints at 94 % in the text width of an A4 page.
    """
    hairline, axis_line = "#E3E8EE", "#B8C2CC"
    axis = {
        "automargin": True,
        "linecolor": axis_line,
        "tickcolor": axis_line,
        "tickfont": {"color": brand.muted, "size": 12},
        "title": {"font": {"color": brand.muted, "size": 12}, "standoff": 10},
        "zerolinecolor": axis_line,
        "zerolinewidth": 1,
    }
    sequential = [[0, mix(brand.accent, "#FFFFFF", 0.93)], [0.5, mix(brand.accent, "#FFFFFF", 0.4)], [1, brand.primary]]
    shaded = {"colorscale": sequential, "colorbar": {"outlinewidth": 0, "thickness": 12, "tickfont": {"size": 12}}}
    family = f"'{brand.font_family}', sans-serif"
    layout = {
        "font": {"family": family, "size": 13, "color": brand.ink},
        "title": {
            "font": {"size": 16, "color": brand.primary, "weight": 600},
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 16},
        },
        "colorway": list(brand.categorical),
        "colorscale": {
            "sequential": sequential,
            "diverging": [[0, brand.negative], [0.5, "#F4F6F8"], [1, brand.accent]],
        },
        "paper_bgcolor": "#FFFFFF",
        "plot_bgcolor": "#FFFFFF",
        "xaxis": {**axis, "showgrid": False, "showline": True, "ticks": "outside", "ticklen": 4},
        "yaxis": {**axis, "showgrid": True, "gridcolor": hairline, "showline": False, "ticklabelstandoff": 6},
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "font": {"size": 12},
            "title": {"text": ""},
        },
        "margin": {"l": 56, "r": 12, "t": 60, "b": 48},
        "hoverlabel": {"font": {"family": family, "size": 13}},
        "bargap": 0.3,
    }
    data = {
        "scatter": [{"type": "scatter", "line": {"width": 2.25}, "marker": {"size": 7}}],
        "bar": [{"type": "bar", "marker": {"line": {"width": 0}}}],
        **{kind: [{"type": kind, **shaded}] for kind in ("heatmap", "contour", "histogram2d")},
    }
    return {"layout": layout, "data": data}
