"""`reportkit export`: write one dataset to a file, or look at what that would give."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from reportkit.cli.common import actor_for, as_user, in_bytes, in_seconds, named_values, open_toolkit
from reportkit.cli.preview import show
from reportkit.cli.run import Done, check_output, hand_over, run, unstoppable
from reportkit.errors import BadRequest, BadValue
from reportkit.formats import FORMATS
from reportkit.jobs import JobKind
from reportkit.specs import DatasetRequest, ExportSpec, FileOptions
from reportkit.writers.compression import COMPRESSIONS

SECTIONS = {
    "Rows and columns": ("fields", "start", "end", "zone", "by", "filters", "sort", "since_last"),
    "File": ("output", "format_", "compress", "rows_per_file", "separator", "decimal_comma", "bom"),
}
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
"""By name, for shells make something else of most of them."""
LISTED = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"


class Sectioned(click.Command):
    """Its help has the options in SECTIONS, and then the others."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        shown = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        options = {option.name: record for option in shown if (record := option.get_help_record(ctx))}
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([options.pop(name) for name in names])
        with formatter.section("Other options"):
            formatter.write_dl(list(options.values()))


@click.command("export", cls=Sectioned)
@click.argument("dataset")
@click.option("--field", "fields", metavar="A,B", multiple=True, help="Only these columns, in this order; repeatable.")
@click.option("--start", metavar="DAY", help="First day, or a time: 2026-10-01, 2026-10-01T09:30:00+02:00.")
@click.option("--end", metavar="DAY", help="Last day, included; or a time, excluded.")
@click.option("--zone", default="UTC", metavar="ZONE", help="Whose days and clocks: Europe/Berlin. Default: UTC")
@click.option("--by", metavar="GROUPING", help="How rows are grouped; `reportkit datasets DATASET` lists the ways.")
@click.option("--filter", "filters", metavar="NAME=VALUE", multiple=True, help="Only rows with this value; repeatable.")
@click.option("--sort", metavar="A,-B", multiple=True, help="Order by these columns, - for descending; repeatable.")
@click.option("--since-last", is_flag=True, help="Only what came in since your last such export with --since-last.")
@click.option("--output", "-o", default="", metavar="PATH", help="File or directory. Default: ./DATASET.FORMAT")
@click.option("--format", "format_", metavar="FORMAT", help=f"{LISTED}. Default: the output's ending.")
@click.option("--compress", metavar="METHOD", help="gzip or zstd. Default: as the output ends, .csv.gz or .csv.zst")
@click.option("--rows-per-file", type=click.IntRange(1), metavar="N", help="Split into numbered files of so many rows.")
@click.option("--separator", metavar="NAME", help=f"For csv: {', '.join(SEPARATORS)}. Default: comma")
@click.option("--decimal-comma", is_flag=True, help="For csv: numbers as 1,5 and semicolons between them.")
@click.option("--bom", is_flag=True, help="For csv: the mark by which Excel knows UTF-8.")
@click.option("--preview", is_flag=True, help="Show the first rows, and how large the file will be. Writes nothing.")
@as_user
def command(
    dataset: str,
    fields: tuple[str, ...],
    start: str | None,
    end: str | None,
    zone: str,
    by: str | None,
    filters: tuple[str, ...],
    sort: tuple[str, ...],
    since_last: bool,
    output: str,
    format_: str | None,
    compress: str | None,
    rows_per_file: int | None,
    separator: str | None,
    decimal_comma: bool,
    bom: bool,
    preview: bool,
    user: str | None,
) -> None:
    """Write DATASET to a file, with a manifest beside it that says what the file contains.

    \b
    reportkit export experiment_results --format xlsx
    reportkit export raw_events --start 2026-10-01 --end 2026-10-31 -o october.csv
    reportkit export audit_log --filter category=permission --as ann --format json
    reportkit export raw_events --sort -value --zone Europe/Berlin -o events.csv.gz
    reportkit export raw_events --rows-per-file 100000 -o october.csv    makes october-001.csv and so on
    """
    ending, compression = _endings(output)
    chosen = format_ or ending or ("csv" if preview else "")
    compression = compress or compression
    if not chosen:
        raise BadValue("--format", "", f"say which: {LISTED}")
    options = FileOptions(compression, bom, _between(separator, decimal_comma), decimal_comma, zone)
    only, which, order = _grouped(filters), _joined(fields), _joined(sort)
    with _as_typed(only):
        request = DatasetRequest.of(dataset, start=start, end=end, zone=zone, by=by, fields=which, sort=order)
        request = replace(request, filters=only)  # not as keywords: a filter may be called `start`
        spec = ExportSpec(request, chosen, options, rows_per_file, since_last)
        if preview:
            toolkit = open_toolkit()
            show(toolkit.preview(spec, actor_for(toolkit, user)), spec)
        else:
            _export(spec, _file(output, f"{dataset}.{chosen}", compression), user)


