"""Characters that our fonts have, and a visible mark for those they lack.

PDF/UA forbids text without glyphs, and a font of the machine would make documents differ from place to place. So what
no bundled font has (Chinese, Japanese, Korean, Arabic ...) is printed as `□`, and the document says so at its end.
"""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter
from pathlib import Path

from reportkit.render.figures.faces import read_face

TEXT_FONTS = Path(__file__).parent / "fonts"
FALLBACK_FONTS = Path(__file__).parent / "fallback_fonts"
MARK = "□"

_INVISIBLE = frozenset({"Cf", "Zs", "Zl", "Zp"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They reverse what follows: no letter that we can print needs that, and `invoice-fdp.exe` must not read as a PDF."""


@functools.cache
def printable() -> frozenset[int]:
    """The code points that every weight of the text font, or a fallback font, has."""
    text = [frozenset(read_face(font).widths) for font in sorted(TEXT_FONTS.glob("SourceSans3-*.ttf"))]
    fallback = [frozenset(read_face(font).widths) for font in sorted(FALLBACK_FONTS.glob("*.ttf"))]
    return frozenset.intersection(*text).union(*fallback)


class Marker:
    """Replaces what cannot be printed, and remembers what it was."""

    def __init__(self) -> None:
        self.replaced: Counter[str] = Counter()
        self.marked = 0
        """Texts that lacked something."""

    def mark(self, text: str) -> str:
        """`text` with a mark for every character that no font of ours has."""
        lacking = {char for char in set(text) if not _is_printable(char)}
        combining = {char for char in lacking if unicodedata.category(char).startswith("M")}
        for char in lacking - combining:
            self.replaced[char] += text.count(char)
        self.marked += bool(lacking)
        return text.translate({ord(char): "" if char in combining else MARK for char in lacking}) if lacking else text

    def summary(self, instead: str = "The HTML form of this report and exported data have every character.") -> str:
        """What was replaced, and where to find it `instead`; empty if nothing was."""
        if not self.replaced:
            return ""
        scripts = Counter[str]()
        for char, count in self.replaced.items():
            scripts[_script(char)] += count
        by_count = sorted(scripts.items(), key=lambda entry: (-entry[1], entry[0]))
        listing = ", ".join(f"{script} {count:,}" for script, count in by_count)
        return f"{MARK} stands for a character that the fonts of this document lack ({listing}). {instead}"


@functools.cache
def _is_printable(char: str) -> bool:
    category = unicodedata.category(char)
    if char in _TURNING:
        return False
    return category in _INVISIBLE or char in "\n\t" or (category != "Cc" and ord(char) in printable())


def _script(char: str) -> str:
    """`Arabic`, `Hangul`, `CJK`: the first word of the character's name, which for letters is their script."""
    if not unicodedata.category(char).startswith("L"):
        return "symbols"
    word = unicodedata.name(char, "other").split()[0]
    return word if word == "CJK" else word.capitalize()
