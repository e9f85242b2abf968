"""A report notebook as it is after it ran, made by hand: everything that a document has to show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from reportkit.brand import DEFAULT, plotly_template
from reportkit.render.document import DocumentInfo

INFO = DocumentInfo(
    title="Checkout button",
    subtitle="Does the new button sell more?",
    author="Ada Lovelace",
    generated_at=datetime(2025, 4, 1, 6, 30, tzinfo=UTC),
    data_cutoff=datetime(2025, 3, 31, 23, 59, tzinfo=UTC),
    parameters={"Experiment": "EXP-042", "Period": "1 to 28 March 2025"},
)
HEADINGS = [
    (1, "Summary"),
    (1, "Results"),
    (2, "By segment"),
    (1, "Every day"),
    (2, "Users and orders"),
    (2, "Everything at once"),
    (1, "Method"),
    (2, "How it was measured"),
]
"""What the report's outline has to be."""
DAYS = pd.date_range("2025-03-01", periods=28)
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A PNG of one pixel."""

SUMMARY = """\
The new checkout was shown to **12,408 users** over four weeks. It *raised* conversion, and no guardrail was breached.

> [!IMPORTANT]
> Roll out to everyone. Conversion rose by **+3.1 %** (95 % interval +1.2 % to +5.0 %).

What speaks for it:

