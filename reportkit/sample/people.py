"""The people who use the platform, and their teams."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from reportkit.datasets import warehouse
from reportkit.sample import names
from reportkit.sample.canonical import Block, identifier, instants
from reportkit.sample.rhythm import Rhythm
from reportkit.sample.scale import Scale


class Team(NamedTuple):
    id: str
    name: str


class User(NamedTuple):
    id: str
    username: str
    email: str
    full_name: str | None
    role: str
    team_id: str | None
    password_hash: str
    created_at: str


WELL_KNOWN = (
    ("ada", "Ada Okafor", "admin"),
    ("ann", "Ann Lindqvist", "analyst"),
    ("vic", "Vic Moreau", "viewer"),
    ("kai", "Kai 山田", "analyst"),
    ("noor", "نور الحداد", "analyst"),
    ("no.name", None, "viewer"),
    ("empty.name", "", "viewer"),
    ("pat.obrien", 'O\'Brien, Patrick "Paddy"', "viewer"),
    ("eve", '=HYPERLINK("http://example.com","Eve")', "viewer"),
    ("at.sign", "@SUM(A1:A9)", "viewer"),
    ("two.lines", "Two\nLines", "viewer"),
    ("rainbow", "🏳️‍🌈 Robin", "analyst"),
)


def user_id(username: str) -> str:
    return identifier("users", username)


def teams(scale: Scale) -> list[Team]:
    """About one for every fifty users."""
    areas = (f"{area} {number}" for number in range(1, 1000) for area in names.TEAM_AREAS)
    count = max(len(names.TEAMS), how_many_users(scale) // 50)
    chosen = [*names.TEAMS, *(next(areas) for _ in range(count - len(names.TEAMS)))]
    return [Team(identifier("teams", name), name) for name in chosen]


def how_many_users(scale: Scale) -> int:
    """2,000 for 60,000 events, and few more for many more events."""
    return 100 + round(1_900 * math.pow(scale.events / 60_000, 0.25))


def users(scale: Scale) -> list[User]:
    """The oldest account first; the well-known ones are the oldest."""
    rng = scale.generator("users")
    count = how_many_users(scale)
    created = instants(Rhythm(scale.days_ago(1_100), scale.end).moments(np.sort(rng.random(count))))
    roles = rng.choice(["viewer", "analyst", "admin"], count, p=[0.73, 0.25, 0.02]).tolist()
    places = rng.random(count).tolist()
    team_ids = [team.id for team in teams(scale)]
    people = [*WELL_KNOWN, *zip(*_named(rng, count - len(WELL_KNOWN)), roles, strict=False)]
    return [
        User(
            id=user_id(username),
            username=username,
            email=f"{username}@example.com",
            full_name=full_name,
            role=role,
            team_id=None if place < 0.03 else team_ids[int(place**1.6 * len(team_ids))],
            password_hash="scrypt$" + hashlib.sha256(f"{scale.seed}/{username}".encode()).hexdigest(),
            created_at=at,
        )
        for (username, full_name, role), place, at in zip(people, places, created, strict=True)
    ]


def _named(rng: np.random.Generator, count: int) -> tuple[list[str], list[str]]:
    """Usernames, none twice, and full names."""
    seen: dict[str, int] = {}
    usernames, full_names = [], []
    for script_number, given_share, family_share in zip(
        rng.choice(len(names.SCRIPTS), count, p=names.SHARES), rng.random(count), rng.random(count), strict=True
    ):
        script = names.SCRIPTS[script_number]
        given, given_latin = script.given[int(given_share * len(script.given))]
        family, family_latin = script.family[int(family_share * len(script.family))]
        latin = f"{given_latin}.{family_latin}"
        seen[latin] = seen.get(latin, 0) + 1
        usernames.append(latin if seen[latin] == 1 else f"{latin}{seen[latin]}")
        full_names.append(script.written.format(given=given, family=family))
    return usernames, full_names


def blocks(scale: Scale, staff: Sequence[User]) -> Iterator[Block]:
    groups = teams(scale)
    yield Block(warehouse.teams, groups, len(groups))
    yield Block(warehouse.users, staff, len(staff))
