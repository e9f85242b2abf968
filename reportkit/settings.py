"""Every setting: its name, default and meaning, in one table that is also the frozen value.

A setting is read from the environment variable REPORTKIT_<NAME>, else from the `reportkit.toml` of the
project (see `project_root`), else its default stands. With none set, everything works in `./.reportkit/`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

from reportkit.errors import BadSettings, UnknownName

PREFIX = "REPORTKIT_"
FILE = "reportkit.toml"
EXAMPLES = "sqlite:///warehouse.db or postgresql+psycopg://user:password@host/database"
LONGEST_SECONDS = 20 * 86_400
"""PostgreSQL's statement_timeout holds 24 days."""
LONGEST_DAYS = 36_500


def setting(default: Any, help: str, most: float = LONGEST_SECONDS) -> Any:
    """`most` bounds a number: what is larger would overflow only when it is used."""
    return field(default=default, metadata={"help": help, "most": most})


@dataclass(frozen=True)
class Settings:
    """Where things are and how long they may take."""

    home: str = setting(".reportkit", "directory for everything that has no place of its own")
    warehouse: str = setting(
        "", "the platform's database, as a SQLAlchemy URL; default: the sample, sqlite:///HOME/warehouse.db"
    )
    catalog: str = setting("", "our own state, as a SQLAlchemy URL; default: sqlite:///HOME/catalog.db")
    storage: str = setting("", "where finished files are kept; default: file:///HOME/artifacts")
    notebooks: str = setting("", "directory with a team's own report notebooks, beside those that come with reportkit")
    datasets: str = setting("", "directory with a team's own datasets, each a .sql file; default: none")
    brand: str = setting("", "a company's own look, a brand.toml; default: reportkit's")
    secret_key: str = setting(
        "", "key of the pseudonyms, at least 32 characters; default: made once, in HOME/secret.key"
    )
    signing_key: str = setting(
        "", "file with the Ed25519 private key (PEM) that signs manifests; default: made once, HOME/signing.pem"
    )
    statement_timeout: float = setting(900.0, "seconds after which the database stops one query")
    export_deadline: float = setting(3600.0, "seconds after which an export is stopped")
    report_deadline: float = setting(600.0, "seconds after which a report is stopped")
    cell_deadline: float = setting(300.0, "seconds after which a cell is stopped, and the report with it")
    notebook_memory: float = setting(4e9, "bytes of memory that one notebook may have, and as many of files", 1e15)
    sandbox: str = setting("auto", "of notebooks: auto (where the machine can), required or off")
    artifact_days: float = setting(7.0, "days after which a finished file is deleted", LONGEST_DAYS)

    @classmethod
    def load(cls, environ: Mapping[str, str], directory: Path) -> Self:
        """Of the project that `directory` lies in. Raises BadSettings, naming the setting."""
        root = project_root(directory)
        given = {**_from_file(root / FILE), **_from_environment(environ)}
        return cls(**{name: _parsed(name, value) for name, value in given.items()}).resolved(root)

    def resolved(self, directory: Path) -> Self:
        """With absolute paths and the defaults that depend on `home` filled in."""
        home = (directory / self.home).resolve()
        return replace(
            self,
            home=str(home),
            warehouse=_within(directory, self.warehouse) or _sqlite(home / "warehouse.db"),
            catalog=_within(directory, self.catalog) or _sqlite(home / "catalog.db"),
            storage=self.storage or (home / "artifacts").as_uri(),
            notebooks=self.notebooks and str((directory / self.notebooks).resolve()),
            datasets=self.datasets and str((directory / self.datasets).resolve()),
            brand=self.brand and str((directory / self.brand).resolve()),
            signing_key=self.signing_key and str((directory / self.signing_key).resolve()),
        )

    def environ(self) -> dict[str, str]:
        """The same settings as environment variables, for a process we start."""
        return {
            PREFIX + f.name.upper(): str(getattr(self, f.name)) for f in fields(self) if getattr(self, f.name) != ""
        }


def project_root(directory: Path, owners: Collection[int] | None = None) -> Path:
    """The nearest directory, here or above, with a `reportkit.toml` or `.reportkit/`; else this one.

    So a notebook that JupyterLab runs in `notebooks/` finds what the command line made one level up. What belongs to
    another user than `owners` (by id; the default is us and root) is no mark, and the search ends in their directory.
    """
    owners = _trusted() if owners is None else owners
    for place in (directory, *directory.absolute().parents):
        marks = (place / FILE, place / Settings.home)
        if any(mark.exists() and mark.stat().st_uid in owners for mark in marks):
            return place
        if place.stat().st_uid not in owners:
            break
    return directory


def database_url(text: str, what: str) -> sa.URL:
    """`what` names the address in the BadSettings that this raises; the address itself may hold a password."""
    try:
        return sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise BadSettings(
            f"{what} is not a database URL; write {EXAMPLES}, and in a password %40 for @, %3A for :, %2F for /"
        ) from None


def without_password(url: sa.URL) -> str:
    """For people to see."""
    hidden = {name: "hidden" for name in url.query if "password" in name.lower()}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def _trusted() -> frozenset[int]:
    return frozenset({os.getuid(), 0})


def _sqlite(path: Path) -> str:
    return sa.URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def _within(directory: Path, address: str) -> str:
    """With the path of a SQLite file made absolute; what is no URL is left to whoever opens it."""
    try:
        url = database_url(address, "it")
    except BadSettings:
        return address
    file = url.database or ""
    if url.get_backend_name() != "sqlite" or not file or file.startswith(("/", ":", "file:")):
        return address
    return url.set(database=str((directory / file).resolve())).render_as_string(hide_password=False)


KINDS = {f.name: type(f.default) for f in fields(Settings)}
MOST = {f.name: f.metadata["most"] for f in fields(Settings)}


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[PREFIX + name.upper()] for name in KINDS if environ.get(PREFIX + name.upper())}


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    if path.stat().st_uid not in _trusted():
        raise BadSettings(f"{path} belongs to another user; work in a directory of your own")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is not valid TOML: {error}") from None
    for name in values:
        if name not in KINDS:
            raise BadSettings(str(UnknownName("setting", name, KINDS, of=FILE)))
    return values


def _parsed(name: str, value: Any) -> Any:
    if KINDS[name] is str:
        return str(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = 0.0
    if not 0 < number <= MOST[name]:
        raise BadSettings(
            f"{PREFIX}{name.upper()} is {value!r}; it must be a number above zero, at most {MOST[name]:,}"
        )
    return number
