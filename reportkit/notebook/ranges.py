"""`Range`, by which a parameters cell says how small and how large a number may be. Kernels load it: it is light."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """What a number may be, both ends included; one left out is open::

    days: Annotated[int, Range(1, 90)] = 28
    """

    least: float | None = None
    most: float | None = None

    def __post_init__(self) -> None:
        if self.least is None and self.most is None:
            raise ValueError("a Range needs an end: Range(1, 90), Range(least=1) or Range(most=90)")
        if self.least is not None and self.most is not None and not self.least <= self.most:
            raise ValueError(f"nothing lies {self}; swap the ends")

    def __contains__(self, value: float) -> bool:
        return (self.least is None or self.least <= value) and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        if self.most is None:
            return f"from {self.least} on"
        return f"up to {self.most}" if self.least is None else f"from {self.least} to {self.most}"
