"""The formula guard: what could run in a spreadsheet is made harmless, the rest left alone, and all can be undone."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nasty import FORMULAS, PLAIN_TEXTS

from reportkit.writers.formula_guard import guard, guard_text, unguard

PLAIN_NUMBERS = ["-1", "+3", "-12.50", "+0.5", "-.5", "-5.", "-1e5", "+1.5E-10"]
NOT_QUITE_NUMBERS = [
    "-",
    "+",
    "--1",
    "-1-1",
    "-1 ",
    " -1",
    "-1\n",
    "-1,000",
    "-1e",
    "-1e5+1",
    "+49 30 1234",
    "-0x1F",
    "-٣",
    "'-1",
]

risky_texts = st.text(st.sampled_from("'=+-@\t\r\n\x00 \xa0\u3000\u200b\ufeff＝＋－＠15.eE,xé😀"), max_size=8)


def guarded(text: str) -> str:
    texts, _ = guard(pa.array([text]))
    return str(texts[0])


def starts_like_a_formula(text: str) -> bool:
    """The threat as it is described, told without the guard's own pattern."""
    for character in text:
        if character in "=+-@＝＋－＠\t\r\x00":
            return True
        if not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf"):
            return False
    return False


def is_plain_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and text == text.strip() and text[1:2] in tuple("0123456789.")


@pytest.mark.parametrize("text", [*FORMULAS, *NOT_QUITE_NUMBERS])
def test_what_could_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", [*PLAIN_TEXTS, *PLAIN_NUMBERS])
def test_other_texts_and_plain_numbers_are_left_alone(text: str) -> None:
    assert guarded(text) == text


def test_nulls_stay_nulls_and_only_guarded_texts_are_counted() -> None:
    texts, count = guard(pa.array(["=1", None, "a", "-5", "@b"]))
    assert (texts.to_pylist(), count) == (["'=1", None, "a", "-5", "'@b"], 2)


@pytest.mark.parametrize("texts", [[], [None], ["a", None]])
def test_a_column_without_formulas_is_given_back_as_it_is(texts: list[str | None]) -> None:
    column = pa.array(texts, pa.string())
    assert guard(column) == (column, 0)


@given(risky_texts | st.text())
def test_the_guard_can_be_undone_exactly(text: str) -> None:
    assert unguard(guarded(text)) == text


@given(risky_texts | st.text())
def test_one_text_is_guarded_as_a_column_is(text: str) -> None:
    assert guard_text(text) == guarded(text)


@given(st.lists(st.none() | risky_texts | st.text(max_size=3)), st.integers(0, 3))
def test_each_text_of_a_column_is_guarded_as_it_would_be_alone(texts: list[str | None], first: int) -> None:
    column, count = guard(pa.array(texts, pa.string()).slice(first))
    alone = [text and guard_text(text) for text in texts[first:]]
    assert column.to_pylist() == alone
    assert count == sum(text != before for text, before in zip(alone, texts[first:], strict=True))


@pytest.mark.parametrize("code", [0x034F, 0x061C, 0x115F, 0x1160, 0x180B, 0x3164, 0xFE0F, 0xFFA0, 0xFFF9])
def test_what_shows_nothing_does_not_hide_a_formula(code: int) -> None:
    assert guarded(f"{chr(code)}=1+1") == f"'{chr(code)}=1+1"
    assert guarded(f"{chr(code)}1+1") == f"{chr(code)}1+1"


@given(risky_texts | st.text())
def test_no_guarded_text_starts_like_a_formula(text: str) -> None:
    assert is_plain_number(text) or not starts_like_a_formula(guarded(text))
