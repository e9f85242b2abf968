"""A report notebook to start from: it runs as it is, and shows what every report has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reportkit.notebook.parameters_cell import TAG

if TYPE_CHECKING:
    from nbformat import NotebookNode

IMPORTS = """\
from datetime import date
from typing import Annotated

import reportkit
from reportkit import Range, charts
"""
PERIOD = """\
start: date | None = None  # first day; left out, from the first there is
end: date | None = None  # last day, included; left out, to the last there is
"""
PARAMETERS = "most: Annotated[int, Range(1, 50)] = 10  # how many bars and rows to show"
COUNT = """\
counted = rows["{category}"].astype("string").fillna("none").value_counts().head(most)
charts.ranked(counted.rename_axis("value").reset_index(name="rows"), "value", "rows", title="Rows by {category}")
"""
METHOD = """\
## Method

- Every row of the dataset `{dataset}` that you may see counts. {period}
- What its columns mean: `reportkit datasets {dataset}`.
"""


def scaffold(
    title: str, *, dataset: str, category: str, fields: Sequence[str], period: str, takes_dates: bool
) -> NotebookNode:
    """A notebook that reads `fields` of `dataset`, counts rows by `category`, and shows the first of them.

    `period` is the dataset's sentence about its date range.
    """
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    dates = ", start=start, end=end" if takes_dates else ""
    imports = IMPORTS if takes_dates else IMPORTS.partition("\n")[2]
    cells = [
        new_markdown_cell(f"# {title}\n\nSay here in one sentence what the report answers.", id="title"),
        new_code_cell(imports.rstrip(), id="imports"),
        new_code_cell(f"{PERIOD if takes_dates else ''}{PARAMETERS}", id="parameters", metadata={"tags": [TAG]}),
        new_code_cell(f'rows = reportkit.dataset("{dataset}", fields="{",".join(fields)}"{dates})', id="data"),
        new_markdown_cell(f"## By {category}", id="chart-heading"),
        new_code_cell(COUNT.format(category=category).rstrip(), id="chart"),
        new_markdown_cell("## The first rows", id="table-heading"),
        new_code_cell("charts.shown(rows.head(most))", id="table"),
        new_markdown_cell(METHOD.format(dataset=dataset, period=period).rstrip(), id="method"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook: NotebookNode = new_notebook(
        cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}}
    )
    return notebook
