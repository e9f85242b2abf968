"""Statistics from aggregates agree with other libraries' answers from raw values."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from reportkit.stats.comparison import Comparison, Sample, compare
from reportkit.stats.power import detectable_lift
from reportkit.stats.sample_ratio import sample_ratio_p_value

Values = NDArray[np.float64]
close = partial(pytest.approx, rel=1e-9, abs=1e-12)


def sample(values: Values, divisors: Values | None = None) -> Sample:
    """What the warehouse's query would give for these subjects."""
    squares = float(((values - values.mean()) ** 2).sum())
    if divisors is None:
        return Sample(len(values), float(values.sum()), squares)
    return Sample(
        len(values),
        float(values.sum()),
        squares,
        float(divisors.sum()),
        float(((divisors - divisors.mean()) ** 2).sum()),
        float(((values - values.mean()) * (divisors - divisors.mean())).sum()),
    )


def revenue(rng: np.random.Generator, people: int, mean: float) -> Values:
    """Skewed, and zero for most."""
    return np.where(rng.random(people) < 0.3, rng.lognormal(mean, 1.0, people), 0.0)


@pytest.mark.parametrize("seed", range(20))
def test_a_mean_is_compared_as_scipy_compares_raw_values(seed: int) -> None:
    rng = np.random.default_rng(seed)
    control, variant = revenue(rng, 40 + 37 * seed, 3.0), revenue(rng, 500 - 17 * seed, 3.0 + seed / 50)
    expected = stats.ttest_ind(variant, control, equal_var=False)
    low, high = expected.confidence_interval(0.95)

    found = compare(sample(variant), sample(control))

    assert found.p_value == close(expected.pvalue)
    assert (found.difference_low, found.difference_high) == close((low, high))
    assert found.difference == close(variant.mean() - control.mean())
    assert found.lift == close(variant.mean() / control.mean() - 1)
    assert sample(variant).standard_error == close(stats.sem(variant))


@pytest.mark.parametrize("seed", range(20))
def test_a_proportion_is_a_mean_of_zeros_and_ones(seed: int) -> None:
    rng = np.random.default_rng(seed)
    control = (rng.random(1_000) < 0.1).astype(float)
    variant = (rng.random(900) < 0.12).astype(float)

    found = compare(sample(variant), sample(control))

    assert found.p_value == close(stats.ttest_ind(variant, control, equal_var=False).pvalue)
    assert sample(variant).mean == variant.mean()


@pytest.mark.parametrize("seed", range(20))
def test_the_lift_has_the_interval_of_the_logarithm_of_the_means_quotient(seed: int) -> None:
    rng = np.random.default_rng(seed)
    control, variant = rng.gamma(2.0, 3.0, 300), rng.gamma(2.0, 3.3, 250)
    shares = [values.var(ddof=1) / len(values) / values.mean() ** 2 for values in (control, variant)]
    freedom = sum(shares) ** 2 / sum(s**2 / (len(v) - 1) for s, v in zip(shares, (control, variant), strict=True))
    half = stats.t.ppf(0.975, freedom) * math.sqrt(sum(shares))
    quotient = math.log(variant.mean() / control.mean())

    found = compare(sample(variant), sample(control))

    assert found.lift_low == close(math.exp(quotient - half) - 1)
    assert found.lift_high == close(math.exp(quotient + half) - 1)


@pytest.mark.parametrize("seed", range(20))
def test_a_ratio_is_compared_as_scipy_compares_its_linearised_values(seed: int) -> None:
    """The delta method is a t-test on `ratio + (value - ratio * divisor) / mean divisor` of each subject."""
    rng = np.random.default_rng(seed)
    linearised, samples = [], []
    for people, per_session in ((400, 5.0), (380, 5.4)):
        sessions = rng.poisson(rng.gamma(2.0, 1.5, people)).astype(float)
        spent = rng.gamma(2.0, per_session / 2, people) * sessions
        ratio = spent.sum() / sessions.sum()
        linearised.append(ratio + (spent - ratio * sessions) / sessions.mean())
        samples.append(sample(spent, sessions))
    control, variant = linearised
    expected = stats.ttest_ind(variant, control, equal_var=False)

    found = compare(samples[1], samples[0])

    assert found.p_value == close(expected.pvalue)
    assert (found.difference_low, found.difference_high) == close(expected.confidence_interval(0.95))
    assert samples[1].standard_error == close(stats.sem(variant))


def test_a_ratios_standard_error_is_what_resampling_finds() -> None:
    rng = np.random.default_rng(7)
    sessions = 1.0 + rng.poisson(2.0, 2_000).astype(float)
    spent = rng.gamma(2.0, 2.0, 2_000) * sessions
    picked = rng.integers(0, 2_000, (2_000, 2_000))
    resampled = spent[picked].sum(axis=1) / sessions[picked].sum(axis=1)
    assert sample(spent, sessions).standard_error == pytest.approx(resampled.std(ddof=1), rel=0.05)


def test_large_values_that_are_alike_keep_their_digits() -> None:
    rng = np.random.default_rng(1)
    control, variant = 1e9 + rng.normal(0, 1, 500), 1e9 + rng.normal(0.2, 1, 500)
    expected = stats.ttest_ind(variant, control, equal_var=False)
    assert compare(sample(variant), sample(control)).p_value == pytest.approx(expected.pvalue, rel=1e-6)


