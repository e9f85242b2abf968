"""How a dataset's columns are laid on pages: never cut off, on few pages, whole where that is not dear."""

from __future__ import annotations

import math

import pytest

from reportkit.render.columns import LANDSCAPE, PORTRAIT, SIZES, Faces, Need
from reportkit.render.figures.faces import OURS
from reportkit.render.parts import Part, plan_parts

FACES = Faces.of(OURS)
ROWS = 1_000
UUID = "0f9c1d6e-\u200b7a52-\u200b4c1e-\u200b9d0b-\u200b3f5a7b2c4d6e"


def plan(*texts: str, rows: int = ROWS) -> list[Part]:
    """Of columns that hold these texts, after the rows' numbers."""
    return plan_parts(needs(*texts, rows=rows))


def needs(*texts: str, rows: int = ROWS) -> list[Need]:
    numbers = Need.of(["#"], [str(n) for n in range(rows)], FACES, numeric=True)
    return [numbers, *(Need.of(["column"], [text] * rows, FACES, numeric=text.isdigit()) for text in texts)]


def on_one_line(part: Part, given: list[Need]) -> bool:
    rooms = [(width - part.plan.padding) / part.plan.size for width in part.plan.widths]
    return all(given[x].natural <= room + 0.01 for x, room in zip(part.columns, rooms, strict=True))


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_columns_that_fit_side_by_side_are_one_table_without_numbers(columns: int) -> None:
    [part] = plan(*["some words"] * columns)
    assert part.columns == tuple(range(1, columns + 1))
    assert (part.plan.landscape, part.plan.size) == (False, SIZES[0])


@pytest.mark.parametrize("columns", [20, 60, 300])
@pytest.mark.parametrize("rows", [1, ROWS])
def test_of_several_tables_each_begins_with_the_numbers_and_the_first_column(columns: int, rows: int) -> None:
    texts = ["some words of text"] * columns
    given, parts = needs(*texts, rows=rows), plan(*texts, rows=rows)
    assert len(parts) > 1
    assert [part.columns[:2] for part in parts] == [(0, 1)] * len(parts)
    assert [x for part in parts for x in part.columns[2:]] == list(range(2, columns + 1))
    for part in parts:
        assert sum(part.plan.widths) <= (LANDSCAPE if part.plan.landscape else PORTRAIT) + 0.01
        assert part.plan.size in SIZES
        room = [width - part.plan.padding for width in part.plan.widths]
        least = [given[x].least * part.plan.size for x in part.columns]
        assert all(has >= wants - 0.01 for has, wants in zip(room, least, strict=True))


@pytest.mark.parametrize("columns", [17, 26, 37])
def test_parts_are_as_alike_as_their_columns_allow(columns: int) -> None:
    parts = plan(*["some words of text"] * columns, rows=1)
    assert max(len(part.columns) for part in parts) == 2 + math.ceil((columns - 1) / len(parts))


@pytest.mark.parametrize("columns", [1, 2, 4])
def test_a_column_wider_than_the_page_shrinks_rather_than_being_cut_off(columns: int) -> None:
    for part in plan(*["9" * 500] * columns, rows=1):
        assert sum(part.plan.widths) <= LANDSCAPE + 0.01


def test_a_long_table_is_turned_before_every_row_has_a_second_line() -> None:
    identifiers = [UUID] * 4
    [long] = plan(*identifiers)
    assert long.plan.landscape
    assert on_one_line(long, needs(*identifiers))
    [short] = plan(*identifiers, rows=5)
    assert not short.plan.landscape


def test_a_long_text_is_given_a_table_of_its_own_where_it_would_make_every_row_high() -> None:
    texts = [*["some words of text"] * 12, "word " * 60]
    alone, crowded = plan(*texts), plan(*texts, rows=3)
    assert alone[-1].columns[-1] == 13
    assert alone[-1].plan.widths[-1] > crowded[-1].plan.widths[-1]


def test_type_is_not_made_smaller_for_a_few_pages_less() -> None:
    assert {part.plan.size for part in plan(*["some words"] * 4)} == {SIZES[0]}
