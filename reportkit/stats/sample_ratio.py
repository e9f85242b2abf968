"""Did the variants get the shares of subjects they were meant to get?"""

from __future__ import annotations

from collections.abc import Sequence


def sample_ratio_p_value(subjects: Sequence[int], weights: Sequence[float]) -> float | None:
    """How often shares at least this far from `weights` would come about by chance (chi-square test).

    Below 0.001 something is broken (assignment, logging), and no other number of the experiment can be trusted. Chance
    never brings anybody to a variant that is meant to get nobody: zero. None where nothing can be tested: no subjects,
    or fewer than two variants meant to get any.
    """
    from scipy.stats import chisquare

    meant = [(count, weight) for count, weight in zip(subjects, weights, strict=True) if weight > 0]
    arrived = sum(count for count, _ in meant)
    if meant and sum(subjects) > arrived:
        return 0.0
    if arrived == 0 or len(meant) < 2:
        return None
    whole = sum(weight for _, weight in meant)
    expected = [arrived * weight / whole for _, weight in meant]
    return float(chisquare([count for count, _ in meant], expected).pvalue)
