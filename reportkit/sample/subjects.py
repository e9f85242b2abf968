"""The people experimented on. A person is made from a number alone, so experiments that share people agree on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from reportkit.sample.scale import Scale

SEGMENTS = ("web", "ios", "android")
SEGMENT_BOUNDS = (0.55, 0.81)

FIRST_NAMES = ("mia", "noah", "lena", "omar", "sofia", "liam", "yuki", "ivan", "zoe", "amir", "nora", "hugo", "ines")
LAST_NAMES = ("meyer", "rossi", "novak", "silva", "khan", "tanaka", "dubois", "jensen", "cohen", "kaya", "smith")

BEFORE_1900 = ("1899-12-30", "1899-12-31", "1890-05-17", "1753-01-01")
BEYOND_2_53 = 2**53 - 3
WRAPPED = -(2**31)


@dataclass(frozen=True)
class Subjects:
    """A range of people, their attributes in columns. Each attribute is drawn once and for all."""

    scale: Scale
    numbers: range

    @cached_property
    def ids(self) -> list[str]:
        """UUIDs of version 8, the version left to its maker."""
        bits = np.column_stack([self._bits("id, first half"), self._bits("id, second half")])
        digits = bits.astype(">u8").tobytes().hex()
        starts = range(0, len(digits), 32)
        return [
            f"{digits[i : i + 8]}-{digits[i + 8 : i + 12]}-8{digits[i + 13 : i + 16]}"
            f"-a{digits[i + 17 : i + 20]}-{digits[i + 20 : i + 32]}"
            for i in starts
        ]

    @cached_property
    def segments(self) -> NDArray[np.intp]:
        """Positions in SEGMENTS."""
        return np.searchsorted(SEGMENT_BOUNDS, self._shares("segment"), side="right")

    @cached_property
    def activity(self) -> NDArray[np.float64]:
        """How active each is, 1.0 on average; few are very active."""
        spread = 1.1
        normal = np.sqrt(-2 * np.log1p(-self._shares("radius"))) * np.cos(2 * np.pi * self._shares("angle"))
        activity: NDArray[np.float64] = np.exp(spread * normal - spread**2 / 2)
        return activity

    @cached_property
    def emails(self) -> list[str | None]:
        """Unknown of a third."""
        return [
            f"{FIRST_NAMES[n % 13]}.{LAST_NAMES[n % 11]}{n}@example.com" if known else None
            for n, known in zip(self.numbers, (self._shares("email") > 0.34).tolist(), strict=True)
        ]

    @cached_property
    def addresses(self) -> list[str | None]:
        return [address(bits) for bits in self._bits("address").tolist()]

    @cached_property
    def member_since(self) -> list[str | None]:
        """Days before all experiments; of a few before 1900, as old systems wrote an unknown day."""
        ages = 200 - 700 * np.log1p(-self._shares("age"))
        days = np.datetime_as_string((self.scale.days_ago(0) - ages.astype("timedelta64[D]")).astype("datetime64[D]"))
        return [
            None if kind < 0.09 else BEFORE_1900[int(kind * 4000) % 4] if kind < 0.094 else day
            for day, kind in zip(days.tolist(), self._shares("membership").tolist(), strict=True)
        ]

    @cached_property
    def first_sequence(self) -> NDArray[np.int64]:
        """Where each client's counter started: few near 2^53 or below zero."""
        kind = self._shares("sequence")
        usual = (self._bits("counter") % np.uint64(5_000)).astype(np.int64)
        return np.where(kind < 0.006, BEYOND_2_53, np.where(kind < 0.01, WRAPPED, usual))

    @cached_property
    def is_test(self) -> list[bool | None]:
        shares = self._shares("test").tolist()
        return [True if share < 0.004 else None if share < 0.014 else False for share in shares]

    def _shares(self, attribute: str) -> NDArray[np.float64]:
        return (self._bits(attribute) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def _bits(self, attribute: str) -> NDArray[np.uint64]:
        """64 bits for each person: the output function of SplitMix64 over their numbers."""
        origin = np.uint64(self.scale.entropy("subjects", attribute) & (2**64 - 1))
        z = np.arange(self.numbers.start + 1, self.numbers.stop + 1, dtype=np.uint64)
        z = z * np.uint64(0x9E3779B97F4A7C15) + origin
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def address(bits: int) -> str | None:
    """IPv4 or IPv6 of the networks reserved for examples, or not known."""
    kind, low, high = bits % 100, bits >> 16 & 0xFF, bits >> 24 & 0xFF
    if kind < 3:
        return None
    return f"2001:db8:{low:x}::{high:x}" if kind < 18 else f"198.{18 + (bits >> 8 & 1)}.{low}.{high}"
