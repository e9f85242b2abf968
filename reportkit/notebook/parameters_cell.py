"""How a notebook declares its parameters: in the cell tagged `parameters`.

The cell is read, never executed, and may hold nothing but assignments of literals::

    experiment: str = "checkout_redesign"           # key of the experiment
    start: date | None = None                       # first day
    platforms: list[Literal["web", "ios"]] = ["web"]  # where it ran
    days: Annotated[int, Range(1, 90)] = 28         # how far to look back

Types are str, int, float, bool, date, `Literal` of texts or whole numbers, int or float `Annotated` with a
`reportkit.Range`, lists of these, and `| None`. Without an annotation the default tells the type; a text whose default
is a day is a date.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reportkit.columns import Kind
from reportkit.errors import BadNotebook, BadValue
from reportkit.notebook.parameters import PARSERS, Parameter
from reportkit.notebook.ranges import Range

if TYPE_CHECKING:
    from nbformat import NotebookNode

TAG = "parameters"
INJECTED_TAG = "injected-parameters"

KINDS = {"str": Kind.TEXT, "int": Kind.INTEGER, "float": Kind.NUMBER, "bool": Kind.BOOLEAN, "date": Kind.DATE}
NUMBERS: Mapping[Kind, set[type]] = {Kind.INTEGER: {int}, Kind.NUMBER: {int, float}}
"""What the ends of a Range may be."""
TYPES = f'{", ".join(KINDS)}, Literal["a", "b"], Annotated[int, Range(1, 90)], a list of one (`list[str]`)'


def declared(notebook: NotebookNode) -> tuple[Parameter, ...]:
    """The notebook's parameters, in order; none where no cell is tagged. Raises BadNotebook, naming the line."""
    cells = [cell for cell in notebook.cells if TAG in cell.metadata.get("tags", [])]
    if any(INJECTED_TAG in cell.metadata.get("tags", []) for cell in notebook.cells):
        raise BadNotebook(f"it has a cell tagged {INJECTED_TAG}, left over from a run; delete that cell")
    if len(cells) > 1 or any(cell.cell_type != "code" for cell in cells):
        raise BadNotebook(f"the tag {TAG} may stand on one cell, and it must be a code cell")
    return _read(cells[0].source) if cells else ()


def assigned(source: str) -> dict[str, Any]:
    """What a cell of `name = literal` lines assigns. Raises BadNotebook where it does anything else."""
    return {assignment.name: assignment.value for assignment in _assignments(source)}


@dataclass(frozen=True)
class _Assignment:
    name: str
    value: Any
    annotation: ast.expr | None
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
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ):
                hint = getattr(statement, "annotation", None)
            case _:
                raise _bad(statement.lineno, f"only `name = value` may stand here, not `{text}`")
        try:
            literal = ast.literal_eval(value or "")
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            raise _bad(statement.lineno, f"the value of {name} must be written out, not computed: `{text}`") from None
        yield _Assignment(name, literal, hint, statement.lineno, statement.end_lineno or statement.lineno)


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
    name, default, line = assignment.name, assignment.value, assignment.first_line
    try:
        hint = assignment.annotation or _expression(_guess(default))
        parameter = _typed(Parameter(name, Kind.TEXT, default, description), hint)
    except (SyntaxError, TypeError):
        raise _bad(line, f"declare {name} as one of {TYPES}, or one of these `| None`") from None
    except ValueError as error:
        raise _bad(line, f"{name}: {error}") from None
    if parameter.kind is Kind.TEXT and not (parameter.several or parameter.choices) and _is_day(default):
        parameter = replace(parameter, kind=Kind.DATE)
    with suppress(BadValue):
        if (value := parameter.parse(default)) == default:
            return replace(parameter, default=value)
    raise _bad(line, f"{name} is declared as {parameter.type}, but its default is {default!r}")


def _typed(parameter: Parameter, hint: ast.expr) -> Parameter:
    """With the type that the annotation says. Raises TypeError for one that we do not know, ValueError with why."""
    single = not parameter.several
    match hint:
        case ast.Constant(value=str(quoted)):
            return _typed(parameter, _expression(quoted))
        case ast.BinOp(left=inner, op=ast.BitOr(), right=ast.Constant(value=None)) if single:
            return _typed(replace(parameter, optional=True), inner)
        case ast.Subscript(value=ast.Name(id="list"), slice=inner) if single:
            return _typed(replace(parameter, several=True), inner)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            return _chosen(parameter, choices)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[ast.Name() as inner, limits])):
            return _within(_typed(parameter, inner), limits)
        case ast.Name(id=name) if name in KINDS:
            return replace(parameter, kind=KINDS[name])
    raise TypeError


def _chosen(parameter: Parameter, choices: ast.expr) -> Parameter:
    values = tuple(map(_literal, choices.elts if isinstance(choices, ast.Tuple) else [choices]))
    kinds = {type(value) for value in values}
    if kinds not in ({str}, {int}) or len(set(values)) < len(values):
        raise ValueError("a Literal holds texts or whole numbers, each once")
    return replace(parameter, kind=KINDS[kinds.pop().__name__], choices=values)


def _within(parameter: Parameter, limits: ast.expr) -> Parameter:
    match limits:
        case ast.Call(func=ast.Name(id="Range"), args=args, keywords=words) if parameter.kind in NUMBERS:
            least_most = [_literal(arg) for arg in args]
            named = {word.arg or "": _literal(word.value) for word in words}
            if {type(end) for end in (*least_most, *named.values())} <= NUMBERS[parameter.kind]:
                return replace(parameter, limits=Range(*least_most, **named))
    raise ValueError("write the limits of an int or float as Range(1, 90), Range(least=1) or Range(most=90)")


def _literal(node: ast.expr) -> Any:
    """A value that is written out and that a parameter could have."""
    try:
        value = ast.literal_eval(node)
        return PARSERS[KINDS[type(value).__name__]](value)
    except (KeyError, ValueError, OverflowError):
        raise ValueError(f"{ast.unparse(node)} is no text or number that could be given") from None


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _guess(value: object) -> str:
    return f"list[{type(value[0]).__name__}]" if isinstance(value, list) and value else type(value).__name__


def _is_day(value: object) -> bool:
    try:
        return bool(PARSERS[Kind.DATE](value))
    except ValueError:
        return False


def _remarks(source: str) -> dict[int, str]:
    """Line number to the remark that ends the line."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ").strip() for token in tokens if token.type == tokenize.COMMENT}


def _bad(line: int | None, why: str) -> BadNotebook:
    return BadNotebook(f"line {line} of the parameters cell: {why}")
