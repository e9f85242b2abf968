"""Characters that no bundled font has are marked, never dropped in silence."""

from __future__ import annotations

import pytest

from reportkit.render.glyphs import MARK, Marker, printable


@pytest.mark.parametrize(
    "text", ["Zoë Ångström", "Ирина", "Ωμέγα", "± − × ≤ → €", "🚀 ✅ ⚠️ 👨‍👩‍👧", "tab\tand\nline", "\u00a0\u200b\u202f"]
)
def test_what_the_fonts_have_stays_as_it_is(text: str) -> None:
    marker = Marker()
    assert marker.mark(text) == text
    assert marker.summary() == ""


@pytest.mark.parametrize(
    ("text", "marked", "script"),
    [
        ("王小明", MARK * 3, "CJK 3"),
        ("مَريم", MARK * 4, "Arabic 4"),
        ("한글", MARK * 2, "Hangul 2"),
        ("a\x00b\x1b", f"a{MARK}b{MARK}", "symbols 2"),
        ("invoice\u202efdp.exe", f"invoice{MARK}fdp.exe", "symbols 1"),
        ("\ud800", MARK, "symbols 1"),
    ],
)
def test_what_they_lack_is_marked_and_told_by_script(text: str, marked: str, script: str) -> None:
    marker = Marker()
    assert marker.mark(text) == marked
    assert script in marker.summary()


def test_the_summary_does_not_depend_on_the_order_of_reading() -> None:
    forwards, backwards = Marker(), Marker()
    forwards.mark("한王")
    backwards.mark("王")
    backwards.mark("한")
    assert forwards.summary() == backwards.summary()


def test_the_mark_itself_can_be_printed() -> None:
    assert ord(MARK) in printable()
