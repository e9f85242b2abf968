"""What `reportkit new` begins with."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from reportkit import charts
from reportkit.notebook.scaffold import scaffold


@pytest.mark.parametrize("name", ["platform", "count", "rows", "value"])
def test_rows_are_counted_whatever_their_column_is_called(name: str) -> None:
    made = scaffold("T", dataset="d", category=name, fields=[name], period="", takes_dates=False)
    [source] = [cell.source for cell in made.cells if cell.id == "chart"]
    known: dict[str, Any] = {"rows": pd.DataFrame({name: [3, 3, None]}), "most": 5, "charts": charts}
    exec(source.replace("charts.ranked", "chart = charts.ranked"), known)
    [bars] = known["chart"].data
    assert (list(bars.y), list(bars.x)) == (["3.0", "none"], [2, 1])
