"""Two runs of a report are compared by the data they show: tables, what figures plot, text, and what was asked for."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from executed_notebook import DOT, chart, code, display, notebook, report_notebook, table, text
from hypothesis import given
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_output
from png_files import png_file

from reportkit.comparing.contents import Contents
from reportkit.comparing.differences import Change, Differences, differences
from reportkit.errors import BadNotebook

LIFTS = pd.DataFrame(
    {"metric": ["Conversion", "Revenue"], "lift": ["+3.1 %", "$1,204.50"], "verdict": ["better", "n/a"]}
)


def compared(before: list[NotebookNode | str], after: list[NotebookNode | str]) -> Differences:
    return differences(Contents.of(notebook(*before)), Contents.of(notebook(*after)))


def moved(before: list[NotebookNode | str], after: list[NotebookNode | str]) -> list[tuple[str, ...]]:
    """Of the only part that moved: where, before, after."""
    found = compared(before, after)
    assert (found.run, found.gone, found.added) == ([], [], [])
    [(_, changes)] = found.moved
    return [(": ".join(change.where), change.before, change.after) for change in changes]


def test_a_report_does_not_differ_from_itself() -> None:
    contents = Contents.of(report_notebook())
    assert not differences(contents, Contents.of(report_notebook()))
    kinds = [part.kind for part in contents.parts]
    assert (kinds.count("figure"), kinds.count("table")) == (4, 5 - 1)  # the fifth is Markdown, which is text


def test_a_number_in_a_table_is_told_by_row_and_column_with_both_changes() -> None:
    after = LIFTS.replace({"+3.1 %": "+2.5 %", "$1,204.50": "$1,324.95", "better": "unclear"})
    found = compared(["# Results", code("t", table(LIFTS))], ["# Results", code("t", table(after))])
    [(part, changes)] = found.moved
    assert part.name == 'table under "Results"'
    assert [change.where for change in changes] == [
        ("Conversion", "lift"),
        ("Conversion", "verdict"),
        ("Revenue", "lift"),
    ]
    assert [(each.absolute, each.relative) for each in changes] == [
        (pytest.approx(-0.6), pytest.approx(-0.6 / 3.1)),
        (None, None),
        (pytest.approx(120.45), pytest.approx(0.1)),
    ]


def shown(frame: pd.DataFrame, caption: str = "") -> NotebookNode:
    return code("t", display({"text/html": frame.style.hide(axis="index").set_caption(caption).to_html()}))


def test_rows_are_known_by_as_many_columns_as_tell_them_apart() -> None:
    before = pd.DataFrame({"metric": ["A", "A", "B"], "variant": ["x", "y", "x"], "mean": [1, 2, 3]})
    after = before.iloc[::-1].assign(mean=[3, 7, 1])  # in another order
    assert moved([shown(before)], [shown(after)]) == [
        ("A · y: mean", "2", "7"),
        ("order: from place 1 on", "A · x", "B · x"),
    ]


def test_another_order_is_told_once_of_rows_and_of_paragraphs() -> None:
    before = pd.DataFrame({"metric": list("ABCDE"), "mean": range(5)})
    assert moved([shown(before)], [shown(before.iloc[[0, 4, 1, 2, 3]])]) == [("order: from place 2 on", "B", "E")]
    gone = before.iloc[[1, 2, 3, 4]]
    assert moved([shown(before)], [shown(gone)]) == [("A", "mean 0", None)]
    assert moved(["# One\n\nfirst\n\nsecond\n\nthird"], ["# One\n\nsecond\n\nthird\n\nfirst"]) == [
        ("order: from place 1 on", "first", "second")
    ]


def picture(content: bytes) -> NotebookNode:
    return code("p", display({"image/png": base64.b64encode(content).decode()}))


def test_a_picture_is_compared_by_its_content() -> None:
    one, other = base64.b64decode(DOT), png_of(2)
    assert not compared([picture(one)], [picture(one)])
    [(place, before, after)] = moved(["# One", picture(one)], ["# One", picture(other)])
    assert place == "content: SHA-256"
    assert (before, after) == tuple(hashlib.sha256(each).hexdigest()[:16] for each in (one, other))
    assert [part.name for part in compared(["# One"], ["# One", picture(one)]).added] == ['picture under "One"']


def png_of(width: int) -> bytes:
    return png_file(width, 1, zlib.compress(bytes(1 + width)))


def test_what_is_written_at_axes_and_drawn_into_a_figure_is_compared() -> None:
    def figure(unit: str = "EUR", target: float = 5, at: float = 1, scale: str = "Share", below: str = "") -> Any:
        made = go.Figure(go.Heatmap(z=[[1.0]], colorbar={"title": {"text": scale}}))
        made.add_hline(y=target).add_annotation(text="launch", x=at, y=0)
        return chart(made.update_layout(yaxis={"title": {"text": unit}}, title={"subtitle": {"text": below}}))

    def told(**after: Any) -> list[tuple[str, ...]]:
        return moved([code("f", figure())], [code("f", figure(**after))])

    assert told(unit="USD") == [("yaxis title: text", "EUR", "USD")]
    assert told(target=6) == [("shape · 1: y0", 5, 6), ("shape · 1: y1", 5, 6)]
    assert told(at=2) == [("annotation · 1: x", 1, 2)]
    assert told(scale="Count") == [("colorbar title: text", "Share", "Count")]
    assert told(below="Web only") == [("title subtitle: text", "", "Web only")]


def test_points_are_called_as_the_axis_calls_them() -> None:
    def figure(lift: float) -> NotebookNode:
        points = go.Scatter(name="better", x=[lift, 0.3], y=[0, 1])
        return code("f", chart(go.Figure(points).update_yaxes(tickvals=[0, 1], ticktext=["Revenue", "Sessions"])))

    assert moved([figure(0.1)], [figure(0.2)]) == [("better · Revenue: x", 0.1, 0.2)]


def test_rows_that_nothing_tells_apart_are_counted() -> None:
    before = pd.DataFrame({"metric": ["A", "A"], "mean": [1, 1]})
    assert moved([shown(before)], [shown(before.assign(mean=[1, 2]))]) == [("A #2: mean", "1", "2")]


def test_a_row_that_comes_or_goes_is_one_change() -> None:
    before = pd.DataFrame({"metric": ["A", "B"], "mean": [1, 2], "p": [0.1, 0.2]})
    after = pd.DataFrame({"metric": ["A", "C"], "mean": [1, 2], "p": [0.1, 0.2]})
    assert moved([shown(before)], [shown(after)]) == [
        ("B", "mean 2, p 0.200000", None),
        ("C", None, "mean 2, p 0.200000"),
    ]


def test_a_column_that_comes_is_told_for_each_row() -> None:
    before = pd.DataFrame({"metric": ["A", "B"], "mean": [1, 2]})
    assert moved([shown(before)], [shown(before.assign(p=[5, 6]))]) == [("A: p", None, "5"), ("B: p", None, "6")]


def test_what_a_figure_plots_is_compared_and_not_how_it_looks() -> None:
    before = go.Figure(
        [go.Bar(name="web", x=["Mon", "Tue"], y=np.array([10, 20])), go.Bar(name="ios", x=["Mon"], y=[5])]
    )
    looks = go.Figure(before).update_layout(height=900, template="plotly_dark").update_traces(marker_color="red")
    assert not compared([code("f", chart(before))], [code("f", chart(looks))])
    after = go.Figure(before).update_traces(y=[10, 25], selector={"name": "web"})
    assert moved([code("f", chart(before))], [code("f", chart(after))]) == [("web · Tue: y", 20, 25)]


FIGURES = {
    "bars to the right": (go.Bar(orientation="h", x=[1.0, 2.0], y=["A", "B"]), {"x": [1.0, 3.0]}, ("B: x", 2.0, 3.0)),
    "days": (go.Scatter(x=["2026-10-01"], y=[1]), {"y": [2]}, ("2026-10-01: y", 1, 2)),
    "numbers on both axes": (go.Scatter(x=[1.5, 2.5], y=[1, 2]), {"y": [1, 9]}, ("2.5: y", 2, 9)),
    "without x": (go.Scatter(y=[1, 2]), {"y": [1, 3]}, ("2: y", 2, 3)),
    "pie": (go.Pie(labels=["A", "B"], values=[1, 2]), {"values": [1, 3]}, ("B: values", 2, 3)),
    "heatmap": (
        go.Heatmap(x=["Mon", "Tue"], y=["am", "pm"], z=np.array([[1, 2], [3, 4]])),
        {"z": np.array([[1, 2], [5, 4]])},
        ("pm · Mon: z", 3, 5),
    ),
    "error bars": (
        go.Scatter(x=[0.1], y=["A"], error_x={"array": [0.2], "arrayminus": [0.3]}),
        {"error_x": {"array": [0.4], "arrayminus": [0.3]}},
        ("A: error_x array", 0.2, 0.4),
    ),
    "error bars of one length": (
        go.Scatter(x=["A"], y=[1], error_y={"value": 0.5}),
        {"error_y": {"value": 0.6}},
        ("A: error_y value", 0.5, 0.6),
    ),
    "one number": (go.Indicator(value=5), {"value": 6}, ("1: value", 5, 6)),
    "words at points": (go.Scatter(x=["A"], y=[1], text=["5 %"]), {"text": ["6 %"]}, ("A: text", "5 %", "6 %")),
    "box of quartiles": (go.Box(q1=[1], median=[2], q3=[3]), {"median": [2.5]}, ("1: median", 2, 2.5)),
    "bubbles": (go.Scatter(x=["A"], y=[1], marker={"size": [5]}), {"marker": {"size": [6]}}, ("A: marker size", 5, 6)),
    "flows": (
        go.Sankey(link={"source": [0], "target": [1], "value": [5]}),
        {"link": {"value": [6]}},
        ("1: link value", 5, 6),
    ),
    "table": (go.Table(cells={"values": [["A"], [5]]}), {"cells": {"values": [["A"], [6]]}}, ("2: cells values", 5, 6)),
    "triangle": (go.Scatterternary(a=[1], b=[2], c=[3]), {"c": [4]}, ("1: c", 3, 4)),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_kind_of_chart_names_its_points(name: str) -> None:
    trace, update, told = FIGURES[name]
    before, after = go.Figure(trace), go.Figure(trace).update_traces(update)
    assert moved([code("f", chart(before))], [code("f", chart(after))]) == [told]


def test_what_a_histogram_counts_and_what_stands_in_a_figure_is_compared() -> None:
    def figure(value: int, note: str) -> NotebookNode:
        return code("f", chart(go.Figure(go.Histogram(x=[1, 2, value])).add_annotation(text=note)))

    assert moved([figure(3, "few")], [figure(4, "few")]) == [("3", "x 3", None), ("4", None, "x 4")]
    assert moved([figure(3, "few")], [figure(3, "many")]) == [("annotation · 1: text", "few", "many")]


def test_figures_tables_and_sections_that_are_gone_or_new_are_named() -> None:
    figure = chart(go.Figure(layout={"title": {"text": "Orders"}}))
    before = ["# One", code("f", figure), "# Two", shown(LIFTS, "Lifts")]
    after = ["# One", shown(LIFTS), "# Three"]
    found = compared(before, after)
    assert [part.name for part in found.gone] == ['figure "Orders"', 'table "Lifts"', 'section "Two"']
    assert [part.name for part in found.added] == ['table under "One"', 'section "Three"']
    assert not found.moved


def test_two_tables_under_one_heading_are_told_apart_by_their_order() -> None:
    other = LIFTS.replace({"better": "worse"})
    found = compared(["# One", shown(LIFTS), shown(LIFTS)], ["# One", shown(LIFTS), shown(other), shown(LIFTS)])
    assert [part.name for part, _ in found.moved] == ['table 2 under "One"']
    assert [part.name for part in found.added] == ['table 3 under "One"']


def test_a_paragraph_that_changed_is_told_beside_the_one_it_was() -> None:
    before = ["# Verdict\n\nConversion: better, +3.1 %.\n\n- revenue: unclear\n- stays\n- never said again"]
    after = ["# Verdict\n\n> A guardrail broke.\n\n- stays\n- revenue: better\n\nConversion: better, +2.5 %."]
    assert moved(before, after) == [
        ("text", "Conversion: better, +3.1 %.", "Conversion: better, +2.5 %."),
        ("text", "revenue: unclear", "revenue: better"),
        ("text", "never said again", None),
        ("text", None, "A guardrail broke."),
    ]


def test_the_title_of_a_callout_is_text_too() -> None:
    before, after = (
        f"# Advice\n\n> [!IMPORTANT] {act}\n> Revenue: better." for act in ("Ship it.", "Keep the control.")
    )
    assert moved([before], [after]) == [("text", "Ship it.", None), ("text", None, "Keep the control.")]


def test_parameters_and_cut_off_that_differ_are_told() -> None:
    declared = code("start = '2026-10-01'\nn = 1", tags=["parameters"])
    injected = code("# Parameters\nn = 2", tags=["injected-parameters"])
    before, after = (
        Contents.of(notebook(*cells, code("1", text("1")))) for cells in ([declared], [declared, injected])
    )
    found = differences(before, after, ("2026-10-01T00:00:00Z", None))
    assert found.run == [Change(("parameter", "n"), 1, 2), Change(("data up to",), "2026-10-01T00:00:00Z", None)]
    assert not found  # they show the same


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (1.0, 1.0 + 5e-10, True),
        (1.0, 1.0 + 5e-9, False),
        (1e300, 1e300 * (1 + 5e-9), False),
        (0.0, 1e-300, False),
        (float("nan"), float("nan"), True),
        (None, 0.0, False),
        (1, 1.0, True),
        ("1,000", "1000", True),
        ("−5 %", "-5 %", True),
        ("5 %", "5", False),
        ("$5", "€5", False),
        ("1.2 to 1.4", "1.2 to 1.5", False),
        ("2026-10-01", "2026-10-02", False),
        ("< 0.001", "0.001", False),
    ],
)
def test_numbers_are_the_same_up_to_a_billionth_and_in_the_same_unit(before: Any, after: Any, same: bool) -> None:
    figures = [Contents({"n": value}, "", []) for value in (before, after)]
    assert (differences(*figures).run == []) is same


def test_what_is_no_number_to_json_is_text() -> None:
    frames = (np.array([1.0, -1e308]), np.array([float("nan"), 1e308]))
    cells = [code("f", chart(go.Figure(go.Scatter(x=["a", "b"], y=y)))) for y in frames]
    [part] = json.loads(json.dumps(compared(cells[:1], cells[1:]).to_json(), allow_nan=False))["moved"]
    assert [(each["before"], each["after"], each["absolute"]) for each in part["changes"]] == [
        (1.0, "nan", None),
        (-1e308, 1e308, None),
    ]


def test_a_change_from_zero_has_no_share() -> None:
    change = Change(("a",), 0, 5)
    assert (change.absolute, change.relative) == (5, None)
    assert Change(("a",), -2, -3).relative == -0.5


CELLS = st.lists(
    st.lists(st.text(max_size=6) | st.floats(allow_nan=False), min_size=3, max_size=3), min_size=1, max_size=4
)


@given(CELLS, CELLS)
def test_whatever_a_table_holds_it_equals_itself_and_differences_are_plain_json(
    one: list[Any], other: list[Any]
) -> None:
    before, after = (Contents.of(notebook(shown(pd.DataFrame(rows, columns=list("abc"))))) for rows in (one, other))
    assert not differences(before, before)
    json.dumps(differences(before, after).to_json(), allow_nan=False)


def test_a_notebook_that_did_not_run_or_failed_is_refused() -> None:
    never = code("1")
    never.execution_count = None
    with pytest.raises(BadNotebook, match="it has not been run; compare what `reportkit report NAME --to ipynb` made"):
        Contents.of(notebook("# Title", never))
    failed = code("1 / 0", new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[]))
    with pytest.raises(BadNotebook, match="cell 1 ended in ZeroDivisionError"):
        Contents.of(notebook(failed))


@pytest.mark.parametrize(
    "figure", [{"data": [5]}, {"data": [{"x": {"bdata": "?", "dtype": "f8"}}]}, {"data": [{"x": {"bdata": "AAAA"}}]}]
)
def test_a_figure_that_plotly_did_not_write_is_refused(figure: dict[str, Any]) -> None:
    with pytest.raises(BadNotebook, match="not as Jupyter, pandas and Plotly write them|is not a Plotly figure"):
        Contents.of(notebook(code("f", display({"application/vnd.plotly.v1+json": figure}))))
