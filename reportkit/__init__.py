"""reportkit: exact exports and typeset notebook reports for experimentation platforms.

In a notebook::

    import reportkit
    results = reportkit.dataset("experiment_results", experiment="checkout_redesign")

Importing this package is light on purpose (kernels start with it): everything heavy loads on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reportkit.notebook.ranges import Range

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pandas import DataFrame

    from reportkit.specs import Moment

__version__ = "0.1.0"
__all__ = ["__version__", "Range", "dataset"]


def dataset(
    name: str,
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    fields: Iterable[str] | str | None = None,
    by: str | None = None,
    sort: Iterable[str] | str | None = None,
    zone: str = "UTC",
    **filters: object,
) -> DataFrame:
    """The rows of dataset `name` that you may see; `reportkit.data.dataset` says more."""
    from reportkit import data

    return data.dataset(name, start=start, end=end, fields=fields, by=by, sort=sort, zone=zone, **filters)
