"""Looking into an executed notebook: its charts' numbers, its tables' texts, its words."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from nbformat import NotebookNode

from reportkit.render.cells import PLOTLY
from reportkit.render.tables import read_tables


@dataclass(frozen=True)
class Executed:
    document: NotebookNode

    def outputs(self, mime: str) -> Iterator[Any]:
        for cell in self.document.cells:
            for output in cell.get("outputs", []):
                if mime in output.data:
                    yield output.data[mime]

    @property
    def words(self) -> str:
        """Its Markdown, written and put out, on one line, with plain spaces."""
        written = [cell.source for cell in self.document.cells if cell.cell_type == "markdown"]
        return " ".join(" ".join([*written, *self.outputs("text/markdown")]).split())

    def chart(self, title: str) -> dict[str, Any]:
        """The one chart whose title begins so."""
        [chart] = [each for each in self.outputs(PLOTLY) if each["layout"]["title"]["text"].startswith(title)]
        return dict(chart)

    def titles(self) -> list[str]:
        return [chart["layout"]["title"]["text"] for chart in self.outputs(PLOTLY)]

    def table(self, *head: str) -> list[dict[str, str]]:
        """The rows of the one table that has these columns."""
        [rows] = self.tables(*head)
        return rows

    def tables(self, *head: str) -> Iterator[list[dict[str, str]]]:
        for html in (data for data in self.outputs("text/html") if "<table" in data):
            [grid] = read_tables(html)
            names = [cell["text"] for cell in grid["attrs"]["head"][-1]] if grid["attrs"]["head"] else []
            if set(head) <= set(names):
                rows = ([cell["text"] for cell in row] for row in grid["attrs"]["rows"])
                yield [dict(zip(names, row, strict=True)) for row in rows]


def numbers(values: Any) -> list[Any]:
    """A trace's values, also where Plotly packed them."""
    if isinstance(values, dict):
        unpacked = np.frombuffer(base64.b64decode(values["bdata"]), dtype=np.dtype(values["dtype"]))
        return [value.item() for value in unpacked]
    return list(values)


def points(chart: dict[str, Any], value: str = "y", label: str = "x") -> dict[str, dict[Any, float]]:
    """Of every named trace its values by label."""
    return {
        trace["name"]: dict(zip(numbers(trace[label]), numbers(trace[value]), strict=True))
        for trace in chart["data"]
        if trace.get("name")
    }
