"""What moved between two runs, what is new and what is gone."""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reportkit.comparing.contents import Contents, Part, Value, numbered

CLOSE = 1e-9
"""Relative; two numbers that are as close are the same."""

_NUMBER = re.compile(r"([$€£¥]?)\s?([-+]?)\s?([$€£¥]?)\s?(\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?)\s?([^\d\s]{0,3})")


@dataclass(frozen=True)
class Change:
    """One value that is not the same in both; None where one of the two does not have it."""

    where: tuple[str, ...]
    before: Any
    after: Any

    @property
    def absolute(self) -> float | None:
        """By how much; None where the two are not numbers in one unit."""
        old, new = _amount(self.before), _amount(self.after)
        return _finite(new[0] - old[0]) if old and new and old[1] == new[1] else None

    @property
    def relative(self) -> float | None:
        """As a share of what it was; None where that was zero."""
        old, change = _amount(self.before), self.absolute
        return _finite(change / abs(old[0])) if old and old[0] and change is not None else None

    def to_json(self) -> dict[str, Any]:
        """What is no number to JSON is given as text."""
        before, after = (str(each) if _is_odd(each) else each for each in (self.before, self.after))
        moved = {"absolute": self.absolute, "relative": self.relative}
        return {"where": list(self.where), "before": before, "after": after, **moved}


@dataclass(frozen=True)
class Differences:
    """From one run to the next. False where both show the same."""

    run: Sequence[Change]
    """Parameters, and up to when the data reach. They explain what moved, and are no difference by themselves."""
    gone: Sequence[Part]
    added: Sequence[Part]
    moved: Sequence[tuple[Part, Sequence[Change]]]
    """The parts of both whose values differ."""

    def __bool__(self) -> bool:
        return bool(self.gone or self.added or self.moved)

    def to_json(self) -> dict[str, Any]:
        return {
            "run": [change.to_json() for change in self.run],
            "gone": [part.name for part in self.gone],
            "added": [part.name for part in self.added],
            "moved": [
                {"part": part.name, "changes": [change.to_json() for change in changes]} for part, changes in self.moved
            ],
        }


def differences(
    before: Contents, after: Contents, cutoffs: tuple[str | None, str | None] = (None, None)
) -> Differences:
    """`cutoffs` say up to when the data of each reach, where that is known."""
    old, new = ({part.key: part for part in contents.parts} for contents in (before, after))
    run = _changes(("parameter",), before.parameters, after.parameters)
    if cutoffs[0] != cutoffs[1]:
        run.append(Change(("data up to",), *cutoffs))
    compared = [(part, _moved(part, new[key])) for key, part in old.items() if key in new]
    return Differences(
        run=run,
        gone=[part for key, part in old.items() if key not in new],
        added=[part for key, part in new.items() if key not in old],
        moved=[(part, changes) for part, changes in compared if changes],
    )


def _moved(old: Part, new: Part) -> list[Change]:
    """A row that only one of them has is one change, and so is another order of rows."""
    if old.kind == "section":
        said, says = ([str(row[-1]) for row in part.rows] for part in (old, new))
        return [*_rewritten(said, says), *_reordered(numbered(said), numbered(says))]
    labels = max(old.labels, new.labels)
    before, after = old.values(labels), new.values(labels)
    changes = []
    for name in dict.fromkeys([*before, *after]):
        if name in before and name in after:
            changes += _changes((name,), before[name], after[name])
        else:
            changes.append(Change((name,), _whole(before.get(name)), _whole(after.get(name))))
    return [*changes, *_reordered([*before], [*after])] if old.kind == "table" else changes


def _reordered(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """Told once: where the order of what both have first differs, and what stands there."""
    shared = set(old) & set(new)
    pairs = zip((name for name in old if name in shared), (name for name in new if name in shared), strict=True)
    first = next(((place, *pair) for place, pair in enumerate(pairs, 1) if pair[0] != pair[1]), None)
    return [Change(("order", f"from place {first[0]} on"), *first[1:])] if first else []


def _whole(row: Mapping[str, Value] | None) -> str | None:
    if row is None:
        return None
    said = ((column, f"{value:.6g}" if isinstance(value, float) else value) for column, value in row.items())
    return ", ".join(f"{column} {value}".strip() for column, value in said if value is not None)


def _rewritten(old: Sequence[Any], new: Sequence[Any]) -> list[Change]:
    """Each paragraph beside the one that is most like it, wherever it stands."""
    came = list((Counter(new) - Counter(old)).elements())
    changes = []
    for before in (Counter(old) - Counter(new)).elements():
        after = next(iter(difflib.get_close_matches(before, came, n=1)), None)
        if after is not None:
            came.remove(after)
        changes.append(Change(("text",), before, after))
    return [*changes, *(Change(("text",), None, after) for after in came)]


def _changes(where: tuple[str, ...], old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    changes = [Change((*where, name), old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new])]
    return [change for change in changes if not _same(change.before, change.after)]


def _same(old: Any, new: Any) -> bool:
    if old == new or (old != old and new != new):  # NaN is NaN
        return True
    one, other = _amount(old), _amount(new)
    return bool(one and other and one[1] == other[1] and math.isclose(one[0], other[0], rel_tol=CLOSE))


def _amount(value: Value) -> tuple[float, str] | None:
    """A number, and the unit it is in; None for anything else."""
    if isinstance(value, int | float):
        return (float(value), "") if math.isfinite(value) and not isinstance(value, bool) else None
    found = (
        _NUMBER.fullmatch(value.replace("−", "-").replace("\u00a0", " ").strip()) if isinstance(value, str) else None
    )
    if not found:
        return None
    before, sign, currency, digits, unit = found.groups()
    return float(f"{sign}{digits.replace(',', '')}"), f"{before}{currency}{unit}"


def _is_odd(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _finite(value: float) -> float | None:
    return None if _is_odd(value) else value
