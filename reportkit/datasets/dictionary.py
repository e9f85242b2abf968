"""The data dictionary: what datasets say about themselves, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reportkit.columns import Column, Sensitivity
from reportkit.datasets.base import Dataset

SEEN = {
    Sensitivity.PUBLIC: "",
    Sensitivity.PERSONAL: "personal",
    Sensitivity.SECRET: "secret",
}

INTRODUCTION = """\
# Datasets

What can be exported and what notebooks can ask for. This page is written by
`reportkit.datasets.dictionary` from the datasets themselves; a test holds it against them.

Whatever the format, the same rules apply: a viewer or an analyst gets only the rows they own, an admin
all of them. *Personal* columns are masked for viewers (`***`), pseudonymised for analysts (a stable
`p_...`), clear for admins, and only who sees them clear can filter by them. *Secret* columns never leave
the database. Instants are in UTC; identifiers, documents (JSON) and text are text.
"""


def reference(datasets: Mapping[str, Dataset]) -> str:
    """All of them, as one page."""
    return "\n".join([INTRODUCTION, *[section(dataset) for dataset in datasets.values()]])


def section(dataset: Dataset) -> str:
    """One dataset: who owns a row, what the dates are about, groupings, columns, filters."""
    lines = [
        f"## {dataset.name}",
        "",
        dataset.description,
        "",
        f"- **Owner:** {dataset.owner}",
        f"- **Dates:** {dataset.period}",
        *_groupings(dataset),
        "",
        *_table(("column", "kind", "unit", "sensitivity", "meaning"), _columns(dataset)),
        "",
        *_table(("filter", "meaning"), ((f"`{name}`", meaning) for name, meaning in dataset.filters.items())),
        "",
    ]
    return "\n".join(lines)


def _groupings(dataset: Dataset) -> Iterator[str]:
    """The first is the default. A dataset with one shape has an order and no groupings."""
    default = next(iter(dataset.shapes))
    for name, shape in dataset.shapes.items():
        order = "ordered by " + ", ".join(f"`{column}`" for column in shape.order)
        if len(dataset.shapes) == 1:
            yield f"- **Rows:** {order}"
        else:
            yield f"- **by={name}**{' (default)' if name == default else ''}: {order}"


def _columns(dataset: Dataset) -> Iterator[tuple[str, ...]]:
    """Each once, though several groupings have it; where not all have it, their names follow."""
    columns: dict[str, Column] = {}
    for shape in dataset.shapes.values():
        columns |= {column.name: column for column in shape.columns}
    for column in columns.values():
        having = [name for name, shape in dataset.shapes.items() if column.name in shape.schema]
        only = "" if len(having) == len(dataset.shapes) else f" (by={', '.join(having)})"
        yield (
            f"`{column.name}`",
            column.kind,
            column.unit or "",
            SEEN[column.sensitivity],
            column.description + only,
        )


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{' --- |' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
