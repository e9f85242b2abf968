"""`reportkit.dataset()`: governed data as a pandas DataFrame, in a report's run and at an analyst's desk alike."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from reportkit.columns import Kind
from reportkit.notebook.data_socket import ADDRESS, ask
from reportkit.specs import DatasetRequest, Moment

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


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
) -> pd.DataFrame:
    """The rows of dataset `name` that you may see, complete.

    `start` and `end` are days of `zone` (both included) or instants, `fields` the columns to give (all, if left out),
    `by` the grouping, `sort` the columns to order by (`-` in front for descending; then in the dataset's own order),
    and every further argument a filter: a value, or a list of which one must match.

        reportkit.dataset("raw_events", start="2026-10-01", end="2026-10-31", sort="-value", experiment=["a", "b"])

    In a report's run the worker answers, under the rights of whoever asked for the report; elsewhere this machine's
    own settings apply and you are the local admin.

    A column's dtype follows from its kind alone, never from the rows, so a month without data has the same columns:

    | kind | dtype | a NULL is |
    | --- | --- | --- |
    | text, identifier | pandas string (`str` in pandas 3) | NaN; an empty string stays an empty string |
    | integer | Int64, exact beyond 2^53 | <NA> |
    | number | float64 | NaN |
    | decimal | float64, the nearest one (exports have every digit) | NaN |
    | boolean | boolean | <NA> |
    | date | datetime64[us], midnight without a zone | NaT |
    | instant | datetime64[us, UTC] | NaT |
    | document | object: the parsed JSON (dict, list, text, number ...) | None |

    Raises UnknownName and BadValue for a request that cannot be answered, WarehouseUnavailable, BadSettings.
    """
    request = DatasetRequest.of(name, start=start, end=end, fields=fields, by=by, sort=sort, zone=zone, **filters)
    address = os.environ.get(ADDRESS)
    return to_frame(ask(address, request) if address else _local(request))


def _local(request: DatasetRequest) -> pa.Table:
    from reportkit import toolkit
    from reportkit.access import LOCAL_ADMIN
    from reportkit.settings import Settings

    with closing(toolkit.build(Settings.load(os.environ, Path.cwd()))) as here:
        return here.read(request, LOCAL_ADMIN)


def to_frame(table: pa.Table) -> pd.DataFrame:
    """A table of `Schema.arrow()` fields as a DataFrame, with the dtypes that `dataset` promises."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    dtypes = {
        pa.string(): pd.StringDtype("pyarrow", na_value=np.nan),
        pa.int64(): pd.Int64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    kinds = {field.name: Kind(field.metadata[b"kind"].decode()) for field in table.schema}
    for position, (name, kind) in enumerate(kinds.items()):
        if kind is Kind.DECIMAL:  # by way of text, for Arrow's own cast is not always the nearest float
            table = table.set_column(position, name, table[name].cast(pa.string()).cast(pa.float64()))
        elif kind is Kind.DATE:
            table = table.set_column(position, name, table[name].cast(pa.timestamp("us")))
    frame: pd.DataFrame = table.to_pandas(types_mapper=dtypes.get)
    for name in (name for name, kind in kinds.items() if kind is Kind.DOCUMENT):
        texts = (text or "null" for text in table[name].to_pylist())
        documents = json.loads(f"[{','.join(texts)}]")  # all at once: three times as fast as one by one
        frame[name] = pd.Series(documents, index=frame.index, dtype=object)
    return frame
