"""What people do in an experiment: who, what, how much, and when. Still numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reportkit.sample.behaviour import Experiment, Habit
from reportkit.sample.experiments import EXPERIMENTS
from reportkit.sample.scale import Scale

EVENTS_IN_A_SLICE = 20_000
NEWCOMERS = 1_000
"""How many people an experiment skips of those its predecessor began with: neighbours share most of the others."""

REFUND = Habit("refund", 0.05, money=True)
CLICK = Habit("click", 1.0)


@dataclass(frozen=True)
class Slice:
    """Some people of one experiment with all they do: what is made at one time.

    :param number: of `of` slices of this experiment, in the order people joined
    """

    experiment: Experiment
    number: int
    of: int
    people: range
    event_ids: range

    @property
    def habits(self) -> tuple[Habit, ...]:
        return (*self.experiment.habits, REFUND, CLICK)


class Acts(NamedTuple):
    """Columns: who (position in the slice), which habit, its value, and when (0 to 1 of the experiment's activity)."""

    who: NDArray[np.intp]
    habit: NDArray[np.intp]
    value: NDArray[np.float64]
    position: NDArray[np.float64]

    def chosen(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Acts:
        return Acts(self.who[which], self.habit[which], self.value[which], self.position[which])


def slices(scale: Scale) -> list[Slice]:
    """One experiment after the other; together they hold exactly `scale.events` events."""
    made: list[Slice] = []
    next_id = 1
    for number, experiment in enumerate(EXPERIMENTS):
        events = _quota(scale, experiment)
        people = max(1, round(events / experiment.events_each))
        of = -(-events // EVENTS_IN_A_SLICE)
        made += (
            Slice(experiment, i, of, _part(people, i, of, NEWCOMERS * number), _part(events, i, of, next_id))
            for i in range(of)
        )
        next_id += events
    return made


def _quota(scale: Scale, experiment: Experiment) -> int:
    """The flagship, the largest, takes what others leave by rounding or by their limit."""
    flagship = max(EXPERIMENTS, key=lambda each: each.share)
    if experiment is flagship:
        return scale.events - sum(_quota(scale, each) for each in EXPERIMENTS if each is not flagship)
    events = int(scale.events * experiment.share)
    return events if experiment.at_most is None else min(events, experiment.at_most)


def _part(count: int, i: int, of: int, first: int) -> range:
    return range(first + count * i // of, first + count * (i + 1) // of)


def joining(rng: np.random.Generator, piece: Slice) -> NDArray[np.float64]:
    """When the slice's people joined, earlier slices first (0 to 1 of the experiment's activity)."""
    return (piece.number + np.sort(rng.random(len(piece.people)))) / piece.of


def assigned(rng: np.random.Generator, piece: Slice) -> NDArray[np.intp]:
    """Which variants the slice's people came to."""
    shares = [variant.arriving for variant in piece.experiment.variants]
    return rng.choice(len(shares), len(piece.people), p=shares)


def acts(
    rng: np.random.Generator,
    piece: Slice,
    activity: NDArray[np.float64],
    variants: NDArray[np.intp],
    joined: NDArray[np.float64],
) -> Acts:
    """All that the slice's people do, in no order."""
    habitual = [
        _habitual(rng, piece.experiment, number, activity, variants, joined)
        for number in range(len(piece.experiment.habits))
    ]
    meant = _joined(habitual)
    meant = _joined([meant, _refunds(rng, piece, meant)])
    missing = len(piece.event_ids) - len(meant.who)
    if missing < 0:  # only where a handful of events was asked for
        return meant.chosen(np.argsort(meant.position)[: len(piece.event_ids)])
    return _joined([meant, _clicks(rng, piece, missing, activity, joined)])


def _habitual(
    rng: np.random.Generator,
    experiment: Experiment,
    number: int,
    activity: NDArray[np.float64],
    variants: NDArray[np.intp],
    joined: NDArray[np.float64],
) -> Acts:
    """One habit, as each person's variant changes it."""
    habit = experiment.habits[number]
    more = np.array([1 + variant.more.get(habit.event_name, 0.0) for variant in experiment.variants])
    larger = np.array([1 + variant.larger.get(habit.event_name, 0.0) for variant in experiment.variants])
    does = rng.random(len(joined)) < habit.chance * more[variants]
    times = np.where(does, 1 + rng.poisson(habit.again * activity), 0)
    who = np.repeat(np.arange(len(joined)), times)
    skew = np.exp(habit.spread * rng.standard_normal(len(who)) - habit.spread**2 / 2)
    value = np.round(habit.value * larger[variants[who]] * skew, 2)
    return Acts(who, np.full(len(who), number), value, _later(rng, joined[who], habit.delay))


def _refunds(rng: np.random.Generator, piece: Slice, meant: Acts) -> Acts:
    """Some payments are paid back later, in full."""
    paid = np.array([habit.money for habit in piece.habits])[meant.habit]
    back = meant.chosen(paid & (rng.random(len(paid)) < REFUND.chance))
    habit = np.full(len(back.who), piece.habits.index(REFUND))
    return Acts(back.who, habit, -back.value, _later(rng, back.position, REFUND.delay))


def _clicks(
    rng: np.random.Generator,
    piece: Slice,
    count: int,
    activity: NDArray[np.float64],
    joined: NDArray[np.float64],
) -> Acts:
    """What no metric uses: it makes the slice hold just its number of events."""
    who = rng.choice(len(joined), count, p=activity / activity.sum())
    habit = np.full(count, piece.habits.index(CLICK))
    return Acts(who, habit, np.ones(count), _later(rng, joined[who], CLICK.delay))


def _joined(parts: list[Acts]) -> Acts:
    return Acts(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _later(rng: np.random.Generator, position: NDArray[np.float64], delay: float) -> NDArray[np.float64]:
    """Soon after for most, much later for some: a share of the time that is left, `delay` on average."""
    share = -np.expm1(np.log1p(-rng.random(len(position))) * delay / (1 - delay))
    return position + (1 - position) * share
