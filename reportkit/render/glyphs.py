"""Characters that our fonts have, and a visible mark for those they lack.

PDF/UA forbids text without glyphs, and fonts of the machine would make documents differ from place to place. So what no
font of ours has is printed as `□`, and the document says so at its end. Chinese, Japanese and Korean are in the extra
`analytics-reportkit[fonts]`, or in Debian's package `fonts-noto-cjk`; fonts are looked up, never downloaded.
"""

from __future__ import annotations

import functools
import importlib.util
import unicodedata
from collections import Counter
from pathlib import Path

from reportkit.render.figures.faces import read_face

TEXT_FONTS = Path(__file__).parent / "fonts"
FALLBACK_FONTS = Path(__file__).parent / "fallback_fonts"
MARK = "□"
_LANGUAGES = (("HIRAGANA", "ja"), ("KATAKANA", "ja"), ("HANGUL", "ko"), ("CJK", "zh"))

_INVISIBLE = frozenset({"Cf", "Zs", "Zl", "Zp"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They reverse what follows: no letter that we can print needs that, and `invoice-fdp.exe` must not read as a PDF."""


CJK_FILE = "NotoSansCJK-Regular.ttc"
CJK_PACKAGE, CJK_FOLDERS = "noto_cjk_sans_otc", ("/usr/share/fonts/opentype/noto", "/usr/share/fonts/noto-cjk")


@functools.cache
def cjk_fonts() -> Path | None:
    """The folder of the font for Chinese, Japanese and Korean, where it is installed."""
    package = importlib.util.find_spec(CJK_PACKAGE)
    installed = package.submodule_search_locations or [] if package else []
    return next((folder for folder in map(Path, [*installed, *CJK_FOLDERS]) if (folder / CJK_FILE).is_file()), None)


@functools.cache
def _in_cjk_fonts() -> frozenset[int]:
    folder = cjk_fonts()
    return frozenset(read_face(folder / CJK_FILE).widths) if folder else frozenset()


@functools.cache
def printable() -> frozenset[int]:
    """The code points that every weight of the text font, or a bundled fallback font, has."""
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
        if text.isascii() and text.isprintable():  # as most cells of large tables are
            return text
        return self._mark(text, {char for char in set(text) if not is_printable(char)})

    def mark_equation(self, text: str) -> str:
        return self._mark(text, {char for char in set(text) if not is_mathematical(char) and not is_printable(char)})

    def _mark(self, text: str, lacking: set[str]) -> str:
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
def is_printable(char: str) -> bool:
    category = unicodedata.category(char)
    if char in _TURNING:
        return False
    if category in _INVISIBLE or char in "\n\t":
        return True
    # The extra's font takes a while to read, and few documents need it.
    return category != "Cc" and (ord(char) in printable() or ord(char) in _in_cjk_fonts())


def is_mathematical(char: str) -> bool:
    """Whether the font for equations, which Typst brings along, has it."""
    return unicodedata.category(char) == "Sm" or "ℂ" <= char <= "⅏" or "𝐀" <= char <= "𝟿" or char in "′″‴⊤⏞⏟―‖⋯⋮⋱…"


def language(text: str) -> str:
    """Of a text that is not in Latin letters, as far as its script tells: direction and shapes hang on it."""
    if text.isascii():
        return ""
    first = next((char for char in text if unicodedata.bidirectional(char) in ("L", "R", "AL")), "")
    side = unicodedata.bidirectional(first) if first else ""
    if side in ("R", "AL"):
        return "he" if side == "R" else "ar"
    scripts = {unicodedata.name(char, "").split(" ")[0] for char in text if ord(char) > 0x2E7F}
    found = (name for script, name in _LANGUAGES if script in scripts)
    return next(found, "")


def _script(char: str) -> str:
    """`Arabic`, `Hangul`, `CJK`: the first word of the character's name, which for letters is their script."""
    if not unicodedata.category(char).startswith("L"):
        return "symbols"
    word = unicodedata.name(char, "other").split()[0]
    return word if word == "CJK" else word.capitalize()
