"""How small a lift an experiment could have found."""

from __future__ import annotations

import math

from reportkit.stats.comparison import SIGNIFICANT

POWER = 0.8


def detectable_lift(
    std_error: float | None, control_std_error: float | None, control_mean: float | None
) -> float | None:
    """The lift that a two-sided test finds in 80 of 100 experiments with these standard errors of both means.

    Normal approximation (Kohavi, Tang and Xu, Trustworthy Online Controlled Experiments, 2020, chapter 17). It is
    about one comparison: corrected for several, more is needed. None where nothing varies or the control is zero.
    """
    from scipy.stats import norm

    if not control_mean or std_error is None or control_std_error is None:
        return None
    error = math.hypot(std_error, control_std_error)
    return float((norm.ppf(1 - SIGNIFICANT / 2) + norm.ppf(POWER)) * error / abs(control_mean)) if error else None
