"""The numbers about experiments, against pandas and scipy on the raw tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reportkit.specs import Period

SOME_WEEKS = {"start": "2026-09-10", "end": "2026-10-05"}
UNTIL_AN_AFTERNOON = {"end": "2026-09-12T15:30:00Z"}
PERIODS: list[dict[str, str]] = [{}, SOME_WEEKS, UNTIL_AN_AFTERNOON]
Tables = dict[str, pd.DataFrame]
Read = Callable[..., pd.DataFrame]


class Experiment(NamedTuple):
    """Who was in it, what of theirs counts, and how it is called."""

    key: str
    subjects: pd.DataFrame
    events: pd.DataFrame
    metrics: pd.DataFrame
    variants: pd.DataFrame
    segments: list[str]
    days: list[Any]


def records(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples())


def experiments(tables: Tables, period: Period) -> Iterator[Experiment]:
    end = pd.Timestamp(period.end) if period.end else pd.Timestamp.max.tz_localize("UTC").as_unit("us")
    start = pd.Timestamp(period.start) if period.start else pd.Timestamp("0001-01-01", tz="UTC").as_unit("us")
    metrics = tables["experiment_metrics"].merge(tables["metric_definitions"], left_on="metric_id", right_on="id")
    for experiment in records(tables["experiments"]):
        everyone = tables["assignments"][tables["assignments"]["experiment_id"] == experiment.id]
        subjects = everyone[everyone["assigned_at"] < end]
        events = tables["events"][tables["events"]["experiment_id"] == experiment.id]
        last: Any = experiment.ended_at if pd.notna(experiment.ended_at) else events["received_at"].max()
        events = events.merge(subjects[["subject_id", "variant_id", "segment", "assigned_at"]], on="subject_id")
        began = experiment.started_at if pd.notna(experiment.started_at) else experiment.created_at
        lower = events[["assigned_at"]].assign(began=began, start=start).max(axis=1)
        upper = min(end, experiment.ended_at) if pd.notna(experiment.ended_at) else end
        events = events[(events["occurred_at"] >= lower) & (events["occurred_at"] < upper)]
        first, last = max(began, start), min(last, end) if pd.notna(last) else pd.NaT
        inside = pd.notna(last) and first < last
        yield Experiment(
            experiment.key,
            subjects,
            events.assign(value=events["value"].fillna(0.0), day=events["occurred_at"].dt.date),
            metrics[metrics["experiment_id"] == experiment.id],
            tables["variants"][tables["variants"]["experiment_id"] == experiment.id],
            sorted(everyone["segment"].unique()),
            [day.date() for day in pd.date_range(first.floor("D"), last, freq="D") if day < last] if inside else [],
        )


def measured(experiment: Experiment, metric: Any, subjects: pd.DataFrame, events: pd.DataFrame) -> tuple[Any, Any]:
    """What each subject did, and for a ratio what divides it."""
    sums = events[events["event_name"] == metric.event_name].groupby("subject_id")["value"].sum()
    values = sums.reindex(subjects["subject_id"]).fillna(0.0).to_numpy()
    if metric.kind == "proportion":
        return subjects["subject_id"].isin(sums.index).to_numpy().astype(float), None
    if metric.kind == "mean":
        return values, None
    divisors = events[events["event_name"] == metric.denominator_event_name].groupby("subject_id")["value"].sum()
    return values, divisors.reindex(subjects["subject_id"]).fillna(0.0).to_numpy()


def linearised(values: Any, divisors: Any) -> Any:
    """Plain values with the ratio's mean and, by the delta method, its variance."""
    if divisors is None:
        return values
    if not divisors.sum():
        return np.array([])
    ratio = values.sum() / divisors.sum()
    return ratio + (values - ratio * divisors) / divisors.mean()


class Expected(NamedTuple):
    subjects: int
    total: float
    denominator: float | None
    mean: float | None
    std_error: float | None
    difference: float | None
    lift: float | None
    p_value: float | None
    srm_p_value: float | None


