"""What to know about the data before the numbers are believed: small samples, equal values, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from reportkit.stats.runs import shorter_than_a_week
from reportkit.stats.words import escaped, known, listed, measured, moment, p

BROKEN_RATIO = 0.001
FEW_SUBJECTS = 100
FEW_CONVERTED = 10
"""Below this many with, or without, a conversion the t-test of a proportion is rough."""

Rows = Sequence[Mapping[str, Any]]


def small_samples(results: Rows) -> list[str]:
    """One sentence that names the variants with few subjects; none where nobody was assigned or all have enough."""
    subjects = {row["variant_name"]: int(row["subjects"]) for row in results}
    few = {name: count for name, count in subjects.items() if count < FEW_SUBJECTS}
    if not few or not any(subjects.values()):
        return []
    counts = listed(f"{name} ({count})" for name, count in few.items())
    return [f"Few subjects: {counts}. Only very large differences would show, and p-values are rough."]


def remarks(results: Rows, now: datetime) -> list[str]:
    """What a careful reader asks about the data of one experiment, answered; its rows by grouping `none`."""
    return [*_assignment(results), *_run(results[0], now), *_latest(results), *_metrics(results)]


def _assignment(results: Rows) -> Iterator[str]:
    ratio = known(results[0]["srm_p_value"])
    if ratio is None:
        yield "**Sample ratio:** not tested; it takes subjects in at least two variants."
    else:
        held = "broken" if ratio < BROKEN_RATIO else "as planned"
        yield f"**Sample ratio:** {held} (p {p(ratio)} against the planned shares; below 0.001 would be broken)."
    yield from (f"**Sample size:** {escaped(sentence)}" for sentence in small_samples(results))


def _run(experiment: Mapping[str, Any], now: datetime) -> Iterator[str]:
    if shorter_than_a_week(experiment, now):
        yield "**Duration:** less than a week, so not every day of the week has been seen."


def _latest(results: Rows) -> Iterator[str]:
    received = [at for row in results if (at := moment(row["data_cutoff"]))]
    latest = f"received {max(received):%-d %B %Y, %H:%M} UTC" if received else "none yet"
    yield f"**Latest event counted:** {latest}."


def _metrics(results: Rows) -> Iterator[str]:
    for metric in dict.fromkeys(row["metric"] for row in results):
        rows = [row for row in results if row["metric"] == metric and row["subjects"]]
        name = escaped(rows[0]["metric_name"]) if rows else ""
        if any(known(row["mean"]) is None for row in rows):
            yield f"**{name}:** nothing to divide by in {escaped(listed(_without_mean(rows)))}; it has no value there."
        elif rows and all(known(row["std_error"]) == 0 for row in rows):
            same = listed(dict.fromkeys(measured(known(row["mean"]), row["unit"]) for row in rows))
            yield f"**{name}:** every subject of a variant is alike ({same}), so there is nothing to test."
        elif any(known(row["p_value"]) is not None for row in rows) and (rough := _rough(rows)):
            few = f"fewer than {FEW_CONVERTED} subjects did it, or did not"
            yield f"**{name}:** in {escaped(listed(rough))} {few}; its p-value is rough."


def _without_mean(rows: Rows) -> list[str]:
    return [row["variant_name"] for row in rows if known(row["mean"]) is None]


def _rough(rows: Rows) -> list[str]:
    return [
        row["variant_name"]
        for row in rows
        if row["metric_kind"] == "proportion" and min(row["total"], row["subjects"] - row["total"]) < FEW_CONVERTED
    ]
