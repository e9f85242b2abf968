"""How tables are fitted to the page: never cut off, as large as can be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reportkit.render.columns import COMFORT, LANDSCAPE, PORTRAIT, SIZES, Need, Plan, one_line, plan_columns, plan_parts
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


def test_modest_wishes_are_granted_before_great_ones() -> None:
    digits = 0.497 * 24  # em, in Source Sans 3; more than a column of text is granted by right
    fitted = plan(pd.DataFrame({"code": ["123456789012 45678901234x"], "a": ["word " * 200], "b": ["word " * 200]}))
    assert fitted.widths[0] - fitted.padding >= digits * fitted.size
    assert fitted.widths[1] == pytest.approx(fitted.widths[2])


def needs(columns: int, text: str = "some words of text", rows: int = 1) -> list[Need]:
    return [Need.of([f"column {n}"], [text] * rows, numeric=False) for n in range(columns)]


def test_columns_that_fit_side_by_side_are_one_table() -> None:
    [part] = plan_parts(needs(5), repeated=(0,))
    assert part.columns == (0, 1, 2, 3, 4)
    assert not part.plan.landscape


@pytest.mark.parametrize("columns", [15, 20, 60])
def test_columns_that_do_not_fit_are_split_and_each_part_begins_with_the_repeated_ones(columns: int) -> None:
    given = needs(columns)
    parts = plan_parts(given, repeated=(0, 1))
    assert len(parts) > 1
    assert [part.columns[:2] for part in parts] == [(0, 1)] * len(parts)
    assert [x for part in parts for x in part.columns[2:]] == list(range(2, columns))
    for part in parts:
        assert sum(part.plan.widths) <= LANDSCAPE + 0.01
        assert part.plan.size in SIZES
        room = [width - part.plan.padding for width in part.plan.widths]
        least = [given[x].least * part.plan.size for x in part.columns]
        assert all(has >= wants - 0.01 for has, wants in zip(room, least, strict=True))


@pytest.mark.parametrize("columns", [16, 25, 36])
def test_parts_are_as_alike_as_their_columns_allow(columns: int) -> None:
    parts = plan_parts(needs(columns), repeated=(0,))
    assert max(len(part.columns) for part in parts) == 1 + math.ceil((columns - 1) / len(parts))


def test_a_column_wider_than_the_page_shrinks_rather_than_being_cut_off() -> None:
    wide = [Need.of(["n"], ["9" * 500], numeric=True) for _ in range(2)]
    for part in plan_parts(wide, repeated=(0,)):
        assert sum(part.plan.widths) <= LANDSCAPE + 0.01


def test_one_long_text_among_many_does_not_widen_its_column() -> None:
    usual = Need.of(["c"], ["short"] * 100, numeric=False)
    assert Need.of(["c"], [*["short"] * 99, "long " * 100], numeric=False).natural < usual.natural + COMFORT
    assert Need.of(["c"], [*["1"] * 99, "1" * 50], numeric=True).least > 20


def test_a_row_is_called_one_line_high_only_where_that_is_certain() -> None:
    digits = "0123456789"  # 4.97 em
    texts = [digits, digits, "two\nlines", "😀", "a\u200bb", "–"]
    assert one_line(texts, room=5.2) == [True, True, False, False, True, True]
    assert one_line(texts, room=5.1) == [False, False, False, False, True, True]