def expected_results(tables: Tables, by: str, period: Period) -> dict[tuple[Any, ...], Expected]:
    made: dict[tuple[Any, ...], Expected] = {}
    for experiment in experiments(tables, period):
        for cell, subjects, events in cells(experiment, by):
            counts = [(subjects["variant_id"] == variant).sum() for variant in experiment.variants["id"]]
            shares = experiment.variants["weight"] / experiment.variants["weight"].sum() * sum(counts)
            broken = float(stats.chisquare(counts, shares).pvalue) if sum(counts) else None
            for metric in records(experiment.metrics):
                control = next(v.id for v in records(experiment.variants) if v.is_control)
                base = linearised(*measured(experiment, metric, subjects[subjects["variant_id"] == control], events))
                for variant in records(experiment.variants):
                    own = subjects[subjects["variant_id"] == variant.id]
                    values, divisors = measured(experiment, metric, own, events)
                    plain = linearised(values, divisors)
                    both = len(plain) > 0 and len(base) > 0 and not variant.is_control
                    tested = both and min(len(plain), len(base)) > 1 and np.var(plain) + np.var(base) > 1e-20
                    difference = float(plain.mean() - base.mean()) if both else None
                    made[(experiment.key, metric.key, variant.key, *cell)] = Expected(
                        len(own),
                        float(values.sum()),
                        None if divisors is None else float(divisors.sum()),
                        float(plain.mean()) if len(plain) else None,
                        float(stats.sem(plain)) if len(plain) > 1 else None,
                        difference,
                        difference / float(base.mean()) if difference is not None and base.mean() else None,
                        float(stats.ttest_ind(plain, base, equal_var=False).pvalue) if tested else None,
                        broken,
                    )
    return made


def cells(experiment: Experiment, by: str) -> Iterator[tuple[tuple[Any, ...], pd.DataFrame, pd.DataFrame]]:
    subjects, events = experiment.subjects, experiment.events
    if by == "none":
        yield (), subjects, events
    elif by == "segment":
        for segment in experiment.segments:
            yield (segment,), subjects[subjects["segment"] == segment], events
    else:
        assigned_on = subjects["assigned_at"].dt.date
        for day in experiment.days:
            yield (day,), subjects[assigned_on <= day], events[events["day"] == day]


def assert_close(found: Any, expected: Any, where: object) -> None:
    if expected is None or (isinstance(expected, float) and math.isnan(expected)):
        assert found is None, where
    else:
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), where


@pytest.fixture(scope="module")
def expected_for(tables: Tables) -> Callable[[str, Period], dict[tuple[Any, ...], Expected]]:
    """Both databases are held against the same."""
    return cache(lambda by, period: expected_results(tables, by, period))


@pytest.mark.filterwarnings("ignore:Precision loss occurred:RuntimeWarning")
@pytest.mark.parametrize(
    ("by", "dates"),
    [*[(by, dates) for by in ("none", "segment") for dates in PERIODS], ("day", SOME_WEEKS)],
)
def test_results_are_what_scipy_finds_in_the_raw_tables(
    read: Read,
    expected_for: Callable[[str, Period], dict[tuple[Any, ...], Expected]],
    by: str,
    dates: dict[str, str],
) -> None:
    found = read("experiment_results", by=by, **dates)
    expected = expected_for(by, Period.parse(dates.get("start"), dates.get("end")))
    cell = [] if by == "none" else [by]
    rows = {tuple(row[name] for name in ("experiment", "metric", "variant", *cell)): row for _, row in found.iterrows()}
    assert rows.keys() == expected.keys()
    for key, values in expected.items():
        for name, value in values._asdict().items():
            assert_close(rows[key][name], value, (key, name))


def test_an_interval_leaves_zero_out_just_where_the_difference_is_significant(read: Read) -> None:
    rows = read("experiment_results").dropna(subset=["p_value"])
    outside = (rows["difference_low"] > 0) | (rows["difference_high"] < 0)
    assert list(outside) == list(rows["p_value"] < 0.05)
    assert outside.any()


def test_the_control_is_the_mean_the_others_are_compared_with(read: Read) -> None:
    rows = read("experiment_results")
    controls = rows[rows["is_control"]].set_index(["experiment", "metric"])["mean"].to_dict()
    for _, row in rows.iterrows():
        assert row["control_mean"] == controls[row["experiment"], row["metric"]]
    assert rows[rows["is_control"]][["difference", "lift", "p_value"]].isna().all(axis=None)


def test_what_has_no_data_has_rows_of_zeros(read: Read) -> None:
    rows = read("experiment_results", experiment=["winter_campaign", "legacy_import"])
    draft = rows[rows["experiment"] == "winter_campaign"]
    assert list(draft["subjects"]) == [0, 0]
    assert list(draft["total"]) == [0.0, 0.0]
    assert draft[["mean", "std_error", "lift", "p_value", "srm_p_value", "data_cutoff"]].isna().all(axis=None)
    inactive = rows[(rows["experiment"] == "legacy_import") & (rows["metric_kind"] == "proportion")]
    assert (inactive["subjects"] > 0).all()
    assert list(inactive["total"]) == list(inactive["mean"]) == [0.0, 0.0]


