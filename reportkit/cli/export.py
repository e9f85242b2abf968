"""`reportkit export`: write one dataset to a file."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from reportkit.cli.common import actor_for, as_user, in_bytes, in_seconds, named_values, open_toolkit
from reportkit.cli.run import Done, check_output, hand_over, run
from reportkit.errors import BadValue
from reportkit.jobs import JobKind
from reportkit.specs import DatasetRequest, ExportSpec
from reportkit.toolkit import Toolkit


@click.command("export")
@click.argument("dataset")
@click.option("--format", "format_", metavar="FORMAT", help="csv, json, ndjson or xlsx. Default: the output's ending.")
@click.option("--start", metavar="DAY", help="First day, or a time: 2026-10-01, 2026-10-01T09:30:00+02:00.")
@click.option("--end", metavar="DAY", help="Last day, included; or a time, excluded.")
@click.option("--by", metavar="GROUPING", help="How rows are grouped; `reportkit datasets DATASET` lists the ways.")
@click.option("--field", "fields", metavar="A,B", multiple=True, help="Only these columns, in this order; repeatable.")
@click.option("--filter", "filters", metavar="NAME=VALUE", multiple=True, help="Only rows with this value; repeatable.")
@click.option("--output", "-o", default="", help="File or directory. Default: ./DATASET.FORMAT")
@as_user
def command(
    dataset: str,
    format_: str | None,
    start: str | None,
    end: str | None,
    by: str | None,
    fields: tuple[str, ...],
    filters: tuple[str, ...],
    output: str,
    user: str | None,
) -> None:
    """Write DATASET to a file, with a manifest beside it that says what the file contains.

    \b
    reportkit export experiment_results --format xlsx
    reportkit export raw_events --start 2026-10-01 --end 2026-10-31 -o october.csv
    reportkit export audit_log --filter category=permission --as ann --format json
    """
    chosen = format_ or _ending(output)
    target = _file(output, f"{dataset}.{chosen}")
    check_output(target)
    columns = ",".join(fields) if fields else None
    request = replace(
        DatasetRequest.of(dataset, start=start, end=end, by=by, fields=columns), filters=_grouped(filters)
    )  # not as keywords: a filter may be called `start`
    toolkit = open_toolkit()
    actor = actor_for(toolkit, user)
    done = run(toolkit, JobKind.EXPORT, actor, ExportSpec(request, chosen).to_json(), dataset)
    click.echo(_summary(toolkit, done, target, request))


def _grouped(filters: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """`("a=1", "a=2")` as `{"a": ("1", "2")}`. Raises BadValue."""
    values: dict[str, tuple[str, ...]] = {}
    for name, value in named_values("--filter", filters):
        values[name] = (*values.get(name, ()), value)
    return values


def _ending(output: str) -> str:
    ending = Path(output).suffix.removeprefix(".").lower()
    if not ending:
        raise BadValue("--format", "", "say which: csv, json, ndjson or xlsx")
    return ending


def _file(output: str, name: str) -> Path:
    """A directory, also one that is yet to be made (`new/`), means a file in it."""
    given = Path(output)
    return given / name if output.endswith("/") or os.path.isdir(given) else given  # noqa: PTH112


def _summary(toolkit: Toolkit, done: Done, target: Path, request: DatasetRequest) -> str:
    [artifact] = done.artifacts
    path = hand_over(toolkit, artifact, target)
    rows, alterations = artifact.manifest["rows"], artifact.manifest["alterations"]
    lines = [f"{path}  {rows:,} rows  {in_bytes(artifact.size)}  {in_seconds(done.seconds)}"]
    if rows == 0:
        wanted = [request.period.describe(), *(f"{name}={' or '.join(v)}" for name, v in request.filters.items())]
        lines.append(f"  no rows match ({', '.join(wanted)}); the file is valid and empty")
    redacted = [f"{c['name']} {c['redaction']}" for c in artifact.manifest["reads"][0]["columns"] if c["redaction"]]
    if redacted:
        lines.append(f"  redacted: {', '.join(redacted)}")
    if alterations:
        lines.append(f"  altered: {', '.join(f'{n:,} {_words(name)}' for name, n in alterations.items())}")
    return "\n".join(lines)


def _words(name: str) -> str:
    return name.replace("_", " ")