@pytest.mark.parametrize(
    ("variant", "control", "expected"),
    [
        pytest.param(Sample(0, 0.0, 0.0), Sample(100, 50.0, 25.0), Comparison(), id="no subjects"),
        pytest.param(Sample(100, 50.0, 25.0), Sample(0, 0.0, 0.0), Comparison(), id="no control"),
        pytest.param(
            Sample(1, 2.0, 0.0), Sample(100, 50.0, 25.0), Comparison(difference=1.5, lift=3.0), id="one subject"
        ),
        pytest.param(
            Sample(10, 20.0, 0.0), Sample(10, 10.0, 0.0), Comparison(difference=1.0, lift=1.0), id="no variance"
        ),
        pytest.param(Sample(10, 0.0, 0.0), Sample(10, 0.0, 0.0), Comparison(difference=0.0), id="nobody did anything"),
        pytest.param(
            Sample(10, 5.0, 2.0, 0.0), Sample(10, 5.0, 2.0, 8.0, 1.0, 1.0), Comparison(), id="nothing divides"
        ),
        pytest.param(Sample(10, math.inf, math.inf), Sample(10, 5.0, 2.0), Comparison(), id="overflow"),
    ],
)
def test_what_is_undefined_is_none(variant: Sample, control: Sample, expected: Comparison) -> None:
    assert compare(variant, control) == expected


def test_a_control_of_zero_has_a_difference_and_no_lift() -> None:
    found = compare(Sample(100, 30.0, 21.0), Sample(100, 0.0, 0.0))
    assert (found.lift, found.lift_low, found.lift_high) == (None, None, None)
    assert found.p_value is not None
    assert found.p_value < 1e-6


@pytest.mark.parametrize("variant_total", [-100.0, 0.0])
def test_means_of_different_signs_have_a_lift_and_no_interval_of_it(variant_total: float) -> None:
    found = compare(Sample(50, variant_total, 60.0), Sample(50, 100.0, 60.0))
    assert found.lift == variant_total / 100 - 1
    assert (found.lift_low, found.lift_high) == (None, None)
    assert found.difference_low is not None


def test_negative_means_have_an_interval_that_is_not_upside_down() -> None:
    found = compare(Sample(50, -120.0, 60.0), Sample(50, -100.0, 60.0))
    assert found.lift is not None
    assert found.lift_low is not None
    assert found.lift_high is not None
    assert found.lift_low < found.lift < found.lift_high


def test_a_ratio_that_is_the_same_for_everyone_has_no_error() -> None:
    sessions = np.arange(1.0, 30.0)
    assert sample(sessions * 0.1, sessions).standard_error == pytest.approx(0.0, abs=1e-8)
    assert compare(sample(sessions * 0.1, sessions), sample(sessions * 0.1, sessions)).difference == 0.0


@pytest.mark.parametrize(
    ("subjects", "weights"),
    [([480, 520], [0.5, 0.5]), ([900, 110], [0.9, 0.1]), ([330, 320, 350], [0.34, 0.33, 0.33]), ([10, 10], [1, 3])],
)
def test_the_sample_ratio_is_scipys_chi_square(subjects: list[int], weights: list[float]) -> None:
    expected = np.array(weights) / sum(weights) * sum(subjects)
    statistic = float(((np.array(subjects) - expected) ** 2 / expected).sum())
    assert sample_ratio_p_value(subjects, weights) == close(stats.chi2.sf(statistic, len(subjects) - 1))


@pytest.mark.parametrize(
    ("subjects", "weights"),
    [([0, 0], [0.5, 0.5]), ([10], [1.0]), ([10, 0], [1.0, 0.0]), ([], []), ([10, 10], [0.0, 0.0])],
)
def test_nothing_to_test_has_no_sample_ratio(subjects: list[int], weights: list[float]) -> None:
    assert sample_ratio_p_value(subjects, weights) is None


def test_a_variant_meant_to_get_nobody_breaks_the_sample_ratio_with_its_first_subject() -> None:
    assert sample_ratio_p_value([480, 520, 0], [0.5, 0.5, 0.0]) == sample_ratio_p_value([480, 520], [0.5, 0.5])
    assert sample_ratio_p_value([480, 520, 1], [0.5, 0.5, 0.0]) == 0.0
    assert sample_ratio_p_value([500, 1], [1.0, 0.0]) == 0.0


@pytest.mark.parametrize(("value", "many", "few"), [(9.95, 100, 77), (19.99, 10, 6), (9.95, 3, 10)])
def test_equal_values_have_no_p_value_whatever_rounding_leaves_of_a_variance(value: float, many: int, few: int) -> None:
    def sample(subjects: int) -> Sample:
        total = sum([value] * subjects)
        return Sample(subjects, total, sum((value - total / subjects) ** 2 for _ in range(subjects)))

    found = compare(sample(many), sample(few))
    assert (found.p_value, found.difference_low) == (None, None)


def test_the_detectable_lift_is_found_in_eighty_of_a_hundred_experiments() -> None:
    found = detectable_lift(0.01, 0.02, 0.5)
    assert found is not None
    error = math.hypot(0.01, 0.02)
    assert stats.norm.sf(stats.norm.ppf(0.975), loc=found * 0.5 / error) == pytest.approx(0.8, rel=1e-9)
    assert detectable_lift(0.01, 0.02, -0.5) == found


@pytest.mark.parametrize(("error", "control_error", "mean"), [(0.0, 0.0, 0.5), (None, 0.1, 0.5), (0.1, 0.1, 0.0)])
def test_nothing_is_detectable_where_nothing_varies_or_nothing_is_lifted(
    error: float | None, control_error: float | None, mean: float | None
) -> None:
    assert detectable_lift(error, control_error, mean) is None
