"""Describes an answer for the manifest of the file it went into."""

from __future__ import annotations

from datetime import datetime

from reportkit import instants
from reportkit.datasets.query import Query
from reportkit.manifests import DatasetRead
from reportkit.specs import DatasetRequest, Period


def describe(request: DatasetRequest, query: Query, rows: int, taken_at: datetime) -> DatasetRead:
    """`rows` were read of a snapshot `taken_at`."""
    taken_in = query.taken_in or Period()
    return DatasetRead(
        dataset=request.dataset,
        rows=rows,
        period=request.period.to_json(),
        by=request.by,
        filters={name: list(values) for name, values in request.filters.items()},
        columns=[
            {
                "name": column.name,
                "kind": column.kind.value,
                "unit": column.unit,
                "sensitivity": column.sensitivity.value,
                "redaction": query.redactions.get(column.name),
            }
            for column in query.schema
        ],
        data_cutoff=instants.to_text(taken_at),
        sort=list(request.sort),
        since=instants.to_text(taken_in.start) if taken_in.start else None,
        until=instants.to_text(taken_in.end) if taken_in.end else None,
        declaration=query.declaration,
    )
