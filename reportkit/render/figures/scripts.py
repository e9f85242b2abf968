"""The scripts that V8 and the browser's page share."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

HERE = Path(__file__).parent
RANDOM = HERE / "random.js"
MAPS = HERE / "vendor" / "maps.js"
"""The outlines of countries; runs after plotly.js."""

WHOLE = files("plotly").joinpath("package_data", "plotly.min.js")
CARTESIAN = HERE / "vendor" / "plotly-cartesian.min.js"
"""The same version, with the chart types of most reports: it is ready in a third of the time."""
CARTESIAN_TYPES = frozenset(
    {
        *("bar", "box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour"),
        *("image", "pie", "scatter", "scatterternary", "violin"),
    }
)
