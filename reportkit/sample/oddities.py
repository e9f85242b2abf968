"""The nasty values as rows: one experiment of `ann`'s holds them all, and so do parts of the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from reportkit.datasets import warehouse
from reportkit.sample import nasty
from reportkit.sample.canonical import Block, Row, document, identifier, instant
from reportkit.sample.definitions import experiment_id, variant_id, window
from reportkit.sample.experiments import EXPERIMENTS
from reportkit.sample.scale import Scale

EXPERIMENT = next(experiment for experiment in EXPERIMENTS if experiment.key == "legacy_import")
EVENT_NAME = "imported"
ONE_FROM_LONG_AGO = 12
"""The last of the experiment's people: events from long ago are theirs."""


def blocks(scale: Scale) -> list[Block]:
    assignments, events = list(_assignments(scale)), list(_events(scale))
    return [Block(warehouse.assignments, assignments, len(assignments)), Block(warehouse.events, events, len(events))]


def _subject_id(number: int) -> str:
    return identifier("subjects", EXPERIMENT.key, number)


def _assignments(scale: Scale) -> Iterator[Row]:
    started, _ = window(scale, EXPERIMENT)
    for number in range(1, ONE_FROM_LONG_AGO + 1):
        variant = EXPERIMENT.variants[number % 2]
        at = min(at for _, at in nasty.INSTANTS) if number == ONE_FROM_LONG_AGO else instant(started)
        segment = ("web", "ios", "android")[number % 3]
        yield experiment_id(EXPERIMENT.key), _subject_id(number), variant_id(EXPERIMENT.key, variant.key), segment, at


def _cases() -> Iterator[Mapping[str, object]]:
    """What each nasty event holds; what is left out is NULL."""
    yield {}
    yield {"user_email": "", "ip_address": "", "note": ""}
    yield {"is_test": True, "note": "a test"}
    for what, text in nasty.TEXTS:
        yield {"note": text, "payload": document({"case": what, "text": text})}
    for what, email in nasty.EMAILS:
        yield {"user_email": email, "note": what}
    for what, address in nasty.ADDRESSES:
        yield {"ip_address": address, "note": what}
    for what, value in nasty.NUMBERS:
        yield {"value": value, "note": what}
    for what, amount in nasty.AMOUNTS:
        yield {"amount": amount, "note": what}
    for what, sequence in nasty.SEQUENCES:
        yield {"sequence": sequence, "note": what}
    for what, day in nasty.DAYS:
        yield {"member_since": day, "note": what}
    for what, at in nasty.INSTANTS:
        yield {"occurred_at": at, "subject_id": _subject_id(ONE_FROM_LONG_AGO), "note": what}
    for what, payload in nasty.DOCUMENTS:
        yield {"payload": payload, "note": what}


def _events(scale: Scale) -> Iterator[Row]:
    """One an hour, the last in the last hour of the data."""
    cases = list(_cases())
    for number, case in enumerate(cases):
        at = scale.end - np.timedelta64(60 * (len(cases) - number) - 7, "m")
        row = {
            "id": scale.events + number + 1,
            "experiment_id": experiment_id(EXPERIMENT.key),
            "subject_id": _subject_id(1 + number % (ONE_FROM_LONG_AGO - 1)),
            "event_name": EVENT_NAME,
            "occurred_at": instant(at),
            "received_at": instant(at + np.timedelta64(2_345_678, "us")),
            **case,
        }
        yield tuple(row.get(column.name) for column in warehouse.events.columns)
