"""Characters that no bundled font has are marked, never dropped in silence."""

from __future__ import annotations

import pytest

from reportkit.render import glyphs
from reportkit.render.glyphs import MARK, Marker, language, printable


@pytest.mark.parametrize(
    "text",
    [
        "Zoë Ångström",
        "Ирина",
        "Ωμέγα",
        "± − × ≤ → €",
        "🚀 ✅ ⚠️ 👨‍👩‍👧",
        "مَريم گزارش",
        "שלום",
        "王小明 日本語 한글",
        "tab\tand\nline",
        "\u00a0\u200b\u202f",
    ],
)
def test_what_the_fonts_have_stays_as_it_is(text: str) -> None:
    marker = Marker()
    assert marker.mark(text) == text
    assert marker.summary() == ""


@pytest.mark.parametrize(
    ("text", "marked", "script"),
    [
        ("สวัสดี", MARK * 4, "Thai 4"),
        ("አማርኛ", MARK * 4, "Ethiopic 4"),
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
    forwards.mark("สአ")
    backwards.mark("አ")
    backwards.mark("ส")
    assert forwards.summary() == backwards.summary()


def test_the_mark_itself_can_be_printed() -> None:
    assert ord(MARK) in printable()


def test_without_the_extra_chinese_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "_in_cjk_fonts", frozenset)
    glyphs.is_printable.cache_clear()
    marker = Marker()
    assert marker.mark("王小明") == MARK * 3
    assert "CJK 3" in marker.summary()
    glyphs.is_printable.cache_clear()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain", ""),
        ("Zoë", ""),
        ("مريم", "ar"),
        ("שלום", "he"),
        ("王小明", "zh"),
        ("日本語です", "ja"),
        ("한글", "ko"),
        ("EXP 王", "zh"),
        ("EXP-042 مريم", ""),
        ("3.1 مريم", "ar"),
        ("🚀", ""),
    ],
)
def test_the_language_is_told_by_the_script_and_the_direction_by_the_first_letter(text: str, found: str) -> None:
    assert language(text) == found
