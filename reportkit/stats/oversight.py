"""What a compliance officer should look at first, from the rows of `audit_log` and of `reporting_usage`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from reportkit.stats.words import counted, days, escaped, glued, listed, unsigned

if TYPE_CHECKING:
    import pandas as pd

CATEGORIES = ("data access", "admin", "permission", "configuration")
ENDED = ("completed", "expired", "failed", "cancelled")
"""States of what is no longer being made."""
LARGE_SHARE = 0.1
"""One person with more than this share of all exports is named."""
FEW_EXPORTS = 20
"""Below this many a share says nothing."""
LONGEST = 60


def concerns(acts: pd.DataFrame, made: pd.DataFrame) -> list[str]:
    """Sentences, the gravest first; none where nothing stands out."""
    return [*_in_clear(made), *_on_oneself(acts), *_without_right(acts), *_exporting(acts), *_without_object(acts)]


def opening(acts: pd.DataFrame, made: pd.DataFrame) -> str:
    """Markdown: what stands out, then how much there is."""
    total = "There is no entry that you may see in this period."
    if len(acts):
        span = days(acts["created_at"].min(), acts["created_at"].max())
        total = f"{counted(len(acts), 'entry', 'entries')} by {_people(acts)}, {span}."
    found = "".join(f"> - {glued(concern)}\n" for concern in concerns(acts, made))
    if found:
        return f"> [!WARNING] Look at these first\n>\n{found}\n{total}"
    return f"Nothing stands out. {total}" if len(acts) else total


def _in_clear(made: pd.DataFrame) -> Iterator[str]:
    clear = made[made["in_clear"].notna()]
    if len(clear):
        columns: dict[str, list[str]] = {}
        for each in sorted({name for names in clear["in_clear"] for name in names.split(", ")}):
            dataset, _, column = each.partition(".")
            columns.setdefault(dataset, []).append(column)
        told = listed(escaped(f"{dataset} ({', '.join(names)})") for dataset, names in columns.items())
        admins = counted(clear["user_id"].nunique(), "admin")
        yield f"Personal data were given in clear to {admins}, in {_exports_and_reports(clear)}: {told}."


def _on_oneself(acts: pd.DataFrame) -> Iterator[str]:
    changed = acts["action"].isin(["permission.granted", "admin.role_changed"])
    own = acts[changed & (acts["entity_type"] == "user") & (acts["entity_id"] == acts["user_id"])]
    if len(own):
        made = "change of a permission or role was made by the person it is about"
        yield f"{counted(len(own), made, 'changes of permissions or roles were made by the people they are about')}."


def _without_right(acts: pd.DataFrame) -> Iterator[str]:
    governed = acts["category"].isin(["admin", "permission", "configuration"])
    others = acts[governed & (acts["role"] != "admin")]
    if len(others):
        people = others["user_id"].nunique()
        who = "one person who is not an admin" if people == 1 else f"{people} people who are not admins"
        yield (
            f"{counted(len(others), 'admin, permission or configuration change')} by {who} now. "
            "They may have been then: the log keeps no former role."
        )


def _exporting(acts: pd.DataFrame) -> Iterator[str]:
    exports = acts[acts["action"] == "data.exported"]
    if len(exports) >= FEW_EXPORTS:
        share = exports["user_id"].value_counts().iloc[0] / len(exports)
        if share > LARGE_SHARE:
            yield f"One person made {unsigned(share)} of all {len(exports):,} exports."


def _without_object(acts: pd.DataFrame) -> Iterator[str]:
    nameless = acts["entity_id"].isna().sum()
    if nameless:
        yield f"{counted(nameless, 'entry does', 'entries do')} not say what was acted on."


def by_action(acts: pd.DataFrame) -> pd.DataFrame:
    """Category and action with entries, people and the latest moment; the most frequent first."""
    grouped = acts.groupby(["category", "action"])
    table = grouped.agg(entries=("id", "count"), people=("user_id", "nunique"), latest=("created_at", "max"))
    return table.sort_values("entries", ascending=False, kind="stable").reset_index()


def by_week(acts: pd.DataFrame) -> pd.DataFrame:
    """Entries per week and category; weeks begin on Monday, UTC."""
    import pandas as pd

    table = acts.groupby([acts["category"], _week(acts["created_at"])]).size().reset_index(name="entries")
    order = pd.Categorical(table["category"], categories=list(CATEGORIES))
    return table.assign(category=order).sort_values(["category", "week"]).astype({"category": str})


def made_by_week(made: pd.DataFrame) -> pd.DataFrame:
    """Exports and reports per week; weeks begin on Monday, UTC."""
    kind = (made["kind"] + "s").rename("kind")
    return made.groupby([kind, _week(made["asked_at"])]).size().reset_index(name="made")


def _week(at: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    day = at.dt.tz_convert(None).dt.normalize()
    monday: pd.Series[Any] = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    return monday.rename("week")


def latest_of(acts: pd.DataFrame, category: str, most: int) -> pd.DataFrame:
    """The latest entries of a category, the last first."""
    return acts[acts["category"] == category].sort_values(["created_at", "id"], ascending=False).head(most)


def exporters(acts: pd.DataFrame, top: int) -> pd.DataFrame:
    """Who exported most: exports, rows they say they had, kinds of data, and the latest moment."""
    exports = acts[acts["action"] == "data.exported"]
    exports = exports.assign(rows=[_rows(details) for details in exports["details"]])
    table = exports.groupby(["user_id", "username", "role"]).agg(
        exports=("id", "count"), rows=("rows", "sum"), kinds=("entity_id", "nunique"), latest=("created_at", "max")
    )
    return table.sort_values(["exports", "rows"], ascending=False, kind="stable").head(top).reset_index()


def usage(made: pd.DataFrame, previews: pd.DataFrame) -> str:
    """Markdown: how many exports and reports were made, what came of them, and how much they took."""
    seen = f"Data were previewed {counted(len(previews), 'time')} by {_people(previews)}." if len(previews) else ""
    if made.empty:
        return f"No exports or reports in this period. {seen}".strip()
    span = days(made["asked_at"].min(), made["asked_at"].max())
    states = made["state"].replace("expired", "completed").value_counts()
    ended = listed(f"{number:,} {state}" for state, number in states.items())
    took = f"They took {made['rows'].sum():,} rows in {megabytes(made['size'].sum())} MB."
    return f"{_exports_and_reports(made)} by {_people(made)}, {span}: {ended}. {took} {seen}".strip()


def takers(made: pd.DataFrame, top: int) -> pd.DataFrame:
    """Who took most rows: exports, reports, rows, bytes, in how many personal data stood in clear, and the latest."""
    return _taken(made, ["user_id", "username", "role"], top)


def sources(made: pd.DataFrame, top: int) -> pd.DataFrame:
    """The same by what was exported or run, and the people."""
    return _taken(made, ["made_from"], top)


def _taken(made: pd.DataFrame, by: list[str], top: int) -> pd.DataFrame:
    kinds = made.assign(exports=made["kind"] == "export", reports=made["kind"] == "report")
    table = kinds.groupby(by).agg(
        exports=("exports", "sum"),
        reports=("reports", "sum"),
        people=("user_id", "nunique"),
        rows=("rows", "sum"),
        size=("size", "sum"),
        in_clear=("in_clear", "count"),
        latest=("asked_at", "max"),
    )
    return table.sort_values(["rows", "size"], ascending=False, kind="stable").head(top).reset_index()


def largest(made: pd.DataFrame, most: int) -> pd.DataFrame:
    """Those that took most rows."""
    return made[made["rows"].notna()].sort_values(["rows", "size"], ascending=False, kind="stable").head(most)


def failed(made: pd.DataFrame) -> pd.DataFrame:
    """The last first."""
    return made[made["state"] == "failed"].sort_values("asked_at", ascending=False, kind="stable")


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.2f}"


def _exports_and_reports(made: pd.DataFrame) -> str:
    numbers = {kind: (made["kind"] == kind).sum() for kind in ("export", "report")}
    return listed(counted(number, kind) for kind, number in numbers.items() if number)


def _people(of: pd.DataFrame) -> str:
    return counted(of["user_id"].nunique(), "person", "people")


def _rows(details: Any) -> int:
    rows = details.get("rows") if isinstance(details, dict) else None
    return rows if isinstance(rows, int) and not isinstance(rows, bool) else 0


def change(details: Any) -> str:
    """`730 → 365` where the entry says before and after, `role: viewer` for other words; cut where it is long."""
    if isinstance(details, dict) and {"before", "after"} <= details.keys():
        return f"{_short(details['before'])} → {_short(details['after'])}"
    if isinstance(details, dict):
        return _short(", ".join(f"{name}: {_text(value)}" for name, value in details.items()))
    return "" if details is None or details != details else _short(details)


def _short(value: Any) -> str:
    text = " ".join(_text(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
