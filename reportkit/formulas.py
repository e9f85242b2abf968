"""What spreadsheets would run as a formula: the one definition, for Arrow, Python and PostgreSQL. No I/O.

The patterns are read by Arrow's RE2, by `re` and by PostgreSQL, which agree on this much of the syntax.
"""

from __future__ import annotations

import re

_INVISIBLE = (
    "\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
)
"""White space, controls, and what shows nothing by itself: joiners, fillers, marks of direction and variation."""
_TRIGGERS = "=+\\-@\t\r\x00＝＋－＠"

RISKY = f"^'*[{_INVISIBLE}]*[{_TRIGGERS}]"
"""The first visible character is one of ``= + - @`` (or their fullwidth forms), or a TAB, CR or NUL comes before it."""
PLAIN_NUMBER = r"^[+\-]([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+\-]?[0-9]+)?"
"""The start of a number with a sign; closed with `$`, such a text is none to guard."""
STARTS = tuple(code for code in range(1, 0x10000) if re.match(f"['{_INVISIBLE}{_TRIGGERS}]", chr(code)))
"""Code points that such a text can start with: the others need no further look."""
