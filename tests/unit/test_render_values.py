"""How a dataset's values are spelled in print, and what is said of those that are not shown literally."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reportkit.columns import Column, Kind
from reportkit.render.values import LONGEST_TEXT, MISSING, Shown, show


def shown(kind: Kind, values: Sequence[Any], unit: str | None = None) -> Shown:
    return show(Column("c", kind, "", unit), values)


@pytest.mark.parametrize("kind", Kind)
def test_a_missing_value_is_a_dash_whatever_its_kind(kind: Kind) -> None:
    column = shown(kind, [None])
    assert column.texts == [MISSING]
    assert not +column.changes


def test_what_is_counted_has_its_thousands_apart_and_a_mere_number_does_not() -> None:
    assert shown(Kind.INTEGER, [1234567, -5, 0], "users").texts == ["1,234,567", "−5", "0"]
    assert shown(Kind.INTEGER, [1234567, -(2**63)]).texts == ["1234567", "−9223372036854775808"]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1.0, 20.0, -3.0], ["1", "20", "−3"]),
        ([0.5, 1234.0], ["0.5", "1,234.0"]),
        ([1234567.891, 0.25], ["1,234,567.89", "0.25"]),
        ([0.123456, 0.5], ["0.1235", "0.5000"]),
        ([0.9, 3.2e-12], ["0.9000", "3.20e−12"]),
        ([1e15, 1.5], ["1.00e+15", "1.5"]),
        ([-0.0, 0.0], ["0", "0"]),
        ([float("nan"), float("inf"), float("-inf"), 1.0], ["NaN", "∞", "−∞", "1"]),
    ],
)
def test_a_column_of_numbers_has_as_many_digits_as_a_reader_can_use(values: list[float], texts: list[str]) -> None:
    assert shown(Kind.NUMBER, values).texts == texts


def test_rounded_numbers_are_counted_and_exact_ones_are_not() -> None:
    assert shown(Kind.NUMBER, [0.123456, 0.123456, 0.5, 1e15, 1.2345e16, None]).changes == Counter(rounded_numbers=3)
    assert not +shown(Kind.NUMBER, [0.1, 0.25, 0.125]).changes


def test_a_share_is_a_percentage() -> None:
    column = shown(Kind.NUMBER, [0.5, 0.07, -0.123456, None], "share")
    assert column.texts == ["50.00 %", "7.00 %", "−12.35 %", MISSING]
    assert column.unit == ""
    assert column.changes == Counter(rounded_numbers=1)
    assert shown(Kind.NUMBER, [0.5, 0.07], "share").texts == ["50 %", "7 %"]


def test_money_is_exact_with_its_points_below_each_other() -> None:
    assert shown(Kind.DECIMAL, [Decimal("1234.500000"), Decimal("-0.05")]).texts == ["1,234.50", "−0.05"]


def test_a_decimal_of_38_digits_keeps_them_all() -> None:
    longest = Decimal("-12345678901234567890.123456789012345678")
    assert shown(Kind.DECIMAL, [longest, Decimal("0.10")]).texts == [
        "−12,345,678,901,234,567,890.123456789012345678",
        "0.1",
    ]


def test_dates_and_booleans_are_as_people_write_them() -> None:
    assert shown(Kind.DATE, [date(33, 4, 5)]).texts == ["0033-04-05"]
    assert shown(Kind.BOOLEAN, [True, False]).texts == ["yes", "no"]


def test_instants_are_shown_to_the_minute_where_that_is_all_there_is() -> None:
    column = shown(Kind.INSTANT, [datetime(2026, 10, 1, 9, 30, tzinfo=UTC), None])
    assert (column.texts, column.unit) == (["2026-10-01 09:30", MISSING], "UTC")


def test_other_instants_are_shown_to_the_second_and_the_cut_ones_counted() -> None:
    column = shown(Kind.INSTANT, [datetime(2026, 10, 1, 9, tzinfo=UTC), datetime(33, 1, 1, 0, 0, 1, 5, tzinfo=UTC)])
    assert column.texts == ["2026-10-01 09:00:00", "0033-01-01 00:00:01"]
    assert column.changes == Counter(instants_cut_to_seconds=1)


def test_instants_are_shown_by_the_clocks_of_a_zone() -> None:
    instant = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    column = show(Column("c", Kind.INSTANT, ""), [instant], ZoneInfo("Europe/Berlin"))
    assert (column.texts, column.unit) == (["2026-07-02 00:30"], "Europe/Berlin")


def test_a_text_that_would_fill_a_page_is_cut_and_says_so() -> None:
    column = shown(Kind.TEXT, ["x" * 32_000, "x" * LONGEST_TEXT])
    assert column.texts[0].endswith("x… [cut: 32,000 characters]")
    assert [len(text) for text in column.texts] == [LONGEST_TEXT, LONGEST_TEXT]
    assert column.changes == Counter(cut_texts=1)
