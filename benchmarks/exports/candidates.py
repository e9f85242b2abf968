"""What runs: our exports, as a job of a service that is up and as a command, and what people use instead."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.exports.warehouse import ANALYST, FIELDS, PERSONAL, Warehouses, libpq, plain_sql
from benchmarks.measuring import Candidate, command
from reportkit.jobs import JobKind, State
from reportkit.settings import Settings
from reportkit.specs import DatasetRequest, ExportSpec, FileOptions
from reportkit.toolkit import Toolkit, build

PYTHON = sys.executable
REPORTKIT = str(Path(sys.executable).with_name("reportkit"))

PANDAS = r"""
import pandas, sqlalchemy
frame = pandas.read_sql(sqlalchemy.text({sql!r}), sqlalchemy.create_engine({url!r}))
for name in frame.columns:
    if isinstance(frame[name].dtype, pandas.DatetimeTZDtype):
        frame[name] = frame[name].dt.tz_localize(None)
    elif not pandas.api.types.is_numeric_dtype(frame[name]):
        texts = frame[name].map(str, na_action="ignore")
        frame[name] = texts.str.replace(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", regex=True)
frame.to_excel("theirs.xlsx", index=False)
"""
XLSXWRITER = """
import json, psycopg, xlsxwriter
options = {{"constant_memory": True, "remove_timezone": True, "strings_to_urls": False}}
book = xlsxwriter.Workbook("theirs.xlsx", options)
sheet, dates = book.add_worksheet(), book.add_format({{"num_format": "yyyy-mm-dd hh:mm:ss"}})
with psycopg.connect({url!r}) as connection, connection.cursor("rows") as cursor:
    cursor.itersize = 10_000
    for number, row in enumerate(cursor.execute({sql!r})):
        for column, value in enumerate(row):
            if isinstance(value, (dict, list)):
                sheet.write_string(number, column, json.dumps(value))
            elif hasattr(value, "tzinfo"):
                sheet.write_datetime(number, column, value, dates)
            elif isinstance(value, str):
                sheet.write_string(number, column, value)
            else:
                sheet.write(number, column, value)
book.close()
"""
GENERIC = """
import sys
from reportkit.worker import WithoutPandas
sys.meta_path.insert(0, WithoutPandas())
from benchmarks.exports.candidates import export_by_cursor
export_by_cursor({url!r}, "theirs.xlsx")
"""


@dataclass
class Services:
    """Toolkits that are up, each over one warehouse."""

    large: Toolkit
    small: Toolkit
    sqlite: Toolkit


def services(directory: Path, warehouses: Warehouses) -> Services:
    def up(name: str, url: str) -> Toolkit:
        settings = Settings(home=str(directory / name), warehouse=url).resolved(directory)
        toolkit = build(settings)
        toolkit.engine.prepare()
        return toolkit

    return Services(up("large", warehouses.large), up("small", warehouses.small), up("sqlite", warehouses.sqlite))


def export(toolkit: Toolkit, format: str, fields: tuple[str, ...] = FIELDS, compression: str | None = None) -> None:
    """Submit to file, by a worker that was ready."""
    spec = ExportSpec(DatasetRequest.of("raw_events", fields=fields), format, FileOptions(compression=compression))
    job = toolkit.submit(JobKind.EXPORT, ANALYST, spec.to_json())
    while not (job := toolkit.wait(job, 1.0)).state.ended:
        pass
    if job.state is not State.COMPLETED:
        raise SystemExit(f"{format}: {job.error}")
    for artifact in toolkit.artifacts(job):
        toolkit.storage.delete(artifact.key)


def as_command(directory: Path, url: str, ending: str, fields: tuple[str, ...] = FIELDS) -> Callable[[], None]:
    """Shell to file, with nothing up."""
    words = (REPORTKIT, "export", "raw_events", "--as", "bench", "--field", ",".join(fields), "-o", f"ours{ending}")
    return command(*words, cwd=directory, REPORTKIT_WAREHOUSE=url)


def export_by_cursor(url: str, path: str) -> None:
    """XLSX by what every SQLAlchemy source has: no COPY, no ADBC."""
    from datetime import UTC, datetime

    from reportkit.datasets.query import build_query
    from reportkit.datasets.reading import describe
    from reportkit.datasets.registry import Registry
    from reportkit.datasets.sources import Warehouse
    from reportkit.datasets.sql_source import SqlSource
    from reportkit.writers import writer_for
    from reportkit.writers.base import About

    request = DatasetRequest.of("raw_events", fields=FIELDS)
    query = build_query(Registry.built_in()["raw_events"], request, ANALYST)
    with Warehouse(url, b"k" * 32).snapshot() as snapshot, Path(path).open("wb", buffering=0) as file:
        rows = snapshot.count(query)
        read = describe(request, query, rows, snapshot.taken_at)
        about = About("Raw events", "", read, ANALYST, datetime.now(UTC))
        written = writer_for("xlsx").write(SqlSource(snapshot, query), file, about)
    assert written.records == rows


def ours(directory: Path, up: Services, warehouses: Warehouses) -> Mapping[str, Candidate]:
    jobs: Mapping[str, Callable[[], None]] = {
        "csv": partial(export, up.large, "csv"),
        "csv, pseudonyms": partial(export, up.large, "csv", PERSONAL),
        "csv.gz": partial(export, up.large, "csv", compression="gzip"),
        "ndjson": partial(export, up.large, "ndjson"),
        "json": partial(export, up.large, "json"),
        "parquet": partial(export, up.large, "parquet"),
        "xlsx": partial(export, up.large, "xlsx"),
        "csv from sqlite": partial(export, up.sqlite, "csv"),
        "xlsx by cursor": command(PYTHON, "-c", GENERIC.format(url=warehouses.large), cwd=directory),
        "csv command": as_command(directory, warehouses.large, ".csv"),
        "parquet command": as_command(directory, warehouses.large, ".parquet"),
        "xlsx command": as_command(directory, warehouses.large, ".xlsx"),
    }
    return {name: Candidate(name, run) for name, run in jobs.items()}


def theirs(directory: Path, warehouses: Warehouses) -> Mapping[str, Candidate]:
    url, plain = libpq(warehouses.large), plain_sql(FIELDS)

    def copied(fields: tuple[str, ...]) -> Callable[[], None]:
        return command("psql", url, "-qc", f"\\copy ({plain_sql(fields)}) to 'theirs.csv' csv header", cwd=directory)

    def python(code: str, url: str) -> Callable[[], None]:
        return command(PYTHON, "-W", "ignore", "-c", code.format(sql=plain, url=url), cwd=directory)

    sqlite = ("sqlite3", "-csv", "-header", str(directory / "warehouse.db"), plain)
    jobs: Mapping[str, Callable[[], None]] = {
        "psql": copied(FIELDS),
        "psql, clear": copied(PERSONAL),
        "COPY BINARY": command("psql", url, "-qc", f"COPY ({plain}) TO STDOUT (FORMAT binary)", cwd=directory),
        "sqlite3": command(*sqlite, cwd=directory, output=directory / "theirs.csv"),
    }
    slow: Mapping[str, Callable[[], None]] = {
        "pandas + openpyxl": python(PANDAS, warehouses.large),
        "XlsxWriter": python(XLSXWRITER, url),
    }
    return {name: Candidate(name, run) for name, run in jobs.items()} | {
        name: Candidate(name, run, is_slow=True) for name, run in slow.items()
    }
