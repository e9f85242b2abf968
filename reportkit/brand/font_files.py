"""What a font file says of itself: its family, weight and slant."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from reportkit.brand.look import FontFile
from reportkit.errors import BadSettings

_KINDS = (b"\x00\x01\x00\x00", b"OTTO", b"true")
_OTHERS = {b"wOFF": "a WOFF file", b"wOF2": "a WOFF2 file", b"ttcf": "a collection of fonts"}
_FAMILY, _TYPOGRAPHIC_FAMILY = 1, 16
_ITALIC = 1


def read_font(path: Path) -> FontFile:
    """Raises `BadSettings` for what is no single TrueType or OpenType font, and OSError."""
    data = path.read_bytes()
    if data[:4] not in _KINDS:
        found = _OTHERS.get(data[:4], "not a font")
        raise BadSettings(f"fonts.files names {path.name}, which is {found}; write the name of a TTF or OTF file")
    try:
        tables = {tag: data[at : at + size] for tag, _sum, at, size in _directory(data)}
        family = _family(tables[b"name"])
        (weight,) = struct.unpack_from(">4xH", tables[b"OS/2"])
        (selection,) = struct.unpack_from(">62xH", tables[b"OS/2"])
    except (KeyError, struct.error, UnicodeDecodeError):
        raise BadSettings(f"fonts.files names {path.name}, a broken font; get its file anew") from None
    return FontFile(str(path.resolve()), family, weight, italic=bool(selection & _ITALIC))


def _directory(data: bytes) -> list[tuple[Any, ...]]:
    (count,) = struct.unpack_from(">4xH", data)
    return [struct.unpack_from(">4sIII", data, 12 + 16 * n) for n in range(count)]


def _family(table: bytes) -> str:
    """In UTF-16, as every font made for Windows has it. Raises KeyError where there is none."""
    count, storage = struct.unpack_from(">2xHH", table)
    found: dict[int, str] = {}
    for n in range(count):
        platform, _encoding, _language, kind, size, at = struct.unpack_from(">6H", table, 6 + 12 * n)
        if platform == 3 and kind in (_FAMILY, _TYPOGRAPHIC_FAMILY):
            found.setdefault(kind, table[storage + at :][:size].decode("utf-16-be"))
    return found.get(_TYPOGRAPHIC_FAMILY) or found[_FAMILY]
