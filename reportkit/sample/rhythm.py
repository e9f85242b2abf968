"""When people are busy: Mondays more than Sundays, late mornings and evenings more than nights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reportkit.sample.canonical import Moments

MONDAY_TO_SUNDAY = np.array([1.04, 1.08, 1.05, 1.0, 0.9, 0.52, 0.46])
MIDNIGHT_TO_MIDNIGHT = np.array(
    [9, 5, 3, 2, 2, 4, 10, 22, 40, 58, 68, 70, 60, 58, 62, 64, 62, 58, 60, 68, 74, 66, 42, 20], dtype=float
)
MICROSECOND = np.timedelta64(1, "us")


class Rhythm:
    """The time from `start` until `end`, in which busy hours take more room than quiet ones."""

    def __init__(self, start: np.datetime64, end: np.datetime64) -> None:
        self.start, self.end = start, end
        hours = np.arange(start, end, np.timedelta64(1, "h"))
        days = hours.astype("datetime64[D]")
        weekday = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
        hour = (hours - days) // np.timedelta64(1, "h")
        busy = np.cumsum(MONDAY_TO_SUNDAY[weekday] * MIDNIGHT_TO_MIDNIGHT[hour])
        self._share = np.append(0.0, busy / busy[-1])
        self._elapsed = (np.append(hours, end) - start) / MICROSECOND

    def moments(self, position: NDArray[np.float64]) -> Moments:
        """The moments by which these shares (0 to 1) of all activity have happened; never `end` itself."""
        elapsed = np.interp(position, self._share, self._elapsed).astype("timedelta64[us]")
        return np.minimum(self.start + elapsed, self.end - MICROSECOND)
