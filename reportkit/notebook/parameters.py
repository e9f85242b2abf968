"""A notebook's parameters: what each may be, given by name, checked by type. `parameters_cell` reads them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from reportkit.columns import Kind
from reportkit.errors import BadValue, UnknownName
from reportkit.notebook.ranges import Range

LONGEST_TEXT = 10_000
LONGEST_LIST = 1_000
LARGEST_INTEGER = 2**63 - 1

NOUNS = {
    Kind.TEXT: f"text of at most {LONGEST_TEXT:,} characters",
    Kind.INTEGER: "a whole number (64 bits)",
    Kind.NUMBER: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "a day such as 2026-01-31",
}
SCHEMAS: Mapping[Kind, Mapping[str, Any]] = {
    Kind.TEXT: {"type": "string", "maxLength": LONGEST_TEXT},
    Kind.INTEGER: {"type": "integer", "minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER},
    Kind.NUMBER: {"type": "number"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"},
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
    choices: tuple[Scalar, ...] = ()
    """The only values there are; empty for any."""
    limits: Range | None = None
    """Of a number."""

    @property
    def type(self) -> str:
        """For people: `list of text`, `number or none`, `integer from 1 to 90`, `one of web, ios`."""
        if self.choices:
            words = f"{'some' if self.several else 'one'} of {', '.join(map(str, self.choices))}"
        else:
            words = f"{'list of ' if self.several else ''}{self.kind}{f' {self.limits}' if self.limits else ''}"
        return f"{words}{' or none' if self.optional else ''}"

    def json_schema(self) -> dict[str, Any]:
        """Of its values, in draft 2020-12."""
        each = {**SCHEMAS[self.kind], **self._bounds()}
        value = {"type": "array", "items": each, "maxItems": LONGEST_LIST} if self.several else each
        return {
            **({"description": self.description} if self.description else {}),
            **({"anyOf": [value, {"type": "null"}]} if self.optional else value),
            "default": self.default,
        }

    def _bounds(self) -> dict[str, Any]:
        if self.choices:
            return {"enum": list(self.choices)}
        ends = {"minimum": self.limits.least, "maximum": self.limits.most} if self.limits else {}
        return {word: end for word, end in ends.items() if end is not None}

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
            value = PARSERS[self.kind](given)
        except (ValueError, OverflowError):
            raise self._refused(given) from None
        if self.choices and value not in self.choices:
            raise self._refused(given)
        if self.limits and not isinstance(value, str) and value not in self.limits:
            raise self._refused(given)
        return value

    def _refused(self, given: object) -> BadValue:
        each = f"a list (a,b,c) of at most {LONGEST_LIST:,}, each " if self.several else ""
        noun = f"one of {', '.join(map(str, self.choices))}" if self.choices else NOUNS[self.kind]
        return BadValue(
            f"parameter {self.name}", given, f"must be {each}{noun}{f' {self.limits}' if self.limits else ''}"
        )


def checked(parameters: Sequence[Parameter], given: Mapping[str, object], of: str = "") -> dict[str, Value]:
    """A value for each parameter of notebook `of`: the given one, else the default. Raises UnknownName, BadValue."""
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            raise UnknownName("parameter", name, known, of=of)
    return {
        name: parameter.parse(given[name]) if name in given else parameter.default for name, parameter in known.items()
    }


def _text(given: object) -> str:
    if not isinstance(given, str) or len(given) > LONGEST_TEXT:
        raise ValueError
    given.encode()  # half a surrogate pair fits into no file
    return given


def _integer(given: object) -> int:
    """A whole number may also come as 5.0, which is an integer to JSON."""
    if isinstance(given, bool) or not isinstance(given, int | float | str) or abs(int(given)) > LARGEST_INTEGER:
        raise ValueError
    if isinstance(given, float) and not given.is_integer():
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


PARSERS: Mapping[Kind, Callable[[object], Scalar]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
}
