"""Pictures that a notebook brings along: attachments, `data:` addresses and outputs."""

from __future__ import annotations

import base64
import binascii
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from xml.etree import ElementTree

from reportkit.render.nodes import Node, note

MIMES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
"""Best first."""

_SVG = "http://www.w3.org/2000/svg"
_NAMELESS = re.compile(r"<svg(?=[\s>])(?![^>]*\sxmlns=)")
"""Jupyter shows these as well."""
_DATA_ADDRESS = re.compile(r"data:(?P<mime>[\w/+.-]+);base64,(?P<base64>.*)", re.DOTALL)


def picture_at(address: str, attachments: Mapping[str, Mapping[str, str]], alt: str) -> Node:
    """The picture that Markdown names by `address`; a note instead if it is not in the notebook.

    Nothing is fetched and no file is read: what is not in the notebook is not in the document.
    """
    if address.startswith("attachment:"):
        bundle = attachments.get(address.removeprefix("attachment:"), {})
        mime = next((mime for mime in MIMES if mime in bundle), None)
        return picture(mime, bundle[mime], alt) if mime else note(f"The attached picture {address} is missing.")
    embedded = _DATA_ADDRESS.fullmatch(address)
    if embedded:
        return picture(embedded["mime"], embedded["base64"], alt)
    if address.startswith("data:"):
        return note("A picture is not shown: its data is not in base64.")
    return note(f"A picture is not shown, because it lies outside the notebook: {address}")


def picture(mime: str, data: str, alt: str, width: float | None = None) -> Node:
    """A picture from a MIME bundle: SVG is text there, everything else base64. A note if it is broken or unknown.

    `width` is in CSS pixels; None is the picture's own.
    """
    if mime == "image/svg+xml" and "<svg" in data:
        named = _NAMELESS.sub(f'<svg xmlns="{_SVG}"', data, count=1)
        encoded = base64.b64encode(named.encode("utf-8", "replace")).decode("ascii")
    else:
        encoded = "".join(data.split())
    if mime not in MIMES or not _is_what_it_says(mime, encoded):
        return note(f"A picture is not shown: it is no readable {mime}.")
    return {"type": "picture", "attrs": {"mime": mime, "base64": encoded, "width": width, "alt": alt}}


def _is_what_it_says(mime: str, encoded: str) -> bool:
    try:
        return _WHOLE[mime](base64.b64decode(encoded, validate=True))
    except (binascii.Error, struct.error, zlib.error, ElementTree.ParseError):
        return False


def _is_png(data: bytes) -> bool:
    """Every chunk is there, and what it should be; the pixels are as many as can be unpacked."""
    at, pixels = 8, zlib.decompressobj()
    while data.startswith(b"\x89PNG\r\n\x1a\n"):
        size, kind = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + 8 + size]
        if struct.unpack_from(">I", data, at + 8 + size) != (zlib.crc32(kind + content),):
            return False
        if kind == b"IDAT":
            pixels.decompress(content)
        if kind == b"IEND":
            return pixels.eof
        at += 12 + size
    return False


_WHOLE: Mapping[str, Callable[[bytes], bool]] = {
    "image/svg+xml": lambda data: ElementTree.fromstring(data).tag == f"{{{_SVG}}}svg",  # noqa: S314  (expat fetches nothing)
    "image/png": _is_png,
    "image/jpeg": lambda data: data.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in data[-64:],
    "image/gif": lambda data: data.startswith(b"GIF8") and data.endswith(b";"),
    "image/webp": lambda data: data[:4] == b"RIFF" and len(data) >= 8 + struct.unpack_from("<I", data, 4)[0],
}
