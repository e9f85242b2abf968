"""Who uses the platform, how much, and for what."""

from __future__ import annotations

from sqlalchemy import CTE, Subquery, Table, and_, case, func, literal, null, select, true, union, union_all

from reportkit.columns import Chart, ChartKind, Column, Kind, Sensitivity
from reportkit.datasets.base import OWNER, Dataset, Rows, Scope, Shape
from reportkit.datasets.calendar import days_between
from reportkit.datasets.sql import day_of, week_of, within
from reportkit.datasets.warehouse import audit_logs, experiments, feature_flags, teams, users
from reportkit.specs import Period

TEAM = Column("team", Kind.TEXT, "The team's name; empty for people without a team")
ACTIVE = Column("active_users", Kind.INTEGER, "People with at least one action", "users")
CREATED = (
    Column("experiments_created", Kind.INTEGER, "Experiments created", "experiments"),
    Column("flags_created", Kind.INTEGER, "Feature flags created", "flags"),
)
ACTIONS = Column("total_actions", Kind.INTEGER, "Entries in the audit log", "actions")
LAST = Column("last_activity", Kind.INSTANT, "When the latest action was; empty if there was none")

USER_COLUMNS = (
    Column("user_id", Kind.IDENTIFIER, "The person"),
    Column("username", Kind.TEXT, "The name they log in with", sensitivity=Sensitivity.PERSONAL),
    Column("email", Kind.TEXT, "Their mail address", sensitivity=Sensitivity.PERSONAL),
    Column("full_name", Kind.TEXT, "Their name", sensitivity=Sensitivity.PERSONAL),
    TEAM,
    Column("role", Kind.TEXT, "viewer, analyst or admin"),
    Column("member_since", Kind.INSTANT, "When their account was made"),
    *CREATED,
    ACTIONS,
    LAST,
)
TEAM_WEEK_COLUMNS = (
    Column("week", Kind.DATE, "Monday of the week (UTC)"),
    TEAM,
    Column("team_id", Kind.IDENTIFIER, "The team"),
    ACTIVE,
    *CREATED,
    ACTIONS,
    LAST,
)
FEATURE_COLUMNS = (
    Column("feature", Kind.TEXT, "What was worked with: the audit log's entity type"),
    ACTIVE,
    ACTIONS,
    Column("share", Kind.NUMBER, "Of all actions in the date range; empty if there were none", "share"),
    LAST,
)

BY_WEEK = Chart(ChartKind.LINES, "Actions by week", category="week", value="total_actions", series=("team", "team_id"))
BY_FEATURE = Chart(ChartKind.BARS, "Actions by feature", category="feature", value="total_actions")


def by_user(scope: Scope) -> Rows:
    """Each table is added up before it is joined: joined first, their rows would multiply each other."""
    made = _per_user(experiments, "created_by", scope.period)
    flags = _per_user(feature_flags, "created_by", scope.period)
    acts = _per_user(audit_logs, "user_id", scope.period)
    return (
        select(
            users.c.id.label("user_id"),
            *[users.c[name] for name in ("username", "email", "full_name", "role")],
            users.c.created_at.label("member_since"),
            teams.c.name.label("team"),
            func.coalesce(made.c.number, 0).label("experiments_created"),
            func.coalesce(flags.c.number, 0).label("flags_created"),
            func.coalesce(acts.c.number, 0).label("total_actions"),
            acts.c.latest.label("last_activity"),
            users.c.id.label(OWNER),
        )
        .outerjoin_from(users, teams)
        .outerjoin(made, made.c.user_id == users.c.id)
        .outerjoin(flags, flags.c.user_id == users.c.id)
        .outerjoin(acts, acts.c.user_id == users.c.id)
    )


def _per_user(table: Table, user: str, period: Period) -> Subquery:
    return (
        select(
            table.c[user].label("user_id"), func.count().label("number"), func.max(table.c.created_at).label("latest")
        )
        .where(*within(table.c.created_at, period))
        .group_by(table.c[user])
        .subquery(f"{table.name}_per_user")
    )


