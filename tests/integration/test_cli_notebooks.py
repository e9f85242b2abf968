"""Report notebooks on the command line: listed, described, made, refused, and two runs compared."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from command_line import reportkit
from executed_notebook import code, notebook, table
from nbformat.v4 import new_code_cell
from notebook_files import parameters_cell, write_notebook
from team_datasets import TEAMS

from reportkit.notebook.registry import Notebook


@pytest.fixture
def desk(tmp_path: Path, sample: str) -> Path:
    """A working directory with a notebook of its own, and settings that name it and the sample."""
    (tmp_path / "reportkit.toml").write_text(f'warehouse = "{sample}"\nnotebooks = "own"\n')
    (tmp_path / "own").mkdir()
    declared = 'platform: Literal["web", "ios"] = "web"  # where [it] ran\nmost = 5'
    write_notebook(tmp_path / "own", "# Orders\n\nWhat sold.", parameters=declared, name="orders")
    return tmp_path


def refused(desk: Path, *words: str) -> str:
    """What is said where a command was asked for wrongly."""
    asked = reportkit(desk, *words)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr.startswith("error: ")
    assert "Traceback" not in asked.stderr
    return asked.stderr


def test_own_notebooks_are_listed_and_described_beside_those_that_come_with_us(desk: Path) -> None:
    (desk / "own" / "broken.ipynb").write_text("?")
    listed = reportkit(desk, "notebooks")
    assert listed.returncode == 0, listed.stderr
    assert "\norders" in listed.stdout
    assert "\nexecutive_summary" in listed.stdout
    assert "cannot be used: broken.ipynb: not a notebook: its content is not JSON" in listed.stdout
    described = reportkit(desk, "notebooks", "orders").stdout
    assert "Orders (orders)" in described
    assert "one of web, ios" in described
    assert "where [it] ran" in described
    doctor = reportkit(desk, "doctor").stdout
    assert "broken.ipynb: not a notebook" in doctor


def test_the_schema_is_printed_for_programs(desk: Path) -> None:
    schema = json.loads(reportkit(desk, "notebooks", "orders", "--format", "json-schema").stdout)
    assert schema == Notebook.read(desk / "own" / "orders.ipynb").json_schema()
    assert schema["properties"]["platform"]["enum"] == ["web", "ios"]


def test_a_new_notebook_is_listed_at_once_and_never_overwritten(desk: Path) -> None:
    made = reportkit(desk, "new", "weekly_events", "--dataset", "raw_events")
    assert made.returncode == 0, made.stderr
    assert "render it:  reportkit report weekly_events --to pdf,html" in made.stdout
    assert "tell us:" not in made.stdout
    assert "\nweekly_events" in reportkit(desk, "notebooks").stdout
    notebook = Notebook.read(desk / "own" / "weekly_events.ipynb")
    assert notebook.title == "Weekly events"
    assert [parameter.name for parameter in notebook.parameters] == ["start", "end", "most"]
    before = notebook.path.read_bytes()
    said = refused(desk, "new", "weekly_events")
    assert "own/weekly_events.ipynb is there already; choose another name" in said
    assert notebook.path.read_bytes() == before


@pytest.mark.slow
def test_a_new_notebook_renders_as_it_is_and_over_no_rows(desk: Path) -> None:
    assert reportkit(desk, "new", "weekly_events", "--dataset", "raw_events").returncode == 0
    done = reportkit(desk, "report", "weekly_events", "-p", "most=3", "--to", "pdf,html,ipynb", "-o", "out")
    assert done.returncode == 0, done.stderr
    nothing = reportkit(desk, "report", "weekly_events", "-p", "start=1990-01-01", "-p", "end=1990-01-01", "-o", "out")
    assert nothing.returncode == 0, nothing.stderr


def test_a_new_notebook_elsewhere_tells_how_it_is_found(desk: Path) -> None:
    made = reportkit(desk, "new", "elsewhere", "-o", "other/place")
    assert made.returncode == 0, made.stderr
    assert f"tell us:    export REPORTKIT_NOTEBOOKS={desk}/other/place" in made.stdout
    (desk / "reportkit.toml").write_text("")
    assert reportkit(desk, "new", "first").stdout.startswith(f"{desk}/notebooks/first.ipynb\n")


@pytest.mark.slow
def test_a_dataset_without_dates_makes_a_notebook_without_them(desk: Path) -> None:
    (desk / "reportkit.toml").write_text((desk / "reportkit.toml").read_text() + 'datasets = "sql"\n')
    (desk / "sql").mkdir()
    (desk / "sql" / "teams.sql").write_text(TEAMS)
    assert reportkit(desk, "new", "teams", "--dataset", "teams").returncode == 0
    notebook = Notebook.read(desk / "own" / "teams.ipynb")
    assert [parameter.name for parameter in notebook.parameters] == ["most"]
    assert "from datetime" not in nbformat.writes(notebook.document)
    done = reportkit(desk, "report", "teams", "-o", "out")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("new", "../up"), "NAME '../up': begin with a letter"),
        (("new", "2026"), "begin with a letter"),
        (("new", "x" * 101), "at most 100"),
        (("new", "executive_summary"), "a notebook that comes with reportkit is called so"),
        (("new", "x", "--dataset", "raw_event"), "did you mean 'raw_events'"),
        (("notebooks", "order"), "did you mean 'orders'"),
        (("notebooks", "--format", "json-schema"), "describes one notebook; name it"),
        (("report", "orders", "-p", "platforms=web"), "orders has no parameter 'platforms'; did you mean 'platform'"),
        (("report", "orders", "-p", "most=1", "-p", "most=2"), "most is given twice"),
        (("report", "orders", "-p", "platform=android"), "parameter platform 'android': must be one of web, ios"),
        (("report", "orders", "-p", "most=many"), "parameter most 'many': must be a whole number"),
    ],
)
def test_what_was_asked_for_wrongly_is_told(desk: Path, words: tuple[str, ...], said: str) -> None:
    assert said in refused(desk, *words)
    assert not list((desk / "own").glob("[!o]*.ipynb"))


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("n = 1 +", "line 1 of the parameters cell: not Python: invalid syntax"),
        pytest.param(
            "n = 1\nm = n * 2",
            "line 2 of the parameters cell: the value of m must be written out, not computed",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "from datetime import date",
            "line 1 of the parameters cell: only `name = value` may stand here",
            marks=pytest.mark.slow,
        ),
        pytest.param("n = 1\nn = 2", "line 2 of the parameters cell: n is assigned twice", marks=pytest.mark.slow),
        pytest.param(
            "n: Literal['a'] = 'b'",
            "line 1 of the parameters cell: n is declared as one of a, but its default is 'b'",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_bad_parameters_cell_is_told_before_anything_starts(desk: Path, cell: str, said: str) -> None:
    document = nbformat.v4.new_notebook(cells=[parameters_cell(cell)])
    nbformat.write(document, desk / "own" / "bad.ipynb")
    assert f"bad.ipynb: {said}" in refused(desk, "report", "bad", "--to", "ipynb")
    assert not list(desk.glob("bad*"))


def test_a_notebook_without_a_parameters_cell_runs_and_takes_none(desk: Path) -> None:
    write_notebook(desk / "own", "# Plain\n\nIt has none.", "6 * 7", name="plain")
    done = reportkit(desk, "report", "plain", "--to", "ipynb")
    assert done.returncode == 0, done.stderr
    assert "plain has no parameter 'n'; it has no parameters" in refused(desk, "report", "plain", "-p", "n=1")
    assert "It takes no parameters." in reportkit(desk, "notebooks", "plain").stdout


LIFTS = pd.DataFrame({"metric": ["Conversion", "Revenue"], "lift": ["+3.1 %", "+1.0 %"]})


@pytest.fixture
def runs(desk: Path) -> Path:
    """Two directories of executed notebooks, and the manifests that were beside them."""
    for day, lifts in {"monday": LIFTS, "tuesday": LIFTS.replace("+3.1 %", "+2.5 %")}.items():
        (desk / day).mkdir()
        advice = "# Advice\n\nRoll out to all." if lifts is LIFTS else "# Advice\n\nRoll out to half."
        nbformat.write(notebook("# Results", code("t", table(lifts)), advice), desk / day / "lifts.ipynb")
    return desk


def test_two_runs_that_show_the_same_are_equal(runs: Path) -> None:
    same = reportkit(runs, "compare", "monday", "monday")
    assert (same.returncode, same.stdout) == (0, "# lifts\n\nNothing moved.\n")


def test_what_moved_is_a_table_for_people_and_data_for_programs(runs: Path) -> None:
    moved = reportkit(runs, "compare", "monday", "tuesday")
    assert (moved.returncode, moved.stderr) == (1, "")
    assert moved.stdout.splitlines() == [
        "# lifts",
        "",
        "Values that moved: 2. Parts that are gone: 0, new: 0.",
        "",
        '## Table under "Results"',
        "",
        "| what             | before | after  | change | in per cent |",
        "| ---------------- | ------ | ------ | ------ | ----------- |",
        "| Conversion: lift | +3.1 % | +2.5 % | -0.6   | -19.35 %    |",
        "",
        '## Section "Advice"',
        "",
        "- before: Roll out to all.",
        "- after: Roll out to half.",
    ]
    files = ("monday/lifts.ipynb", "tuesday/lifts.ipynb")
    found = json.loads(reportkit(runs, "compare", *files, "--format", "json").stdout)
    part, _advice = found["lifts"]["moved"]
    assert part["part"] == 'table under "Results"'
    assert [(each["where"], each["before"], each["after"]) for each in part["changes"]] == [
        (["Conversion", "lift"], "+3.1 %", "+2.5 %")
    ]


def test_a_report_that_only_one_directory_has_is_new_or_gone(runs: Path) -> None:
    nbformat.write(notebook("# More\n\nText"), runs / "tuesday" / "more.ipynb")
    there = reportkit(runs, "compare", "monday", "tuesday").stdout
    assert '# more\n\nValues that moved: 0. Parts that are gone: 0, new: 1.\n\n- new: section "More"' in there
    assert '- gone: section "More"' in reportkit(runs, "compare", "tuesday", "monday").stdout


@pytest.mark.slow
def test_parameters_and_cut_off_are_read_from_the_run_and_its_manifest(desk: Path) -> None:
    write_notebook(desk / "own", 'import reportkit\nreportkit.dataset("raw_events")', parameters="n = 1", name="read")
    for number in (1, 2):
        done = reportkit(desk, "report", "read", "-p", f"n={number}", "--to", "ipynb", "-o", f"run{number}")
        assert done.returncode == 0, done.stderr
    told = reportkit(desk, "compare", "run1", "run2").stdout  # the same events, read at another time
    assert "| parameter: n | 1 " in told
    assert "| data up to " in told
    assert told.startswith("# read\n\nNothing moved.")


def test_a_long_list_of_changes_is_cut_and_says_so(runs: Path) -> None:
    for day, shift in {"monday": 0, "tuesday": 1}.items():
        rows = pd.DataFrame({"name": [f"row {n}" for n in range(55)], "mean": [n + shift for n in range(55)]})
        nbformat.write(notebook(code("t", table(rows))), runs / day / "lifts.ipynb")
    assert "\nand 5 more; --format json has all\n" in reportkit(runs, "compare", "monday", "tuesday").stdout


def test_runs_that_cannot_be_compared_are_told(runs: Path) -> None:
    assert "nowhere.ipynb cannot be read: No such file" in refused(runs, "compare", "nowhere.ipynb", "monday")
    assert "'own/empty': has no .ipynb files" in _refused_of_empty(runs)
    (runs / "text.ipynb").write_text("text")
    assert "text.ipynb: not a notebook" in refused(runs, "compare", "text.ipynb", "text.ipynb")
    nbformat.write(notebook(new_code_cell("1")), runs / "text.ipynb")
    assert "text.ipynb: it has not been run" in refused(runs, "compare", "text.ipynb", "text.ipynb")
    (runs / "report.pdf").write_bytes(b"%PDF-1.7\xff")
    assert "report.pdf: not a notebook" in refused(runs, "compare", "report.pdf", "report.pdf")
    assert "compare two files, or two directories" in refused(runs, "compare", "monday", "tuesday/lifts.ipynb")
    nbformat.write(notebook("# Other\n\nText"), runs / "other.ipynb")
    told = refused(runs, "compare", "monday/lifts.ipynb", "other.ipynb")
    assert "are of two notebooks, 'Results' and 'Other'; compare two runs of one" in told
    assert "has no report that monday has too" in refused(runs, "compare", "monday", ".")


def _refused_of_empty(runs: Path) -> str:
    (runs / "own" / "empty").mkdir()
    return refused(runs, "compare", "own/empty", "monday")
