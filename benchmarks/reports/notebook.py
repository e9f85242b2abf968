"""The notebooks that are measured: an analyst's usual one, and one with a large table."""

from __future__ import annotations

from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

INTRODUCTION = "# Weekly activity\n\nWhat people did, by platform and by day."
PARAMETERS = 'people: int = 100_000  # how many events\nplatform: str = "all"  # which to show'
IMPORTS = """
import numpy as np
import pandas as pd
import plotly.express as px

pd.set_option("display.max_rows", None)
"""
DATA = """
chance = np.random.default_rng(7)
events = pd.DataFrame({
    "day": pd.Timestamp("2026-09-01") + pd.to_timedelta(chance.integers(0, 28, people), "D"),
    "platform": chance.choice(["web", "ios", "android"], people, p=[0.5, 0.3, 0.2]),
    "team": chance.choice([f"Team {letter}" for letter in "ABCDEFGH"], people),
    "minutes": chance.gamma(2.0, 4.0, people).round(2),
    "revenue": chance.gamma(1.2, 9.0, people).round(2),
})
daily = events.groupby(["day", "platform"], as_index=False).agg(events=("minutes", "size"), minutes=("minutes", "mean"))
"""
TEAMS = 'events.groupby("team").agg(minutes=("minutes", "mean"), revenue=("revenue", "sum"))'
PLATFORMS = 'events.groupby("platform").agg(events=("minutes", "size"), revenue=("revenue", "sum")).round(1)'
LARGEST = 'events.nlargest(500, "revenue").reset_index(drop=True)'
LINES = 'px.line(daily, x="day", y="events", color="platform", title="Events by day")'
BARS = 'px.bar(events.groupby("team", as_index=False)["revenue"].sum(), x="team", y="revenue", title="Revenue by team")'
HISTOGRAM = 'px.histogram(events.head(5_000), x="minutes", nbins=40, title="Minutes for each event")'
SCATTER = 'px.scatter(events.head(2_000), x="minutes", y="revenue", color="platform", title="Minutes and revenue")'

USUAL = (IMPORTS, PARAMETERS, DATA, LINES, TEAMS, BARS, PLATFORMS, HISTOGRAM, SCATTER, LARGEST)
"""The code cells; with two of Markdown these are twelve, with four figures and three tables, one of 500 rows."""


def write_usual(directory: Path) -> Path:
    """The path of `usual.ipynb`, which needs no data from anywhere."""
    cells = [new_code_cell(source.strip()) for source in USUAL]
    cells[1].metadata["tags"] = ["parameters"]
    cells.insert(0, new_markdown_cell(INTRODUCTION))
    cells.insert(7, new_markdown_cell("## By platform"))
    return _write(directory / "usual.ipynb", cells)


def large(rows: int) -> nbformat.NotebookNode:
    """One table of so many rows and six columns, as pandas shows it; executed."""
    measures = np.random.default_rng(7).normal(0, 100, (rows, 6)).round(3)
    table = pd.DataFrame(measures, columns=[f"measure {number}" for number in range(1, 7)])
    output = new_output("execute_result", {"text/html": table.to_html(max_rows=None)}, execution_count=1)
    return new_notebook(cells=[new_markdown_cell("# One large table"), new_code_cell("table", outputs=[output])])


def _write(path: Path, cells: list[nbformat.NotebookNode]) -> Path:
    for number, cell in enumerate(cells, start=1):
        cell.id = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path
