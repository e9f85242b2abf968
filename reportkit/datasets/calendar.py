"""Days without gaps, so that a day on which nothing happened has its row of zeros."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ScalarSelect, select

from reportkit.datasets.sql import day_after


def days_between(first: ScalarSelect[Any], last: ScalarSelect[Any]) -> CTE:
    """Every `day` from the first to the last; none where there is no first."""
    days = select(first.label("day")).where(first.is_not(None)).cte("days", recursive=True)
    return days.union_all(select(day_after(days.c.day)).where(days.c.day < last))
