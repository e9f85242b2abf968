"""`reportkit datasets`: list the datasets, or describe one, for people or for programs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from reportkit.columns import Sensitivity
from reportkit.datasets.base import Dataset, Shape
from reportkit.datasets.dictionary import section
from reportkit.datasets.json_schema import json_schema
from reportkit.datasets.registry import Registry
from reportkit.errors import BadValue
from reportkit.settings import Settings

SEEN = {
    Sensitivity.PUBLIC: "",
    Sensitivity.PERSONAL: "personal: masked for viewers, a pseudonym for analysts",
    Sensitivity.SECRET: "secret: never exported",
}


@click.command("datasets")
@click.argument("name", required=False)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "md", "json-schema"]),
    default="table",
    help="How NAME is described: for people, as Markdown, or as the JSON Schema of a row. Default: table",
)
@click.option("--by", metavar="GROUPING", help="With json-schema: the grouping that the rows have. Default: its first.")
def command(name: str | None, format_: str, by: str | None) -> None:
    """List the datasets; with a NAME, describe its columns, groupings and filters.

    \b
    reportkit datasets raw_events
    reportkit datasets raw_events --format md
    reportkit datasets experiment_results --format json-schema --by day
    """
    registry = Registry.of(Settings.load(os.environ, Path.cwd()))
    if by is not None and format_ != "json-schema":
        raise BadValue("--by", by, "goes with --format json-schema only")
    if name is None and format_ != "table":
        raise BadValue("--format", format_, "describes one dataset; name it")
    if name is None:
        _list(registry, Console())
    elif format_ == "md":
        click.echo(section(registry[name]), nl=False)
    elif format_ == "json-schema":
        click.echo(json.dumps(json_schema(registry[name], by), indent=2, ensure_ascii=False))
    else:
        _describe(registry[name], Console())


def _list(registry: Registry, console: Console) -> None:
    """A broken file is told without keeping the others from being seen."""
    datasets, faults = registry.survey()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("dataset", no_wrap=True)
    table.add_column("what it holds")
    for dataset in datasets:
        table.add_row(dataset.name, dataset.description.split(". ")[0].rstrip("."))
    console.print(table)
    for fault in faults:
        click.echo(f"\n{click.style('cannot be used:', fg='red')} {fault}")
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