def _export(spec: ExportSpec, target: Path, user: str | None) -> None:
    check_output(target)
    toolkit = open_toolkit()
    actor = actor_for(toolkit, user)
    done = run(toolkit, JobKind.EXPORT, actor, spec.to_json(), spec.request.dataset)
    try:
        paths = hand_over(toolkit, done.artifacts, target)
    except BaseException as error:
        with unstoppable():
            toolkit.take_back(done.job, actor, str(error) or "stopped")
        raise
    click.echo(_summary(done, paths, spec.request))


@contextmanager
def _as_typed(filters: Mapping[str, object]) -> Iterator[None]:
    """Refusals name the option and the value that were typed, not what we made of them."""
    options, typed = {option.name: option.opts[0] for option in command.params}, click.get_current_context().params
    try:
        yield
    except BadValue as error:
        name = "compress" if error.what == "compression" else error.what
        if name not in options or name in filters:
            raise
        option = options[name]
        match typed[name]:
            case True:
                raise BadRequest(f"{option} {error.why}") from None
            case str(value) if value:
                raise BadValue(option, value, error.why) from None
            case None if name == "compress":
                raise BadValue("--output", typed["output"], f"{error.value} {error.why}") from None
            case _:
                raise BadValue(option, error.value, error.why) from None


def _between(separator: str | None, decimal_comma: bool) -> str:
    """Raises BadValue."""
    if separator is None:
        return ";" if decimal_comma else ","
    if separator not in (*SEPARATORS, *SEPARATORS.values()):
        raise BadValue("--separator", separator, f"choose one of {', '.join(SEPARATORS)}")
    return SEPARATORS.get(separator, separator)


def _joined(names: tuple[str, ...]) -> str | None:
    return ",".join(names) if names else None


def _grouped(filters: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """`("a=1", "a=2")` as `{"a": ("1", "2")}`. Raises BadValue."""
    values: dict[str, tuple[str, ...]] = {}
    for name, value in named_values("--filter", filters):
        values[name] = (*values.get(name, ()), value)
    return values


def _endings(output: str) -> tuple[str, str | None]:
    """Format and compression, as `october.csv.gz` says them."""
    name = Path(output.lower())
    compression = next((known for known, each in COMPRESSIONS.items() if each.suffix == name.suffix), None)
    inner = Path(name.stem) if compression else name
    return inner.suffix.removeprefix("."), compression


def _file(output: str, name: str, compression: str | None) -> Path:
    """A directory, also one that is yet to be made (`new/`), means a file in it. Raises BadValue."""
    given, suffix = Path(output), ""
    if compression is not None and compression in COMPRESSIONS:  # else the recipe's check says so
        suffix = COMPRESSIONS[compression].suffix
    if output.endswith("/") or os.path.isdir(given):  # noqa: PTH112
        return given / f"{name}{suffix}"
    if not given.name.lower().endswith(suffix):
        raise BadValue("--compress", compression, f"makes a file that readers know by its ending: {given}{suffix}")
    return given


def _summary(done: Done, paths: list[Path], request: DatasetRequest) -> str:
    manifest = done.artifacts[0].manifest
    rows, alterations, read = manifest["rows"], manifest["alterations"], manifest["reads"][0]
    where = str(paths[0]) if len(paths) == 1 else f"{paths[0]} to {paths[-1].name}"
    size = sum(artifact.size for artifact in done.artifacts)
    lines = [f"{where}  {rows:,} rows  {in_bytes(size)}  {in_seconds(done.seconds)}"]
    if read["until"]:
        lines.append(f"  came in from {read['since'] or 'the beginning'} until {read['until']}")
    if rows == 0:
        wanted = [request.period.describe(), *(f"{name}={' or '.join(v)}" for name, v in request.filters.items())]
        lines.append(f"  no rows match ({', '.join(wanted)}); the file is valid and empty")
    redacted = [f"{c['name']} {c['redaction']}" for c in read["columns"] if c["redaction"]]
    if redacted:
        lines.append(f"  redacted: {', '.join(redacted)}")
    if alterations:
        lines.append(f"  altered: {', '.join(f'{n:,} {_words(name)}' for name, n in alterations.items())}")
    return "\n".join(lines)


def _words(name: str) -> str:
    return name.replace("_", " ")
