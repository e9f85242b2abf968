"""Who uses the platform, from the rows of `user_activity`: how concentrated, and which way teams go."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from reportkit.specs import Period
from reportkit.stats.runs import whole_within
from reportkit.stats.words import counted, day, glued, unsigned

if TYPE_CHECKING:
    import pandas as pd

WEEKS = 4
"""As many whole weeks are set against as many before them."""
NO_TEAM = "no team"


def use(people: pd.DataFrame, top: int) -> str:
    """Markdown: how many people were active, how much they did, and how much of it the `top` did.

    In words that hold for whoever reads: an admin of a platform of one sees as many people as a viewer does.
    """
    actions, active = int(people["total_actions"].sum()), int((people["total_actions"] > 0).sum())
    experiments, flags = (int(people[name].sum()) for name in ("experiments_created", "flags_created"))
    made = f"{counted(experiments, 'experiment')} and {counted(flags, 'flag')}"
    if len(people) == 1:
        did = f"did {counted(actions, 'action')} and created {made}"
        return f"The one person you may see {did}. Only admins see everyone."
    if not actions:
        return f"None of the {len(people):,} people you may see did anything in this period. They created {made}."
    share = most_active(people, top)["share"].sum()
    middle = int(people.loc[people["total_actions"] > 0, "total_actions"].median())
    share_active = unsigned(active / len(people))
    sentences = [
        f"**{active:,}** of {len(people):,} people {'was' if active == 1 else 'were'} active ({share_active}), "
        f"with {counted(actions, 'action')}.",
        f"People created {made}.",
        f"At least half of the active did {counted(middle, 'action')} or fewer.",
    ]
    if active > top:
        most = f"The {top} most active" if top > 1 else "The most active person"
        sentences.append(f"{most} did {unsigned(share)} of all actions.")
    return glued("\n".join(f"- {sentence}" for sentence in sentences))


def most_active(people: pd.DataFrame, top: int) -> pd.DataFrame:
    """The `top` people with the most actions, those with none left out, each with their `share` of all actions."""
    acting = people[people["total_actions"] > 0]
    ordered = acting.sort_values(["total_actions", "user_id"], ascending=[False, True])
    return ordered.head(top).assign(share=lambda rows: rows["total_actions"] / people["total_actions"].sum())


def whole_weeks(team_weeks: pd.DataFrame, period: Period, now: datetime) -> pd.DataFrame:
    """The rows of weeks that lie wholly within the period and are over, from the first with an action on."""
    whole = whole_within(team_weeks["week"], period.start, min(period.end or now, now))
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
        return "There is no whole week of a team that you may see. Teams are shown to admins only."
    weeks = sorted(pd.to_datetime(team_weeks["week"].unique()))
    if len(weeks) < 2 * WEEKS:
        return f"Only {len(weeks)} whole weeks: too few to set the latest {WEEKS} against the {WEEKS} before."
    return f"*Latest* are the {WEEKS} weeks from {day(weeks[-WEEKS])} on, *before* the {WEEKS} weeks before those."
