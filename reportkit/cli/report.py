"""`reportkit report`: run a notebook and render it."""

from __future__ import annotations

from pathlib import Path

import click

from reportkit.cli.common import actor_for, as_user, in_bytes, in_seconds, named_values, open_toolkit
from reportkit.cli.run import check_output, hand_over, run
from reportkit.errors import BadValue, JobFailed
from reportkit.jobs import JobKind
from reportkit.specs import ReportSpec


@click.command("report")
@click.argument("notebook")
@click.option(
    "-p", "parameters", metavar="NAME=VALUE", multiple=True, help="A parameter; `reportkit notebooks NAME` lists them."
)
@click.option("--to", "formats", default="pdf", show_default=True, metavar="FORMATS", help="Of pdf, html and ipynb.")
@click.option("--output", "-o", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Directory.")
@click.option("--paper", default="", metavar="PAPER", help="Of the PDF: a4 or letter.")
@as_user
def command(
    notebook: str, parameters: tuple[str, ...], formats: str, output: Path, paper: str, user: str | None
) -> None:
    """Run NOTEBOOK with parameters and render it, with a manifest beside each file.

    \b
    reportkit report executive_summary --to pdf,html -o reports/
    reportkit report executive_summary -p experiment=search_ranking -p start=2026-10-01
    """
    check_output(output / f"{Path(notebook).name}.pdf")
    toolkit = open_toolkit()
    spec = ReportSpec(notebook, _parsed(parameters), tuple(part.strip() for part in formats.split(",")), paper)
    try:
        done = run(toolkit, JobKind.REPORT, actor_for(toolkit, user), spec.to_json(), notebook)
    except JobFailed as error:
        for artifact in error.kept:
            [path] = hand_over(toolkit, [artifact], output / artifact.name)
            click.echo(f"{path}  the notebook as far as it came", err=True)
        raise
    for artifact in done.artifacts:
        [path] = hand_over(toolkit, [artifact], output / artifact.name)
        click.echo(f"{path}  {in_bytes(artifact.size)}  {in_seconds(done.seconds)}")


def _parsed(parameters: tuple[str, ...]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in named_values("-p", parameters):
        if name in values:
            raise BadValue("-p", f"{name}={value}", f"{name} is given twice")
        values[name] = value
    return values
