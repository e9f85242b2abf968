"""`reportkit new`: a report notebook to start from."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click
import nbformat

from reportkit.access import LOCAL_ADMIN
from reportkit.columns import Kind, Sensitivity
from reportkit.datasets.base import Dataset
from reportkit.datasets.query import build_query
from reportkit.datasets.registry import Registry
from reportkit.errors import BadRequest, BadValue
from reportkit.notebook.registry import SUFFIX, Notebooks
from reportkit.notebook.scaffold import scaffold
from reportkit.settings import Settings, project_root
from reportkit.specs import DatasetRequest
from reportkit.toolkit import notebooks_directories

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")
SHOWN = frozenset({Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN})
MOST_FIELDS = 5
"""As many columns are read easily on an upright page."""


@click.command("new")
@click.argument("name")
@click.option("--dataset", default="user_activity", show_default=True, help="The dataset that it begins with.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory. Default: REPORTKIT_NOTEBOOKS, else notebooks/ of this project.",
)
def command(name: str, dataset: str, output: Path | None) -> None:
    """Write NAME.ipynb, a report notebook that runs as it is: parameters, a dataset, a chart, a table, a method note.

    \b
    reportkit new weekly_activity
    reportkit new orders --dataset raw_events -o reports/
    """
    settings = Settings.load(os.environ, Path.cwd())
    *own, built_in = notebooks_directories(settings)
    if not NAME.fullmatch(name):
        raise BadValue("NAME", name, "begin with a letter, and use letters, digits, _ and - only, at most 100")
    if name in Notebooks(built_in):
        raise BadValue("NAME", name, "a notebook that comes with reportkit is called so; choose another name")
    notebook = notebook_about(name, Registry.of(settings)[dataset])
    directory = output or (own[0] if own else project_root(Path.cwd()) / "notebooks")
    path = directory / f"{name}{SUFFIX}"
    directory.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            nbformat.write(notebook, file)
    except FileExistsError:
        raise BadValue("NAME", name, f"{path} is there already; choose another name") from None
    _say_what_next(path, known=directory.resolve() in [place.resolve() for place in (*own, built_in)])


def notebook_about(name: str, dataset: Dataset) -> nbformat.NotebookNode:
    """With whatever of the dataset's columns can be counted by and shown."""
    columns = list(dataset.shape(None).open)
    public = [column for column in columns if column.sensitivity is Sensitivity.PUBLIC]
    plain = [column for column in public if column.kind in SHOWN] or public[:1] or columns[:1]
    texts = [column.name for column in plain if column.kind is Kind.TEXT]
    category = next((text for text in texts if text in dataset.filters), (texts or [plain[0].name])[0])
    others = [column.name for column in plain if column.name != category]
    return scaffold(
        re.sub("[_-]+", " ", name).capitalize(),
        dataset=dataset.name,
        category=category,
        fields=[category, *others][:MOST_FIELDS],
        period=dataset.period,
        takes_dates=_takes_dates(dataset),
    )


def _takes_dates(dataset: Dataset) -> bool:
    try:
        build_query(dataset, DatasetRequest.of(dataset.name, start="2026-01-01"), LOCAL_ADMIN)
    except BadRequest:
        return False
    return True


def _say_what_next(path: Path, *, known: bool) -> None:
    click.echo(f"{path}\n")
    click.echo(f"edit it:    jupyter lab {path}")
    if not known:
        click.echo(
            f"tell us:    export REPORTKIT_NOTEBOOKS={path.parent.resolve()}  (or notebooks = in reportkit.toml)"
        )
    click.echo(f"render it:  reportkit report {path.stem} --to pdf,html")
