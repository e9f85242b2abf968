"""`reportkit export`: write one dataset to a file."""

from __future__ import annotations

from pathlib import Path

import click

from reportkit.cli.common import actor_for, as_user, in_bytes, in_seconds, open_toolkit
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
@click.option("--field", "fields", metavar="A,B", help="Only these columns, in this order.")
@click.option("--filter", "filters", metavar="NAME=VALUE", multiple=True, help="Only rows with this value; repeatable.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="File or directory. Default: ./DATASET.FORMAT")
@as_user
def command(
    dataset: str,
    format_: str | None,
    start: str | None,
    end: str | None,
    by: str | None,
    fields: str | None,
    filters: tuple[str, ...],
    output: Path | None,
    user: str | None,
) -> None:
    """Write DATASET to a file, with a manifest beside it that says what the file contains.

    \b
    reportkit export experiment_results --format xlsx
    reportkit export raw_events --start 2026-10-01 --end 2026-10-31 -o october.csv
    reportkit export audit_log --filter category=permission --as ann --format json
    """
    check_output(output or Path())
    toolkit = open_toolkit()
    actor = actor_for(toolkit, user)
    chosen = format_ or _ending(output)
    request = DatasetRequest.of(dataset, start=start, end=end, by=by, fields=fields, **parsed(filters))
    done = run(toolkit, JobKind.EXPORT, actor, ExportSpec(request, chosen).to_json(), dataset)
    click.echo(_summary(toolkit, done, output, request))


def parsed(filters: tuple[str, ...]) -> dict[str, list[str]]:
    """`("a=1", "a=2")` as `{"a": ["1", "2"]}`. Raises BadValue."""
    values: dict[str, list[str]] = {}
    for text in filters:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise BadValue("--filter", text, "write NAME=VALUE")
        values.setdefault(name, []).append(value)
    return values


def _ending(output: Path | None) -> str:
    if output is None or not output.suffix:
        raise BadValue("--format", "", "say which: csv, json, ndjson or xlsx")
    return output.suffix.removeprefix(".").lower()


def _summary(toolkit: Toolkit, done: Done, output: Path | None, request: DatasetRequest) -> str:
    [artifact] = done.artifacts
    target = output or Path(artifact.name)
    path = hand_over(toolkit, artifact, target / artifact.name if target.is_dir() else target)
    rows, alterations = artifact.manifest["rows"], artifact.manifest["alterations"]
    lines = [f"{path}  {rows:,} rows  {in_bytes(artifact.size)}  {in_seconds(done.seconds)}"]
    if rows == 0:
        lines.append(f"  no rows match ({request.period.describe()}); the file holds the header only")
    redacted = [f"{c['name']} {c['redaction']}" for c in artifact.manifest["reads"][0]["columns"] if c["redaction"]]
    if redacted:
        lines.append(f"  redacted: {', '.join(redacted)}")
    if alterations:
        lines.append(f"  altered: {', '.join(f'{n:,} {_words(name)}' for name, n in alterations.items())}")
    return "\n".join(lines)


def _words(name: str) -> str:
    return name.replace("_", " ")
