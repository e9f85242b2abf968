"""What a finished PDF says, read by a third party."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import Destination


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def outline(pdf: bytes) -> list[tuple[int, str]]:
    """Level from 1 and text of each bookmark, in order."""
    return list(_entries(PdfReader(BytesIO(pdf)).outline, level=1))


def _entries(outline: list[Any], level: int) -> Iterator[tuple[int, str]]:
    for entry in outline:
        if isinstance(entry, Destination):
            yield level, str(entry.title)
        else:
            yield from _entries(entry, level + 1)
