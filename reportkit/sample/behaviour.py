"""What an experiment is made of, and what its variants truly change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Habit:
    """One kind of event people cause.

    :param chance: the share of people who cause it at all
    :param again: how many more of it a person of average activity then causes
    :param value: the mean value of one event
    :param spread: how skewed values are (standard deviation of their logarithm); 0 for a constant
    :param money: the value is an amount of money
    :param delay: how long after assignment, as a mean share of the time that is left
    """

    event_name: str
    chance: float
    again: float = 0.0
    value: float = 1.0
    spread: float = 0.0
    money: bool = False
    delay: float = 0.12


@dataclass(frozen=True)
class Metric:
    """A metric's definition; `kind` is proportion, mean or ratio."""

    key: str
    name: str
    kind: str
    event_name: str
    unit: str
    created_by: str
    divided_by: str | None = None
    higher_is_better: bool = True


@dataclass(frozen=True)
class Variant:
    """One arm of an experiment.

    :param weight: the share of people it should get
    :param arriving: the share it really gets
    :param more: relative change of how many people cause an event, by event name
    :param larger: relative change of an event's value, by event name
    """

    key: str
    name: str
    weight: float
    arriving: float
    more: Mapping[str, float] = field(default_factory=dict)
    larger: Mapping[str, float] = field(default_factory=dict)

    def lift(self, metric: Metric) -> float:
        """The true relative change of a metric against the control."""
        if metric.kind == "proportion":
            return self.more.get(metric.event_name, 0.0)
        changed = self._changed(metric.event_name)
        return changed / self._changed(metric.divided_by) - 1 if metric.divided_by else changed - 1

    def _changed(self, event_name: str) -> float:
        return (1 + self.more.get(event_name, 0.0)) * (1 + self.larger.get(event_name, 0.0))


@dataclass(frozen=True)
class Experiment:
    """An experiment and the people in it. The first variant is the control.

    :param started: days before the last day of data; None for a draft
    :param ended: days before the last day of data; None while it runs
    :param share: of all ordinary events
    :param at_most: so many events at any scale
    :param events_each: events per person; what habits leave of it are clicks
    :param metrics: metric key -> primary, secondary or guardrail
    """

    key: str
    name: str
    hypothesis: str | None
    status: str
    created_by: str
    created: int
    started: int | None
    ended: int | None
    variants: tuple[Variant, ...]
    metrics: Mapping[str, str]
    habits: tuple[Habit, ...] = ()
    share: float = 0.0
    at_most: int | None = None
    events_each: float = 5.0
