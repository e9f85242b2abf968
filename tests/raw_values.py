"""What experiments measured and people did, straight from a SQLite warehouse: no code of reportkit's is asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing

import numpy as np
import pandas as pd
from numpy.typing import NDArray

EVENTS = """
    SELECT e.subject_id, e.event_name, e.value, date(min(e.occurred_at, e.received_at)) AS day
    FROM events e
    JOIN experiments x ON x.id = e.experiment_id AND x.key = :experiment
    JOIN assignments a ON a.experiment_id = e.experiment_id AND a.subject_id = e.subject_id
    WHERE e.occurred_at >= a.assigned_at AND e.occurred_at >= x.started_at
      AND (x.ended_at IS NULL OR e.occurred_at < x.ended_at)
"""
SUBJECTS = """
    SELECT a.subject_id, v.name AS variant, v.is_control, a.segment, date(a.assigned_at) AS day
    FROM assignments a
    JOIN variants v ON v.id = a.variant_id
    JOIN experiments x ON x.id = a.experiment_id AND x.key = :experiment
"""


def ask(url: str, query: str, **values: object) -> pd.DataFrame:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return pd.read_sql_query(query, connection, params=values)


def metrics(url: str, experiment: str) -> pd.DataFrame:
    """key, name, kind, role, unit and events of the experiment's metrics."""
    query = """
        SELECT m.key, m.name, m.kind, m.unit, m.event_name, m.denominator_event_name, m.higher_is_better, em.role
        FROM experiment_metrics em
        JOIN metric_definitions m ON m.id = em.metric_id
        JOIN experiments x ON x.id = em.experiment_id AND x.key = :experiment
    """
    return ask(url, query, experiment=experiment).set_index("key")


def per_subject(url: str, experiment: str, metric: str) -> pd.DataFrame:
    """Every assigned subject with variant, is_control, segment, day, and what it did: `value` is 1 or 0, or the sum of
    its values; `divisor` is what divides a ratio, and 1 elsewhere.
    """
    about = metrics(url, experiment).loc[metric]
    events = ask(url, EVENTS, experiment=experiment)
    subjects = ask(url, SUBJECTS, experiment=experiment)

    def of(event_name: str) -> pd.Series:
        done = events[events["event_name"] == event_name].groupby("subject_id")["value"]
        values = done.size().clip(upper=1) if about["kind"] == "proportion" else done.sum()
        return subjects["subject_id"].map(values).fillna(0.0).astype(float)

    divisor = of(about["denominator_event_name"]) if about["kind"] == "ratio" else 1.0
    return subjects.assign(value=of(about["event_name"]), divisor=divisor)


def arms(subjects: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Variant to its subjects' values, the control first."""
    ordered = subjects.sort_values(["is_control", "variant"], ascending=[False, True])
    return {str(name): _linearised(rows) for name, rows in ordered.groupby("variant", sort=False)}


def _linearised(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Plain values whose mean is the ratio and whose variance is its, by the delta method; others stay as they are."""
    value, divisor = rows["value"].to_numpy(), rows["divisor"].to_numpy()
    ratio = value.sum() / divisor.sum()
    return np.asarray(ratio + (value - ratio * divisor) / divisor.mean())


def log_ratio_interval(
    variant: NDArray[np.float64], control: NDArray[np.float64], quantile: float
) -> tuple[float, float]:
    """Of the lift: delta method on the logarithm of the means' quotient; `quantile` of Student's t is the caller's."""
    spread = float(np.sqrt(sum(v.var(ddof=1) / len(v) / v.mean() ** 2 for v in (variant, control))))
    middle = np.log(variant.mean() / control.mean())
    return float(np.exp(middle - quantile * spread) - 1), float(np.exp(middle + quantile * spread) - 1)


def freedom(variant: NDArray[np.float64], control: NDArray[np.float64]) -> float:
    """Welch and Satterthwaite's, of the logarithms."""
    shares = [v.var(ddof=1) / len(v) / v.mean() ** 2 for v in (variant, control)]
    parts = [share**2 / (len(v) - 1) for share, v in zip(shares, (variant, control), strict=True)]
    return float(sum(shares) ** 2 / sum(parts))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """By hand: the k-th smallest times n/k, and never more than a larger one's."""
    order = np.argsort(p_values)
    scaled = np.asarray(p_values)[order] * len(p_values) / np.arange(1, len(p_values) + 1)
    adjusted = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    result = np.empty(len(p_values))
    result[order] = adjusted
    return [float(value) for value in result]