def by_team_and_week(scope: Scope) -> Rows:
    deeds = _deeds(scope.period)
    days = days_between(
        select(func.min(deeds.c.week)).scalar_subquery(), select(day_of(func.max(deeds.c.at))).scalar_subquery()
    )
    weeks = select(week_of(days.c.day).label("week")).distinct().subquery("weeks")
    all_teams = union(select(teams.c.id), select(users.c.team_id)).subquery("all_teams")
    empty = select(
        all_teams.c.id.label("team_id"), weeks.c.week, null().label("user_id"), null().label("at"), null().label("kind")
    )
    rows = union_all(empty.join_from(all_teams, weeks, true()), select(deeds)).subquery("weeks_and_deeds")
    is_action = rows.c.kind == audit_logs.name
    return (
        select(
            rows.c.week,
            teams.c.name.label("team"),
            rows.c.team_id,
            func.count(case((is_action, rows.c.user_id)).distinct()).label("active_users"),
            func.count(case((rows.c.kind == experiments.name, 1))).label("experiments_created"),
            func.count(case((rows.c.kind == feature_flags.name, 1))).label("flags_created"),
            func.count(case((is_action, 1))).label("total_actions"),
            func.max(case((is_action, rows.c.at))).label("last_activity"),
            null().label(OWNER),
        )
        .outerjoin_from(rows, teams, teams.c.id == rows.c.team_id)
        .group_by(rows.c.week, rows.c.team_id, teams.c.name)
    )


def _deeds(period: Period) -> CTE:
    """Everything anyone did, in one column of times."""
    sources = ((experiments, "created_by"), (feature_flags, "created_by"), (audit_logs, "user_id"))
    return union_all(
        *[
            select(
                users.c.team_id,
                week_of(day_of(table.c.created_at)).label("week"),
                users.c.id.label("user_id"),
                table.c.created_at.label("at"),
                literal(table.name).label("kind"),
            )
            .join(users, users.c.id == table.c[user])
            .where(*within(table.c.created_at, period))
            for table, user in sources
        ]
    ).cte("deeds")


def by_feature(scope: Scope) -> Rows:
    """One pass: features that were used before the date range and not in it keep their row."""
    is_inside = and_(true(), *within(audit_logs.c.created_at, scope.period))
    actions = func.count(case((is_inside, 1)))
    return select(
        audit_logs.c.entity_type.label("feature"),
        func.count(case((is_inside, audit_logs.c.user_id)).distinct()).label("active_users"),
        actions.label("total_actions"),
        (actions * 1.0 / func.nullif(func.sum(actions).over(), 0)).label("share"),
        func.max(case((is_inside, audit_logs.c.created_at))).label("last_activity"),
        null().label(OWNER),
    ).group_by(audit_logs.c.entity_type)


DATASET = Dataset(
    name="user_activity",
    title="User activity",
    description=(
        "What people did on the platform: experiments and feature flags created, and actions in the audit log. "
        "by=user: everyone, those who did nothing with zeros. by=team_week: every team in every week between the "
        "first and the last activity. by=feature: what was worked with."
    ),
    owner=(
        "By user, everyone owns the row about themselves; team, week and feature rows add up several people's "
        "activity and belong to nobody, so only admins get them."
    ),
    period="The date range is about when experiments and flags were created and actions were done.",
    shapes={
        "user": Shape(USER_COLUMNS, by_user, ("user_id",), compares_instants=True),
        "team_week": Shape(
            TEAM_WEEK_COLUMNS, by_team_and_week, ("team", "team_id", "week"), charts=(BY_WEEK,), compares_instants=True
        ),
        "feature": Shape(FEATURE_COLUMNS, by_feature, ("feature",), charts=(BY_FEATURE,), compares_instants=True),
    },
    filters={
        "user_id": "One person",
        "role": "viewer, analyst or admin",
        "team": "The team's name",
        "feature": "The audit log's entity type, for instance experiment",
    },
)
