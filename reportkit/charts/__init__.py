"""Charts and tables that reports share, in the brand's look. Notebooks call these.

A chart is a Plotly figure with its own title and, in `layout.meta.alt`, what it shows in words; a table is a pandas
DataFrame of texts, to be shown by `shown`. May import the brand and `stats`. To add one: a function of what a dataset
or `stats` gives, named here for all notebooks, and a test of what it draws.
"""

from reportkit.charts.counts import allocation, ranked, stacked
from reportkit.charts.lifts import lifts, lifts_of_sides
from reportkit.charts.lines import daily_note, lines, trend, trends, weekly
from reportkit.charts.listings import (
    action_table,
    export_table,
    feature_table,
    latest_entries,
    people_table,
    team_table,
    trend_table,
    usage_tables,
)
from reportkit.charts.tables import (
    comparison_table,
    effects_table,
    overview_table,
    segment_table,
    shown,
    sides_table,
    verdict_list,
)

__all__ = [
    "action_table",
    "allocation",
    "comparison_table",
    "daily_note",
    "effects_table",
    "export_table",
    "feature_table",
    "latest_entries",
    "lifts",
    "lifts_of_sides",
    "lines",
    "overview_table",
    "people_table",
    "ranked",
    "segment_table",
    "shown",
    "sides_table",
    "stacked",
    "team_table",
    "trend",
    "trend_table",
    "trends",
    "usage_tables",
    "verdict_list",
    "weekly",
]
