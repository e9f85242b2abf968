"""What every variant of every experiment did to every metric, and what that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from reportkit.columns import Chart, ChartKind, Column, Kind
from reportkit.datasets.base import Dataset, Rows, Scope, Shape
from reportkit.datasets.results import AGGREGATES, BY_DAY, BY_SEGMENT, UNCUT, Cut, results
from reportkit.stats.comparison import Comparison, Sample, compare
from reportkit.stats.sample_ratio import sample_ratio_p_value

if TYPE_CHECKING:
    import pyarrow as pa

DAY = Column("day", Kind.DATE, "UTC day: what happened on it, of all subjects assigned by its end")
SEGMENT = Column("segment", Kind.TEXT, "Platform the subjects use: web, ios or android")

LABELS = (
    Column("experiment", Kind.TEXT, "The experiment's key"),
    Column("experiment_name", Kind.TEXT, "What people call the experiment"),
    Column("status", Kind.TEXT, "draft, running, completed or stopped"),
    Column("metric", Kind.TEXT, "The metric's key"),
    Column("metric_name", Kind.TEXT, "What people call the metric"),
    Column("metric_kind", Kind.TEXT, "proportion (did it at least once), mean (per subject) or ratio"),
    Column("metric_role", Kind.TEXT, "primary (decides), secondary (explains) or guardrail (must not get worse)"),
    Column("unit", Kind.TEXT, "What the metric's mean is in"),
    Column("higher_is_better", Kind.BOOLEAN, "Whether an increase is good news"),
    Column("variant", Kind.TEXT, "The variant's key"),
    Column("variant_name", Kind.TEXT, "What people call the variant"),
    Column("is_control", Kind.BOOLEAN, "Whether the others are compared with this one"),
)
NUMBERS = (
    Column("subjects", Kind.INTEGER, "Subjects assigned, active or not", "subjects"),
    Column("total", Kind.NUMBER, "Sum over subjects: of converted ones (proportion), of values (mean, ratio)"),
    Column("denominator", Kind.NUMBER, "Sum of what divides, for a ratio"),
    Column("mean", Kind.NUMBER, "total / subjects, or for a ratio total / denominator; in the metric's unit"),
    Column("std_error", Kind.NUMBER, "Standard error of the mean (delta method for a ratio)"),
    Column("control_mean", Kind.NUMBER, "The control's mean"),
    Column("difference", Kind.NUMBER, "mean less control_mean"),
    Column("difference_low", Kind.NUMBER, "Lower end of the difference's 95 % confidence interval"),
    Column("difference_high", Kind.NUMBER, "Upper end of it"),
    Column("lift", Kind.NUMBER, "difference / control_mean", "share"),
    Column("lift_low", Kind.NUMBER, "Lower end of the lift's 95 % confidence interval, on a log scale", "share"),
    Column("lift_high", Kind.NUMBER, "Upper end of it", "share"),
    Column("p_value", Kind.NUMBER, "Of the difference: Welch's t-test, two-sided, unequal variances", "probability"),
    Column(
        "srm_p_value",
        Kind.NUMBER,
        "Sample-ratio check (chi-square; 0 if a variant of weight 0 has subjects); broken below 0.001",
        "probability",
    ),
    Column("started_at", Kind.INSTANT, "When the experiment started"),
    Column("ended_at", Kind.INSTANT, "When it ended; empty while it runs"),
    Column("data_cutoff", Kind.INSTANT, "When the latest event counted here was received"),
)
INPUTS = (
    *[Column(name, Kind.NUMBER, "Of the variant") for name in AGGREGATES if name not in ("subjects", "total")],
    Column("control_subjects", Kind.INTEGER, "Of the control"),
    *[Column(f"control_{name}", Kind.NUMBER, "Of the control") for name in AGGREGATES if name != "subjects"],
    Column("allocation", Kind.TEXT, "Subjects and weight of every variant"),
)
LIFTS = Chart(
    ChartKind.BARS,
    "Lift over the control, with its 95 % confidence interval",
    category="variant_name",
    value="lift",
    series=("experiment_name", "metric_name"),
    low="lift_low",
    high="lift_high",
)
COMPUTED = ("mean", "std_error", "control_mean", *Comparison.__dataclass_fields__, "srm_p_value")


def with_statistics(batch: pa.RecordBatch) -> pa.RecordBatch:
    import pyarrow as pa

    found = [_statistics(row) for row in batch.to_pylist()]
    for name in COMPUTED:
        batch = batch.append_column(name, pa.array([each[name] for each in found], pa.float64()))
    return batch


def _statistics(row: Mapping[str, Any]) -> dict[str, float | None]:
    is_ratio = row["metric_kind"] == "ratio"
    variant, control = _sample(row, "", is_ratio), _sample(row, "control_", is_ratio)
    found = Comparison() if row["is_control"] else compare(variant, control)
    return {
        "mean": variant.mean,
        "std_error": variant.standard_error,
        "control_mean": control.mean,
        "srm_p_value": _sample_ratio(row["allocation"]),
        **vars(found),
    }


def _sample(row: Mapping[str, Any], prefix: str, is_ratio: bool) -> Sample:
    """An experiment without a control has an empty one."""
    known = {name: row[prefix + name] or 0 for name in AGGREGATES}
    if is_ratio:
        return Sample(**known)
    return Sample(known["subjects"], known["total"], known["squares"])


@lru_cache(maxsize=1024)
def _sample_ratio(allocation: str) -> float | None:
    """Shared by all metrics of an experiment."""
    pairs = [pair.split(":") for pair in allocation.split(" ")]
    return sample_ratio_p_value([int(count) for count, _ in pairs], [float(weight) for _, weight in pairs])


def shape(cut: Cut, *cell: Column, charts: tuple[Chart, ...] = ()) -> Shape:
    """`cell` is the column that tells the cells of `cut` apart, if it has more than one."""

    def build(scope: Scope) -> Rows:
        rows = results(cut, scope)
        return rows.add_columns(*[rows.selected_columns.cell.label(column.name) for column in cell])

    return Shape(
        columns=(*LABELS, *cell, *NUMBERS),
        build=build,
        order=("experiment", "metric", *[column.name for column in cell], "variant"),
        inputs=INPUTS,
        computed=frozenset(COMPUTED),
        transform=with_statistics,
        charts=charts,
        compares_instants=True,
    )


DATASET = Dataset(
    name="experiment_results",
    title="Experiment results",
    description=(
        "Experiment x variant x metric: sample sizes, sums, means, difference and lift against the control with 95 % "
        "confidence intervals and a two-sided p-value (Welch's t-test on subjects, unequal variances; ratios by the "
        "delta method), not corrected for the number of comparisons. All assigned subjects count, those who did "
        "nothing with zero, so experiments and variants without data have rows of zeros; what is undefined is empty. "
        "An event counts if it occurred at or after its subject's assignment, while the experiment ran, and within "
        "the date range; test events count too. "
        "by=day: each day on its own, not cumulative: the totals of the days add up to the whole's (but for a "
        "proportion, where a subject counts on each day it converts), the p-values are each day's. "
        "by=segment: each platform on its own."
    ),
    owner="Who created the experiment owns its rows.",
    period="The date range is about when events occurred; subjects assigned before its end count, also earlier ones.",
    shapes={
        "none": shape(UNCUT, charts=(LIFTS,)),
        "day": shape(BY_DAY, DAY),
        "segment": shape(BY_SEGMENT, SEGMENT, charts=(replace(LIFTS, series=(*LIFTS.series, "segment")),)),
    },
    filters={
        "experiment": "The experiment's key",
        "status": "draft, running, completed or stopped",
        "metric": "The metric's key",
        "metric_role": "primary, secondary or guardrail",
        "metric_kind": "proportion, mean or ratio",
        "variant": "The variant's key; the control is still what it is compared with",
        "segment": "web, ios or android (by=segment)",
    },
)
