"""reportkit: exact exports and typeset notebook reports for experimentation platforms.

In a notebook::

    import reportkit
    results = reportkit.dataset("experiment_results", experiment="checkout_redesign")

Importing this package is light on purpose (kernels start with it): everything heavy loads on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

__version__ = "0.1.0"
__all__ = ["__version__", "dataset"]


def dataset(
    name: str, *, start: object = None, end: object = None, fields: object = None, **filters: object
) -> DataFrame:
    """The rows of dataset `name` that the current actor may see; see `reportkit.data.dataset`."""
    from reportkit import data

    arguments: dict[str, Any] = {"start": start, "end": end, "fields": fields}
    return data.dataset(name, **arguments, **filters)
