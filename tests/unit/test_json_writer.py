"""JSON and NDJSON to the byte: one object a line, all digits, structure kept, and always valid."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from reading_back import Forward, NativeSource, Row, TableSource, about

from reportkit.columns import Column, Kind, Schema
from reportkit.writers import writer_for
from reportkit.writers.base import Written

NUMBERED = Schema.of([Column("id", Kind.INTEGER, "A number"), Column("name", Kind.TEXT, "A name")])


def text(format: str, schema: Schema, rows: list[Row], batch_rows: int = 1000) -> tuple[str, Written]:
    file = Forward()
    written = writer_for(format).write(TableSource(schema, rows, batch_rows), file, about())
    return file.content.decode(), written


def value(kind: Kind, given: object) -> tuple[str, Written]:
    """A value as it stands in its line."""
    line, written = text("ndjson", Schema.of([Column("v", kind, "A value")]), [(given,)])
    assert line.startswith('{"v":')
    assert line.endswith("}\n")
    assert line.count("\n") == 1
    return line[5:-2], written


def test_an_array_has_one_object_a_line() -> None:
    content, written = text("json", NUMBERED, [(1, "a"), (2, None), (3, "")], batch_rows=2)
    assert content == '[\n{"id":1,"name":"a"},\n{"id":2,"name":null},\n{"id":3,"name":""}\n]\n'
    assert written == Written(3, {})


def test_ndjson_is_the_lines_alone() -> None:
    content, _ = text("ndjson", NUMBERED, [(1, "a"), (2, None)])
    assert content == '{"id":1,"name":"a"}\n{"id":2,"name":null}\n'


def test_no_rows_are_an_empty_array_and_an_empty_file() -> None:
    assert json.loads(text("json", NUMBERED, [])[0]) == []
    assert text("ndjson", NUMBERED, [])[0] == ""


NATIVE = {"ndjson": [[], [b'{"id":1,"name":"a"}\n', b'{"id":2,"name":null}\n'], [], [b'{"id":3,"name":""}\n'], []]}


def native(format: str, formats: dict[str, list[list[bytes]]]) -> tuple[str, Written]:
    file = Forward()
    written = writer_for(format).write(NativeSource(NUMBERED, formats, {"numbers_as_text": 1}), file, about())
    return file.content.decode(), written


@pytest.mark.parametrize("format", ["json", "ndjson"])
def test_lines_that_the_database_wrote_make_the_same_file(format: str) -> None:
    ours, _ = text(format, NUMBERED, [(1, "a"), (2, None), (3, "")])
    assert native(format, NATIVE) == (ours, Written(3, {"numbers_as_text": 1}))


@pytest.mark.parametrize("pieces", [[], [[]], [[], []]])
def test_no_native_lines_are_an_empty_array_and_an_empty_file(pieces: list[list[bytes]]) -> None:
    assert json.loads(native("json", {"ndjson": pieces})[0]) == []
    assert native("ndjson", {"ndjson": pieces})[0] == ""
    assert native("json", {"ndjson": pieces})[1].records == 0


@pytest.mark.parametrize(
    ("kind", "given", "stands"),
    [
        (Kind.INTEGER, 2**63 - 1, "9223372036854775807"),
        (Kind.DECIMAL, Decimal("99999999999999999999.999999999999999999"), "99999999999999999999.999999999999999999"),
        (Kind.DECIMAL, Decimal("-1e-18"), "-0.000000000000000001"),
        (Kind.NUMBER, 0.1 + 0.2, "0.30000000000000004"),
        (Kind.BOOLEAN, False, "false"),
        (Kind.DATE, date(1, 1, 1), '"0001-01-01"'),
        (Kind.INSTANT, datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC), '"2026-01-31T23:59:59.000000+00:00"'),
        (Kind.TEXT, '=1+1 \\ "\n\x00\x1f', '"=1+1 \\\\ \\"\\n\\u0000\\u001f"'),
        (Kind.DOCUMENT, '{"a": {"b": [1.50, "x"]}}', '{"a": {"b": [1.50, "x"]}}'),
        (Kind.DOCUMENT, "[\n  1,\r\n  2\n]\n", "[   1,    2 ]"),
    ],
)
def test_values_are_literal(kind: Kind, given: object, stands: str) -> None:
    assert value(kind, given) == (stands, Written(1, {}))


@pytest.mark.parametrize(("given", "stands"), [("nan", '"NaN"'), ("inf", '"Infinity"'), ("-inf", '"-Infinity"')])
def test_numbers_that_json_lacks_are_strings_and_counted(given: str, stands: str) -> None:
    assert value(Kind.NUMBER, float(given)) == (stands, Written(1, {"numbers_as_text": 1}))


NOT_JSON = [
    "",
    "{",
    '{"a": 1',
    "1, 2",
    "1}",
    '{"a": 1}, "admin": true',
    "NaN",
    "-Infinity",
    "01",
    "'a'",
    '"a\nb"',
    "[1] x",
    "\t[1 \r\n",
]


@pytest.mark.parametrize("given", NOT_JSON)
def test_a_document_that_is_not_json_is_a_string_and_counted(given: str) -> None:
    stands, written = value(Kind.DOCUMENT, given)
    assert json.loads(stands) == given
    assert written == Written(1, {"documents_as_text": 1})


def test_two_halves_of_a_document_do_not_make_one() -> None:
    schema = Schema.of([Column("a", Kind.DOCUMENT, "A half"), Column("b", Kind.DOCUMENT, "The other")])
    content, _ = text("ndjson", schema, [("[1", "2]")])
    assert json.loads(content) == {"a": "[1", "b": "2]"}


def test_a_huge_number_in_a_document_keeps_its_digits() -> None:
    assert value(Kind.DOCUMENT, "9" * 5000) == ("9" * 5000, Written(1, {}))


def test_a_document_too_deep_to_check_is_a_string() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    stands, written = value(Kind.DOCUMENT, deep)
    assert json.loads(stands) == deep
    assert written.alterations == {"documents_as_text": 1}


def test_column_names_are_escaped() -> None:
    content, _ = text("ndjson", Schema.of([Column('a"b\n', Kind.INTEGER, "A number")]), [(1,)])
    found: dict[str, Any] = json.loads(content)
    assert found == {'a"b\n': 1}
