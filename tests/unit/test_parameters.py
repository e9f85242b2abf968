"""Notebooks are found by name, and their parameters are declared, checked and converted without running anything."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook
from notebook_files import parameters_cell, write_notebook

from reportkit.columns import Kind
from reportkit.errors import BadNotebook, BadSettings, BadValue, UnknownName
from reportkit.notebook.parameters import Parameter, assigned, checked, declared
from reportkit.notebook.registry import Notebook, Notebooks

DECLARED = """\
experiment: str = "checkout_redesign"  # key of the experiment
start = "2026-10-01"
n: int = 5
floor: float | None = None  # smallest lift # that matters
strict: bool = False
segments: list[str] = [
    "mobile",
    "desktop",
]  # which to show
day: "date" = "2026-01-31"
"""


def read(source: str) -> tuple[Parameter, ...]:
    return declared(new_notebook(cells=[parameters_cell(source)]))


def only(source: str) -> Parameter:
    return read(source)[0]


def test_each_assignment_declares_a_parameter_with_type_default_and_description() -> None:
    assert read(DECLARED) == (
        Parameter("experiment", Kind.TEXT, "checkout_redesign", "key of the experiment"),
        Parameter("start", Kind.DATE, "2026-10-01"),
        Parameter("n", Kind.INTEGER, 5),
        Parameter("floor", Kind.NUMBER, None, "smallest lift # that matters", optional=True),
        Parameter("strict", Kind.BOOLEAN, False),
        Parameter("segments", Kind.TEXT, ["mobile", "desktop"], "which to show", several=True),
        Parameter("day", Kind.DATE, "2026-01-31"),
    )


def test_a_type_is_told_in_words() -> None:
    assert [parameter.type for parameter in read(DECLARED)] == [
        "text",
        "date",
        "integer",
        "number or none",
        "boolean",
        "list of text",
        "date",
    ]


def test_a_notebook_without_the_tagged_cell_has_no_parameters() -> None:
    assert declared(new_notebook(cells=[new_code_cell("n = 1")])) == ()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("n = 1\nimport os", "line 2 of the parameters cell: only `name = value` may stand here, not `import os`"),
        ("n = 1\nm = n + 1", "line 2 of the parameters cell: the value of m must be written out, not computed"),
        ("n = __import__('os').system('true')", "must be written out"),
        ("a = b = 1", "only `name = value`"),
        ("a.b = 1", "only `name = value`"),
        ("a[0] = 1", "only `name = value`"),
        ("a, b = 1, 2", "only `name = value`"),
        ("n += 1", "only `name = value`"),
        ("n: int", "the value of n must be written out"),
        ("print(1)", "only `name = value`"),
        ("%matplotlib inline", "line 1 of the parameters cell: not Python"),
        ("n = 1\nn = 2", "line 2 of the parameters cell: n is assigned twice"),
        ("n = None", "declare n as one of str, int, float, bool, date"),
        ("n: bytes = b'x'", "declare n as one of"),
        ("n: int | str = 1", "declare n as one of"),
        ("n = (1, 2)", "declare n as one of"),
        ("n = {'a': 1}", "declare n as one of"),
        ("n = []", "declare n as one of"),
        ("n = [[1]]", "declare n as one of"),
        ("n: int = '5'", "n is declared as integer, but its default is '5'"),
        ("n: int = 1.5", "n is declared as integer"),
        ("n: bool = 1", "n is declared as boolean"),
        ("n: str = None", "n is declared as text, but its default is None"),
        ("n: float = 1e999", "n is declared as number, but its default is inf"),
        ("n: list[int] = ['a']", "n is declared as list of integer"),
        ("n: date = '2026-02-30'", "n is declared as date"),
        ("n = " + "[" * 500 + "]" * 500, "not Python"),
        ("n = '\0'", "not Python"),
    ],
)
def test_a_parameters_cell_that_does_more_than_assign_literals_is_refused(source: str, said: str) -> None:
    with pytest.raises(BadNotebook) as refused:
        read(source)
    assert said in str(refused.value)


@pytest.mark.parametrize("tags", [["parameters"], ["injected-parameters"]])
def test_a_second_parameters_cell_or_one_left_from_a_run_is_refused(tags: list[str]) -> None:
    cells = [parameters_cell("n = 1"), new_code_cell("n = 2", metadata={"tags": tags})]
    with pytest.raises(BadNotebook, match=tags[0]):
        declared(new_notebook(cells=cells))


@pytest.mark.parametrize(
    ("source", "given_value", "value"),
    [
        ("n = 1", "5", 5),
        ("n = 1", "-5", -5),
        ("n = 1", 9_007_199_254_740_993, 9_007_199_254_740_993),
        ("n = 1.0", "2.5", 2.5),
        ("n = 1.0", 2, 2.0),
        ("n = True", "false", False),
        ("n = True", "TRUE", True),
        ("n = 'x'", "5", "5"),
        ("n = 'x'", "", ""),
        ("n = '2026-01-01'", "2026-02-28", "2026-02-28"),
        ("n = ['x']", "a, b", ["a", "b"]),
        ("n = ['x']", ["a,b"], ["a,b"]),
        ("n = ['x']", [], []),
        ("n = [1]", "1,2", [1, 2]),
        ("n: int | None = 1", None, None),
        ("n: int | None = 1", "", None),
        ("n: str | None = None", "x", "x"),
    ],
)
def test_a_value_is_converted_to_the_declared_type(source: str, given_value: object, value: object) -> None:
    result = checked(read(source), {"n": given_value})["n"]
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("source", "given_value"),
    [
        ("n = 1", "five"),
        ("n = 1", 1.5),
        ("n = 1", True),
        ("n = 1", None),
        ("n = 1", ""),
        ("n = 1", 2**63),
        ("n = 1", "9" * 5000),
        ("n = 1.0", "nan"),
        ("n = 1.0", "inf"),
        ("n = 1.0", 10**400),
        ("n = True", "yes"),
        ("n = True", 1),
        ("n = 'x'", 5),
        ("n = 'x'", "x" * 10_001),
        ("n = 'x'", "half a pair \ud800"),
        ("n = '2026-01-01'", "2026-02-30"),
        ("n = '2026-01-01'", "20260101"),
        ("n = '2026-01-01'", "2026-01-01T00:00:00"),
        ("n = ['x']", [5]),
        ("n = ['x']", {"a": 1}),
        ("n = ['x']", ["x"] * 1001),
        ("n = [1]", "1,,2"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_the_parameter_named(source: str, given_value: object) -> None:
    with pytest.raises(BadValue, match="parameter n .* must be"):
        checked(read(source), {"n": given_value})


@pytest.mark.parametrize("name", ["m", "N", "n ", "x=1\nCANARY=1#", "__builtins__", ""])
def test_a_name_that_is_not_declared_is_refused_and_the_known_ones_listed(name: str) -> None:
    with pytest.raises(UnknownName, match="known: n") as refused:
        checked(read("n = 1"), {name: 1}, of="report")
    assert refused.value.name == name


def test_what_is_not_given_keeps_its_default() -> None:
    assert checked(read("n = 1\nm = 'x'"), {"m": "y"}) == {"n": 1, "m": "y"}


@given(st.text())
def test_whatever_text_is_accepted_is_a_literal_that_reads_back(text: str) -> None:
    try:
        value = only("n = 'x'").parse(text)
    except BadValue:
        return
    assert assigned(f"n = {value!r}") == {"n": text}


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.floats() | st.text()))
def test_only_declared_names_and_plain_values_come_out(values: dict[str, Any]) -> None:
    try:
        result = checked(read("n = 1\ns: str | None = None"), values)
    except (UnknownName, BadValue):
        return
    assert set(result) == {"n", "s"}
    assert ast.literal_eval(repr(result)) == result == json.loads(json.dumps(result))


def test_notebooks_are_those_directly_in_the_directory(tmp_path: Path) -> None:
    (tmp_path / "guide").mkdir()
    (tmp_path / "notes.txt").write_text("")
    for name in ("one", "two", ".hidden", "guide/three"):
        write_notebook(tmp_path, name=name)
    notebooks = Notebooks(tmp_path)
    assert list(notebooks) == ["one", "two"]
    assert len(notebooks) == 2
    assert "one" in notebooks
    assert "three" not in notebooks


def test_a_notebook_says_its_title_description_parameters_and_digest(tmp_path: Path) -> None:
    written = write_notebook(
        tmp_path, "# Executive *summary*\n\nWhat moved,\nand why.\n\n## More\n", parameters="n = 1"
    )
    notebook = Notebooks(tmp_path)["report"]
    assert notebook == written
    assert (notebook.title, notebook.description) == ("Executive *summary*", "What moved, and why.")
    assert notebook.parameters == (Parameter("n", Kind.INTEGER, 1),)
    assert notebook.checked({"n": "2"}) == {"n": 2}
    assert len(notebook.sha256) == 64


@pytest.mark.parametrize(
    "name",
    ["..", "../secret", "./report", "report.ipynb", "/etc/passwd", "report\0", "%2e%2e/secret", "link", "", "s3://a/b"],
)
def test_a_name_is_never_a_path(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    write_notebook(tmp_path, name="secret")
    write_notebook(inside, name="report")
    (inside / "link.ipynb").symlink_to(tmp_path / "secret.ipynb")
    with pytest.raises(UnknownName, match="known: report"):
        Notebooks(inside)[name]


def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="REPORTKIT_NOTEBOOKS"):
        list(Notebooks(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a notebook of format 4"),
        (b'{"nbformat": 3, "nbformat_minor": 0, "worksheets": []}', "not a notebook of format 4"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "not a valid notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [5]}', "not a valid notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code"}]}', "not a valid"),
    ],
)
def test_a_file_that_is_no_notebook_is_told_and_disturbs_no_other(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "broken.ipynb").write_bytes(content)
    write_notebook(tmp_path, name="sound")
    notebooks = Notebooks(tmp_path)
    with pytest.raises(BadNotebook, match=f"^broken.ipynb: .*{said}"):
        notebooks["broken"]
    assert notebooks["sound"].name == "sound"


def test_a_notebook_in_another_language_is_refused(tmp_path: Path) -> None:
    document = new_notebook(metadata={"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}})
    (tmp_path / "r.ipynb").write_text(nbformat.writes(document))
    with pytest.raises(BadNotebook, match="written in R"):
        Notebook.read(tmp_path / "r.ipynb")


def test_cells_without_an_id_or_with_another_cells_get_the_same_one_at_each_reading(tmp_path: Path) -> None:
    cell = {"cell_type": "markdown", "metadata": {}, "source": ["a\n", "b"]}
    cells = [{**cell, "id": "own"}, {**cell, "id": "own"}, cell]
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}))
    for _ in range(2):
        assert [cell.id for cell in Notebook.read(path).document.cells] == ["own", "cell-2", "cell-3"]
