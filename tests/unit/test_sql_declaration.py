"""The declaration at the top of a team's `.sql` file: what it becomes, and what is said about a wrong one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import team_datasets

from reportkit.columns import Column, Kind, Sensitivity
from reportkit.datasets.base import Cursor, Dataset
from reportkit.datasets.sql_files import SqlFiles
from reportkit.errors import BadSettings

SOUND = """\
-- title = "Sign-ups"
-- description = "Everyone who signed up."
-- owner = "Who signed up owns the row."
-- owner_column = "user_id"
-- period = "The date range is about when they did."
-- period_column = "at"
-- order = ["at", "number"]
-- cursor = { column = "at", lag_seconds = 60 }
--
-- [columns]
-- number = { kind = "integer", description = "The row's number", unit = "rows" }
-- at = { kind = "instant", description = "When" }
-- email = { kind = "text", description = "Address", sensitivity = "personal" }
-- token = { kind = "text", description = "Token", sensitivity = "secret" }
--
-- [filters]
-- number = "The row's number"

SELECT number, at, email, token, user_id FROM sign_ups
"""


def read(folder: Path, text: str, name: str = "sign_ups") -> Dataset:
    return team_datasets.read(folder, text, name=name)


def test_a_declaration_becomes_a_dataset(tmp_path: Path) -> None:
    dataset = read(tmp_path, SOUND)
    assert (dataset.name, dataset.title, dataset.description) == ("sign_ups", "Sign-ups", "Everyone who signed up.")
    assert dataset.owner == "Who signed up owns the row."
    assert dataset.period == "The date range is about when they did."
    assert dataset.filters == {"number": "The row's number"}
    [shape] = dataset.shapes.values()
    assert shape.columns == (
        Column("number", Kind.INTEGER, "The row's number", "rows"),
        Column("at", Kind.INSTANT, "When"),
        Column("email", Kind.TEXT, "Address", sensitivity=Sensitivity.PERSONAL),
        Column("token", Kind.TEXT, "Token", sensitivity=Sensitivity.SECRET),
    )
    assert shape.order == ("at", "number")
    assert shape.cursor == Cursor("at", timedelta(minutes=1))


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("FROM sign_ups", "FROM sign_ups WHERE email IS NOT NULL"),
        ("number = { kind", "count = { kind"),
        ('kind = "integer"', 'kind = "text"'),
        ('column = "at", lag', 'column = "seen", lag'),
        ("lag_seconds = 60", "lag_seconds = 90"),
        ('owner_column = "user_id"', 'owner_column = "email"'),
        ('period_column = "at"', 'period_column = "seen"'),
    ],
)
def test_what_decides_which_rows_there_are_is_in_the_declaration(tmp_path: Path, said: str, instead: str) -> None:
    text = SOUND.replace('"number"]', '"at"]').replace('-- number = "The row\'s number"\n', "")
    text = text.replace("-- at = {", '-- seen = { kind = "instant", description = "Then" }\n-- at = {')
    text = text.replace("SELECT number, at", "SELECT *")
    assert said in text
    assert read(tmp_path, text.replace(said, instead)).declaration != read(tmp_path, text).declaration != ""


@pytest.mark.parametrize("words", ["Sign-ups", "Everyone who signed up", "owns the row", "when they did", "Address"])
def test_what_people_call_it_is_not(tmp_path: Path, words: str) -> None:
    assert read(tmp_path, SOUND.replace(words, "Other words")).declaration == read(tmp_path, SOUND).declaration


def test_what_need_not_be_said_has_a_default(tmp_path: Path) -> None:
    dataset = read(
        tmp_path,
        '\ufeff\n--title="A"\n--description="B"\n--admins_only=true\n--order=["a"]\n'
        '--columns.a={kind="text",description="C"}\nSELECT 1 AS a',
    )
    assert dataset.owner == "Nobody owns a row: only admins get any."
    assert dataset.period == "It knows no dates: it is given whole."
    assert dataset.filters == {}
    assert dataset.shape(None).cursor is None


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ('-- title = "Sign-ups"\n', "", "line 1: title is missing; add it"),
        ('-- title = "Sign-ups"', "-- title = 3", "line 1: title must be a text, and not empty"),
        ('-- title = "Sign-ups"', '-- title = ""', "line 1: title must be a text, and not empty"),
        ('-- title = "Sign-ups"', "-- title: Sign-ups", "line 1: the declaration is not valid TOML"),
        ("-- owner_column = ", "-- owner_column ", "line 4: the declaration is not valid TOML"),
        ('-- title = "Sign-ups"', "-- 1", "line 1: the declaration is not valid TOML"),
        ('-- owner_column = "user_id"\n', "", "does not say who owns a row; add owner_column"),
        ('-- owner = "Who signed up owns the row."\n', "", "owner is missing; add it"),
        ("-- order", "-- admins_only = true\n-- order", "line 7: either rows have an owner_column or they are admins"),
        ('-- owner_column = "user_id"', "-- admins_only = false", "line 4: admins_only must be true"),
        ('-- period_column = "at"\n', "", "line 5: period needs period_column"),
        ('period_column = "at"', 'period_column = "number"', "line 6: period_column names 'number', which is none of"),
        ('"When" }', '"When", sensitivity = "secret" }', "line 6: period_column names 'at', which is none of the"),
        ('period_column = "at"', 'period_column = "nowhere"', "none of the dates and instants: at"),
        ('-- period = "The date range is about when they did."\n', "", "period is missing; add it"),
        ('["at", "number"]', "[]", "line 7: order must be a list, and not empty"),
        ('["at", "number"]', '["then"]', "line 7: order names 'then', which is none of the public columns: number, at"),
        ('["at", "number"]', '["email"]', "line 7: order names 'email', which is none of the public columns"),
        ('["at", "number"]', "[1]", "line 7: order names 1, which is none of the public columns"),
        ('column = "at", lag', 'column = "number", lag', "cursor.column names 'number', which is none of the instants"),
        ("lag_seconds = 60", 'lag_seconds = "1 minute"', "cursor.lag_seconds must be a whole number"),
        ("lag_seconds = 60", "lag_seconds = -1", "line 8: cursor.lag_seconds is -1; it may be 1 to 31,622,400"),
        (", lag_seconds = 60", "", "line 8: cursor.lag_seconds is missing"),
        (
            "-- order",
            "-- ordered = 1\n-- order",
            "line 7: the declaration has no entry 'ordered'; did you mean 'order'",
        ),
        (
            'kind = "integer"',
            'kind = "int"',
            "line 11: columns.number.kind names 'int', which is none of the kinds: te",
        ),
        ('kind = "integer", ', "", "line 11: columns.number.kind is missing"),
        ('description = "When"', 'descr = "When"', "columns.at has no entry 'descr'; did you mean 'description'"),
        ('sensitivity = "secret"', 'sensitivity = "high"', "line 14: columns.token.sensitivity names 'high', which is"),
        ('unit = "rows"', 'sensitivity = "personal"', "line 11: personal column number must hold text"),
        ("-- at = { kind", "-- At = { kind", "line 12: a column is called 'At'; use small letters, digits and _"),
        ("-- email = {", "-- _owner = {", "line 13: a column is called '_owner'"),
        ('{ kind = "instant", description = "When" }', '"instant"', "line 12: columns.at must be a table such as"),
        ('-- number = "The', '-- nowhere = "The', "line 17: filters has no entry 'nowhere'; known: email, number"),
        ('-- number = "The', '-- token = "The', "line 17: filters has no entry 'token'; known: email, number"),
        ('-- number = "The', '-- at = "The', "line 17: filters has no entry 'at'; known: email, number"),
        (
            '-- number = "The row\'s number"\n',
            "-- number = 3\n",
            "line 17: filters.number must be a text, and not empty",
        ),
        ("SELECT number,", "SELECT id,", "line 19: the SELECT names a column number nowhere; write `... AS number`"),
        (", user_id FROM", " FROM", "line 19: the SELECT names a column user_id nowhere"),
        ("SELECT number,", "SELECT number, number,", "line 19: the SELECT names a column number twice; keep one"),
        ("FROM sign_ups", "FROM sign_ups; DELETE FROM users", "line 19: there is more than one statement"),
    ],
)
def test_a_wrong_declaration_is_told_with_its_file_its_line_and_what_to_do(
    tmp_path: Path, line: str, instead: str, said: str
) -> None:
    assert SOUND.count(line) >= 1
    with pytest.raises(BadSettings) as told:
        read(tmp_path, SOUND.replace(line, instead, 1))
    assert str(told.value).startswith(f"{tmp_path / 'sign_ups.sql'}, line ")
    assert said in str(told.value)


@pytest.mark.parametrize("text", ["", "SELECT 1", "/* title */ SELECT 1"])
def test_a_file_without_a_declaration_is_told_how_one_begins(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSettings, match="begin with comment lines such as `-- title = "):
        read(tmp_path, text)


@pytest.mark.parametrize("name", ["Sign-Ups", "sign ups", "1st", "_owner"])
def test_a_dataset_has_a_plain_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadSettings, match="use small letters, digits and _ for its name"):
        read(tmp_path, SOUND, name)


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / "sign_ups.sql").write_bytes(SOUND.replace("Everyone", "Überall").encode("latin-1"))
    with pytest.raises(BadSettings, match="is not UTF-8; save it as such"):
        SqlFiles(tmp_path, "sqlite").read(tmp_path / "sign_ups.sql")
