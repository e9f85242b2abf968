"""Notebooks are found by name, and their parameters are declared, checked and converted without running anything."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook
from notebook_files import parameters_cell, write_notebook

from reportkit.columns import Kind
from reportkit.errors import BadNotebook, BadSettings, BadValue, UnknownName
from reportkit.notebook.parameters import Parameter, checked
from reportkit.notebook.parameters_cell import assigned, declared
from reportkit.notebook.ranges import Range
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
platform: Literal["web", "ios"] = "web"  # where it ran
depths: list[Literal[1, 2]] = [1]
days: Annotated[int, Range(1, 90)] = 28  # how far to look back
share: Annotated[float, Range(least=0)] | None = None
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
        Parameter("platform", Kind.TEXT, "web", "where it ran", choices=("web", "ios")),
        Parameter("depths", Kind.INTEGER, [1], several=True, choices=(1, 2)),
        Parameter("days", Kind.INTEGER, 28, "how far to look back", limits=Range(1, 90)),
        Parameter("share", Kind.NUMBER, None, optional=True, limits=Range(least=0)),
    )


def test_the_cell_runs_in_jupyterlab_with_two_imports_above_it() -> None:
    above = "from datetime import date\nfrom typing import Annotated, Literal\nfrom reportkit import Range\n"
    known: dict[str, Any] = {}
    exec(above + DECLARED, known)
    assert {parameter.name: known[parameter.name] for parameter in read(DECLARED)} == checked(read(DECLARED), {})


def test_a_type_is_told_in_words() -> None:
    assert [parameter.type for parameter in read(DECLARED)] == [
        "text",
        "date",
        "integer",
        "number or none",
        "boolean",
        "list of text",
        "date",
        "one of web, ios",
        "some of 1, 2",
        "integer from 1 to 90",
        "number from 0 on or none",
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
        ("n: Literal['a', 'b'] = 'c'", "n is declared as one of a, b, but its default is 'c'"),
        ("n: Literal['a', 1] = 'a'", "n: a Literal holds texts or whole numbers, each once"),
        ("n: Literal['a', 'a'] = 'a'", "each once"),
        ("n: Literal[True] = True", "a Literal holds texts or whole numbers"),
        ("n: Literal[()] = 'a'", "a Literal holds texts or whole numbers"),
        ("n: Literal['a', None] = 'a'", "n: None is no text or number that could be given"),
        ("n: Literal[a] = 'a'", "n: a is no text or number that could be given"),
        ("n: Literal[2**63] = 1", "is no text or number that could be given"),
        (f"n: Literal[{2**63}] = 1", "is no text or number that could be given"),
        ("n: Annotated[int, Range(1, 9)] = 10", "n is declared as integer from 1 to 9, but its default is 10"),
        ("n: Annotated[int, Range(9, 1)] = 5", "n: nothing lies from 9 to 1; swap the ends"),
        ("n: Annotated[int, Range()] = 5", "n: a Range needs an end"),
        ("n: Annotated[int, Range(1, 2, 3)] = 5", "declare n as one of"),
        ("n: Annotated[int, Range(lowest=1)] = 5", "declare n as one of"),
        ("n: Annotated[int, Range(**{'least': 1})] = 5", "is no text or number that could be given"),
        ("n: Annotated[int, Range(0.5, 9)] = 5", "n: write the limits of an int or float as Range(1, 90)"),
        ("n: Annotated[int, Range(-1e999, 9)] = 5", "is no text or number that could be given"),
        ("n: Annotated[int, Range(len('a'), 9)] = 5", "n: len('a') is no text or number that could be given"),
        ("n: Annotated[int, '1 to 9'] = 5", "n: write the limits of an int or float as Range(1, 90)"),
        ("n: Annotated[str, Range(1, 9)] = 'a'", "n: write the limits of an int or float as Range(1, 90)"),
        ("n: Annotated[int] = 5", "declare n as one of"),
        ("n: Annotated[list[int], Range(1, 9)] = [5]", "declare n as one of"),
        ("n: list[list[int]] = []", "declare n as one of"),
        ("n: list[int | None] = []", "declare n as one of"),
        ("n: Optional[int] = 1", "declare n as one of"),
        ("n: 'not python' = 1", "declare n as one of"),
        ("n: " + "list[" * 90 + "int" + "]" * 90 + " = 1", "declare n as one of"),
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
        ("n = 1", 5.0, 5),
        ("n: Literal['web', 'ios'] = 'web'", "ios", "ios"),
        ("n: Literal[7, 28] = 7", "28", 28),
        ("n: list[Literal['web', 'ios']] = []", "ios, web", ["ios", "web"]),
        ("n: Annotated[int, Range(1, 90)] = 1", "90", 90),
        ("n: Annotated[float, Range(0, 1)] | None = 1", "0.25", 0.25),
        ("n: Annotated[float, Range(0, 1)] | None = 1", "", None),
        ("n: list[Annotated[int, Range(most=3)]] = []", [3, -3], [3, -3]),
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
        ("n: Literal['web', 'ios'] = 'web'", "Web"),
        ("n: Literal['web', 'ios'] = 'web'", None),
        ("n: Literal[7, 28] = 7", True),
        ("n: list[Literal['web', 'ios']] = []", "ios, android"),
        ("n: Annotated[int, Range(1, 90)] = 1", "0"),
        ("n: Annotated[int, Range(1, 90)] = 1", 91),
        ("n: Annotated[float, Range(0, 1)] = 1.0", 1.0000001),
        ("n: list[Annotated[int, Range(most=3)]] = []", [3, 4]),
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


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("n: Literal['web', 'ios'] = 'web'", "parameter n 'x': must be one of web, ios"),
        ("n: Annotated[int, Range(1, 90)] = 1", "parameter n 'x': must be a whole number (64 bits) from 1 to 90"),
        ("n: list[Literal[1, 2]] = []", "must be a list (a,b,c) of at most 1,000, each one of 1, 2"),
    ],
)
def test_a_refusal_says_what_is_allowed(source: str, said: str) -> None:
    with pytest.raises(BadValue) as refused:
        only(source).parse("x")
    assert said in str(refused.value)


TYPES = st.sampled_from(
    [
        *("str = 'a'", "int = 1", "float = 1.5", "bool = True", "date = '2026-01-31'"),
        *("Literal['a', 'b\\'\\n'] = 'a'", "Literal[1, -2] = 1", "list[Literal['a', 'b']] = []"),
        *("Annotated[int, Range(-3, 3)] = 1", "Annotated[float, Range(most=0.5)] = 0", "list[date] = []"),
        "list[Annotated[int, Range(0, 9)]] | None = None",
    ]
)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["a", "b'\n", "2026-02-28", "-2"])
)
VALUES = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(st.text(), PLAIN, max_size=2)


@given(TYPES, VALUES)
def test_whatever_is_accepted_is_a_literal_that_reads_back_and_fits_the_schema(declaration: str, value: Any) -> None:
    parameter = only(f"n: {declaration}")
    try:
        parsed = parameter.parse(value)
    except BadValue:
        return
    [(name, back)] = assigned(f"n = {parsed!r}").items()
    assert (name, back, type(back)) == ("n", parsed, type(parsed))
    assert parameter.parse(parsed) == parsed
    assert validator({"n": parameter}).is_valid({"n": parsed})


@given(TYPES, VALUES)
def test_whatever_fits_the_schema_is_accepted_as_it_is(declaration: str, value: Any) -> None:
    parameter = only(f"n: {declaration}")
    assume(json.dumps(value) not in ("NaN", "Infinity", "-Infinity"))  # JSON has no such numbers
    if validator({"n": parameter}).is_valid({"n": value}):
        assert parameter.parse(value) == value


def validator(parameters: dict[str, Parameter]) -> jsonschema.Draft202012Validator:
    notebook = Notebook("n", Path(), "N", "", tuple(parameters.values()), "", new_notebook())
    schema = json.loads(json.dumps(notebook.json_schema(), allow_nan=False))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker(("date",)))


def test_the_schema_says_all_that_is_known_and_takes_no_other_name() -> None:
    schema = validator({parameter.name: parameter for parameter in read(DECLARED)}).schema
    assert schema["properties"]["days"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 90,
        "description": "how far to look back",
        "default": 28,
    }
    assert schema["properties"]["platform"]["enum"] == ["web", "ios"]
    assert schema["properties"]["share"]["anyOf"] == [{"type": "number", "minimum": 0}, {"type": "null"}]
    assert schema["properties"]["depths"]["items"]["enum"] == [1, 2]
    assert (schema["additionalProperties"], "required" in schema) == (False, False)


@given(st.dictionaries(st.text(), VALUES, max_size=3))
def test_only_declared_names_and_plain_values_come_out(values: dict[str, Any]) -> None:
    try:
        result = checked(read("n = 1\ns: str | None = None"), values)
    except (UnknownName, BadValue):
        return
    assert set(result) == {"n", "s"}
    assert ast.literal_eval(repr(result)) == result == json.loads(json.dumps(result))


@given(st.text(), st.sampled_from(["{} = 1", "n: {} = 1", "n = {}", "n = 1  # {}", "n: Annotated[int, {}] = 1"]))
def test_a_cell_of_whatever_text_is_read_or_refused_and_never_run(text: str, where: str) -> None:
    try:
        parameters = read(where.format(text))
    except BadNotebook:
        return
    for parameter in parameters:
        assert parameter.parse(parameter.default) == parameter.default


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


def test_of_two_notebooks_with_one_name_the_first_directorys_counts(tmp_path: Path) -> None:
    own, ours = tmp_path / "own", tmp_path / "ours"
    for directory, names in ((own, "ac"), (ours, "ab")):
        directory.mkdir()
        for name in names:
            write_notebook(directory, f"# {name} of {directory.name}", name=name)
    notebooks = Notebooks(own, ours)
    assert [notebook.title for notebook in notebooks.values()] == ["a of own", "b of ours", "c of own"]
    (own / "a.ipynb").write_text("broken")
    sound, [fault] = notebooks.survey()
    assert [notebook.title for notebook in sound] == ["b of ours", "c of own"]
    assert fault == "a.ipynb: not a notebook: its content is not JSON"


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
