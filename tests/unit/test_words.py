"""Numbers, days and names are written for people."""

from __future__ import annotations

from datetime import date

import pytest

from reportkit.stats.words import (
    counted,
    days,
    escaped,
    glued,
    interval,
    listed,
    measured,
    p,
    percent,
    unsigned,
    with_unit,
)


def test_shares_have_a_sign_and_a_true_minus() -> None:
    assert (percent(0.0412), percent(-0.5), percent(-0.0004), percent(None)) == ("+4.1 %", "−50.0 %", "+0.0 %", "n/a")
    assert (percent(83.9), unsigned(0.451), unsigned(None)) == ("+8,390.0 %", "45.1 %", "n/a")
    assert (interval(-0.1, 0.25), interval(None, 0.25)) == ("−10.0 % to +25.0 %", "n/a")


def test_a_p_value_below_the_line_never_reads_as_being_on_it() -> None:
    assert (p(0.0341), p(0.0000001), p(None)) == ("0.034", "< 0.001", "n/a")
    assert (p(0.0494), p(0.0496), p(0.04999), p(0.05)) == ("0.049", "< 0.05", "< 0.05", "0.050")


@pytest.mark.parametrize(
    ("value", "unit", "sign", "text"),
    [
        (0.4920, "share", False, "49.20 %"),
        (0.0974, "share", True, "+9.74 %"),
        (1845.69, "ms", False, "1,846"),
        (30.49, "EUR", False, "30.49"),
        (-0.5, "EUR", True, "−0.50"),
        (-1845.69, "ms", True, "−1,846"),
        (-0.001, "EUR", True, "+0.00"),
        (-0.00001, "share", False, "0.00 %"),
        (None, "EUR", True, "n/a"),
    ],
)
def test_a_measurement_is_written_in_its_unit(value: float | None, unit: str, sign: bool, text: str) -> None:
    assert measured(value, unit, sign=sign) == text


def test_a_unit_stands_only_beside_a_name_that_needs_it() -> None:
    assert [
        with_unit(*each) for each in (("Converted", "share"), ("Revenue", "EUR"), ("Clicks per day", "clicks per day"))
    ] == [
        "Converted",
        "Revenue (EUR)",
        "Clicks per day",
    ]


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 9, 1), date(2026, 9, 12), "1 to 12 September 2026"),
        (date(2026, 8, 31), date(2026, 10, 12), "31 August to 12 October 2026"),
        (date(2025, 12, 31), date(2026, 1, 2), "31 December 2025 to 2 January 2026"),
        (date(2026, 9, 1), date(2026, 9, 1), "1 September 2026"),
    ],
)
def test_a_span_says_nothing_twice(first: date, last: date, text: str) -> None:
    assert days(first, last) == text


def test_one_of_a_kind_is_singular() -> None:
    assert (counted(1, "entry", "entries"), counted(1_200, "flag"), counted(0, "flag")) == (
        "1 entry",
        "1,200 flags",
        "0 flags",
    )


def test_names_are_listed_as_in_a_sentence() -> None:
    assert (listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"]), listed([])) == (
        "a",
        "a and b",
        "a, b and c",
        "",
    )


def test_a_name_is_never_markup() -> None:
    assert escaped("gold & <bronze>, *best* [x](y) a_b\n# c") == (r"gold \& \<bronze\>, \*best\* \[x\](y) a\_b \# c")


def test_no_line_ends_between_a_number_and_its_per_cent_sign() -> None:
    assert glued("from +1.0 % to 2.0 %.") == "from +1.0\u00a0% to 2.0\u00a0%."
