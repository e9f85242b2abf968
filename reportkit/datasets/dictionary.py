"""The data dictionary: what datasets say about themselves, as Markdown.

`python -m reportkit.datasets.dictionary > docs/datasets.md` writes the page about all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reportkit.columns import Column, Sensitivity
from reportkit.datasets.base import Dataset
from reportkit.datasets.registry import Registry

INTRODUCTION = """\
# Datasets

What can be exported, and what notebooks can ask for. `make docs` writes this page from the datasets
themselves, and a test holds it against them; how to add one is told in [Add a dataset](how-to/add-a-dataset.md).

The same rules stand around every dataset, in every format:

- A viewer or an analyst gets only the rows they own, an admin gets all.
- **personal** columns are masked for viewers (`***`) and pseudonymised for analysts (`p_` and 20 letters and digits,
  the same for the same value, whatever the dataset); only an admin sees them clear and can filter by them.
- **secret** columns never leave the database.
- Free text and documents are given as they are: what people wrote into them is not looked through.

A date range includes its first and its last day. A filter takes one value or several, of which one must fit. Instants
are in UTC; identifiers and documents (JSON) are text.
"""


def reference(datasets: Mapping[str, Dataset]) -> str:
    """All of them, as one page."""
    return "\n".join([INTRODUCTION, *[section(dataset) for dataset in datasets.values()]])


def section(dataset: Dataset) -> str:
    """One dataset: who owns a row, what the dates are about, where it lives, groupings, columns, filters."""
    lines = [
        f"## {dataset.name}",
        "",
        dataset.description,
        "",
        f"- **Owner:** {dataset.owner}",
        f"- **Dates:** {dataset.period}",
        f"- **Read from:** the {dataset.home}",
        *_groupings(dataset),
        "",
        *_table(("column", "kind", "unit", "sensitivity", "meaning"), _columns(dataset)),
        "",
    ]
    if dataset.filters:
        filters = ((f"`{name}`", meaning) for name, meaning in dataset.filters.items())
        lines += [*_table(("filter", "meaning"), filters), ""]
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
            "" if column.sensitivity is Sensitivity.PUBLIC else column.sensitivity,
            column.description + only,
        )


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{' --- |' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    print(reference(Registry.built_in()), end="")
