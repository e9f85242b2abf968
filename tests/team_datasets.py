"""A team's own datasets in `.sql` files."""

from __future__ import annotations

from pathlib import Path

from reportkit.datasets.base import Dataset
from reportkit.datasets.sql_files import SqlFiles

TEAMS = """\
-- title = "Teams"
-- description = "Every team."
-- admins_only = true
-- order = ["id"]
-- columns.id = { kind = "identifier", description = "Its id" }

SELECT id FROM teams
"""


def read(folder: Path, text: str, database: str = "sqlite", name: str = "own") -> Dataset:
    """What a file with this text declares."""
    path = folder / f"{name}.sql"
    path.write_text(text, encoding="utf-8")
    return SqlFiles(folder, database).read(path)
