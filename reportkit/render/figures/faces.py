"""The fonts of charts, and how wide their characters are, read from the files that the documents embed."""

from __future__ import annotations

import functools
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typst

from reportkit.brand import FontFile

FONT_FAMILY = "Source Sans 3"
_FONTS = Path(__file__).parent.parent / "fonts"
FACES = {
    role: _FONTS / f"SourceSans3-{style}.ttf"
    for role, style in {"regular": "Regular", "italic": "Italic", "semibold": "SemiBold", "bold": "Bold"}.items()
}
"""Files of our own font, in which charts are drawn, and those characters that a brand's own lacks."""
_CODE = FontFile(str(_FONTS / "SourceCodePro-Regular.ttf"), "Source Code Pro", 400, italic=False)
_ROLES = {"regular": (400, False), "italic": (400, True), "semibold": (600, False), "bold": (700, False)}
"""Weight, and whether it slants."""
_KERNING = Path(__file__).with_name("kerning.json")


@dataclass(frozen=True)
class Typeface:
    """A font that charts are drawn in."""

    family: str
    files: tuple[tuple[str, Path], ...]
    """By role: `regular`, `italic`, `semibold` and `bold`."""

    @classmethod
    def of(cls, family: str, fonts: Sequence[FontFile]) -> Typeface:
        """A brand's: of its files those that are nearest to each role; our own where it has none of that family."""
        own = [font for font in (*fonts, _CODE) if font.family == family]

        def nearest(weight: int, italic: bool) -> FontFile:
            return min(own, key=lambda font: (font.italic != italic, abs(font.weight - weight)))

        files = ((role, Path(nearest(*look).path)) for role, look in _ROLES.items() if own)
        return cls(family, tuple(files)) if own else OURS

    @property
    def families(self) -> str:
        """As a style says it."""
        return f"'{FONT_FAMILY}'" if self == OURS else f"'{self.family}','{FONT_FAMILY}'"


OURS = Typeface(FONT_FAMILY, tuple(FACES.items()))


@dataclass(frozen=True)
class Face:
    """One font file; all lengths in em.

    ascent, descent: from the baseline to the top and to the bottom of a line, both positive.
    widths: code point -> advance width, for every character that the font has.
    """

    ascent: float
    descent: float
    widths: Mapping[int, float]


@functools.cache
def measures(typeface: Typeface) -> str:
    """What `boxes.js` knows of the font, as JSON."""
    kerning = _kerning(typeface)
    return json.dumps(
        {
            role: {
                **asdict(read_face(path)),
                "widths": {**read_face(FACES[role]).widths, **read_face(path).widths},
                "kerning": kerning[role],
            }
            for role, path in typeface.files
        }
    )


def _kerning(typeface: Typeface) -> Any:
    """How much nearer two letters stand than they are wide; to ask Typst takes a while."""
    if typeface == OURS:
        return json.loads(_KERNING.read_text("utf-8"))
    answer = typst.query(
        _KERNING.with_suffix(".typ"),
        "<kerning>",
        field="value",
        one=True,
        font_paths=[path.parent for _role, path in typeface.files],
        ignore_system_fonts=True,
        sys_inputs={"family": typeface.family},
    )
    return json.loads(answer)


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
