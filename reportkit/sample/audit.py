"""The platform's audit log: who did what to what, over half a year."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from reportkit.datasets import warehouse
from reportkit.sample.canonical import Block, Row, instant, instants
from reportkit.sample.deeds import Deed, recorded, targets
from reportkit.sample.flags import Flag
from reportkit.sample.people import User
from reportkit.sample.rhythm import Rhythm
from reportkit.sample.scale import Scale
from reportkit.sample.subjects import address

DAYS = 182
DEEDS_IN_A_BLOCK = 20_000
ACTIVE = 0.65
BUSY = 5
"""So many of the well-known users are always active, and much."""

HABITS: Mapping[str, Mapping[str, float]] = {
    "viewer": {"data.viewed": 0.8, "data.exported": 0.2},
    "analyst": {
        "data.viewed": 0.5,
        "data.exported": 0.2,
        "metric.updated": 0.1,
        "feature_flag.toggled": 0.15,
        "permission.granted": 0.05,
    },
    "admin": {
        "data.viewed": 0.25,
        "data.exported": 0.05,
        "configuration.changed": 0.25,
        "permission.granted": 0.2,
        "permission.revoked": 0.1,
        "feature_flag.toggled": 0.09,
        "admin.user_deactivated": 0.04,
        "admin.role_changed": 0.02,
    },
}
"""What people of each role do of their own accord, and how often."""

ACTIONS = {role: (list(actions), list(accumulate(actions.values()))[:-1]) for role, actions in HABITS.items()}
"""The same, with shares summed up."""


class AuditLog:
    """Everyday deeds, drawn block by block, and among them those that follow from other rows.

    :param staff: the oldest account first
    """

    def __init__(self, scale: Scale, staff: Sequence[User], flags: Sequence[Flag]) -> None:
        rng = scale.generator("audit")
        is_active = rng.random(len(staff)) < ACTIVE
        is_active[:BUSY] = True
        eagerness = rng.lognormal(0.0, 1.5, is_active.sum())
        eagerness[:BUSY] = np.quantile(eagerness, 0.995)
        self._scale = scale
        self._rhythm = Rhythm(scale.days_ago(DAYS - 1), scale.end)
        self._active = [user for user, active in zip(staff, is_active, strict=True) if active]
        self._eagerness = np.cumsum(eagerness)
        self._addresses = {
            user.id: address(int(bits)) for user, bits in zip(staff, rng.integers(2**40, size=len(staff)), strict=True)
        }
        dormant = [user for user, active in zip(staff, is_active, strict=True) if not active]
        self._targets = targets(scale, staff, dormant, flags)
        self._since = {action: [target.since for target in each] for action, each in self._targets.items()}
        self._recorded = [deed for deed in recorded(scale, staff, flags) if deed.at >= instant(self._rhythm.start)]
        self._everyday = 300 + scale.events // 10

    @property
    def count(self) -> int:
        return self._everyday + len(self._recorded)

    def blocks(self) -> Iterator[Block]:
        """Numbered in the order of time."""
        of = -(-self._everyday // DEEDS_IN_A_BLOCK)
        recorded_at = [deed.at for deed in self._recorded]
        first, told = 1, 0
        for number in range(of):
            rng = self._scale.generator("audit", number)
            count = self._everyday * (number + 1) // of - self._everyday * number // of
            drawn = self._drawn(rng, (number + np.sort(rng.random(count))) / of)
            last = bisect_right(recorded_at, drawn[-1].at) if number < of - 1 else len(recorded_at)
            deeds = sorted([*drawn, *self._recorded[told:last]], key=lambda deed: deed.at)
            yield Block(warehouse.audit_logs, self._rows(rng, first, deeds), len(deeds))
            first, told = first + len(deeds), last

    def _drawn(self, rng: np.random.Generator, position: NDArray[np.float64]) -> list[Deed]:
        at = instants(self._rhythm.moments(position))
        accounts = np.searchsorted([user.created_at for user in self._active], at, side="right")
        eager = rng.random(len(at)) * self._eagerness[accounts - 1]
        who = np.searchsorted(self._eagerness, eager, side="right")
        return [
            self._deed(moment, self._active[i], *draws)
            for moment, i, draws in zip(at, who.tolist(), rng.random((len(at), 2)).tolist(), strict=True)
        ]

    def _deed(self, at: str, user: User, which: float, what: float) -> Deed:
        """Something this user might do, to something that was there at the time."""
        actions, shares = ACTIONS[user.role]
        action = actions[bisect_right(shares, which)]
        known = bisect_right(self._since[action], at)
        target = self._targets[action][int(what * known)]
        return Deed(at, user.id, action, target.entity_type, target.entity_id, target.details)

    def _rows(self, rng: np.random.Generator, first: int, deeds: Sequence[Deed]) -> Iterator[Row]:
        secrets = rng.bytes(16 * len(deeds)).hex()
        for number, deed in enumerate(deeds):
            at, user, action, entity_type, entity_id, details = deed
            token = f"st_{secrets[32 * number : 32 * number + 32]}"
            yield first + number, user, action, entity_type, entity_id, details, self._addresses[user], token, at
