"""`reportkit doctor`: what is set up, what is missing, how to mend it."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import click
import nbformat
import sqlalchemy as sa

from reportkit import __version__
from reportkit.brand import brand_of
from reportkit.catalog.database import Catalog
from reportkit.cli.common import in_seconds
from reportkit.datasets.registry import Registry
from reportkit.datasets.sources import Warehouse
from reportkit.datasets.warehouse import metadata
from reportkit.errors import BadSettings, ReportkitError
from reportkit.keys import public_key_path, signing_key
from reportkit.notebook.registry import Notebook, Notebooks
from reportkit.settings import PREFIX, Settings, database_url, without_password
from reportkit.storage import open_storage
from reportkit.toolkit import build, kernel_host, notebooks_directories


@click.command("doctor")
def command() -> None:
    """Check each part in turn; exit code 1 if one is not well."""
    settings = Settings.load(os.environ, Path.cwd())
    click.echo(f"reportkit {__version__} on Python {platform.python_version()}, {platform.system()}\n")
    for field in fields(settings):
        click.echo(f"{PREFIX}{field.name.upper():<18} {_shown(field.name, getattr(settings, field.name))}")
    click.echo()
    well = [_check(name, check, settings) for name, check in CHECKS.items()]
    if not all(well):
        raise SystemExit(1)


def _check(name: str, check: Callable[[Settings], str], settings: Settings) -> bool:
    try:
        found = check(settings)
    except Exception as error:  # whatever is wrong with one part, the others are still looked at
        said = str(error) if isinstance(error, ReportkitError) else f"{type(error).__name__}: {error}"
        click.echo(f"{click.style('BAD ', fg='red')} {name:<10} {said}")
        return False
    click.echo(f"{click.style('ok  ', fg='green')} {name:<10} {found}")
    return True


def _shown(name: str, value: object) -> str:
    """Without secrets: a password in a URL, a key."""
    if name == "secret_key":
        return "set" if value else "not set; one is kept in HOME/secret.key"
    text = str(value)
    if name in ("warehouse", "catalog"):
        try:
            return without_password(database_url(text, name))
        except BadSettings:
            return "not a database URL"
    return text or "default"


def _warehouse(settings: Settings) -> str:
    warehouse = Warehouse(settings.warehouse, b"no pseudonym is asked for", settings.statement_timeout)
    with warehouse.snapshot() as snapshot, snapshot.watch.statement():
        missing = set(metadata.tables) - set(sa.inspect(snapshot.connection).get_table_names())
    if missing:
        raise BadSettings(f"lacks the tables {', '.join(sorted(missing))}; datasets that read them will fail")
    return f"{snapshot.connection.dialect.name}, all {len(metadata.tables)} tables are there"


def _catalog(settings: Settings) -> str:
    catalog = Catalog(settings.catalog)
    catalog.migrate()
    with catalog.write() as connection:
        jobs = connection.exec_driver_sql("SELECT count(*) FROM jobs").scalar_one()
    return f"can be written; remembers {jobs:,} jobs"


def _storage(settings: Settings) -> str:
    storage = open_storage(settings.storage)
    with storage.writer("doctor/probe") as sink:
        sink.write(b"probe")
        sink.publish()
    storage.delete("doctor/probe")
    return f"can be written; files are kept for {settings.artifact_days:g} days"


def _signing(settings: Settings) -> str:
    return f"manifests are signed by {signing_key(settings).public.id}; hand out {public_key_path(settings)}"


def _notebooks(settings: Settings) -> str:
    notebooks, faults = Notebooks(*notebooks_directories(settings)).survey()
    if faults:
        raise BadSettings("; ".join(faults))
    return ", ".join(notebook.name for notebook in notebooks)


def _datasets(settings: Settings) -> str:
    datasets, faults = Registry.of(settings).survey()
    if faults:
        raise BadSettings("; ".join(faults))
    return ", ".join(dataset.name for dataset in datasets)


def _kernel(settings: Settings) -> str:
    from reportkit.notebook.execute import execute

    started = time.perf_counter()
    kernels = kernel_host(settings, brand_of(settings))
    with closing(kernels), kernels.kernel() as kernel, tempfile.TemporaryDirectory() as directory:
        probe = Path(directory) / "probe.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import reportkit")]), probe)
        execute(Notebook.read(probe), {}, kernel)
        where = f"without a sandbox ({kernel.open_because})" if kernel.open_because else "in a sandbox of bubblewrap's"
    return f"a notebook runs, {where}, in {in_seconds(time.perf_counter() - started)}"


def _brand(settings: Settings) -> str:
    return f"documents are {brand_of(settings).name}'s"


def _documents(settings: Settings) -> str:
    from reportkit.render.document import DocumentInfo
    from reportkit.render.figures import FigureEngine
    from reportkit.render.pdf import render_pdf

    started = time.perf_counter()
    figure = {"data": [{"type": "bar", "x": [1], "y": [1]}], "layout": {"title": {"text": "probe"}}}
    output = nbformat.v4.new_output("display_data", {"application/vnd.plotly.v1+json": figure})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])])
    info = DocumentInfo.of(notebook, name="Probe", now=datetime.now(UTC))
    with FigureEngine() as figures:
        render_pdf(notebook, info, brand_of(settings), figures)
    return f"a chart becomes a PDF, in {in_seconds(time.perf_counter() - started)}"


def _together(settings: Settings) -> str:
    build(settings)
    return "exports and reports can be started"


CHECKS: Mapping[str, Callable[[Settings], str]] = {
    "warehouse": _warehouse,
    "catalog": _catalog,
    "storage": _storage,
    "signing": _signing,
    "datasets": _datasets,
    "notebooks": _notebooks,
    "kernel": _kernel,
    "brand": _brand,
    "documents": _documents,
    "together": _together,
}
