"""The formats page knows every format and every way in which a value can be altered."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from reportkit.specs import FileOptions
from reportkit.writers import FORMATS
from reportkit.writers.base import Alteration

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def first_cells(heading: str) -> list[str]:
    section = PAGE.read_text(encoding="utf-8").split(heading, 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `(\w+)`", section, re.MULTILINE)


def test_every_format_has_its_column() -> None:
    header = next(line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| |"))
    assert re.findall(r"`(\w+)`", header) == list(FORMATS)


def test_every_option_has_its_row() -> None:
    assert first_cells("## Options") == [field.name for field in fields(FileOptions)]


def test_every_alteration_has_its_row() -> None:
    assert first_cells("## What `alterations` counts") == [reason.value for reason in Alteration]
