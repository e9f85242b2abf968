"""The formula guard: text that a spreadsheet would run as a formula gets an apostrophe in front.

A text is guarded when its first visible character is one of ``= + - @`` (or their fullwidth forms), or when a TAB, CR
or NUL comes before that; plain numbers such as `-12.50` are not. Apostrophes already there are looked through, so that
`unguard` gives back every text exactly.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

_INVISIBLE = "\x00-\x20\x7f-\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u206f\u3000\ufeff"
_TRIGGERS = "=+\\-@\t\r\x00＝＋－＠"

# Both are read by Arrow's RE2 and by `re`, which agree on this much of the syntax.
_RISKY = f"^'*[{_INVISIBLE}]*[{_TRIGGERS}]"
_PLAIN_NUMBER = r"^[+\-]([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+\-]?[0-9]+)?"


def guard(texts: pa.Array) -> tuple[pa.Array, int]:
    """The texts, guarded where needed, and how many were."""
    risky = pc.match_substring_regex(texts, _RISKY)
    if not pc.any(risky).as_py():
        return texts, 0
    risky = pc.and_not(risky, pc.match_substring_regex(texts, f"{_PLAIN_NUMBER}$"))
    guarded = pc.binary_join_element_wise("'", texts, "")
    return pc.if_else(risky, guarded, texts), pc.sum(risky).as_py() or 0


def unguard(text: str) -> str:
    """The text that `guard` was given."""
    inner = text[1:]
    guarded = text.startswith("'") and re.match(_RISKY, inner) and not re.fullmatch(_PLAIN_NUMBER, inner)
    return inner if guarded else text
