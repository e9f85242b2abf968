"""What experiments measured: events added up per subject before anything else is joined to them.

Shared by the datasets about results. An event counts if it occurred at or after its subject's
assignment, while the experiment ran, and within the period.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)

from reportkit.datasets.base import OWNER, Scope
from reportkit.datasets.calendar import days_between
from reportkit.datasets.sql import day_after, day_of, start_of, within
from reportkit.datasets.warehouse import assignments, events, experiment_metrics, experiments, metric_definitions
from reportkit.specs import Period

MEASURES = ("events", "measured", "divisor", "received_at")


@dataclass(frozen=True)
class Facts:
    """What the datasets about results start from, each a common table expression."""

    period: Period
    experiments: CTE
    metrics: CTE
    measured: CTE


def gather(scope: Scope, cell: ColumnElement[Any]) -> Facts:
    """`cell`, an expression over events and assignments, tells what is added up together."""
    asked, metrics = _experiments(scope), _metrics(scope)
    return Facts(scope.period, asked, metrics, _measured(asked, metrics, scope.period, cell))


def _experiments(scope: Scope) -> CTE:
    """The experiments asked for; one without a start runs from its creation."""
    rows = select(
        experiments.c.id.label("experiment_id"),
        experiments.c.key.label("experiment"),
        experiments.c.name.label("experiment_name"),
        experiments.c.status,
        experiments.c.started_at,
        experiments.c.ended_at,
        func.coalesce(experiments.c.started_at, experiments.c.created_at).label("runs_from"),
        experiments.c.created_by.label(OWNER),
    )
    return scope.narrow(rows).cte("asked_experiments")


def _metrics(scope: Scope) -> CTE:
    """The metrics asked for, of every experiment they are attached to."""
    rows = select(
        experiment_metrics.c.experiment_id,
        metric_definitions.c.id.label("metric_id"),
        metric_definitions.c.key.label("metric"),
        metric_definitions.c.name.label("metric_name"),
        metric_definitions.c.kind.label("metric_kind"),
        experiment_metrics.c.role.label("metric_role"),
        metric_definitions.c.unit,
        metric_definitions.c.higher_is_better,
        metric_definitions.c.event_name,
        metric_definitions.c.denominator_event_name,
    ).join_from(experiment_metrics, metric_definitions)
    return scope.narrow(rows).cte("asked_metrics")


def _measured(asked: CTE, metrics: CTE, period: Period, cell: ColumnElement[Any]) -> CTE:
    """Per active subject, metric and cell: what is measured (1 for a proportion), and what divides it."""
    is_measured = events.c.event_name == metrics.c.event_name
    divides = events.c.event_name == metrics.c.denominator_event_name
    wanted = union(select(metrics.c.event_name), select(metrics.c.denominator_event_name))
    did_it = func.max(case((is_measured, 1.0), else_=0.0))
    keys = [
        events.c.experiment_id,
        assignments.c.variant_id,
        metrics.c.metric_id,
        cell.label("cell"),
        events.c.subject_id,
    ]
    return (
        select(
            *keys,
            func.count().label("events"),
            case((func.min(metrics.c.metric_kind) == "proportion", did_it), else_=_sum_where(is_measured)).label(
                "measured"
            ),
            _sum_where(divides).label("divisor"),
            func.max(events.c.received_at).label("received_at"),
        )
        .select_from(asked)
        .join(events, events.c.experiment_id == asked.c.experiment_id)
        .join(metrics, and_(metrics.c.experiment_id == events.c.experiment_id, or_(is_measured, divides)))
        .join(
            assignments,
            and_(
                assignments.c.experiment_id == events.c.experiment_id, assignments.c.subject_id == events.c.subject_id
            ),
        )
        .where(
            events.c.experiment_id.in_(select(asked.c.experiment_id)),
            events.c.event_name.in_(wanted),
            events.c.occurred_at >= assignments.c.assigned_at,
            events.c.occurred_at >= asked.c.runs_from,
            or_(asked.c.ended_at.is_(None), events.c.occurred_at < asked.c.ended_at),
            *within(events.c.occurred_at, period),
        )
        .group_by(*keys)
        .cte("measured")
    )


def _sum_where(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    """Sum of the events' values; one without a value counts as zero."""
    return func.coalesce(func.sum(case((condition, events.c.value))), 0.0)


def stacked(facts: Facts, cells: FromClause) -> CTE:
    """Every cell of every metric, without measurements, and below them the measurements, to be grouped together.

    Joining would read better, but PostgreSQL cannot foresee how many measurements there are, takes them
    for a few, and would compare each with every cell.
    """
    metrics, measured = facts.metrics, facts.measured
    same_experiment = metrics.c.experiment_id == cells.c.experiment_id
    empty = select(*cells.c, metrics.c.metric_id, *[null().label(name) for name in MEASURES]).join(
        metrics, same_experiment
    )
    filled = select(
        *[measured.c[column.name] if column.name in measured.c else null() for column in cells.c],
        measured.c.metric_id,
        *[measured.c[name] for name in MEASURES],
    )
    return union_all(empty, filled).cte("stacked")


def whole_of(facts: Facts) -> CTE:
    """One cell for each experiment."""
    return select(facts.experiments.c.experiment_id, literal("all").label("cell")).cte("cells")


def days_of(facts: Facts) -> CTE:
    """Every day each experiment ran, within the period; one still running, until its latest event arrived."""
    asked = facts.experiments
    latest = (
        select(events.c.experiment_id, func.max(events.c.received_at).label("received_at"))
        .join(asked, asked.c.experiment_id == events.c.experiment_id)
        .where(asked.c.ended_at.is_(None))
        .group_by(events.c.experiment_id)
        .subquery("latest")
    )
    runs = (
        select(
            asked.c.experiment_id,
            asked.c.runs_from,
            func.coalesce(asked.c.ended_at, latest.c.received_at).label("runs_until"),
        )
        .join_from(asked, latest, latest.c.experiment_id == asked.c.experiment_id, isouter=True)
        .cte("runs")
    )
    days = days_between(
        select(day_of(func.min(runs.c.runs_from))).scalar_subquery(),
        select(day_of(func.max(runs.c.runs_until))).scalar_subquery(),
    )
    return (
        select(runs.c.experiment_id, days.c.day.label("cell"))
        .join_from(
            runs,
            days,
            and_(start_of(days.c.day) < runs.c.runs_until, start_of(day_after(days.c.day)) > runs.c.runs_from),
        )
        .where(*_overlaps(days.c.day, facts.period))
        .cte("cells")
    )


def _overlaps(day: ColumnElement[Any], period: Period) -> list[ColumnElement[bool]]:
    conditions = []
    if period.start is not None:
        conditions.append(start_of(day_after(day)) > literal(period.start, start_of.type))
    if period.end is not None:
        conditions.append(start_of(day) < literal(period.end, start_of.type))
    return conditions
