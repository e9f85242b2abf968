"""The formula guard: text that a spreadsheet would run as a formula gets an apostrophe in front.

A text is guarded when its first visible character is one of ``= + - @`` (or their fullwidth forms), or when a TAB, CR
or NUL comes before that; plain numbers such as `-12.50` are not. Apostrophes already there are looked through, so that
`unguard` gives back every text exactly.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reportkit.formulas import PLAIN_NUMBER, RISKY, STARTS

if TYPE_CHECKING:
    import pyarrow as pa

_FIRST_BYTES = frozenset(chr(code).encode()[0] for code in (0, *STARTS))
"""In UTF-8, of the texts that could be risky."""


def guard(texts: pa.Array) -> tuple[pa.Array, int]:
    """The texts, guarded where needed, and how many were."""
    import pyarrow.compute as pc

    if not _FIRST_BYTES & _first_bytes(texts):
        return texts, 0
    risky = pc.match_substring_regex(texts, RISKY)
    if not pc.any(risky).as_py():
        return texts, 0
    risky = pc.and_not(risky, pc.match_substring_regex(texts, f"{PLAIN_NUMBER}$"))
    guarded = pc.binary_join_element_wise("'", texts, "")
    return pc.if_else(risky, guarded, texts), pc.sum(risky).as_py() or 0


def guard_text(text: str) -> str:
    """One text, guarded where needed: for names, where Arrow is not worth loading."""
    return f"'{text}" if _is_risky(text) else text


def unguard(text: str) -> str:
    """The text that `guard` was given."""
    return text[1:] if text.startswith("'") and _is_risky(text[1:]) else text


def _first_bytes(texts: pa.Array) -> frozenset[int]:
    """Those that texts start with, and maybe one more: looking at them takes a tenth of the pattern's time."""
    import numpy as np

    _, offsets, data = texts.buffers()
    if not (data and data.size):
        return frozenset()
    starts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts)]
    firsts = np.frombuffer(data, np.uint8)[np.minimum(starts, data.size - 1)]
    return frozenset(np.flatnonzero(np.bincount(firsts)).tolist())


def _is_risky(text: str) -> bool:
    return bool(re.match(RISKY, text)) and not re.fullmatch(PLAIN_NUMBER, text)
