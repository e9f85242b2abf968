"""The rows that define experiments, their variants and their metrics."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reportkit.datasets import warehouse
from reportkit.sample.behaviour import Experiment
from reportkit.sample.canonical import Block, Row, identifier, instant
from reportkit.sample.experiments import EXPERIMENTS
from reportkit.sample.metrics import METRICS
from reportkit.sample.people import user_id
from reportkit.sample.scale import Scale

OPENING = np.timedelta64(9 * 60, "m")
"""Experiments start and end at nine in the morning, UTC."""


def experiment_id(key: str) -> str:
    return identifier("experiments", key)


def variant_id(experiment_key: str, key: str) -> str:
    return identifier("variants", experiment_key, key)


def running(scale: Scale, experiment: Experiment) -> tuple[np.datetime64 | None, np.datetime64 | None]:
    """When it started and ended, if it did."""
    started, ended = (
        None if days is None else scale.days_ago(days) + OPENING for days in (experiment.started, experiment.ended)
    )
    return started, ended


def window(scale: Scale, experiment: Experiment) -> tuple[np.datetime64, np.datetime64]:
    """From its start to its end, or to the end of the data; a draft has no window."""
    started, ended = running(scale, experiment)
    assert started is not None
    return started, scale.end if ended is None else ended


def created(scale: Scale, experiment: Experiment) -> np.datetime64:
    return scale.days_ago(experiment.created) + np.timedelta64(10 * 3600 + 17, "s")


def metric_id(key: str) -> str:
    return identifier("metric_definitions", key)


def metric_created(scale: Scale, key: str) -> str:
    """One every 20 days, the last of them weeks ago."""
    return instant(scale.days_ago(300 - 20 * list(METRICS).index(key)) + OPENING)


def blocks(scale: Scale) -> Iterator[Block]:
    for table, rows in (
        (warehouse.experiments, _experiments(scale)),
        (warehouse.variants, _variants()),
        (warehouse.metric_definitions, _metrics(scale)),
        (warehouse.experiment_metrics, _uses()),
    ):
        yield Block(table, rows, len(rows))


def _experiments(scale: Scale) -> list[Row]:
    return [
        (
            experiment_id(each.key),
            each.key,
            each.name,
            each.hypothesis,
            each.status,
            user_id(each.created_by),
            instant(created(scale, each)),
            *(None if moment is None else instant(moment) for moment in running(scale, each)),
        )
        for each in EXPERIMENTS
    ]


def _variants() -> list[Row]:
    return [
        (
            variant_id(experiment.key, each.key),
            experiment_id(experiment.key),
            each.key,
            each.name,
            each is experiment.variants[0],
            each.weight,
        )
        for experiment in EXPERIMENTS
        for each in experiment.variants
    ]


def _metrics(scale: Scale) -> list[Row]:
    return [
        (
            metric_id(each.key),
            each.key,
            each.name,
            each.kind,
            each.event_name,
            each.divided_by,
            each.unit,
            each.higher_is_better,
            user_id(each.created_by),
            metric_created(scale, each.key),
        )
        for each in METRICS.values()
    ]


def _uses() -> list[Row]:
    return [
        (experiment_id(experiment.key), metric_id(metric), role)
        for experiment in EXPERIMENTS
        for metric, role in experiment.metrics.items()
    ]
