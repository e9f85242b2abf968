"""Feature flags: one for each experiment, many others, and a few with nasty names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from reportkit.datasets import warehouse
from reportkit.sample import nasty
from reportkit.sample.canonical import Block, identifier, instant, instants
from reportkit.sample.definitions import created
from reportkit.sample.experiments import EXPERIMENTS
from reportkit.sample.people import User, user_id
from reportkit.sample.rhythm import Rhythm
from reportkit.sample.scale import Scale

DAYS = 500
ADJECTIVES = ("new", "fast", "smart", "compact", "bold", "quiet", "lazy", "safe")
NOUNS = ("cart", "header", "feed", "login", "menu", "chart", "map")


class Flag(NamedTuple):
    id: str
    key: str
    name: str
    enabled: bool
    rollout_percent: int
    created_by: str
    created_at: str


def flags(scale: Scale, staff: Sequence[User]) -> list[Flag]:
    """The oldest first."""
    made = [*_everyday(scale, staff), *_of_experiments(scale), *_nasty(scale)]
    return sorted(made, key=lambda flag: flag.created_at)


def block(made: Sequence[Flag]) -> Block:
    return Block(warehouse.feature_flags, made, len(made))


def _everyday(scale: Scale, staff: Sequence[User]) -> Iterator[Flag]:
    """One for every 25 users; those who are here longest made most of them."""
    rng = scale.generator("flags")
    count = len(staff) // 25
    makers = [user for user in staff if user.role != "viewer"]
    position = rng.random(count)
    position[0] = 0.0  # so that there is one whenever somebody looks for one
    moments = instants(Rhythm(scale.days_ago(DAYS), scale.end).moments(position))
    for number, (at, (share, skew)) in enumerate(zip(moments, rng.random((count, 2)).tolist(), strict=True)):
        key = f"{ADJECTIVES[number % 8]}-{NOUNS[number % 7]}-{number + 1}"
        candidates = [user for user in makers if user.created_at <= at]
        yield Flag(
            id=identifier("feature_flags", key),
            key=key,
            name=key.replace("-", " ").capitalize(),
            enabled=share < 0.6,
            rollout_percent=100 if share < 0.3 else int(share * 20) * 5,
            created_by=candidates[int(skew**6 * len(candidates))].id,
            created_at=at,
        )


def _of_experiments(scale: Scale) -> Iterator[Flag]:
    for experiment in EXPERIMENTS:
        yield Flag(
            id=identifier("feature_flags", experiment.key),
            key=experiment.key,
            name=experiment.name,
            enabled=experiment.status == "running",
            rollout_percent=0 if experiment.status in ("draft", "stopped") else 100,
            created_by=user_id(experiment.created_by),
            created_at=instant(created(scale, experiment) + np.timedelta64(43, "s")),
        )


def _nasty(scale: Scale) -> Iterator[Flag]:
    for number, (what, text) in enumerate(nasty.SHORT_TEXTS[::5]):
        yield Flag(
            id=identifier("feature_flags", "nasty", what),
            key=f"nasty-{number + 1:02d}",
            name=text,
            enabled=False,
            rollout_percent=0,
            created_by=user_id("ann" if number else "vic"),
            created_at=instant(scale.days_ago(30) + np.timedelta64(number, "h")),
        )
