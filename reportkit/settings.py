"""Every setting: its name, default and meaning, in one table that is also the frozen value.

A setting is read from the environment variable REPORTKIT_<NAME>, else from the `reportkit.toml` of the
project (see `project_root`), else its default stands. With none set, everything works in `./.reportkit/`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from reportkit.errors import BadSettings, UnknownName

PREFIX = "REPORTKIT_"
FILE = "reportkit.toml"


def setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class Settings:
    """Where things are and how long they may take."""

    home: str = setting(".reportkit", "directory for everything that has no place of its own")
    warehouse: str = setting(
        "", "the platform's database, as a SQLAlchemy URL; default: the sample, sqlite:///HOME/warehouse.db"
    )
    catalog: str = setting("", "our own state, as a SQLAlchemy URL; default: sqlite:///HOME/catalog.db")
    storage: str = setting("", "where finished files are kept; default: file:///HOME/artifacts")
    notebooks: str = setting("", "directory with report notebooks; default: those that come with reportkit")
    secret_key: str = setting(
        "", "key of the pseudonyms, at least 32 characters; default: made once, in HOME/secret.key"
    )
    statement_timeout: float = setting(900.0, "seconds after which the database stops one query")
    export_deadline: float = setting(3600.0, "seconds after which an export is stopped")
    report_deadline: float = setting(600.0, "seconds after which a report is stopped")
    artifact_days: float = setting(7.0, "days after which a finished file is deleted")

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
            warehouse=self.warehouse or f"sqlite:///{home / 'warehouse.db'}",
            catalog=self.catalog or f"sqlite:///{home / 'catalog.db'}",
            storage=self.storage or f"file://{home / 'artifacts'}",
        )

    def environ(self) -> dict[str, str]:
        """The same settings as environment variables, for a process we start."""
        return {
            PREFIX + f.name.upper(): str(getattr(self, f.name)) for f in fields(self) if getattr(self, f.name) != ""
        }


def project_root(directory: Path) -> Path:
    """The nearest directory, here or above, with a `reportkit.toml` or `.reportkit/`; else this one.

    So a notebook that JupyterLab runs in `notebooks/` finds what the command line made one level up.
    """
    candidates = (directory, *directory.absolute().parents)
    marked = (place for place in candidates if (place / FILE).is_file() or (place / Settings.home).is_dir())
    return next(marked, directory)


KINDS = {f.name: type(f.default) for f in fields(Settings)}


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[PREFIX + name.upper()] for name in KINDS if environ.get(PREFIX + name.upper())}


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
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
    if not 0 < number < float("inf"):
        raise BadSettings(f"{PREFIX}{name.upper()} is {value!r}; it must be a number above zero")
    return number
