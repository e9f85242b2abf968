"""Pictures that a notebook brings along: attachments, `data:` addresses and outputs."""

from __future__ import annotations

import base64
import binascii
import functools
import re
import struct
import tempfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import typst

from reportkit.render.nodes import Node, note

MIMES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
"""Best first."""

MOST_PIXELS = 50_000_000
"""Of one picture; to unpack them takes 200 MB."""

_SVG, _LINK = "http://www.w3.org/2000/svg", "{http://www.w3.org/1999/xlink}href"
_NAMELESS = re.compile(r"<svg(?=[\s>])(?![^>]*\sxmlns=)")
"""Jupyter shows these as well."""
_DATA_ADDRESS = re.compile(r"data:(?P<mime>[\w/+.-]+);base64,(?P<base64>.*)", re.DOTALL)
_NO_FRAME = frozenset({0xC4, 0xC8, 0xCC})
"""Among a JPEG's marks C0 to CF, which begin a frame."""
_FRAMES = re.compile(rb"\x21\xf9\x04.{4}\x00\x2c", re.DOTALL)
"""Of a GIF."""
_BEGINNINGS: Mapping[str, bytes] = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}


def picture_at(address: str, attachments: Mapping[str, Mapping[str, str]], alt: str) -> list[Node]:
    """The picture that Markdown names by `address`; a note instead if it is not in the notebook.

    Nothing is fetched and no file is read: what is not in the notebook is not in the document.
    """
    if address.startswith("attachment:"):
        bundle = attachments.get(address.removeprefix("attachment:"), {})
        mime = next((mime for mime in MIMES if mime in bundle), None)
        return picture(mime, bundle[mime], alt) if mime else [note(f"The attached picture {address} is missing.")]
    embedded = _DATA_ADDRESS.fullmatch(address)
    if embedded:
        return picture(embedded["mime"], embedded["base64"], alt)
    if address.startswith("data:"):
        return [note("A picture is not shown: its data is not in base64.")]
    return [note(f"A picture is not shown, because it lies outside the notebook: {address}")]


def picture(mime: str, content: str, alt: str, width: float | None = None, *, what: str = "A picture") -> list[Node]:
    """A picture from a MIME bundle: SVG is text there, everything else base64. With a note of what is not shown of it,
    or only a note, in which `what` names the picture.

    `width` is in CSS pixels; None is the picture's own.
    """
    written = mime == "image/svg+xml" and "<svg" in content
    data = content.encode("utf-8", "replace") if written else _decoded(content)
    drawing, left_out = _within(data) if mime == "image/svg+xml" else (data, "")
    fault = _fault(mime, drawing)
    if fault:
        return [note(f"{what} is not shown: it {fault}.", instead="picture")]
    encoded = base64.b64encode(drawing).decode("ascii")
    shown: Node = {"type": "picture", "attrs": {"mime": mime, "base64": encoded, "width": width, "alt": alt}}
    if left_out:
        return [shown, note(f"{what} is not shown whole, because a part of it {left_out}")]
    if _moves(mime, data):
        return [shown, note(f"{what} moves on a screen; on paper it is the first of its frames.")]
    return [shown]


def _within(data: bytes) -> tuple[bytes, str]:
    """A drawing without the pictures in it that cannot be shown, and why the first of them cannot."""
    text = _NAMELESS.sub(f'<svg xmlns="{_SVG}"', data.decode("utf-8", "replace"), count=1)
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  (expat fetches nothing)
    except ElementTree.ParseError:
        return data, ""
    left_out = ""
    for parent in list(root.iter()):
        for child in list(parent):
            address = child.get("href") or child.get(_LINK) or ""
            if child.tag.endswith(("}image", "}feImage")) and (fault := _fault_at(address)):
                parent.remove(child)
                left_out = left_out or fault
    return (ElementTree.tostring(root, "utf-8") if left_out else text.encode("utf-8")), left_out


def _fault_at(address: str) -> str:
    """Why the picture there cannot be shown in a drawing; empty if it can, or is none."""
    if address and not address.startswith(("data:", "#")):
        return f"lies outside the notebook: {address}"
    if not (embedded := _DATA_ADDRESS.fullmatch(address)):
        return ""
    return _fault(embedded["mime"].replace("image/jpg", "image/jpeg"), _decoded(embedded["base64"]))


def _decoded(content: str) -> bytes:
    """Nothing of what is no base64."""
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except binascii.Error:
        return b""


@functools.lru_cache(maxsize=16)
def _fault(mime: str, data: bytes) -> str:
    """Why the picture cannot be shown; empty if it can. Remembered, because a notebook is read more than once."""
    if mime not in MIMES:
        return f"is of the type {mime}"
    if mime in _BEGINNINGS:
        if not data.startswith(_BEGINNINGS[mime]):
            return f"is no readable {mime}"
        try:
            width, height = _SIZES[mime](data)
        except (struct.error, IndexError):
            return f"is no readable {mime}"
        if width * height > MOST_PIXELS:
            return f"has {width:,} x {height:,} pixels, more than {MOST_PIXELS:,} in all"
    whole = (mime != "image/png" or _is_png(data)) and _can_be_set(mime, data)
    return "" if whole else f"is no readable {mime}"


def _can_be_set(mime: str, data: bytes) -> bool:
    kind = mime.removeprefix("image/").removesuffix("+xml")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "picture").write_bytes(data)
        main = Path(folder, "main.typ")
        main.write_text(f'#context measure(image("picture", format: "{"jpg" if kind == "jpeg" else kind}")).width')
        try:
            typst.compile(main, root=Path(folder), format="svg", ignore_system_fonts=True)
        except typst.TypstError:
            return False
    return True


def _is_png(data: bytes) -> bool:
    """Every chunk is there, and what it should be; the pixels are as many as can be unpacked."""
    at, pixels, most = 8, zlib.decompressobj(), 9 * MOST_PIXELS
    try:
        while True:
            size, kind = struct.unpack_from(">I4s", data, at)
            content = data[at + 8 : at + 8 + size]
            if struct.unpack_from(">I", data, at + 8 + size) != (zlib.crc32(kind + content),):
                return False
            if kind == b"IEND":
                return pixels.eof
            while kind == b"IDAT" and content and most > 0:
                most -= len(pixels.decompress(content, 1 << 20))
                content = pixels.unconsumed_tail
            at += 12 + size
    except (struct.error, zlib.error):
        return False


def _png_size(data: bytes) -> tuple[int, int]:
    kind, width, height = struct.unpack_from(">4sII", data, 12)
    return (width, height) if kind == b"IHDR" else (0, 0)


def _gif_size(data: bytes) -> tuple[int, int]:
    return struct.unpack_from("<HH", data, 6)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while not (0xC0 <= data[at + 1] <= 0xCF and data[at + 1] not in _NO_FRAME):
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    height, width = struct.unpack_from(">HH", data, at + 5)
    return width, height


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    return width, height


_SIZES: Mapping[str, Callable[[bytes], tuple[int, int]]] = {
    "image/png": _png_size,
    "image/jpeg": _jpeg_size,
    "image/gif": _gif_size,
    "image/webp": _webp_size,
}


def _moves(mime: str, data: bytes) -> bool:
    if mime == "image/webp":
        return data[12:16] == b"VP8X" and bool(data[20] & 2)
    return mime == "image/gif" and len(_FRAMES.findall(data)) > 1
