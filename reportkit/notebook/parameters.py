"""A notebook's parameters: declared in the cell tagged `parameters`, given by name, checked by type.

The cell is read, never executed, and may hold nothing but assignments of literals::

    experiment: str = "checkout_redesign"  # key of the experiment
    start: str = "2026-10-01"              # first day
    segments: list[str] = ["mobile"]       # which to show
    floor: float | None = None             # smallest lift that matters

Types are str, int, float, bool, date, lists of these, and `| None`. A text whose default is a day is a date.
"""

from __future__ import annotations

import ast
import io
import math
import tokenize
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from reportkit.columns import Kind
from reportkit.errors import BadNotebook, BadValue, UnknownName

if TYPE_CHECKING:
    from nbformat import NotebookNode

TAG = "parameters"
INJECTED_TAG = "injected-parameters"

LONGEST_TEXT = 10_000
LONGEST_LIST = 1_000
LARGEST_INTEGER = 2**63 - 1

KINDS = {"str": Kind.TEXT, "int": Kind.INTEGER, "float": Kind.NUMBER, "bool": Kind.BOOLEAN, "date": Kind.DATE}
NOUNS = {
    Kind.TEXT: f"text of at most {LONGEST_TEXT:,} characters",
    Kind.INTEGER: "a whole number of at most 64 bits",
    Kind.NUMBER: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "a day such as 2026-01-31",
}

Scalar = str | int | float | bool
Value = Scalar | list[Scalar] | None


@dataclass(frozen=True)
class Parameter:
    """One declared parameter. Its values are JSON-plain: a date is its ISO text."""

    name: str
    kind: Kind
    default: Value
    description: str = ""
    several: bool = False
    """A list of values of this kind."""
    optional: bool = False
    """May be None."""

    @property
    def type(self) -> str:
        """For people: `list of text`, `number or none`."""
        return f"{'list of ' if self.several else ''}{self.kind}{' or none' if self.optional else ''}"

    def parse(self, given: object) -> Value:
        """`given` as a value of this type; also from text, as a command line gives it. Raises BadValue."""
        if given is None or (given == "" and self.kind is not Kind.TEXT):
            if self.optional:
                return None
            raise self._refused(given)
        if not self.several:
            return self._parse_one(given)
        items = [item.strip() for item in given.split(",")] if isinstance(given, str) else given
        if not isinstance(items, list) or len(items) > LONGEST_LIST:
            raise self._refused(given)
        return [self._parse_one(item) for item in items]

    def _parse_one(self, given: object) -> Scalar:
        try:
            return PARSERS[self.kind](given)
        except (ValueError, OverflowError):
            raise self._refused(given) from None

    def _refused(self, given: object) -> BadValue:
        each = f"a list (a,b,c) of at most {LONGEST_LIST:,}, each " if self.several else ""
        return BadValue(f"parameter {self.name}", given, f"must be {each}{NOUNS[self.kind]}")


def declared(notebook: NotebookNode) -> tuple[Parameter, ...]:
    """The notebook's parameters, in order; none where no cell is tagged. Raises BadNotebook, naming the line."""
    cells = [cell for cell in notebook.cells if TAG in cell.metadata.get("tags", [])]
    if any(INJECTED_TAG in cell.metadata.get("tags", []) for cell in notebook.cells):
        raise BadNotebook(f"it has a cell tagged {INJECTED_TAG}, left over from a run; delete that cell")
    if len(cells) > 1 or any(cell.cell_type != "code" for cell in cells):
        raise BadNotebook(f"the tag {TAG} may stand on one cell, and it must be a code cell")
    return _read(cells[0].source) if cells else ()


def checked(parameters: Sequence[Parameter], given: Mapping[str, object], of: str = "") -> dict[str, Value]:
    """A value for each parameter of notebook `of`: the given one, else the default. Raises UnknownName, BadValue."""
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            raise UnknownName("parameter", name, known, of=of)
    return {
        name: parameter.parse(given[name]) if name in given else parameter.default for name, parameter in known.items()
    }


