"""Whether a text is one SELECT that only reads, and reads only rows.

The transaction around it is read-only and its time is bounded whatever the text says (see `databases`). Refused here
is what a transaction does not hold back: a second statement, and functions that reach other sessions, files, settings
(the pseudonyms' key is one) or run a text as SQL. The statement is sent as it was written, so it must mean the same to
whoever checks it and to the database: what the two might read differently is refused too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot.expressions import Query

LEXEME = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/) | (?P<text>'(?:[^']|'')*') | (?P<name>"(?:[^"]|"")*")""", re.DOTALL | re.VERBOSE
)
ODD = {
    "postgresql": re.compile(r"\$|\be(?=')|\bu&(?=['\"])", re.IGNORECASE),
    "sqlite": re.compile(r"[?:@$\[`]"),
}
"""Parameters, and the quotes that only one database knows."""
OUT_OF_BOUNDS = re.compile(
    r"""\b (?: pg_\w+ | pragma_\w+
    | (?: current_setting | current_query | set_config | (?:next|set|curr|last)val
    | lo_\w+ | loread | lowrite | dblink\w* | \w+_to_xml\w*
    | xpath_table | ts_stat | ts_rewrite | crosstab\w* | connectby | load_extension | readfile | writefile
    | edit | fts3_tokenizer | reportkit_\w+ ) (?= "?\s*\( ) )""",
    re.IGNORECASE | re.VERBOSE,
)
DIALECTS = {"postgresql": "postgres", "sqlite": "sqlite"}
ONE_SELECT = "write one SELECT, or one WITH ... SELECT"


class Fault(Exception):
    """Something about a file that whoever wrote it must mend."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")

    @classmethod
    def at(cls, text: str, position: int, why: str) -> Fault:
        """About what stands at `position` of a file with this text."""
        return cls(text.count("\n", 0, position) + 1, why)


@dataclass(frozen=True)
class Statement:
    """One SELECT that may be run."""

    sql: str
    line: int
    """Where it begins in its file, from 1."""
    names: tuple[str, ...] | None
    """What its columns are called, in lower case, empty where only the database knows; None if there is a `*`."""


def checked(text: str, database: str) -> Statement:
    """The only statement of `text`, which is written for `database` (`postgresql` or `sqlite`). Raises Fault."""
    if (nul := text.find("\0")) >= 0:
        raise Fault.at(text, nul, "there is a NUL character, which no database takes; remove it")
    bare = LEXEME.sub(partial(_blanked, text), text)
    start, end = len(bare) - len(bare.lstrip()), len(bare.rstrip("; \t\n"))
    if start >= end:
        raise Fault.at(text, len(text.rstrip()), f"nothing stands under the declaration; {ONE_SELECT}")
    if re.match(r"[\s(]*(select|with)\b", bare[start:end], re.IGNORECASE) is None:
        raise Fault.at(text, start, f"this is not a SELECT; {ONE_SELECT}")
    if (second := bare.find(";", start, end)) >= 0:
        raise Fault.at(text, second, f"there is more than one statement; {ONE_SELECT}")
    if odd := ODD[database].search(bare, start, end):
        raise Fault.at(
            text,
            odd.start(),
            f"{odd[0]!r} cannot be used here: there are no parameters, texts stand in plain '...' and names in \"...\"",
        )
    if named := OUT_OF_BOUNDS.search(bare, start, end):
        raise Fault.at(text, named.start(), f"{named[0]} reaches beyond the rows of one query; leave it out")
    line = text.count("\n", 0, start) + 1
    tree = _select(text[start:end], bare[start:end], line, database)
    names = None if tree.is_star else tuple(column.output_name.lower() for column in tree.selects)
    return Statement(text[start:end], line, names)


def _blanked(text: str, lexeme: re.Match[str]) -> str:
    """As long as it was, without comments and texts: every word that is left is SQL's or a name."""
    whole = lexeme[0]
    if whole.startswith("/*") and "/*" in whole[2:]:
        raise Fault.at(text, lexeme.start(), "a comment begins within this comment; end it before")
    blank = re.sub(r"[^\n]", " ", whole)
    if lexeme["comment"] is not None:
        return blank
    is_word = lexeme["name"] is not None and re.fullmatch(r"\w+", whole[1:-1])
    return whole if is_word else whole[0] + blank[1:-1] + whole[0]


def _select(sql: str, bare: str, line: int, database: str) -> Query:
    """Parsed. `line` is the one that `sql` begins on."""
    import sqlglot  # takes its time, and only who has such files needs it
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one("\n" * (line - 1) + sql, dialect=DIALECTS[database])
    except sqlglot.errors.ParseError as error:
        found = error.errors[0]
        raise Fault(
            found["line"],
            f"cannot be read near {found['highlight']!r} ({found['description']}); mend it, or make a view of it in "
            "the warehouse and name that here",
        ) from None
    except (sqlglot.errors.SqlglotError, RecursionError):
        raise Fault(line, "the SELECT cannot be read; see whether every quote and comment in it is closed") from None
    if act := tree.find(exp.DML, exp.Into, exp.Lock):
        word = "FOR" if isinstance(act, exp.Lock) else act.key.upper()
        at = re.search(rf"\b{word}\b", bare, re.IGNORECASE)
        before = bare.count("\n", 0, at.start() if at else 0)
        raise Fault(line + before, f"{word} changes or locks rows, and a dataset only reads; {ONE_SELECT}")
    if not isinstance(tree, exp.Query):
        raise Fault(line, f"this is not a SELECT; {ONE_SELECT}")
    return tree
