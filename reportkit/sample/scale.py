"""How much to make, and the randomness everything is drawn from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

import numpy as np

from reportkit.errors import BadValue

MOST_EVENTS = 50_000_000


@dataclass(frozen=True)
class Scale:
    """What a sample warehouse is made from. Equal scales give equal content, in every database.

    (Another version of numpy may draw other numbers from the same seed.)

    :param events: how many ordinary events, from 0 to 50,000,000; the nasty ones come on top
    :param seed: another seed, another warehouse of the same shape
    :param today: the last day that has data, so that nothing depends on the clock
    :raises BadValue: `events` is out of range
    """

    events: int = 60_000
    seed: int = 7
    today: date = date(2026, 11, 1)

    def __post_init__(self) -> None:
        if not 0 <= self.events <= MOST_EVENTS:
            raise BadValue("events", self.events, f"give a number from 0 to {MOST_EVENTS:,}")

    @property
    def end(self) -> np.datetime64:
        """The midnight that closes `today`: all that is recorded lies before it."""
        return self.days_ago(-1)

    def days_ago(self, days: int) -> np.datetime64:
        """The midnight that opened the day so many days before `today`."""
        return np.datetime64(self.today, "us") - np.timedelta64(days, "D")

    def entropy(self, *path: object) -> int:
        """128 bits that belong to `path` alone."""
        name = "/".join(str(part) for part in (self.seed, *path))
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:16])

    def generator(self, *path: object) -> np.random.Generator:
        """Random numbers that belong to `path` alone, so that each block can be made without its neighbours."""
        return np.random.Generator(np.random.PCG64(self.entropy(*path)))
