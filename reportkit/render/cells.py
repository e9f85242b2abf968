"""What a notebook shows: its cells and outputs as nodes, code left out.

Of each output the richest form is shown that a document can hold: chart, picture, table, Markdown, text. Cells tagged
`hide` or `remove`, the parameters' cells and raw cells are left out. What cells print belongs to the run, not to the
report, and is shown only where the cell is tagged `show-prints`. Cells tagged `landscape` are on pages turned on their
side; neighbours share them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nbformat import NotebookNode

from reportkit.errors import RenderFailed
from reportkit.render.figures.preparing import check
from reportkit.render.markdown import read_html, read_markdown
from reportkit.render.nodes import Node, note
from reportkit.render.pictures import MIMES, picture

PLOTLY = "application/vnd.plotly.v1+json"
LEFT_OUT = frozenset({"hide", "remove", "parameters", "injected-parameters"})
SHOW_PRINTS = "show-prints"
LANDSCAPE = "landscape"
CHART_SIZE = (680, 380)
"""Width and height in CSS pixels of a chart that does not say."""
SMALLEST, LARGEST = 10, 10_000
"""CSS pixels of a side that can be drawn; a chart that says another has the usual one."""

_TAGS = re.compile(r"<[^>]*>")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_log = logging.getLogger(__name__)


def shown_cells(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """The cells that a document shows something of, with their numbers counted from 1."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type in ("markdown", "code") and not LEFT_OUT & _tags(cell):
            yield number, cell


def read_cells(notebook: NotebookNode) -> list[Node]:
    """The notebook's nodes in order. Raises `RenderFailed` if any cell, shown or not, ended in an error."""
    _check_ran(notebook)
    nodes: list[Node] = []
    for number, cell in shown_cells(notebook):
        shown = _read_cell(cell, number)
        if LANDSCAPE not in _tags(cell) or not shown:
            nodes += shown
        elif nodes and nodes[-1]["type"] == "landscape":
            nodes[-1]["children"] += shown
        else:
            nodes.append({"type": "landscape", "children": shown})
    return nodes


def charts_of(cell: NotebookNode, number: int) -> Iterator[Node]:
    """Those of one cell that documents show. Raises `RenderFailed`."""
    if not LEFT_OUT & _tags(cell):
        for output in cell.get("outputs", []):
            if PLOTLY in output.get("data", {}):
                yield _chart(output.data[PLOTLY], number)


def _read_cell(cell: NotebookNode, number: int) -> list[Node]:
    if cell.cell_type == "markdown":
        return read_markdown(cell.source, cell.get("attachments", {}))
    shown = [node for output in cell.outputs for node in _read_output(output, number, _tags(cell))]
    for node in shown:
        if node["type"] == "chart":
            node["attrs"]["cell"] = number
    return shown


def _check_ran(notebook: NotebookNode) -> None:
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                raise RenderFailed(
                    f"cell {number} ended in {output.ename}: {output.evalue}; "
                    "a document is made only of a notebook that ran to its end"
                )


def _tags(cell: NotebookNode) -> frozenset[str]:
    return frozenset(cell.metadata.get("tags", []))


def _read_output(output: NotebookNode, number: int, tags: frozenset[str]) -> list[Node]:
    if output.output_type == "stream":
        if output.name == "stdout" and SHOW_PRINTS in tags:
            return [_plain(output.text)]
        _log.info("cell %d: what it printed is not shown; tag the cell %s to show it", number, SHOW_PRINTS)
        return []
    return _read_bundle(output.data, output.metadata, number)


def _read_bundle(data: Mapping[str, Any], metadata: Mapping[str, Any], number: int) -> list[Node]:
    """One output, in the richest form that documents can show."""
    if PLOTLY in data:
        return [_chart(data[PLOTLY], number)]
    mime = next((mime for mime in MIMES if mime in data), None)
    if mime:
        about = metadata.get(mime, {})
        width = about.get("width") if isinstance(about, Mapping) else None
        # HTML's "50%" means nothing here.
        pixels = width if isinstance(width, int | float) and 0 < width <= LARGEST else None
        alt = str(metadata.get("alt") or "")
        return picture(mime, data[mime], alt=alt, width=pixels, what=f"A picture of cell {number}")
    if "text/html" in data and "<table" in data["text/html"].lower():
        return read_html(data["text/html"])
    if "text/markdown" in data:
        return read_markdown(data["text/markdown"], {})
    if "text/html" in data:
        return read_html(data["text/html"])
    if "text/latex" in data:
        return read_markdown(data["text/latex"], {})
    if data.get("text/plain"):
        return [_plain(data["text/plain"])]
    unknown = sorted(data.keys() - {"text/plain"})
    return [note(f"What cell {number} shows is left out: it is {', '.join(unknown)}.")] if unknown else []


def _plain(text: str) -> Node:
    return {"type": "plain", "raw": _ANSI.sub("", text).rstrip("\n")}


def _chart(figure: Any, number: int) -> Node:
    try:
        check(figure)
    except RenderFailed as error:
        raise RenderFailed(f"cell {number}: {error}") from None
    layout = figure.get("layout") or {}
    width, height = (
        _side(layout.get(side), usual) for side, usual in zip(("width", "height"), CHART_SIZE, strict=True)
    )
    attrs = {"figure": dict(figure), "width": width, "height": height, "alt": _alternative(layout)}
    return {"type": "chart", "attrs": attrs}


def _side(value: Any, usual: int) -> int:
    return int(value) if isinstance(value, int | float) and SMALLEST <= value <= LARGEST else usual


def _alternative(layout: Mapping[str, Any]) -> str:
    """Alternative text: what the author gave as `layout.meta.alt`, else the title, else the first annotation."""
    title = layout.get("title")
    annotations = layout.get("annotations")
    candidates = (
        _entry(layout.get("meta"), "alt"),
        _entry(title, "text") if isinstance(title, Mapping) else title,
        _entry(annotations[0], "text") if isinstance(annotations, list) and annotations else None,
    )
    return next((f"Chart: {text}" for text in map(_without_tags, candidates) if text), "")


def _entry(values: Any, key: str) -> Any:
    return values.get(key) if isinstance(values, Mapping) else None


def _without_tags(text: object) -> str:
    return " ".join(_TAGS.sub(" ", str(text or "")).split())