def test_a_day_without_events_has_its_row(read: Read, tables: Tables) -> None:
    rows = read("experiment_results", by="day", experiment="vip_concierge")
    experiment = next(e for e in experiments(tables, Period()) if e.key == "vip_concierge")
    assert sorted(rows["day"].unique()) == experiment.days
    assert (rows.groupby("day")["total"].sum() == 0).any()


def test_a_ratio_of_nothing_has_no_mean(read: Read) -> None:
    rows = read("experiment_results", experiment="legacy_import", metric="revenue_per_session")
    assert list(rows["denominator"]) == [0.0, 0.0]
    assert rows["mean"].isna().all()


def test_the_cut_off_is_the_arrival_of_the_latest_event_counted(read: Read, tables: Tables) -> None:
    [row] = read("experiment_results", experiment="dark_mode", metric="page_load_time", variant="dark").to_dict(
        "records"
    )
    dark = tables["variants"].query("key == 'dark'")["id"].item()
    counted = next(e.events for e in experiments(tables, Period()) if e.key == "dark_mode")
    counted = counted[(counted["event_name"] == "page_load") & (counted["variant_id"] == dark)]
    assert row["data_cutoff"] == counted["received_at"].max()


def test_the_totals_of_the_days_add_up(read: Read) -> None:
    whole = read("experiment_results").query("metric_kind != 'proportion'")
    days = read("experiment_results", by="day").groupby(["experiment", "metric", "variant"])["total"].sum()
    for _, row in whole.iterrows():
        assert days.get((row["experiment"], row["metric"], row["variant"]), 0.0) == pytest.approx(row["total"])


class Summed(NamedTuple):
    active_subjects: int
    events: int
    total: float
    denominator: float | None
    mean_per_active: float | None
    smallest: float | None
    largest: float | None


def expected_summaries(tables: Tables, by: str, period: Period) -> dict[tuple[Any, ...], Summed]:
    made: dict[tuple[Any, ...], Summed] = {}
    for experiment in experiments(tables, period):
        monday = experiment.events["day"].map(lambda day: day - pd.Timedelta(days=day.weekday()))
        when = {"none": pd.Series("", experiment.events.index), "day": experiment.events["day"], "week": monday}[by]
        days = [day - pd.Timedelta(days=day.weekday()) if by == "week" else day for day in experiment.days]
        for metric in records(experiment.metrics):
            for part in [""] if by == "none" else sorted(set(days)):
                key = (experiment.key, metric.key) if by == "none" else (experiment.key, metric.key, part)
                names = {metric.event_name, metric.denominator_event_name}
                events = experiment.events[(when == part) & experiment.events["event_name"].isin(names)]
                active = experiment.subjects[experiment.subjects["subject_id"].isin(events["subject_id"])]
                values, divisors = measured(experiment, metric, active, events)
                made[key] = Summed(
                    len(active),
                    len(events),
                    float(values.sum()),
                    None if divisors is None else float(divisors.sum()),
                    float(values.mean()) if len(active) else None,
                    float(values.min()) if len(active) else None,
                    float(values.max()) if len(active) else None,
                )
    return made


@pytest.fixture(scope="module")
def summed_for(tables: Tables) -> Callable[[str, Period], dict[tuple[Any, ...], Summed]]:
    """Both databases are held against the same."""
    return cache(lambda by, period: expected_summaries(tables, by, period))


@pytest.mark.parametrize("by", ["none", "day", "week"])
@pytest.mark.parametrize("dates", PERIODS)
def test_summaries_are_what_pandas_finds_in_the_raw_tables(
    read: Read, summed_for: Callable[[str, Period], dict[tuple[Any, ...], Summed]], by: str, dates: dict[str, str]
) -> None:
    found = read("metrics_summary", by=by, **dates)
    cell = [] if by == "none" else [by]
    rows = {tuple(row[name] for name in ("experiment", "metric", *cell)): row for _, row in found.iterrows()}
    expected = summed_for(by, Period.parse(dates.get("start"), dates.get("end")))
    assert rows.keys() == expected.keys()
    for key, values in expected.items():
        for name, value in values._asdict().items():
            assert_close(rows[key][name], value, (key, name))
