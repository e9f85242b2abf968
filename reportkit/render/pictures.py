"""Pictures that a notebook brings along: attachments, `data:` addresses and outputs."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from reportkit.render.nodes import Node, note

MIMES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
"""Best first."""

_SIGNATURES = {
    "image/png": b"\x89PNG\r\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
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


def picture(mime: str, data: str, alt: str, width: int | None = None) -> Node:
    """A picture from a MIME bundle: SVG is text there, everything else base64. A note if it is broken or unknown.

    `width` is in CSS pixels; None is the picture's own.
    """
    if mime == "image/svg+xml" and "<svg" in data:
        encoded = base64.b64encode(data.encode("utf-8", "replace")).decode("ascii")
    else:
        encoded = "".join(data.split())
    if mime not in MIMES or not _is_what_it_says(mime, encoded):
        return note(f"A picture is not shown: it is no readable {mime}.")
    return {"type": "picture", "attrs": {"mime": mime, "base64": encoded, "width": width, "alt": alt}}


def _is_what_it_says(mime: str, encoded: str) -> bool:
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    if mime == "image/svg+xml":
        return b"<svg" in data
    return data.startswith(_SIGNATURES[mime])