- conversion is up in **every week**, see [Results](#Results);
- revenue per user is at least as high:
  1. for new users,
  2. for returning users;
- `checkout_latency_ms` stays within its limit.

> The decision rule was written down before the experiment started, and has not been changed since.

| Metric | Control | Treatment | Verdict |
| :--- | ---: | ---: | :---: |
| Conversion | 10.2 % | 10.5 % | ✅ better |
| Revenue per user | $4.10 | $4.22 | ⚠️ unclear |

Details are in the [handbook](https://example.com/handbook), the query is

```sql
SELECT variant, count(*) FROM assignments WHERE experiment_id = :id GROUP BY variant
```
"""

METHOD = """\
### How it was measured

Lift and intervals come from a Welch test on user means; see <https://example.com/methods>. ~~No~~ peeking was done.

![The team's mark](attachment:mark.png)

![A chart somewhere else](https://example.com/chart.png)

<div onclick="steal()"><script>steal()</script>Hand-made HTML</div>

---

That is all.
"""


def report_notebook() -> NotebookNode:
    """Four charts, a picture, five tables (one of 120 rows, one far too wide), and text with everything in it."""
    return new_notebook(
        cells=[
            new_markdown_cell("# Checkout button"),
            code("experiment_id = 'secret-parameter'", tags=["parameters"]),
            new_markdown_cell("## Summary\n\n" + SUMMARY),
            new_markdown_cell("## Results"),
            code("plot_code_nobody_should_see()", chart(conversion_by_day()), stream("loaded 12,408 rows\n")),
            new_markdown_cell("### By segment\n\nMobile users gain most."),
            code("lift_by_segment()", chart(lift_by_segment())),
            code("weekday_hours()", chart(orders_by_hour())),
            code("table", table(weekly(), caption="Conversion by week")),
            new_markdown_cell("## Every day\n\n### Users and orders"),
            code("chart", chart(orders_by_platform())),
            code("daily", table(daily(), rows=200)),
            new_markdown_cell("### Everything at once"),
            code("wide", table(wide())),
            new_markdown_cell("## Method"),
            method_cell(),
            code("print('x')", stream("printed on purpose\n"), tags=["show-prints"]),
            code("hidden()", text("hidden-result"), tags=["hide"]),
            code("6 * 7", text("42")),
            code("names", table(names())),
        ]
    )


def code(source: str, *outputs: NotebookNode, tags: list[str] | None = None) -> NotebookNode:
    return new_code_cell(source, outputs=list(outputs), execution_count=1, metadata={"tags": tags or []})


def notebook(*cells: NotebookNode | str) -> NotebookNode:
    """A notebook of these cells; a string is a Markdown cell."""
    return new_notebook(cells=[new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells])


def display(data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> NotebookNode:
    return new_output("display_data", data=dict(data), metadata=dict(metadata or {}))


def chart(figure: go.Figure) -> NotebookNode:
    return display({"application/vnd.plotly.v1+json": json.loads(figure.to_json()), "text/plain": "Figure()"})


def table(frame: pd.DataFrame, caption: str = "", rows: int = 60) -> NotebookNode:
    if caption:
        html = frame.style.format(precision=2).set_caption(caption).to_html()
    else:
        html = frame.to_html(max_rows=rows, notebook=True)
    return display({"text/html": html, "text/plain": frame.to_string()})


def text(plain: str) -> NotebookNode:
    return display({"text/plain": plain})


def stream(printed: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=printed)


def method_cell() -> NotebookNode:
    cell = new_markdown_cell(METHOD)
    cell["attachments"] = {"mark.png": {"image/png": DOT}}
    return cell


def styled(figure: go.Figure, title: str, **layout: Any) -> go.Figure:
    return figure.update_layout(template=plotly_template(DEFAULT), title_text=title, **layout)


def conversion_by_day() -> go.Figure:
    draw = np.random.default_rng(1)
    week = np.sin(np.arange(28) / 7 * 2 * np.pi)
    lines = [
        go.Scatter(x=DAYS, y=base + 0.006 * week + draw.normal(0, 0.002, 28), name=name)
        for name, base in (("Control", 0.102), ("Treatment", 0.108))
    ]
    figure = go.Figure(lines).update_yaxes(tickformat=".1%")
    return styled(figure, "Conversion by day, March 2025")


def lift_by_segment() -> go.Figure:
    segments = ["Mobile, new", "Mobile, returning", "Desktop, new", "Desktop, returning", "Tablet"]
    bars = go.Bar(
        x=[5.2, 3.9, 2.1, 1.4, -0.6],
        y=segments,
        orientation="h",
        marker_color=DEFAULT.categorical[6],
        error_x={"array": [1.9, 1.6, 1.5, 1.8, 2.6], "color": DEFAULT.muted, "thickness": 1},
    )
    return styled(go.Figure(bars), "Lift by segment with 95 % interval", height=320).update_xaxes(ticksuffix=" %")


def orders_by_hour() -> go.Figure:
    draw = np.random.default_rng(2)
    busy = np.exp(-((np.arange(24) - 15) ** 2) / 40) * 100
    counts = [[round(float(hour * (1.3 if day > 4 else 1) + draw.normal(0, 4))) for hour in busy] for day in range(7)]
    heat = go.Heatmap(z=counts, x=list(range(24)), y=["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
    return styled(go.Figure(heat), "Orders by weekday and hour").update_xaxes(title_text="Hour of day (UTC)")


def orders_by_platform() -> go.Figure:
    draw = np.random.default_rng(3)
    bars = [go.Bar(x=DAYS, y=draw.integers(200, 400, 28), name=name) for name in ("iOS", "Android", "Web", "Partners")]
    return styled(go.Figure(bars), "Orders by platform", barmode="stack")


def weekly() -> pd.DataFrame:
    weeks = pd.Index([f"Week {week}" for week in range(1, 5)], name="week")
    values = {"users": [3010, 3144, 3087, 3167], "lift %": [2.9, 3.4, 3.0, 3.1], "p-value": [0.04, 0.01, 0.03, 0.02]}
    return pd.DataFrame(values, index=weeks)


def daily() -> pd.DataFrame:
    draw = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "day": pd.date_range("2025-01-01", periods=120).strftime("%Y-%m-%d"),
            "platform": [("iOS", "Android", "Web")[row % 3] for row in range(120)],
            "users": [f"{count:,}" for count in draw.integers(1000, 9000, 120)],
            "orders": draw.integers(-90, 900, 120),
            "revenue": [f"${amount:,.2f}" for amount in draw.normal(4000, 900, 120)],
            "note": ["late events" if row % 17 == 0 else "" for row in range(120)],
        }
    )


def wide() -> pd.DataFrame:
    draw = np.random.default_rng(5)
    columns = {f"metric number {column}": draw.normal(1000, 300, 6).round(2) for column in range(1, 15)}
    ids = [f"8f14e45f-ceea-467f-a8ed-{row:012d}" for row in range(6)]
    text = "a long remark that has to wrap, because it is longer than any column could be"
    return pd.DataFrame({"experiment": ids, **columns, "remark": text}).set_index("experiment")


def names() -> pd.DataFrame:
    people = ["Zoë Ångström", "王小明", "مريم", "Ирина", "🚀 Rocket", "=SUM(A1)", "#panic()", "Ωmega $x$ ] \\ \" '"]
    return pd.DataFrame({"who": people, "orders": range(1, 9)})