def assigned(source: str) -> dict[str, Any]:
    """What a cell of `name = literal` lines assigns. Raises BadNotebook where it does anything else."""
    return {assignment.name: assignment.value for assignment in _assignments(source)}


@dataclass(frozen=True)
class _Assignment:
    name: str
    value: Any
    annotation: str
    first_line: int
    last_line: int


def _assignments(source: str) -> Iterator[_Assignment]:
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise _bad(error.lineno, f"not Python: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise _bad(1, f"not Python: {error}") from None
    for statement in statements:
        text = source.splitlines()[statement.lineno - 1].strip()
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                annotation = ""
            case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Constant(value=str(annotation)), value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), annotation=hint, value=value):
                annotation = ast.unparse(hint)
            case _:
                raise _bad(statement.lineno, f"only `name = value` may stand here, not `{text}`")
        try:
            literal = ast.literal_eval(value or "")
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            raise _bad(statement.lineno, f"the value of {name} must be written out, not computed: `{text}`") from None
        yield _Assignment(name, literal, annotation, statement.lineno, statement.end_lineno or statement.lineno)


def _read(source: str) -> tuple[Parameter, ...]:
    assignments = list(_assignments(source))
    remarks = _remarks(source)
    parameters: dict[str, Parameter] = {}
    for assignment in assignments:
        if assignment.name in parameters:
            raise _bad(assignment.first_line, f"{assignment.name} is assigned twice")
        parameters[assignment.name] = _parameter(assignment, remarks.get(assignment.last_line, ""))
    return tuple(parameters.values())


def _parameter(assignment: _Assignment, description: str) -> Parameter:
    name, default = assignment.name, assignment.value
    kind, several, optional = _type(assignment)
    parameter = Parameter(name, kind, default, description, several, optional)
    try:
        fits = parameter.parse(default) == default
    except BadValue:
        fits = False
    if not fits:
        raise _bad(assignment.first_line, f"{name} is declared as {parameter.type}, but its default is {default!r}")
    return parameter


def _type(assignment: _Assignment) -> tuple[Kind, bool, bool]:
    """Kind, whether a list of it, whether None may stand for it."""
    words = [word.strip() for word in (assignment.annotation or _guess(assignment.value)).split("|")]
    names = [word for word in words if word != "None"]
    several = names[0].startswith("list[") if names else False
    name = names[0].removeprefix("list[").removesuffix("]") if len(names) == 1 else ""
    if name not in KINDS:
        known = ", ".join(KINDS)
        why = f"declare {assignment.name} as one of {known}, a list of one (`list[str]`), or one of these `| None`"
        raise _bad(assignment.first_line, why)
    kind = KINDS[name]
    if kind is Kind.TEXT and not several and _is_day(assignment.value):
        kind = Kind.DATE
    return kind, several, "None" in words


def _guess(value: object) -> str:
    return f"list[{type(value[0]).__name__}]" if isinstance(value, list) and value else type(value).__name__


def _remarks(source: str) -> dict[int, str]:
    """Line number to the remark that ends the line."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ").strip() for token in tokens if token.type == tokenize.COMMENT}


def _bad(line: int | None, why: str) -> BadNotebook:
    return BadNotebook(f"line {line} of the parameters cell: {why}")


def _text(given: object) -> str:
    if not isinstance(given, str) or len(given) > LONGEST_TEXT:
        raise ValueError
    given.encode()  # half a surrogate pair fits into no file
    return given


def _integer(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int | str) or abs(int(given)) > LARGEST_INTEGER:
        raise ValueError
    return int(given)


def _number(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float | str) or not math.isfinite(float(given)):
        raise ValueError
    return float(given)


def _boolean(given: object) -> bool:
    if str(given).lower() not in ("true", "false"):
        raise ValueError
    return str(given).lower() == "true"


def _date(given: object) -> str:
    if not isinstance(given, str) or len(given) != 10:
        raise ValueError
    return date.fromisoformat(given).isoformat()


def _is_day(value: object) -> bool:
    try:
        return bool(_date(value))
    except ValueError:
        return False


PARSERS: Mapping[Kind, Callable[[object], Scalar]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
}
