"""One variant against its control: difference, lift, their intervals, and a p-value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tea_tasting.aggr import Aggregates  # type: ignore[import-untyped]

CONFIDENCE_LEVEL = 0.95
SIGNIFICANT = 0.05
"""A p-value below this speaks for a difference."""
NEGLIGIBLE = 1e-12
"""A standard deviation that is a smaller share of the mean than this cannot be told from rounding."""


@dataclass(frozen=True)
class Sample:
    """The subjects of one variant and what they did, added up. Subjects who did nothing count with zeros."""

    subjects: int
    total: float
    """Sum over subjects of what is measured."""
    squares: float
    """Sum of squared deviations from the mean subject."""
    divisor: float | None = None
    """For a ratio: sum over subjects of what divides. None where the number of subjects does."""
    divisor_squares: float = 0.0
    products: float = 0.0
    """For a ratio: sum over subjects of the product of both deviations."""

    @property
    def mean(self) -> float | None:
        """Per subject, or for a ratio per unit of the divisor; None where nothing divides."""
        whole = self.subjects if self.divisor is None else self.divisor
        return _finite(self.total / whole) if whole else None

    @property
    def variance(self) -> float | None:
        """Between subjects; for a ratio of its linearisation (delta method). None below two subjects."""
        if self.mean is None or self.subjects < 2:
            return None
        if self.divisor is None:
            return self._unless_rounding(self.squares / (self.subjects - 1))
        return self._unless_rounding(_moments(self).ratio_var("measured", "divisor"))

    def _unless_rounding(self, variance: float) -> float | None:
        """Equal values have no variance; what adding them up leaves of one is the dust of rounding."""
        return 0.0 if variance <= (NEGLIGIBLE * (self.mean or 0.0)) ** 2 else _finite(variance)

    @property
    def standard_error(self) -> float | None:
        """Of the mean."""
        return None if self.variance is None else math.sqrt(self.variance / self.subjects)


@dataclass(frozen=True)
class Comparison:
    """What `compare` found; None is undefined."""

    difference: float | None = None
    """The variant's mean less the control's."""
    difference_low: float | None = None
    difference_high: float | None = None
    lift: float | None = None
    """The difference as a share of the control's mean."""
    lift_low: float | None = None
    lift_high: float | None = None
    p_value: float | None = None
    """How often a difference at least this large would come about if there were none."""


def compare(variant: Sample, control: Sample) -> Comparison:
    """Welch's t-test: two-sided, unequal variances, intervals of `CONFIDENCE_LEVEL`.

    The p-value belongs to the difference and always agrees with the difference's interval. The lift's
    interval is that of the logarithm of the means' quotient, so it exists only where the quotient is
    positive, and at the brink of significance it may disagree.
    """
    if variant.mean is None or control.mean is None:
        return Comparison()
    difference = variant.mean - control.mean
    lift = _finite(difference / control.mean) if control.mean else None
    if variant.variance is None or control.variance is None or variant.variance + control.variance == 0:
        return Comparison(difference=difference, lift=lift)
    found = _welch(variant, control)
    positive = variant.mean * control.mean > 0
    return Comparison(
        difference=difference,
        difference_low=_finite(found.effect_size_ci_lower),
        difference_high=_finite(found.effect_size_ci_upper),
        lift=lift,
        lift_low=_finite(found.rel_effect_size_ci_lower) if positive else None,
        lift_high=_finite(found.rel_effect_size_ci_upper) if positive else None,
        p_value=_finite(found.pvalue),
    )


def _welch(variant: Sample, control: Sample) -> Any:
    import numpy as np

    with np.errstate(all="ignore"):  # undefined bounds come as nan, which is what we look at
        return _test().analyze_aggregates(_linearised(control), _linearised(variant))


@cache
def _test() -> Any:
    import tea_tasting  # type: ignore[import-untyped]

    return tea_tasting.Mean(
        "measured", alternative="two-sided", confidence_level=CONFIDENCE_LEVEL, equal_var=False, use_t=True
    )


def _linearised(sample: Sample) -> Aggregates:
    """The sample as one of plain values that have its mean and variance."""
    from tea_tasting.aggr import Aggregates

    return Aggregates(sample.subjects, {"measured": sample.mean}, {"measured": sample.variance})


def _moments(sample: Sample) -> Aggregates:
    """The sample as one of pairs, what is measured and what divides."""
    from tea_tasting.aggr import Aggregates

    n, freedom = sample.subjects, sample.subjects - 1
    return Aggregates(
        n,
        {"measured": sample.total / n, "divisor": (sample.divisor or 0.0) / n},
        {"measured": sample.squares / freedom, "divisor": sample.divisor_squares / freedom},
        {("measured", "divisor"): sample.products / freedom},
    )


def _finite(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
