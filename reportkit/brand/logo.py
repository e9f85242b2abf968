"""A logo file as SVG text that is only a drawing: nothing in it runs, and nothing is fetched."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from reportkit.errors import BadSettings

LARGEST = 500_000
"""Bytes; the logo is part of every document."""

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "http://www.w3.org/2000/svg"
_ACTIVE = frozenset({"script", "foreignObject", "iframe", "embed", "object", "audio", "video", "animate", "set"})
_INSIDE = re.compile(r"\s*(#|data:image/(png|jpeg);base64,|$)")
_REFERENCE = re.compile(r"url\(\s*['\"]?\s*(?!#)[^)]*\)|@import[^;]*", re.IGNORECASE)

ElementTree.register_namespace("", _SVG)


def read_logo(path: Path) -> str:
    """The SVG, or the PNG wrapped in one. Raises `BadSettings` for anything else, and OSError."""
    if path.stat().st_size > LARGEST:
        raise BadSettings(f"logo names {path.name}, which has {path.stat().st_size:,} bytes; at most {LARGEST:,}")
    data = path.read_bytes()
    return _wrapped(path, data) if data.startswith(_PNG) else _drawing(path, data)


def _wrapped(path: Path, png: bytes) -> str:
    try:
        width, height = struct.unpack_from(">16xII", png)
    except struct.error:
        raise BadSettings(f"logo names {path.name}, a broken PNG; export it anew") from None
    encoded = base64.b64encode(png).decode("ascii")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" xlink:href="data:image/png;base64,{encoded}"/></svg>'
    )


def _drawing(path: Path, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
        declared = "<!DOCTYPE" in text or "<!ENTITY" in text
        root = None if declared else ElementTree.fromstring(text)  # noqa: S314  (no entity is declared)
    except (UnicodeDecodeError, ElementTree.ParseError):
        raise BadSettings(
            f"logo names {path.name}, which is neither SVG nor PNG; export the logo as one of them"
        ) from None
    if root is None:
        raise BadSettings(f"logo names {path.name}, which has a DOCTYPE; export it as plain SVG")
    if root.tag != f"{{{_SVG}}}svg":
        raise BadSettings(f"logo names {path.name}, whose root is not <svg> in SVG's namespace; export it as plain SVG")
    for fault in _faults(root):
        raise BadSettings(f"logo names {path.name}, which has {fault}; export it as plain SVG, with all in one file")
    return ElementTree.tostring(root, "unicode")  # without comments, and without style sheets that it would fetch


def _faults(root: ElementTree.Element) -> Iterator[str]:
    """What is more than a drawing."""
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag in _ACTIVE:
            yield f"<{tag}>"
        for name, value in element.attrib.items():
            attribute = name.rpartition("}")[2]
            if attribute.lower().startswith("on"):
                yield f"a script ({attribute})"
            if attribute in ("href", "src") and not _INSIDE.match(value):
                yield f"a reference to {value[:80]}"
        for words in (*element.attrib.values(), element.text or ""):
            if found := _REFERENCE.search(words):
                yield f"a reference to {found[0][:80]}"
