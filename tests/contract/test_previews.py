"""A preview reads the first rows only, and from either database the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reportkit import previews
from reportkit.access import LOCAL_ADMIN
from reportkit.columns import Kind
from reportkit.datasets.base import Home
from reportkit.datasets.people import find_actor
from reportkit.datasets.sources import Warehouse
from reportkit.previews import ENOUGH, preview
from reportkit.specs import DatasetRequest, ExportSpec
from reportkit.toolkit import Toolkit
from reportkit.writers import FORMATS


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("user", ["ann", None])
def test_both_databases_preview_the_same(
    toolkit: Toolkit, warehouses: dict[str, Warehouse], user: str | None, format: str
) -> None:
    actor = find_actor(warehouses["sqlite"], user) if user else LOCAL_ADMIN
    asked = ExportSpec(DatasetRequest.of("raw_events", sort="-received_at"), format)
    sqlite, postgresql = (
        preview(replace(toolkit.exports, databases={Home.WAREHOUSE: warehouses[place]}), asked, actor, [])
        for place in ("sqlite", "postgresql")
    )
    documents = {column.name for column in sqlite.schema if column.kind is Kind.DOCUMENT}
    one, other = ([{**row, **dict.fromkeys(documents)} for row in each.shown] for each in (sqlite, postgresql))
    assert one == other != []
    assert sqlite.rows == postgresql.rows
    assert sqlite.size == pytest.approx(postgresql.size, rel=0.1)


def test_of_a_large_export_only_the_first_rows_are_read(
    toolkit: Toolkit, warehouses: dict[str, Warehouse], monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    size = previews._size
    monkeypatch.setattr(previews, "_size", lambda *given: held.append(given[1].rows) or size(*given))
    for warehouse in warehouses.values():
        asked = ExportSpec(DatasetRequest("raw_events"), "csv")
        assert (
            preview(replace(toolkit.exports, databases={Home.WAREHOUSE: warehouse}), asked, LOCAL_ADMIN, []).rows
            > ENOUGH
        )
    assert held == [ENOUGH, ENOUGH]
