"""The scripts that V8 and the browser's page share."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
RANDOM = HERE / "random.js"
MAPS = HERE / "vendor" / "maps.js"
"""The outlines of countries; runs after plotly.js."""
