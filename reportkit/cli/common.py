"""What the commands share: the toolkit, who acts, sizes and times in words."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from reportkit.access import LOCAL_ADMIN, Actor
from reportkit.datasets.people import find_actor
from reportkit.errors import BadValue
from reportkit.settings import Settings
from reportkit.toolkit import Toolkit, build, local_engine

as_user = click.option(
    "--as",
    "user",
    metavar="USER",
    help="Act as this user of the warehouse (user name, e-mail or id), with exactly their rights. "
    "Default: a local admin. It is recorded either way.",
)


def open_toolkit() -> Toolkit:
    """For a command that runs jobs: the engine gets ready while the rest is checked. Closed when the command ends."""
    settings = Settings.load(os.environ, Path.cwd())
    engine = local_engine(settings)
    closing = click.get_current_context().call_on_close
    closing(engine.close)
    engine.prepare()
    toolkit = build(settings, engine=engine)
    closing(toolkit.close)
    toolkit.tidy()
    return toolkit


def actor_for(toolkit: Toolkit, user: str | None) -> Actor:
    return find_actor(toolkit.warehouse, user) if user is not None else LOCAL_ADMIN


def named_values(option: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """`NAME=VALUE` in its two parts. Raises BadValue."""
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise BadValue(option, text, "write NAME=VALUE")
        yield name, value


def in_bytes(size: float) -> str:
    """`12.3 MB`, in powers of ten as file managers count."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"


def in_seconds(seconds: float) -> str:
    return f"{seconds:,.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60):02} s"
