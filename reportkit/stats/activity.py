"""Who uses the platform, from the rows of `user_activity`: how concentrated, and which way teams go."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from reportkit.specs import Period
from reportkit.stats.words import counted, day, glued, unsigned

if TYPE_CHECKING:
    import pandas as pd

WEEKS = 4
"""As many whole weeks are set against as many before them."""
NO_TEAM = "no team"


def use(people: pd.DataFrame, top: int) -> str:
    """Markdown: how many people were active, how much they did, and how much of it the `top` did."""
    actions, active = int(people["total_actions"].sum()), int((people["total_actions"] > 0).sum())
    experiments, flags = (int(people[name].sum()) for name in ("experiments_created", "flags_created"))
    made = f"{counted(experiments, 'experiment')} and {counted(flags, 'flag')}"
    if len(people) == 1:
        return f"You did {counted(actions, 'action')} and created {made}. Other people are shown to admins only."
    if not actions:
        return f"None of the {len(people):,} people you may see has done anything in this period."
    share = most_active(people, top)["share"].sum()
    middle = int(people.loc[people["total_actions"] > 0, "total_actions"].median())
    share_active = unsigned(active / len(people))
    sentences = [
        f"**{active:,}** of {len(people):,} people were active ({share_active}), with {actions:,} actions.",
        f"People created {made}.",
        f"Half of the active did {middle:,} or fewer actions.",
    ]
    if active > top:
        sentences.append(f"The {top} most active did {unsigned(share)} of everything.")
    return glued("\n".join(f"- {sentence}" for sentence in sentences))


def most_active(people: pd.DataFrame, top: int) -> pd.DataFrame:
    """The `top` people with the most actions, those with none left out, each with their `share` of all actions."""
    acting = people[people["total_actions"] > 0]
    ordered = acting.sort_values(["total_actions", "user_id"], ascending=[False, True])
    return ordered.head(top).assign(share=lambda rows: rows["total_actions"] / people["total_actions"].sum())


def whole_weeks(team_weeks: pd.DataFrame, period: Period, now: datetime) -> pd.DataFrame:
    """The rows of weeks that lie wholly within the period and are over, from the first with an action on."""
    import pandas as pd

    starts = team_weeks["week"].dt.tz_localize("UTC")
    until = min(period.end or now, now)
    whole = starts + pd.Timedelta(days=7) <= until
    if period.start is not None:
        whole &= starts >= period.start
    first = team_weeks.loc[whole & (team_weeks["total_actions"] > 0), "week"].min()
    kept: pd.DataFrame = team_weeks[whole & (team_weeks["week"] >= first)]
    return kept


def weekly_totals(team_weeks: pd.DataFrame, largest: int) -> pd.DataFrame:
    """Actions per week of the `largest` teams, the largest first."""
    named = team_weeks.assign(team=team_weeks["team"].fillna(NO_TEAM))
    totals = named.groupby("team")["total_actions"].sum().sort_values(ascending=False, kind="stable")
    place = {team: place for place, team in enumerate(totals.index[:largest])}
    summed = named[named["team"].isin(place)].groupby(["team", "week"])["total_actions"].sum().reset_index()
    ordered: pd.DataFrame = summed.iloc[summed["team"].map(place).argsort(kind="stable")]
    return ordered


def team_changes(team_weeks: pd.DataFrame) -> pd.DataFrame:
    """Per team the actions of the latest `WEEKS` weeks, of those before, and the change as a share of the latter.

    `team_weeks` are whole weeks. Described, not tested: actions come in bursts, so no simple test of counts holds.
    """
    named = team_weeks.assign(team=team_weeks["team"].fillna(NO_TEAM))
    weeks = sorted(named["week"].unique())
    late, early = weeks[-WEEKS:], weeks[-2 * WEEKS : -WEEKS]
    total = {
        name: named[named["week"].isin(span)].groupby("team")["total_actions"].sum()
        for name, span in (("latest", late), ("before", early))
    }
    table = named.groupby("team")[["total_actions"]].sum().assign(**total).fillna(0)
    table["change"] = (table["latest"] - table["before"]) / table["before"].where(table["before"] > 0)
    if len(weeks) < 2 * WEEKS:
        table["change"] = float("nan")
    return table.sort_values(["latest", "total_actions"], ascending=False, kind="stable").reset_index()


def team_note(team_weeks: pd.DataFrame) -> str:
    """What `team_changes` compares, or why it cannot."""
    import pandas as pd

    if team_weeks.empty:
        return "There is no whole week of a team that you may see; teams are shown to admins only."
    weeks = sorted(pd.to_datetime(team_weeks["week"].unique()))
    if len(weeks) < 2 * WEEKS:
        return f"Only {len(weeks)} whole weeks: too few to set the latest {WEEKS} against the {WEEKS} before."
    return f"*Latest* are the {WEEKS} weeks from {day(weeks[-WEEKS])} on, *before* the {WEEKS} weeks before those."
