"""`reportkit demo`: everything once, on a sample warehouse, so that a newcomer holds the files in hand."""

from __future__ import annotations

from pathlib import Path

import click
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reportkit.access import LOCAL_ADMIN
from reportkit.cli.common import in_bytes, in_seconds, open_toolkit
from reportkit.cli.run import check_output, hand_over, run
from reportkit.cli.sample import load_shown
from reportkit.datasets.base import Home
from reportkit.datasets.registry import Registry
from reportkit.datasets.warehouse import events
from reportkit.errors import BadSettings
from reportkit.jobs import JobKind
from reportkit.sample.scale import Scale
from reportkit.settings import database_url, without_password
from reportkit.specs import DatasetRequest, ExportSpec, ReportSpec
from reportkit.toolkit import Toolkit

FORMATS = ("csv", "json", "xlsx")
REPORT = "executive_summary"


@click.command("demo")
@click.option("--once", is_flag=True, help="End when the files are made.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"), show_default=True
)
def command(once: bool, output: Path) -> None:
    """Load a sample (unless there is one), export the five datasets and make a report."""
    check_output(output / f"{REPORT}.html")
    toolkit = open_toolkit()
    _ensure_sample(toolkit)
    files = [*_exports(toolkit, output), *_report(toolkit, output)]
    console = Console()
    console.print(_listing(files))
    [pdf] = [path for path, *_ in files if path.suffix == ".pdf"]
    console.print(f"\nThe report: {pdf.resolve()}", markup=False, highlight=False, soft_wrap=True)


File = tuple[Path, int | None, int, float]
"""Where it lies, its rows (None for a report), its bytes, the seconds it took."""


def _ensure_sample(toolkit: Toolkit) -> None:
    """Loads one into an empty database. Raises BadSettings where somebody else's tables are."""
    address = toolkit.settings.warehouse
    shown = without_password(database_url(address, "the warehouse address"))
    try:
        with toolkit.warehouse.snapshot() as snapshot, snapshot.watch.statement():
            tables = sa.inspect(snapshot.connection).get_table_names()
    except BadSettings:
        tables = []  # no such file yet
    if not tables:
        click.echo(f"loading a sample warehouse into {shown}")
        load_shown(address, Scale(), replace=False)
    elif events.name not in tables:
        raise BadSettings(
            f"{shown} has tables, but no {events.name}; the demo loads its sample into an empty database only: "
            "unset REPORTKIT_WAREHOUSE or name another"
        )


def _exports(toolkit: Toolkit, output: Path) -> list[File]:
    files: list[File] = []
    shown = [name for name, dataset in Registry.built_in().items() if dataset.home is Home.WAREHOUSE]
    for dataset in shown:
        for format in FORMATS:
            spec = ExportSpec(DatasetRequest(dataset), format)
            done = run(toolkit, JobKind.EXPORT, LOCAL_ADMIN, spec.to_json(), f"{dataset}.{format}")
            [artifact] = done.artifacts
            [path] = hand_over(toolkit, [artifact], output / artifact.name)
            files.append((path, artifact.manifest["rows"], artifact.size, done.seconds))
    return files


def _report(toolkit: Toolkit, output: Path) -> list[File]:
    spec = ReportSpec(REPORT, formats=("pdf", "html"))
    done = run(toolkit, JobKind.REPORT, LOCAL_ADMIN, spec.to_json(), REPORT)
    return [(hand_over(toolkit, [a], output / a.name)[0], None, a.size, done.seconds) for a in done.artifacts]


def _listing(files: list[File]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("file", no_wrap=True)
    for heading in ("rows", "size", "time"):
        table.add_column(heading, justify="right")
    for path, rows, size, seconds in files:
        table.add_row(Text(str(path)), "" if rows is None else f"{rows:,}", in_bytes(size), in_seconds(seconds))
    return table
