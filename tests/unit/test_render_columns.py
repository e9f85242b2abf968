"""How tables are fitted to the page: never cut off, as large as can be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from reportkit.render.columns import LANDSCAPE, PORTRAIT, SIZES, Plan, plan_columns
from reportkit.render.tables import read_tables


def plan(frame: pd.DataFrame) -> Plan:
    attrs: dict[str, Any] = read_tables(frame.to_html())[0]["attrs"]
    return plan_columns(attrs["head"], attrs["rows"], attrs["width"])


def numbers(columns: int) -> pd.DataFrame:
    return pd.DataFrame(np.full((2, columns), 12345.678), columns=[f"metric {n}" for n in range(columns)])


def test_a_small_table_stays_small_in_the_best_size() -> None:
    small = plan(pd.DataFrame({"who": ["Ada"], "n": [1]}))
    assert small.size == SIZES[0]
    assert sum(small.widths) < PORTRAIT / 2


def test_a_table_of_usual_width_fills_the_text_width() -> None:
    assert sum(plan(numbers(6)).widths) == pytest.approx(PORTRAIT)


def test_more_columns_first_make_the_type_smaller_then_turn_the_page() -> None:
    steps = [(fitted.landscape, -fitted.size) for fitted in (plan(numbers(n)) for n in range(2, 40))]
    assert steps == sorted(steps)
    assert steps[0] == (False, -SIZES[0])
    assert steps[-1][0]


@pytest.mark.parametrize("columns", [1, 5, 12, 20, 60, 300])
def test_no_table_is_wider_than_its_page(columns: int) -> None:
    fitted = plan(numbers(columns))
    assert sum(fitted.widths) <= (LANDSCAPE if fitted.landscape else PORTRAIT) + 0.01
    assert fitted.size > 0


def test_a_column_of_prose_wraps_rather_than_shrinks_the_table() -> None:
    fitted = plan(pd.DataFrame({"n": [1], "text": ["word " * 200]}))
    assert (fitted.size, fitted.landscape) == (SIZES[0], False)
    assert fitted.widths[1] > fitted.widths[0]


def test_numbers_are_given_the_room_they_need_before_prose_is() -> None:
    digit = 0.497  # em, in Source Sans 3
    fitted = plan(numbers(5).assign(text="word " * 50))
    assert min(fitted.widths[:5]) - fitted.padding >= 8 * digit * fitted.size
