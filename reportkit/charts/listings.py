"""Tables about people and what they did on the platform."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from reportkit.charts.tables import shown
from reportkit.stats.activity import NO_TEAM
from reportkit.stats.oversight import change, failed, largest, latest_of, megabytes, sources, takers
from reportkit.stats.trends import MetricTrend
from reportkit.stats.words import known, measured, moment, p, percent, records, unsigned

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

TAKEN = ("Exports", "Reports", "Rows", "MB", "In clear", "Latest (UTC)")
"""Of people and of datasets alike."""


def people_table(people: pd.DataFrame) -> pd.DataFrame:
    """What `most_active` gave."""
    return _table(
        ["Person", "Team", "Role", "Actions", "Share", "Experiments", "Flags", "Last active"],
        [
            [
                _text(row["username"]),
                _text(row["team"]) or NO_TEAM,
                row["role"],
                f"{row['total_actions']:,}",
                unsigned(row["share"]),
                f"{row['experiments_created']:,}",
                f"{row['flags_created']:,}",
                _at(row["last_activity"], "%-d %b %Y"),
            ]
            for row in records(people)
        ],
    )


def team_table(teams: pd.DataFrame) -> pd.DataFrame:
    """What `team_changes` gave."""
    return _table(
        ["Team", "All actions", "Latest", "Before", "Change"],
        [
            [row["team"], f"{row['total_actions']:,}", f"{row['latest']:,.0f}", f"{row['before']:,.0f}", _change(row)]
            for row in records(teams)
        ],
    )


def feature_table(features: pd.DataFrame) -> pd.DataFrame:
    """The rows of `user_activity` by feature."""
    return _table(
        ["Worked with", "People", "Actions", "Share", "Last used"],
        [
            [
                row["feature"],
                f"{row['active_users']:,}",
                f"{row['total_actions']:,}",
                unsigned(known(row["share"])),
                _at(row["last_activity"], "%-d %b %Y"),
            ]
            for row in records(features)
        ],
    )


def trend_table(trends: Sequence[MetricTrend]) -> pd.DataFrame:
    """One row for each metric: its latest whole week, the change, and the trend."""
    return _table(
        ["Metric", "In", "Latest", "Before", "Change", "A week", "95 % CI", "p", "Trend"],
        [
            [
                each.name,
                each.unit,
                *[_level(level, each.unit) for level in each.latest],
                percent(each.change),
                measured(each.trend.slope, each.unit, sign=True),
                _between(each),
                p(each.p_value),
                each.direction,
            ]
            for each in trends
        ],
    )


def action_table(actions: pd.DataFrame) -> pd.DataFrame:
    """What `by_action` gave."""
    return _table(
        ["Category", "Action", "Entries", "People", "Latest"],
        [
            [row["category"], row["action"], f"{row['entries']:,}", f"{row['people']:,}", _at(row["latest"])]
            for row in records(actions)
        ],
    )


def latest_entries(acts: pd.DataFrame, category: str, most: int) -> Styler:
    """The latest entries of a category, the last first, and of how many."""
    entries = latest_of(acts, category, most)
    table = _table(
        ["When (UTC)", "Who", "Role", "Action", "To what", "Change"],
        [
            [
                _at(row["created_at"]),
                _text(row["username"]),
                row["role"],
                row["action"],
                " ".join(filter(None, [_text(row["entity_type"]), _text(row["entity_id"])])),
                change(row["details"]),
            ]
            for row in records(entries)
        ],
    )
    return shown(table, f"The latest {len(table):,} of {(acts['category'] == category).sum():,}" if len(table) else "")


def export_table(exporters: pd.DataFrame) -> pd.DataFrame:
    """What `exporters` gave."""
    return _table(
        ["Person", "Role", "Exports", "Rows", "Kinds of data", "Latest (UTC)"],
        [
            [
                _text(row["username"]),
                row["role"],
                f"{row['exports']:,}",
                f"{row['rows']:,}",
                f"{row['kinds']:,}",
                _at(row["latest"]),
            ]
            for row in records(exporters)
        ],
    )


def usage_tables(made: pd.DataFrame, most: int) -> Iterator[Styler]:
    """Of exports and reports: who took how much, of what, the largest, and those that failed. None of none."""
    failures = failed(made)
    tables = {
        "Who took how much": taker_table(takers(made, most)),
        "Of what": source_table(sources(made, most)),
        "The largest": largest_table(largest(made, most)),
        f"The latest {min(most, len(failures)):,} of {len(failures):,} that failed": failure_table(failures.head(most)),
    }
    return (shown(table, caption) for caption, table in tables.items() if len(table))


def taker_table(people: pd.DataFrame) -> pd.DataFrame:
    """What `takers` gave."""
    return _table(
        ["Person", "Role then", *TAKEN],
        [[_text(row["username"]), row["role"], *_taken(row)] for row in records(people)],
    )


def source_table(made_from: pd.DataFrame) -> pd.DataFrame:
    """What `sources` gave."""
    return _table(
        ["Dataset or notebook", "People", *TAKEN],
        [[row["made_from"], f"{row['people']:,}", *_taken(row)] for row in records(made_from)],
    )


def largest_table(made: pd.DataFrame) -> pd.DataFrame:
    """What `largest` gave."""
    return _table(
        ["When (UTC)", "Who", "What", "Rows", "MB", "Personal data"],
        [
            [
                _at(row["asked_at"]),
                _text(row["username"]),
                f"{row['made_from']} as {row['formats']}",
                f"{row['rows']:,}",
                megabytes(row["size"]),
                "in clear" if _text(row["in_clear"]) else "redacted" if _text(row["redacted"]) else "none",
            ]
            for row in records(made)
        ],
    )


def failure_table(made: pd.DataFrame) -> pd.DataFrame:
    """Of what `failed` gave."""
    return _table(
        ["When (UTC)", "Who", "What", "Why"],
        [
            [
                _at(row["asked_at"]),
                _text(row["username"]),
                f"{row['made_from']} as {row['formats']}",
                change(row["error"]),
            ]
            for row in records(made)
        ],
    )


def _taken(row: dict[str, Any]) -> list[str]:
    counts = [f"{row[name]:,}" for name in ("exports", "reports", "rows")]
    return [*counts, megabytes(row["size"]), f"{row['in_clear']:,}", _at(row["latest"])]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(head))


def _change(row: dict[str, Any]) -> str:
    if row["before"] == 0 and row["latest"] > 0:
        return "new"
    return percent(known(row["change"]))


def _between(of: MetricTrend) -> str:
    low, high = (measured(end, of.unit, sign=True) for end in (of.trend.low, of.trend.high))
    return low if of.trend.low is None else f"{low} to {high}"


def _level(level: float | None, unit: str) -> str:
    return f"{level:,.0f}" if unit == "subjects" and level is not None else measured(level, unit)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _at(value: Any, form: str = "%-d %b %Y, %H:%M") -> str:
    at = moment(value)
    return f"{at:{form}}" if at else "never"
