"""How wide each character of a font is, read from the font file that the documents embed."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Face:
    """One font file; all lengths in em.

    ascent, descent: from the baseline to the top and to the bottom of a line, both positive.
    widths: code point -> advance width, for every character that the font has.
    """

    ascent: float
    descent: float
    widths: Mapping[int, float]


def read_face(path: Path) -> Face:
    """Read a TrueType font that has a full Unicode table (`cmap` format 12), as the bundled ones do."""
    data = path.read_bytes()
    tables = _tables(data)
    (em,) = struct.unpack_from(">H", data, tables["head"] + 18)
    ascent, descent = struct.unpack_from(">hh", data, tables["hhea"] + 4)
    advances = _advances(data, tables)
    glyphs = _glyphs(data, tables["cmap"])
    return Face(
        ascent=ascent / em,
        descent=-descent / em,
        widths={code: advances[min(glyph, len(advances) - 1)] / em for code, glyph in glyphs.items()},
    )


def _tables(data: bytes) -> dict[str, int]:
    (count,) = struct.unpack_from(">H", data, 4)
    records = struct.iter_unpack(">4sIII", data[12 : 12 + 16 * count])
    return {tag.decode("ascii"): offset for tag, _checksum, offset, _length in records}


def _advances(data: bytes, tables: Mapping[str, int]) -> list[int]:
    (count,) = struct.unpack_from(">H", data, tables["hhea"] + 34)
    start = tables["hmtx"]
    return [advance for advance, _bearing in struct.iter_unpack(">Hh", data[start : start + 4 * count])]


def _glyphs(data: bytes, cmap: int) -> dict[int, int]:
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    subtables = [cmap + offset for _, _, offset in struct.iter_unpack(">HHI", data[cmap + 4 : cmap + 4 + 8 * count])]
    full = next(offset for offset in subtables if struct.unpack_from(">H", data, offset) == (12,))
    (groups,) = struct.unpack_from(">I", data, full + 12)
    return {
        code: glyph + code - first
        for first, last, glyph in struct.iter_unpack(">III", data[full + 16 : full + 16 + 12 * groups])
        for code in range(first, last + 1)
    }
