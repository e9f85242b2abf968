"""The query behind `experiment_results`: what every variant added up to, its control's beside it.

Means come first and deviations from them second: the sum of squares less the square of the sum loses
its digits where values are large and alike, and no SQL function for variance is common to the
databases. Subjects who did nothing have no measurement; each of them deviates by the whole mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    select,
)

from reportkit.datasets.base import OWNER, Rows, Scope
from reportkit.datasets.measured import Facts, days_of, gather, stacked, whole_of
from reportkit.datasets.sql import day_of, earlier, within
from reportkit.datasets.warehouse import assignments, events, variants
from reportkit.specs import Period

AGGREGATES = ("subjects", "total", "squares", "divisor", "divisor_squares", "products")
"""What the statistics need to know of a variant and of its control."""


@dataclass(frozen=True)
class Cut:
    """How results are cut into cells."""

    event_cell: ColumnElement[Any]
    """The cell an event falls into."""
    arrival_cell: ColumnElement[Any]
    """The cell in which a subject is assigned."""
    counts_in: Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[bool]]
    """Whether subjects assigned in one cell (first) are subjects of another (second)."""
    cells: Callable[[Facts], FromClause]
    """Every (experiment_id, cell) there is."""


def results(cut: Cut, scope: Scope) -> Rows:
    """One row for each experiment, variant, metric and cell; `cell` labels the cell."""
    facts, arms = gather(scope, cut.event_cell), _arms()
    asked, metrics = facts.experiments, facts.metrics
    added_up = _aggregates(facts, _population(facts, arms, cut))

    def of_control(name: str) -> ColumnElement[Any]:
        value = func.max(case((arms.c.is_baseline, added_up.c[name])))
        return value.over(partition_by=[added_up.c.experiment_id, added_up.c.metric_id, added_up.c.cell])

    return (
        select(
            *[asked.c[name] for name in ("experiment", "experiment_name", "status", "started_at", "ended_at", OWNER)],
            *[arms.c[name] for name in ("variant", "variant_name", "is_control")],
            *[metrics.c[name] for name in ("metric", "metric_name", "metric_kind", "metric_role")],
            *[metrics.c[name] for name in ("unit", "higher_is_better")],
            *[added_up.c[name] for name in ("cell", "allocation", "data_cutoff", *AGGREGATES)],
            *[of_control(name).label(f"control_{name}") for name in AGGREGATES],
            case((metrics.c.metric_kind == "ratio", added_up.c.divisor)).label("denominator"),
        )
        .select_from(added_up)
        .join(asked, _same(asked, added_up, "experiment_id"))
        .join(arms, _same(arms, added_up, "variant_id"))
        .join(metrics, _same(metrics, added_up, "experiment_id", "metric_id"))
    )


def _arms() -> CTE:
    """All variants; of each experiment, the first control by key is what its others are compared with."""
    first_control = func.min(case((variants.c.is_control, variants.c.key)))
    return select(
        variants.c.experiment_id,
        variants.c.id.label("variant_id"),
        variants.c.key.label("variant"),
        variants.c.name.label("variant_name"),
        variants.c.is_control,
        variants.c.weight,
        (variants.c.key == first_control.over(partition_by=variants.c.experiment_id)).label("is_baseline"),
    ).cte("arms")


def _population(facts: Facts, arms: CTE, cut: Cut) -> CTE:
    """How many subjects each variant has in each cell, zero included; and, as one text, all variants of the cell.

    That `allocation` reads `480:0.5 520:0.5`: subjects and weight of each.
    """
    cells, by_the_end = cut.cells(facts), Period(end=facts.period.end)
    arrivals = (
        select(
            assignments.c.experiment_id,
            assignments.c.variant_id,
            cut.arrival_cell.label("cell"),
            func.count().label("subjects"),
        )
        .join(facts.experiments, _same(facts.experiments, assignments, "experiment_id"))
        .where(*within(assignments.c.assigned_at, by_the_end))
        .group_by(assignments.c.experiment_id, assignments.c.variant_id, cut.arrival_cell)
        .cte("arrivals")
    )
    keys = [cells.c.experiment_id, arms.c.variant_id, cells.c.cell, arms.c.weight]
    counts = (
        select(*keys, func.coalesce(func.sum(arrivals.c.subjects), 0).label("subjects"))
        .select_from(cells)
        .join(arms, _same(arms, cells, "experiment_id"))
        .outerjoin(arrivals, and_(_same(arrivals, arms, "variant_id"), cut.counts_in(arrivals.c.cell, cells.c.cell)))
        .group_by(*keys)
        .cte("counts")
    )
    pair = cast(counts.c.subjects, String) + ":" + cast(counts.c.weight, String)
    allocation = func.aggregate_strings(pair, " ").over(partition_by=[counts.c.experiment_id, counts.c.cell])
    return select(counts, allocation.label("allocation")).cte("population")


def _aggregates(facts: Facts, population: CTE) -> CTE:
    """AGGREGATES of every variant, metric and cell."""
    rows = stacked(facts, population)
    keys = ("experiment_id", "variant_id", "metric_id", "cell")
    cell = [rows.c[key] for key in keys]
    subjects = func.max(rows.c.subjects).over(partition_by=cell)
    with_means = select(
        rows,
        func.coalesce(func.sum(rows.c.measured).over(partition_by=cell) / subjects, 0.0).label("mean"),
        func.coalesce(func.sum(rows.c.divisor).over(partition_by=cell) / subjects, 0.0).label("mean_divisor"),
    ).cte("with_means")
    c = with_means.c
    inactive = func.max(c.subjects) - func.count(c.measured)
    deviation, divisor_deviation = c.measured - c.mean, c.divisor - c.mean_divisor
    return (
        select(
            *[c[key] for key in keys],
            func.max(c.subjects).label("subjects"),
            func.max(c.allocation).label("allocation"),
            func.max(c.received_at).label("data_cutoff"),
            _sum(c.measured).label("total"),
            _sum(c.divisor).label("divisor"),
            (_sum(deviation * deviation) + inactive * func.max(c.mean * c.mean)).label("squares"),
            (_sum(divisor_deviation * divisor_deviation) + inactive * func.max(c.mean_divisor * c.mean_divisor)).label(
                "divisor_squares"
            ),
            (_sum(deviation * divisor_deviation) + inactive * func.max(c.mean * c.mean_divisor)).label("products"),
        )
        .group_by(*[c[key] for key in keys])
        .cte("aggregates")
    )


def _sum(values: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(values), 0.0)


def _same(left: FromClause, right: FromClause, *names: str) -> ColumnElement[bool]:
    return and_(*[left.c[name] == right.c[name] for name in names])


def _segments(facts: Facts) -> FromClause:
    cells = select(assignments.c.experiment_id, assignments.c.segment.label("cell"))
    return cells.join(facts.experiments, _same(facts.experiments, assignments, "experiment_id")).distinct().cte("cells")


def _assigned_there(arrival: ColumnElement[Any], cell: ColumnElement[Any]) -> ColumnElement[bool]:
    return arrival == cell


def _assigned_by_then(arrival: ColumnElement[Any], cell: ColumnElement[Any]) -> ColumnElement[bool]:
    return arrival <= cell


UNCUT = Cut(literal("all"), literal("all"), _assigned_there, whole_of)
HAPPENED = earlier(events.c.occurred_at, events.c.received_at)
"""A client whose clock is ahead tells of what has yet to happen; it had happened when we learned of it."""

BY_DAY = Cut(day_of(HAPPENED), day_of(assignments.c.assigned_at), _assigned_by_then, days_of)
BY_SEGMENT = Cut(assignments.c.segment, assignments.c.segment, _assigned_there, _segments)
