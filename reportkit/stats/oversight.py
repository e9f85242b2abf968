"""What a compliance officer should look at first, from the rows of `audit_log`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from reportkit.stats.words import counted, days, glued, unsigned

if TYPE_CHECKING:
    import pandas as pd

CATEGORIES = ("data access", "admin", "permission", "configuration")
LARGE_SHARE = 0.1
"""One person with more than this share of all exports is named."""
FEW_EXPORTS = 20
"""Below this many a share says nothing."""
LONGEST = 60


def concerns(acts: pd.DataFrame) -> list[str]:
    """Sentences, the gravest first; none where nothing stands out."""
    return [*_on_oneself(acts), *_without_right(acts), *_exporting(acts), *_without_object(acts)]


def opening(acts: pd.DataFrame) -> str:
    """Markdown: what stands out, then how much there is."""
    if acts.empty:
        return "There is no entry that you may see in this period."
    span = days(acts["created_at"].min(), acts["created_at"].max())
    total = (
        f"{counted(len(acts), 'entry', 'entries')} by {counted(acts['user_id'].nunique(), 'person', 'people')}, {span}."
    )
    found = "".join(f"> - {glued(concern)}\n" for concern in concerns(acts))
    return f"> [!WARNING] Look at these first\n>\n{found}\n{total}" if found else f"Nothing stands out. {total}"


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

    day = acts["created_at"].dt.tz_convert(None).dt.normalize()
    week = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    table = acts.groupby([acts["category"], week.rename("week")]).size().reset_index(name="entries")
    order = pd.Categorical(table["category"], categories=list(CATEGORIES))
    return table.assign(category=order).sort_values(["category", "week"]).astype({"category": str})


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
