"""How tables are fitted to the page: never cut off, as large as can be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reportkit.brand import read_brand
from reportkit.brand.look import FontFile
from reportkit.render.columns import COMFORT, LANDSCAPE, PORTRAIT, SIZES, Faces, Need, Plan, one_line
from reportkit.render.figures.faces import OURS, Typeface, read_face
from reportkit.render.glyphs import FALLBACK_FONTS
from reportkit.render.grids import Part, lay_out
from reportkit.render.tables import read_tables

FACES = Faces.of(OURS)
ROSSO = read_brand(Path(__file__).parents[2] / "brands" / "rosso" / "brand.toml")


def parts(frame: pd.DataFrame, *sides: bool) -> list[Part]:
    attrs: dict[str, Any] = read_tables(frame.to_html())[0]["attrs"]
    return lay_out(attrs["head"], attrs["rows"], attrs["width"], FACES, sides or (False, True))


def plan(frame: pd.DataFrame) -> Plan:
    return parts(frame)[0][2]


def numbers(columns: int) -> pd.DataFrame:
    return pd.DataFrame(np.full((2, columns), 12345.678), columns=[f"metric {n}" for n in range(columns)])


def test_a_small_table_stays_small_in_the_best_size() -> None:
    small = plan(pd.DataFrame({"who": ["Ada"], "n": [1]}))
    assert small.size == SIZES[0]
    assert sum(small.widths) < PORTRAIT / 2


def test_a_table_of_usual_width_fills_the_text_width() -> None:
    assert sum(plan(numbers(6)).widths) == pytest.approx(PORTRAIT)


def test_more_columns_first_make_the_type_smaller_then_turn_the_page_then_make_several_tables() -> None:
    laid_out = [parts(numbers(n)) for n in range(2, 40)]
    steps = [(len(tables) > 1, tables[0][2].landscape, -tables[0][2].size) for tables in laid_out]
    assert [step[:2] for step in steps] == sorted(step[:2] for step in steps)
    together = [step for step in steps if not step[0]]
    assert together == sorted(together)
    assert (steps[0], steps[-1][:2]) == ((False, False, -SIZES[0]), (True, True))


@pytest.mark.parametrize("columns", [1, 5, 12, 20, 60, 300])
def test_no_table_is_wider_than_its_page(columns: int) -> None:
    for _head, _rows, fitted in parts(numbers(columns)):
        assert sum(fitted.widths) <= (LANDSCAPE if fitted.landscape else PORTRAIT) + 0.01
        assert fitted.size >= SIZES[-1]


def test_a_table_too_wide_for_any_page_becomes_several_which_repeat_what_names_the_rows() -> None:
    frame = numbers(60).set_index(pd.Index(["control", "treatment"], name="variant"))
    tables = parts(frame)
    assert len(tables) > 1
    assert all([row[0]["text"] for row in rows] == ["control", "treatment"] for _head, rows, _plan in tables)
    heads = [cell["text"] for head, _rows, _plan in tables for cell in head[0][1:]]
    assert max(len(plan.widths) for _head, _rows, plan in tables) - min(len(plan.widths) for *_, plan in tables) <= 3
    assert heads == list(frame.columns)


def test_a_head_over_several_columns_is_cut_where_they_are() -> None:
    frame = numbers(60)
    frame.columns = pd.MultiIndex.from_product([["all of them"], frame.columns])
    spans = [head[0][-1].get("columns") for head, _rows, _plan in parts(frame)]
    assert sum(spans) == 60


def test_a_table_within_a_list_is_split_rather_than_turned() -> None:
    tables = parts(numbers(30), False)
    assert len(tables) > 1
    assert not any(fitted.landscape or sum(fitted.widths) > PORTRAIT + 0.01 for _head, _rows, fitted in tables)


def test_a_table_in_a_section_on_its_side_uses_that_width() -> None:
    ((_head, _rows, fitted),) = parts(numbers(9), True)
    assert fitted.landscape
    assert sum(fitted.widths) == pytest.approx(LANDSCAPE)


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


def test_one_long_text_among_many_does_not_widen_its_column() -> None:
    usual = Need.of(["c"], ["short"] * 100, FACES, numeric=False)
    assert Need.of(["c"], [*["short"] * 99, "long " * 100], FACES, numeric=False).natural < usual.natural + COMFORT
    assert Need.of(["c"], [*["1"] * 99, "1" * 50], FACES, numeric=True).least > 20


def test_a_row_is_called_one_line_high_only_where_that_is_certain() -> None:
    digits = "0123456789"  # 4.97 em
    texts = [digits, digits, "two\nlines", "😀", "a\u200bb", "–"]
    assert one_line(texts, room=5.2, faces=FACES) == [True, True, False, False, True, True]
    assert one_line(texts, room=5.1, faces=FACES) == [False, False, False, False, True, True]


def test_a_brands_own_font_is_measured_and_what_it_lacks_in_ours() -> None:
    rosso = Typeface.of(ROSSO.font_family, ROSSO.fonts)
    own = read_face(dict(rosso.files)["regular"]).widths
    [lacking, *_] = [char for char in FACES.regular if ord(char) not in own]
    assert Faces.of(rosso).regular["m"] == own[ord("m")] != FACES.regular["m"]
    assert Faces.of(rosso).regular[lacking] == FACES.regular[lacking]
    assert Faces.of(rosso).semibold["m"] > Faces.of(rosso).regular["m"]


def test_our_code_font_may_be_a_brands_too() -> None:
    assert {Faces.of(Typeface.of("Source Code Pro", ())).regular[char] for char in "iMW0"} == {0.6}


def test_digits_are_as_wide_as_those_that_tables_show() -> None:
    file = FALLBACK_FONTS / "Vazirmatn-Regular.ttf"
    vazirmatn = Typeface.of("Vazirmatn", [FontFile(str(file), "Vazirmatn", 400, italic=False)])
    running = read_face(file).widths[ord("8")]
    assert Faces.of(vazirmatn).regular["8"] == pytest.approx(running + 0.0195, abs=1e-4)
