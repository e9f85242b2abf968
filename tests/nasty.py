"""A table of everything that file formats get wrong; for the writers' tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from reportkit.columns import Column, Kind, Schema

FORMULAS = [
    *("=1+1", "+SUM(A1)", "-1+1", "@A1", "\t=1+1", "\r=1+1", "\x00=1", "  =1+1", "\xa0@A1", "\n=1+1", "\ufeff=1+1"),
    *("\u3000＝1+1", "＋1", "－1+1", "＠A1", "\u200b-A1", '=HYPERLINK("http://example.org","x")', "-5 apples"),
    *("'=1+1", "''-A1", "\u061c=1+1", "\ufe0f\u3164@A1"),
]

PLAIN_TEXTS = [
    *("", " ", "a", "a,b", 'say "hi"', '"', '""', "two\nlines", "two\r\nlines", "a\rb", "\n", " edges ", "tab\there"),
    *("-12.50", "+3", "-.5e-7", "12", "1e5", "NULL", "null", "NaN", "nan", "true", "\\.", "\\", "\\n", "it's", "'"),
    *("👩‍👩‍👧 emoji", "مرحبا بالعالم", "漢字かな", "naïve", "e\u0301", "\u202eright to left", "a;b|c", "<b>&amp;</b>"),
    *("]]>", "_x0041_", "_x0041_x0042_", "_x005F_", "_xyz", "nul\x00inside", "\x01\x0b\x1f\x7f", "\x85\u2028\u2029"),
    *("\ufffe\uffff", "'a'"),
]

LONG_TEXTS = {
    "x" * 40_000: "x" * 32_741 + "… [cut: 40,000 characters]",
    "😀" * 20_000: "😀" * 16_370 + "… [cut: 20,000 characters]",
    "-" + "y" * 40_000: "-" + "y" * 32_739 + "… [cut: 40,001 characters]",
}
"""Texts that no XLSX cell holds, and what it holds of them (one place is the guard's)."""

LONGEST_THAT_FIT = ["z" * 32_767, "😀" * 16_383]

TEXTS = [*PLAIN_TEXTS, *FORMULAS, *LONG_TEXTS, *LONGEST_THAT_FIT]

DECIMALS = """
    0 12.34 -12.340000000000000000 100 1000000 0.1 1e-18 -1e-18 0.0000001 123456789012345 1234567890.12345
    1234567890123456 1234567890.123456 99999999999999999999.999999999999999999 -12345678901234567890.123456789012345678
"""
DATES = "0001-01-01 0999-12-31 1899-12-30 1900-02-28 1900-03-01 1970-01-01 2024-02-29 9999-12-31"
INSTANTS = """
    0001-01-01T00:00:00Z 1850-06-01T12:00:00Z 1900-02-28T23:59:59Z 1900-03-01T00:00:00Z 1969-12-31T23:59:59.000001Z
    1970-01-01T00:00:00Z 2026-01-31T23:59:59.123456Z 2026-01-31T23:59:59.999999Z 2026-03-29T02:30:00+02:00
    2026-07-01T08:00:00.500000Z 9999-12-31T23:59:59Z 9999-12-31T23:59:59.999999Z
"""
DOCUMENTS = [
    *("{}", "[]", '""', "null", "true", "-5", "-1.5e-7", '"=1+1"', '{"ключ": "😀"}', "\t[1]\n"),
    '{"a": {"b": [1, 2.50, null, "x\\ny"]}}',
    '{\n  "pretty": [\r\n    "printed"\n  ]\n}',
    '{"big": 12345678901234567890.123456789012345678}',
]

VALUES: Mapping[Kind, Sequence[Any]] = {
    Kind.TEXT: TEXTS,
    Kind.IDENTIFIER: ["0b0e5d2c-1f3a-4c58-9d8e-1b2a3c4d5e6f", "-masked-"],
    Kind.INTEGER: [0, 1, -1, 999_999_999_999_999, 10**15, -(10**15), 2**53, 2**53 + 1, 2**63 - 1, -(2**63)],
    Kind.NUMBER: [
        *(0.0, -0.0, 0.1 + 0.2, 1 / 3, -12.5, 1e16, 1e22, 1e-7, 123456789.123456789, math.pi * 1e300),
        *(5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, math.nan, math.inf, -math.inf),
    ],
    Kind.DECIMAL: [Decimal(text) for text in DECIMALS.split()],
    Kind.BOOLEAN: [True, False],
    Kind.DATE: [date.fromisoformat(text) for text in DATES.split()],
    Kind.INSTANT: [datetime.fromisoformat(text) for text in INSTANTS.split()],
    Kind.DOCUMENT: DOCUMENTS,
}
"""Values of each kind; documents as text."""

SCHEMA = Schema.of([Column(f"a {kind}", kind, f"Nasty {kind}s") for kind in VALUES])

ROWS: list[tuple[Any, ...]] = [
    (None,) * len(VALUES),
    *(tuple(values[row] if row < len(values) else None for values in VALUES.values()) for row in range(len(TEXTS))),
]
"""Every value once, the rest NULL; the first row is NULL from end to end."""

_NO_NUMBER_IN_EXCEL = {Kind.INTEGER: 6, Kind.NUMBER: 5, Kind.DECIMAL: 4}
_BEFORE_MARCH_1900 = {Kind.DATE: 4, Kind.INSTANT: 3}

ALTERATIONS: Mapping[str, Mapping[str, int]] = {
    "csv": {"guarded_texts": len(FORMULAS) + 2},
    "json": {"numbers_as_text": 3},
    "ndjson": {"numbers_as_text": 3},
    "xlsx": {
        "guarded_texts": len(FORMULAS) + 2,
        "cut_texts": len(LONG_TEXTS),
        "numbers_as_text": sum(_NO_NUMBER_IN_EXCEL.values()),
        "dates_as_text": sum(_BEFORE_MARCH_1900.values()),
        "instants_cut_to_milliseconds": 4,
    },
    "parquet": {},
}
"""What each format does not hold literally of `ROWS`."""
