"""`reportkit sample`: load the sample warehouse."""

from __future__ import annotations

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from reportkit.cli.common import in_seconds
from reportkit.sample.load import Loaded, load
from reportkit.sample.scale import Scale


@click.command("sample")
@click.option("--to", "url", required=True, metavar="URL", help="sqlite:///warehouse.db or postgresql+psycopg://...")
@click.option("--events", default=Scale.events, show_default=True, help="How many events; up to 50,000,000.")
@click.option("--seed", default=Scale.seed, show_default=True, help="The same seed gives the same content.")
@click.option("--replace", is_flag=True, help="Throw away what the tables hold now.")
def command(url: str, events: int, seed: int, replace: bool) -> None:
    """Load a made-up experimentation platform: users, experiments, events, flags and an audit log.

    \b
    reportkit sample --to sqlite:///warehouse.db
    reportkit sample --to postgresql+psycopg://me:secret@localhost/sample --events 1000000
    """
    loaded = load_shown(url, Scale(events=events, seed=seed), replace=replace)
    for table, rows in loaded.rows.items():
        click.echo(f"{table:<20} {rows:>12,} rows")
    click.echo(f"loaded in {in_seconds(loaded.seconds)}")


def load_shown(url: str, scale: Scale, *, replace: bool) -> Loaded:
    """Loads with a progress bar on a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        return load(
            url,
            scale,
            replace=replace,
            progress=lambda table, done, expected: bar.update(task, description=table, completed=done, total=expected),
        )
