"""HTML tables, as pandas writes them, become grids."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from reportkit.render.tables import read_tables, visible_text


def only(html: str) -> dict[str, Any]:
    (grid,) = read_tables(html)
    return dict(grid["attrs"])


def texts(rows: list[list[dict[str, Any]]]) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in rows]


def test_a_frame_keeps_its_head_its_rows_and_the_order_of_both() -> None:
    frame = pd.DataFrame({"name": ["<b>", "a & b"], "n": [1, 2]}, index=["x", "y"])
    grid = only(frame.to_html())
    assert texts(grid["head"]) == [["", "name", "n"]]
    assert texts(grid["rows"]) == [["x", "<b>", "1"], ["y", "a & b", "2"]]


def test_row_numbers_that_pandas_made_up_are_left_out() -> None:
    assert texts(only(pd.DataFrame({"n": [5, 6]}).to_html())["rows"]) == [["5"], ["6"]]


def test_an_index_with_a_name_or_other_values_is_kept() -> None:
    named = pd.DataFrame({"n": [5, 6]}, index=pd.RangeIndex(2, name="day"))
    assert texts(only(named.to_html())["head"]) == [["day", "n"]]
    assert texts(only(named.to_html())["rows"]) == [["0", "5"], ["1", "6"]]
    assert texts(only(pd.DataFrame({"n": [5, 6]}, index=[1, 2]).to_html())["rows"]) == [["1", "5"], ["2", "6"]]


def test_spans_of_a_two_level_frame_are_kept() -> None:
    frame = pd.DataFrame(
        [[1, 2], [3, 4]],
        index=pd.MultiIndex.from_tuples([("north", "a"), ("north", "b")]),
        columns=pd.MultiIndex.from_tuples([("users", "x"), ("users", "y")]),
    )
    grid = only(frame.to_html())
    assert grid["head"][0][-1] == {"text": "users", "head": True, "columns": 2}
    assert grid["rows"][0][0] == {"text": "north", "head": True, "rows": 2}
    assert texts(grid["rows"]) == [["north", "a", "1", "2"], ["b", "3", "4"]]


def test_a_styler_gives_its_formatted_values_and_caption() -> None:
    styled = pd.DataFrame({"lift": [0.0312]}).style.format("{:.1%}").set_caption("Lift").to_html()
    grid = only(styled)
    assert grid["caption"] == "Lift"
    assert texts(grid["rows"])[0][-1] == "3.1%"


def test_the_note_says_that_pandas_cut_the_table() -> None:
    assert only(pd.DataFrame({"n": range(100)}).to_html(max_rows=4, show_dimensions=True))["note"].startswith(
        "100 rows"
    )


def test_an_empty_frame_says_so() -> None:
    assert only(pd.DataFrame({"n": []}).to_html())["note"] == "No rows"


@pytest.mark.parametrize(
    "html",
    [
        pd.DataFrame().to_html(index=False),
        pd.DataFrame().style.hide(axis="index").to_html(),
        "<table></table>",
        "<table><tr></tr></table>",
    ],
)
def test_a_table_without_any_cell_says_so_too(html: str) -> None:
    grid = only(html)
    assert (grid["note"], grid["width"]) == ("No rows", 1)


def test_words_beside_a_table_without_cells_are_kept() -> None:
    _, second = read_tables("<table><tr><td>1</td></tr></table><table><caption>Empty</caption></table>tail")
    assert (second["attrs"]["caption"], second["attrs"]["note"]) == ("Empty", "tail")


@pytest.mark.parametrize(
    "values",
    [
        ["1,234", "-5", "+3.1 %", "−2"],
        ["$4,104.18", "€ 3", ""],
        ["<0.001", "0.03", "nan"],
        ["[0.1, 0.2]", "(-1.5 to 3.4)", "1.2 % to 5.0 %"],
        ["1e-07", "12 ms", "3 kB"],
    ],
)
def test_numbers_in_any_dress_are_aligned_as_numbers(values: list[str]) -> None:
    grid = only(pd.DataFrame({"v": values}).to_html())
    assert all(row[0].get("numeric") for row in grid["rows"] + grid["head"])


@pytest.mark.parametrize("values", [["2025-03-01"], ["12 Mar"], ["1", "one"], ["", "nan"], ["8f14e45f"], ["#1"]])
def test_what_is_not_all_numbers_is_aligned_as_text(values: list[str]) -> None:
    assert not any(row[0].get("numeric") for row in only(pd.DataFrame({"v": values}).to_html())["rows"])


def test_ragged_rows_are_filled_so_that_no_cell_slips_into_another_row() -> None:
    grid = only(
        "<table><tr><td colspan=3>a</td></tr><tr><td>b</td></tr><tr><td rowspan=9>c</td><td>d</td></tr></table>"
    )
    assert texts(grid["rows"]) == [["a"], ["b", "", ""], ["c", "d", ""]]
    assert "rows" not in grid["rows"][2][0]


def test_a_table_within_a_cell_gives_its_text_to_the_cell() -> None:
    nested = "<table><tr><td>out<table><tr><td>in</td></tr></table></td><td>next</td></tr></table>"
    assert texts(only(nested)["rows"]) == [["out in", "next"]]


def test_numbers_in_a_table_within_a_cell_stay_apart() -> None:
    within = "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>"
    assert texts(only(f"<table><tr><td>{within}4</td></tr></table>")["rows"]) == [["1 2 3 4"]]


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<tr><td>a<td>b<tr><td>c<td>d", [["a", "b"], ["c", "d"]]),
        ("<TR><TD>a</TR></td><TR><TD>b", [["a"], ["b"]]),
        ("<form><tr><div><td>a</td></div></tr></form>", [["a"]]),
        ("<tr><td>p <0.05</td><td>3 < 4</td><td>x <- y</td></tr>", [["p <0.05", "3 < 4", "x <- y"]]),
        ("<tr><td>&lt;b&gt; &euro;&#128512; &bogus; AT&T</td></tr>", [["<b> €😀 &bogus; AT&T"]]),
        ("<tr><td>a\0b \ud800 &#0;</td></tr>", [["a\ufffdb ? \ufffd"]]),
        ("<tr><td>one<br>two<br/>three <p>four\n five</p></td></tr>", [["one\ntwo\nthree\nfour five"]]),
        ("<tr><td><pre> a\tb\r\nc </pre></td></tr>", [["a b c"]]),
        ("<tr><td>a<!-- > x --><script>'</td>'</script>b</td></tr>", [["ab"]]),
        ("<tr><td colspan=0>a</td><td colspan>b</td><td rowspan=x colspan=-1>c</td></tr>", [["a", "b", "c"]]),
        (f"<tr><td>{'<div>' * 2000}deep</td></tr>", [["deep"]]),
    ],
)
def test_malformed_html_loses_no_cell(html: str, shown: list[list[str]]) -> None:
    assert texts(only(f"<table>{html}</table>")["rows"]) == shown


@pytest.mark.parametrize("most", ["1000", "1001", "9" * 5000])
def test_a_span_has_an_end(most: str) -> None:
    assert only(f"<table><tr><td colspan={most}>a</td></tr></table>")["width"] == 1000


def test_text_in_a_table_but_in_none_of_its_cells_is_its_note() -> None:
    grid = only("<table>one <tr>two <td>cell</td> three</tr></table> four")
    assert (texts(grid["rows"]), grid["note"]) == ([["cell"]], "one two three four")


def test_where_a_picture_is_in_or_beside_a_table_that_is_said() -> None:
    html = "<table><tr><td><img alt='Trend'></td><td><svg><path d='M0 0'/></svg></td></tr></table><video></video>"
    grid = only(html)
    assert texts(grid["rows"]) == [["[Trend: not shown]", "[A picture: not shown]"]]
    assert grid["note"] == "[A picture: not shown]"


def test_names_of_rows_in_the_body_are_heads() -> None:
    (row,) = only("<table><tr><th></th><th>n</th></tr><tbody><tr><th>x</th><td>1</td></tr></tbody></table>")["rows"]
    assert [cell.get("head", False) for cell in row] == [True, False]


def test_a_cell_of_very_many_pieces_is_read_whole() -> None:
    many = "x &amp; " * 50_000
    assert len(only(f"<table><tr><td>{many}</td></tr></table>")["rows"][0][0]["text"]) == 4 * 50_000 - 1


def test_styles_scripts_and_comments_are_not_visible_text() -> None:
    assert visible_text("<style>a{}</style><script>b()</script><!-- c --><p>seen <b>too</b></p>") == "seen too"


def test_a_styler_gives_its_colours_and_weight() -> None:
    styled = pd.DataFrame({"n": [1, 2]}).style
    css = "background-color: rgba(255, 0, 0, 0.5); color: white; font-weight: bold; --x: 1"
    grid = only(styled.map(lambda n: css if n == 1 else "").to_html())
    assert [row[0].items() >= {"fill": "#ff8080", "ink": "#ffffff", "bold": True}.items() for row in grid["rows"]] == [
        *(True, False)
    ]


@pytest.mark.parametrize("css", ["color: url(x)", "background-color: var(--x)", "}{", "color", "font-weight: normal"])
def test_a_style_that_says_no_colour_changes_nothing(css: str) -> None:
    cell = only(f'<table><tr><td style="{css}">x</td></tr></table>')["rows"][0][0]
    assert not cell.get("bold")
    assert not {"fill", "ink"} & cell.keys()
