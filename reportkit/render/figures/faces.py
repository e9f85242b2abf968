"""How wide each character of a font is, read from the font file that the documents embed."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FONT_FAMILY = "Source Sans 3"
_FONTS = Path(__file__).parent.parent / "fonts"
FACES = {
    role: _FONTS / f"SourceSans3-{style}.ttf"
    for role, style in {"regular": "Regular", "italic": "Italic", "semibold": "SemiBold", "bold": "Bold"}.items()
}
"""Files of the font that charts are drawn in."""


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
    """Read a TrueType or OpenType font, or the first of a collection, that has a Unicode table
    (`cmap` of format 12 or 4), as the bundled ones do."""
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
    start = struct.unpack_from(">I", data, 12)[0] if data.startswith(b"ttcf") else 0
    (count,) = struct.unpack_from(">H", data, start + 4)
    records = struct.iter_unpack(">4sIII", data[start + 12 : start + 12 + 16 * count])
    return {tag.decode("ascii"): offset for tag, _checksum, offset, _length in records}


def _advances(data: bytes, tables: Mapping[str, int]) -> list[int]:
    (count,) = struct.unpack_from(">H", data, tables["hhea"] + 34)
    start = tables["hmtx"]
    return [advance for advance, _bearing in struct.iter_unpack(">Hh", data[start : start + 4 * count])]


def _glyphs(data: bytes, cmap: int) -> dict[int, int]:
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    subtables = [cmap + offset for _, _, offset in struct.iter_unpack(">HHI", data[cmap + 4 : cmap + 4 + 8 * count])]
    kinds = {struct.unpack_from(">H", data, offset)[0]: offset for offset in subtables}
    return _all_planes(data, kinds[12]) if 12 in kinds else _first_plane(data, kinds[4])


def _all_planes(data: bytes, table: int) -> dict[int, int]:
    (groups,) = struct.unpack_from(">I", data, table + 12)
    return {
        code: glyph + code - first
        for first, last, glyph in struct.iter_unpack(">III", data[table + 16 : table + 16 + 12 * groups])
        for code in range(first, last + 1)
    }


def _first_plane(data: bytes, table: int) -> dict[int, int]:
    (size,) = struct.unpack_from(">H", data, table + 6)
    count, ends = size // 2, table + 14
    columns = (ends, ends + size + 2, ends + 2 * size + 2, ends + 3 * size + 2)
    last, first, delta, offset = (struct.unpack_from(f">{count}H", data, column) for column in columns)
    glyphs = {}
    for n in range(count):
        for code in range(first[n], last[n] + 1):
            glyph, place = code, columns[3] + 2 * n + offset[n] + 2 * (code - first[n])
            if offset[n]:
                (glyph,) = struct.unpack_from(">H", data, place)
            if glyph and code != 0xFFFF:
                glyphs[code] = (glyph + delta[n]) % 0x10000
    return glyphs
