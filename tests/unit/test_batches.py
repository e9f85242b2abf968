"""Rows to record batches: exact, and whatever is not of its column's kind is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from reportkit.columns import Column, Kind, Schema
from reportkit.datasets.batches import to_batch
from reportkit.errors import WarehouseUnavailable


def arrived(kind: Kind, *values: Any) -> list[Any]:
    batch = to_batch([(value,) for value in values], Schema.of([Column("it", kind, "A value")]))
    given: list[Any] = batch.column(0).to_pylist()
    return given


@pytest.mark.parametrize("kind", Kind)
def test_a_column_of_nothing_but_nulls_has_its_kinds_type(kind: Kind) -> None:
    assert arrived(kind, None, None) == [None, None]


@pytest.mark.parametrize(
    "values",
    [
        ("99999999999999999999.999999999999999999", "-0.000000000000000001", None, "1.50", "0"),
        (Decimal("99999999999999999999.999999999999999999"), None, Decimal("-0.5")),
        ("12.50", 0, None),  # as coalesce(amount, 0) gives them on SQLite
    ],
    ids=["texts", "decimals", "texts and numbers"],
)
def test_decimals_are_exact_in_whatever_form_they_come(values: tuple[Any, ...]) -> None:
    assert arrived(Kind.DECIMAL, *values) == [None if value is None else Decimal(value) for value in values]


@pytest.mark.parametrize("value", ["1e-30", "1.0000000000000000001", "1" * 21, "1" * 60, "NaN", "", "a lot"])
def test_a_decimal_that_would_lose_digits_or_is_none_is_refused(value: str) -> None:
    with pytest.raises(WarehouseUnavailable, match="column it holds a value that is not decimal"):
        arrived(Kind.DECIMAL, "1.5", value)


def test_moments_come_as_text_or_as_what_they_are() -> None:
    instant = datetime(2026, 1, 31, 23, 59, 59, 123456, UTC)
    assert arrived(Kind.INSTANT, None, "2026-01-31T23:59:59.123456Z") == [None, instant]
    assert arrived(Kind.INSTANT, None, instant) == [None, instant]
    assert arrived(Kind.DATE, "1899-12-31", None) == [date(1899, 12, 31), None]
    assert arrived(Kind.DATE, date(1899, 12, 31), None) == [date(1899, 12, 31), None]
