"""`reportkit notebooks`: list the report notebooks, or describe one, for people or for programs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from reportkit.errors import BadValue
from reportkit.notebook.registry import Notebook, Notebooks
from reportkit.settings import Settings
from reportkit.toolkit import notebooks_directories


@click.command("notebooks")
@click.argument("name", required=False)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json-schema"]),
    default="table",
    help="How NAME is described: for people, or as the JSON Schema of its parameters. Default: table",
)
def command(name: str | None, format_: str) -> None:
    """List the report notebooks; with a NAME, describe its parameters.

    \b
    reportkit notebooks executive_summary
    reportkit notebooks executive_summary --format json-schema
    """
    notebooks = Notebooks(*notebooks_directories(Settings.load(os.environ, Path.cwd())))
    if name is None and format_ != "table":
        raise BadValue("--format", format_, "describes one notebook; name it")
    if name is None:
        _list(notebooks, Console(markup=False))
    elif format_ == "json-schema":
        click.echo(json.dumps(notebooks[name].json_schema(), indent=2, ensure_ascii=False))
    else:
        _describe(notebooks[name], Console(markup=False))


def _list(notebooks: Notebooks, console: Console) -> None:
    """A broken one is told without keeping the others from being seen."""
    sound, faults = notebooks.survey()
    table = _table("notebook", "what it answers")
    for notebook in sound:
        table.add_row(notebook.name, notebook.description)
    console.print(table)
    for fault in faults:
        click.echo(f"\n{click.style('cannot be used:', fg='red')} {fault}")
    console.print("\nDescribe one with: reportkit notebooks NAME", highlight=False)


def _describe(notebook: Notebook, console: Console) -> None:
    console.print(f"{notebook.title} ({notebook.name})", style="bold", highlight=False)
    for line in (notebook.description, str(notebook.path)):
        console.print(line, highlight=False, soft_wrap=True)
    if not notebook.parameters:
        console.print("\nIt takes no parameters.")
        return
    table = _table("parameter", "type", "default", "meaning")
    for parameter in notebook.parameters:
        default = "" if parameter.default is None else json.dumps(parameter.default, ensure_ascii=False)
        table.add_row(parameter.name, parameter.type, default, parameter.description)
    console.print()
    console.print(table)
    console.print(f"\nRun it with: reportkit report {notebook.name} -p NAME=VALUE", highlight=False)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, no_wrap=heading == headings[0])
    return table
