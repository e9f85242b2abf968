"""How every metric of every experiment went over time, all variants together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, func, literal, select

from reportkit.columns import Chart, ChartKind, Column, Kind
from reportkit.datasets.base import OWNER, Dataset, Rows, Scope, Shape
from reportkit.datasets.measured import Facts, days_of, gather, stacked, whole_of
from reportkit.datasets.sql import day_of, earlier, week_of
from reportkit.datasets.warehouse import events

DAY = Column("day", Kind.DATE, "UTC day on which the events occurred")
WEEK = Column("week", Kind.DATE, "Monday of the week (UTC) in which the events occurred")

LABELS = (
    Column("experiment", Kind.TEXT, "The experiment's key"),
    Column("experiment_name", Kind.TEXT, "What people call the experiment"),
    Column("status", Kind.TEXT, "draft, running, completed or stopped"),
    Column("metric", Kind.TEXT, "The metric's key"),
    Column("metric_name", Kind.TEXT, "What people call the metric"),
    Column("metric_kind", Kind.TEXT, "proportion (did it at least once), mean (per subject) or ratio"),
    Column("metric_role", Kind.TEXT, "primary, secondary or guardrail"),
    Column("unit", Kind.TEXT, "What the metric's mean is in"),
)
NUMBERS = (
    Column("active_subjects", Kind.INTEGER, "Subjects with at least one event that the metric counts", "subjects"),
    Column("events", Kind.INTEGER, "Events that the metric counts", "events"),
    Column("total", Kind.NUMBER, "Sum over active subjects: of converted ones (proportion), of values (mean, ratio)"),
    Column("denominator", Kind.NUMBER, "Sum of what divides, for a ratio"),
    Column("mean_per_active", Kind.NUMBER, "total / active_subjects; empty where nobody was active"),
    Column("smallest", Kind.NUMBER, "The least that an active subject adds to total"),
    Column("largest", Kind.NUMBER, "The most that an active subject adds to total"),
    Column("data_cutoff", Kind.INSTANT, "When the latest event counted here was received"),
)


def over(time: Column) -> Chart:
    """A chart for each metric of each experiment: they are in different units."""
    title, series = f"Total by {time.name}", ("experiment_name", "metric_name", "metric")
    return Chart(ChartKind.LINES, title, category=time.name, value="total", series=series)


def shape(cell: ColumnElement[Any], cells: Callable[[Facts], FromClause], *label: Column) -> Shape:
    """`label` is the column that tells the cells apart, if there is more than one."""

    def build(scope: Scope) -> Rows:
        facts = gather(scope, cell)
        asked, metrics, rows = facts.experiments, facts.metrics, stacked(facts, cells(facts))
        labels = [
            *[asked.c[name] for name in ("experiment", "experiment_name", "status", OWNER)],
            *[metrics.c[name] for name in ("metric", "metric_name", "metric_kind", "metric_role", "unit")],
            *[rows.c.cell.label(column.name) for column in label],
        ]
        active, total = func.count(rows.c.measured), func.coalesce(func.sum(rows.c.measured), 0.0)
        return (
            select(
                *labels,
                active.label("active_subjects"),
                func.coalesce(func.sum(rows.c.events), 0).label("events"),
                total.label("total"),
                case((metrics.c.metric_kind == "ratio", func.coalesce(func.sum(rows.c.divisor), 0.0))).label(
                    "denominator"
                ),
                (total / func.nullif(active, 0)).label("mean_per_active"),
                func.min(rows.c.measured).label("smallest"),
                func.max(rows.c.measured).label("largest"),
                func.max(rows.c.received_at).label("data_cutoff"),
            )
            .select_from(rows)
            .join(asked, asked.c.experiment_id == rows.c.experiment_id)
            .join(
                metrics, and_(metrics.c.experiment_id == rows.c.experiment_id, metrics.c.metric_id == rows.c.metric_id)
            )
            .group_by(*labels, rows.c.cell)
        )

    order = ("experiment", "metric", *[column.name for column in label])
    columns, charts = (*LABELS, *label, *NUMBERS), tuple(map(over, label))
    return Shape(columns, build, order, charts=charts, compares_instants=True)


def weeks_of(facts: Facts) -> FromClause:
    days = days_of(facts)
    return select(days.c.experiment_id, week_of(days.c.cell).label("cell")).distinct().cte("weeks")


EVENT_DAY = day_of(earlier(events.c.occurred_at, events.c.received_at))

DATASET = Dataset(
    name="metrics_summary",
    title="Metrics summary",
    description=(
        "Experiment x metric x day (or week, or the whole), all variants together: how many subjects were active, "
        "what they did, and what it adds up to. Every day an experiment ran has its row, with zeros where nothing "
        "happened. Which events count is as in experiment_results, so the totals agree."
    ),
    owner="Who created the experiment owns its rows.",
    period="The date range is about when events occurred.",
    shapes={
        "day": shape(EVENT_DAY, days_of, DAY),
        "week": shape(week_of(EVENT_DAY), weeks_of, WEEK),
        "none": shape(literal("all"), whole_of),
    },
    filters={
        "experiment": "The experiment's key",
        "status": "draft, running, completed or stopped",
        "metric": "The metric's key",
        "metric_role": "primary, secondary or guardrail",
        "metric_kind": "proportion, mean or ratio",
    },
)
