"""Assignments and events as rows: what people did in an experiment, dressed as a client would send it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from reportkit.datasets import warehouse
from reportkit.sample.acts import Acts, Slice, acts, assigned, joining
from reportkit.sample.canonical import Block, Moments, instants
from reportkit.sample.definitions import experiment_id, variant_id, window
from reportkit.sample.payloads import NOTES, payload_pools
from reportkit.sample.rhythm import MICROSECOND, Rhythm
from reportkit.sample.scale import Scale
from reportkit.sample.subjects import SEGMENTS, Subjects

Column = Sequence[object]

LATE = 0.03
HOUR = 3_600e6
SECOND = 1e6


def blocks(scale: Scale, piece: Slice) -> Iterator[Block]:
    """The assignments of one slice, then its events in the order they arrived."""
    rng = scale.generator("habits", piece.experiment.key, piece.number)
    rhythm = Rhythm(*window(scale, piece.experiment))
    people = Subjects(scale, piece.people)
    joined, variants = joining(rng, piece), assigned(rng, piece)
    yield _assignments(piece, people, variants, rhythm.moments(joined))
    yield _events(rng, scale, piece, people, acts(rng, piece, people.activity, variants, joined), rhythm)


def _assignments(piece: Slice, people: Subjects, variants: NDArray[np.intp], joined: Moments) -> Block:
    key = piece.experiment.key
    rows = zip(
        repeat(experiment_id(key)),
        people.ids,
        _each([variant_id(key, variant.key) for variant in piece.experiment.variants], variants),
        _each(SEGMENTS, people.segments),
        instants(joined),
        strict=False,
    )
    return Block(warehouse.assignments, rows, len(people.ids))


def _events(
    rng: np.random.Generator, scale: Scale, piece: Slice, people: Subjects, done: Acts, rhythm: Rhythm
) -> Block:
    reaction = rng.exponential(3 * SECOND, len(done.who)).astype("timedelta64[us]")
    occurred = np.minimum(rhythm.moments(done.position) + reaction, rhythm.end - MICROSECOND)
    received = _received(rng, occurred, scale.end)
    sequence = people.first_sequence[done.who] + _ranks(done.who, occurred)

    by_arrival = np.argsort(received)
    done, occurred, received = done.chosen(by_arrival), occurred[by_arrival], received[by_arrival]
    values, amounts = _money(rng, done, np.array([habit.money for habit in piece.habits]))
    names = [habit.event_name for habit in piece.habits]
    rows = zip(
        piece.event_ids,
        repeat(experiment_id(piece.experiment.key)),
        _each(people.ids, done.who),
        _each(names, done.habit),
        values,
        amounts,
        _some_none(rng, sequence[by_arrival], 0.01),
        instants(occurred),
        instants(received),
        _each(people.member_since, done.who),
        _each(people.is_test, done.who),
        _each(people.emails, done.who),
        _each(people.addresses, done.who),
        _notes(rng, len(done.who)),
        _payloads(rng, scale, names, done.habit, people.segments[done.who]),
        strict=False,
    )
    return Block(warehouse.events, rows, len(done.who))


def _received(rng: np.random.Generator, occurred: Moments, end: np.datetime64) -> Moments:
    """Within seconds for most; hours or days later for clients that were offline; never after the end of the data."""
    count = len(occurred)
    usual = 0.2 * SECOND + rng.exponential(2 * SECOND, count)
    late = rng.lognormal(np.log(9 * HOUR), 1.3, count) + HOUR
    delay = np.where(rng.random(count) < LATE, late, usual)
    room = (end - occurred) / MICROSECOND
    received: Moments = occurred + np.where(delay < room, delay, room * rng.random(count)).astype("timedelta64[us]")
    return received


def _ranks(who: NDArray[np.intp], occurred: Moments) -> NDArray[np.intp]:
    """Each event's place, from 0, among those of its person."""
    order = np.lexsort((occurred, who))
    ordered = who[order]
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(who)) - np.searchsorted(ordered, ordered)
    return ranks


def _money(rng: np.random.Generator, done: Acts, is_money: NDArray[np.bool_]) -> tuple[list[float], list[str | None]]:
    """Values, and amounts where they are money; a few were converted from another currency, to 18 decimals."""
    paid = np.flatnonzero(is_money[done.habit])
    converted = rng.random(len(paid)) < 0.04
    tails = np.where(converted, rng.integers(0, 10**16, len(paid)), 0)
    cents = np.rint(done.value[paid] * 100).astype(np.int64)
    texts = [
        f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}{tail:016d}"
        for amount, tail in zip(cents.tolist(), tails.tolist(), strict=True)
    ]
    values, amounts = done.value.copy(), np.full(len(done.value), None)
    values[paid], amounts[paid] = [float(text) for text in texts], texts
    return values.tolist(), amounts.tolist()


def _notes(rng: np.random.Generator, count: int) -> Column:
    """Hardly anybody types one."""
    return _some_none(rng, _objects(NOTES)[rng.integers(len(NOTES), size=count)], 0.98)


def _payloads(
    rng: np.random.Generator, scale: Scale, names: Column, habit: NDArray[np.intp], segments: NDArray[np.intp]
) -> Column:
    pools = _objects([payload_pools(scale, name) for name in names])
    return _some_none(rng, pools[habit, segments, rng.integers(pools.shape[2], size=len(habit))], 0.02)


def _some_none(rng: np.random.Generator, values: NDArray[np.int64] | NDArray[np.object_], share: float) -> Column:
    column = values.astype(object)
    column[rng.random(len(column)) < share] = None
    return _listed(column)


def _each(values: Column, which: NDArray[np.intp]) -> Column:
    return _listed(_objects(values)[which])


def _objects(values: Column) -> NDArray[np.object_]:
    return np.array(values, dtype=object)


def _listed(column: NDArray[np.object_]) -> Column:
    values: Column = column.tolist()
    return values
