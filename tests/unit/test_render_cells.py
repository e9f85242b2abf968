"""What a notebook shows of itself."""

from __future__ import annotations

import base64

import plotly.graph_objects as go
import pytest
from executed_notebook import DOT, chart, code, display, notebook, stream, text
from nbformat import NotebookNode
from nbformat.v4 import new_output, new_raw_cell

from reportkit.errors import RenderFailed
from reportkit.render.cells import CHART_SIZE, PLOTLY, read_cells
from reportkit.render.nodes import Node, text_of

TABLE = "<table><tr><td>1</td></tr></table>"


def shown(*cells: NotebookNode | str) -> list[str]:
    return [node["type"] for node in read_cells(notebook(*cells))]


def only_chart(layout: dict[str, object]) -> Node:
    (node,) = read_cells(notebook(code("", chart(go.Figure(go.Bar(y=[1]), layout=layout)))))
    return dict(node["attrs"])


def test_code_is_never_shown() -> None:
    assert shown(code("secret()"), code("secret()", text("42"))) == ["plain"]


@pytest.mark.parametrize("tag", ["hide", "remove", "parameters", "injected-parameters"])
def test_a_cell_tagged_so_is_left_out(tag: str) -> None:
    assert shown(code("", text("42"), tags=[tag])) == []


def test_raw_cells_are_left_out() -> None:
    assert shown(new_raw_cell("raw")) == []


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({PLOTLY: {"data": []}, "image/png": DOT, "text/html": "x", "text/plain": "x"}, "chart"),
        ({"image/png": DOT, "text/html": TABLE, "text/plain": "x"}, "picture"),
        ({"text/html": TABLE, "text/markdown": "x", "text/plain": "x"}, "grid"),
        ({"text/markdown": "# x", "text/html": "<h1>x</h1>", "text/plain": "x"}, "heading"),
        ({"text/html": "<b>x</b>", "text/plain": "<HTML object>"}, "note"),
        ({"text/plain": "x"}, "plain"),
        ({"application/javascript": "draw()"}, "note"),
    ],
)
def test_the_richest_form_of_an_output_is_shown(data: dict[str, object], kind: str) -> None:
    assert shown(code("", display(data))) == [kind]


def test_what_a_cell_prints_is_shown_only_where_the_cell_is_tagged_for_it() -> None:
    assert shown(code("", stream("log\n"))) == []
    (plain,) = read_cells(notebook(code("", stream("\x1b[1mTotal\x1b[0m\n"), tags=["show-prints"])))
    assert plain == {"type": "plain", "raw": "Total"}


def test_warnings_on_stderr_are_never_shown() -> None:
    assert shown(code("", stream("deprecated", name="stderr"), tags=["show-prints"])) == []


def test_a_cell_that_ended_in_an_error_makes_no_document_even_if_hidden() -> None:
    error = new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])
    with pytest.raises(RenderFailed, match="cell 2 ended in ZeroDivisionError: division by zero"):
        read_cells(notebook("# One", code("1 / 0", error, tags=["hide"])))


def test_a_chart_has_the_size_its_layout_says_or_the_usual_one() -> None:
    assert (only_chart({})["width"], only_chart({})["height"]) == CHART_SIZE
    assert (only_chart({"width": 300, "height": 200})["width"], only_chart({"height": 200})["height"]) == (300, 200)


@pytest.mark.parametrize(
    ("layout", "alternative"),
    [
        ({"title": "<b>Users</b><br>by day", "meta": {"alt": "Users rise"}}, "Chart: Users rise"),
        ({"title": {"text": "<b>Users</b><br>by day"}}, "Chart: Users by day"),
        ({"annotations": [{"text": "Users"}, {"text": "Orders"}]}, "Chart: Users"),
        ({}, ""),
    ],
)
def test_alternative_text_is_the_authors_else_the_title_else_the_first_annotation(
    layout: dict[str, object], alternative: str
) -> None:
    assert only_chart(layout)["alt"] == alternative


def test_a_picture_keeps_the_width_that_the_notebook_gives_it() -> None:
    output = display({"image/png": DOT}, {"image/png": {"width": 300, "height": 200}})
    (picture,) = read_cells(notebook(code("", output)))
    assert picture["attrs"]["width"] == 300


def test_markdown_keeps_its_order_among_outputs() -> None:
    nodes = read_cells(notebook("first", code("", text("second")), "third"))
    assert [text_of(node) for node in nodes] == ["first", "second", "third"]


def test_cells_tagged_landscape_share_a_section_on_its_side() -> None:
    tagged = [code("", text("a"), tags=["landscape"]), code("", text("b"), tags=["landscape"])]
    nodes = read_cells(notebook("first", *tagged, "last"))
    assert [node["type"] for node in nodes] == ["paragraph", "landscape", "paragraph"]
    assert [text_of(node) for node in nodes[1]["children"]] == ["a", "b"]


def test_an_output_in_latex_is_an_equation() -> None:
    assert shown(code("", display({"text/latex": "$x$", "text/plain": "x"}))) == ["paragraph"]


@pytest.mark.parametrize("width", ["50%", 0, -5])
def test_a_picture_of_no_such_width_has_its_own(width: object) -> None:
    (picture,) = read_cells(notebook(code("", display({"image/png": DOT}, {"image/png": {"width": width}}))))
    assert picture["attrs"]["width"] is None


def test_an_svg_without_its_namespace_gets_it_as_in_jupyter() -> None:
    (picture,) = read_cells(notebook(code("", display({"image/svg+xml": "<svg width='9' height='9'></svg>"}))))
    assert b'<svg xmlns="http://www.w3.org/2000/svg" width=' in base64.b64decode(picture["attrs"]["base64"])


@pytest.mark.parametrize(
    ("figure", "complaint"),
    [
        ([1], "it is not a Plotly figure but list; show the figure itself"),
        ("figure", "it is not a Plotly figure but str; show the figure itself"),
        (None, "it is not a Plotly figure but NoneType; show the figure itself"),
        ({"data": {"y": [1]}}, "is not a Plotly figure: its data is not a list of traces"),
        ({"data": ["y"]}, "is not a Plotly figure: its data is not a list of traces"),
        ({"data": [{"type": ["bar"]}]}, "is not a Plotly figure: the type of a trace is not a text"),
        ({"data": [], "layout": "wide"}, "is not a Plotly figure: its layout is not a dict"),
    ],
)
def test_what_is_no_figure_is_told_with_its_cell(figure: object, complaint: str) -> None:
    with pytest.raises(RenderFailed, match=f"^cell 2: .*{complaint}"):
        read_cells(notebook("text", code("", display({PLOTLY: figure}))))


@pytest.mark.parametrize("side", ["wide", -5, 0, 1e9, float("nan"), float("inf"), [680], None, "680"])
def test_a_chart_of_no_such_size_has_the_usual_one(side: object) -> None:
    figure = {"data": [], "layout": {"width": side, "height": side}}
    (node,) = read_cells(notebook(code("", display({PLOTLY: figure}))))
    assert (node["attrs"]["width"], node["attrs"]["height"]) == CHART_SIZE


@pytest.mark.parametrize(
    "layout", [{"title": 5}, {"title": ["x"]}, {"meta": [1]}, {"annotations": "x"}, {"annotations": [1]}]
)
def test_a_chart_with_an_odd_layout_is_a_chart(layout: dict[str, object]) -> None:
    assert shown(code("", display({PLOTLY: {"data": None, "layout": layout}}))) == ["chart"]
