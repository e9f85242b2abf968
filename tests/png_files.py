"""PNG files made by hand, so that they can be odd."""

from __future__ import annotations

import struct
import zlib

GREY = 0


def png_file(
    width: int, height: int, pixels: bytes, depth: int = 8, colour_type: int = GREY, palette: bytes = b""
) -> bytes:
    """`pixels` as they stand in the file: deflated, each row behind the byte of its filter."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    chunks = [(b"IHDR", header), *([(b"PLTE", palette)] if palette else []), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
