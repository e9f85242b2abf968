"""`reportkit datasets`: list the datasets, or describe one."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from reportkit.columns import Sensitivity
from reportkit.datasets.base import Dataset, Shape
from reportkit.datasets.registry import Registry

SEEN = {
    Sensitivity.PUBLIC: "",
    Sensitivity.PERSONAL: "personal: masked for viewers, a pseudonym for analysts",
    Sensitivity.SECRET: "secret: never exported",
}


@click.command("datasets")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the datasets; with a NAME, describe its columns, groupings and filters."""
    registry, console = Registry.built_in(), Console()
    if name is None:
        _list(registry, console)
    else:
        _describe(registry[name], console)


def _list(registry: Registry, console: Console) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("dataset", no_wrap=True)
    table.add_column("what it holds")
    for dataset in registry.values():
        table.add_row(dataset.name, dataset.description.split(". ")[0].rstrip("."))
    console.print(table)
    console.print("\nDescribe one with: reportkit datasets NAME", highlight=False)


def _describe(dataset: Dataset, console: Console) -> None:
    console.print(f"{dataset.title} ({dataset.name})", style="bold", highlight=False)
    for line in (dataset.description, f"Owner: {dataset.owner}", f"Dates: {dataset.period}"):
        console.print(line, highlight=False)
    default = next(iter(dataset.shapes))
    for grouping, shape in dataset.shapes.items():
        if len(dataset.shapes) > 1:
            note = " (default)" if grouping == default else ""
            console.print(f"\n--by {grouping}{note}", style="bold", highlight=False)
        console.print(_columns(dataset, shape))


def _columns(dataset: Dataset, shape: Shape) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading, no_wrap in (("column", True), ("kind", True), ("unit", True), ("filter", True), ("meaning", False)):
        table.add_column(heading, no_wrap=no_wrap)
    for column in shape.columns:
        meaning = ". ".join(part for part in (column.description, SEEN[column.sensitivity]) if part)
        filterable = "yes" if column.name in dataset.filters else ""
        table.add_row(column.name, column.kind.value, column.unit or "", filterable, meaning)
    return table
