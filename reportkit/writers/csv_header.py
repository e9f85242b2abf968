"""The first line of a CSV file, and which fields need quotes: without Arrow, for files that a database writes."""

from __future__ import annotations

import re

from reportkit.columns import Schema
from reportkit.writers.formula_guard import guard_text


def header(schema: Schema, separator: str) -> bytes:
    pattern = needs_quotes(separator)
    names = (_quoted(guard_text(name), pattern) for name in schema.names)
    return separator.join(names).encode() + b"\n"


def needs_quotes(separator: str) -> str:
    """A pattern, found in each text that needs quotes: also where only other programs would split it."""
    return rf'[",;\t\r\n{separator}]|^$|^\\\.$'


def _quoted(text: str, pattern: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(pattern, text) else text
