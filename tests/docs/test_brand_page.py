"""docs/how-to/brand.md: every key, with its default, and messages as they are."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from reportkit.brand import DEFAULT, read_brand
from reportkit.brand.file import KEYS, NEEDED
from reportkit.errors import BadSettings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "brand.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `([\w.]+)` \| (.*?) \|", PAGE, re.MULTILINE))


def test_every_key_has_its_row_and_what_is_needed_says_so() -> None:
    keys = {f"{table}.{key}" if table else key for table, names in KEYS.items() for key in names} - KEYS.keys()
    assert set(ROWS) == keys
    assert {key for key, default in ROWS.items() if default == "needed"} == set(NEEDED)


@pytest.mark.parametrize("role", ["ink", "muted", "positive", "negative", "warning"])
def test_the_defaults_of_colours_are_the_codes(role: str) -> None:
    assert ROWS[f"colours.{role}"] == f"`{getattr(DEFAULT, role)}`"


@pytest.mark.parametrize(("old", "new"), [('accent = "#2E7D5B"', 'accent = "#8FBFA8"'), ("primary", "primry")])
def test_a_wrong_file_is_told_as_the_page_says(tmp_path: Path, old: str, new: str) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(ROOT / "brands" / "fen_institute", mine)
    file = mine / "brand.toml"
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(BadSettings) as refused:
        read_brand(file)
    told = str(refused.value).removeprefix(f"{tmp_path}/").split(", muted")[0]
    assert told in PAGE
