"""Where in a notebook a run is, as its author counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reportkit.notebook.parameters_cell import INJECTED_TAG

if TYPE_CHECKING:
    from nbformat import NotebookNode

_HEADING = re.compile(r"#{1,6}[ \t]+(.+)")


@dataclass(frozen=True)
class Place:
    """One cell."""

    position: int
    """From 1, among all cells of the notebook's file."""
    total: int
    heading: str
    """The nearest one above it; empty where there is none."""


def injected(cell: NotebookNode) -> bool:
    """Whether a run put the cell in."""
    return INJECTED_TAG in cell.metadata.get("tags", [])


def place_of(document: NotebookNode, index: int) -> Place:
    """Where the cell with this index stands; `document` may hold the injected one."""
    until = [cell for cell in document.cells[: index + 1] if not injected(cell)]
    headings = [heading for line in prose_lines(until) if (heading := heading_in(line))]
    return Place(len(until), sum(not injected(cell) for cell in document.cells), headings[-1] if headings else "")


def prose_lines(cells: Iterable[NotebookNode]) -> list[str]:
    """The lines of the Markdown cells, with an empty one after each cell."""
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"]
    return [line for source in prose for line in (*source.splitlines(), "")]


def heading_in(line: str) -> str | None:
    """The words of a line that is a heading."""
    found = _HEADING.match(line)
    return found[1].strip(" \t#") if found else None
