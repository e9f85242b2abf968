"""Brand: one look for PDF, HTML, spreadsheets, charts and mail. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from reportkit.errors import BadSettings

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True)
class Brand:
    """How everything we hand out looks. Colours are `#RRGGBB`. Raises `BadSettings` where a value does not fit."""

    name: str
    """Who publishes; stands beside the logo."""
    logo_svg: str
    """The mark as SVG text, about square, legible at 5 mm; the name is set in type beside it."""
    primary: str
    """Title, headings, table heads: dark enough to read as text on white."""
    accent: str
    """Links, rules and the one thing on a page that should catch the eye."""
    ink: str
    """Running text."""
    muted: str
    """Labels, captions, axes, header and footer; still legible in small type."""
    positive: str
    """Good news, tips."""
    negative: str
    """Bad news, dangers."""
    warning: str
    """Doubts, warnings."""
    categorical: tuple[str, ...]
    """Eight colours for series, in order of use; told apart by colour-blind readers too."""
    font_family: str
    """Family of all text and charts; its files lie in `reportkit/render/fonts`."""
    code_font_family: str
    """Family of code and identifiers, likewise."""
    classification: str
    """Who may read it: `Internal`, `Confidential`. On every page."""
    footer: str
    """What every page's foot says after the classification."""

    def __post_init__(self) -> None:
        for field in ("primary", "accent", "ink", "muted", "positive", "negative", "warning"):
            _check_colour(field, getattr(self, field))
        for colour in self.categorical:
            _check_colour("categorical", colour)
        if len(self.categorical) != 8:
            raise BadSettings(f"brand.categorical has {len(self.categorical)} colours; give it eight")
        if not self.logo_svg.lstrip().startswith("<svg"):
            raise BadSettings("brand.logo_svg is not SVG text; it has to start with <svg")


def _check_colour(field: str, value: str) -> None:
    if not _COLOUR.fullmatch(value):
        raise BadSettings(f"brand.{field} is {value!r}; write a colour as #RRGGBB")


DEFAULT = Brand(
    name="Reportkit",
    logo_svg=(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48">'
        '<rect width="48" height="48" rx="11" fill="#12304F"/>'
        '<rect x="11" y="26" width="7" height="11" rx="2" fill="#5DA5E2"/>'
        '<rect x="20.5" y="19" width="7" height="18" rx="2" fill="#A9CDEF"/>'
        '<rect x="30" y="11" width="7" height="26" rx="2" fill="#FFFFFF"/>'
        "</svg>"
    ),
    primary="#12304F",
    accent="#0B6BCB",
    ink="#1B2733",
    muted="#566373",
    positive="#1B7F4D",
    negative="#B42318",
    warning="#9A5B00",
    categorical=("#0B6BCB", "#BA6D05", "#00625F", "#EC4D92", "#182F5A", "#C29C09", "#5DA5E2", "#693912"),
    font_family="Source Sans 3",
    code_font_family="Source Code Pro",
    classification="Internal",
    footer="Made with reportkit",
)


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
    sequential = [[0, "#EDF4FB"], [0.5, brand.categorical[6]], [1, brand.primary]]
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
