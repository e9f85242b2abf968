"""What can be done on the platform, and what must have been done for its other rows to be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from reportkit.sample import nasty
from reportkit.sample.canonical import document, instant
from reportkit.sample.definitions import created, experiment_id, metric_created, metric_id, running
from reportkit.sample.experiments import EXPERIMENTS
from reportkit.sample.flags import Flag
from reportkit.sample.metrics import METRICS
from reportkit.sample.people import User, user_id
from reportkit.sample.scale import Scale

ALWAYS = ""
"""Sorts before all instants."""

DATASETS = ("experiment_results", "raw_events", "user_activity", "audit_log", "metrics_summary")
SETTINGS: Mapping[str, tuple[object, object]] = {
    "alerts.recipients": (["ops@example.com"], ["ops@example.com", "ann@example.com"]),
    "mail.sender_name": ("Experiments", 'Experiments "R" Us, Inc. 🙂'),
    "limits.rows": (100_000, 9_007_199_254_740_993),
    "statistics": ({"alpha": 0.05, "two_sided": True}, {"alpha": 0.01, "two_sided": True}),
    "single_sign_on": (None, {"issuer": "https://login.example.com", "groups": ["analysts", "管理者"]}),
    "retention.days": (730, 365),
}


class Target(NamedTuple):
    """What a deed can be done to, and since when."""

    since: str
    entity_type: str
    entity_id: str
    details: str | None


class Deed(NamedTuple):
    """A line of the audit log, before it has a number, an address and a session."""

    at: str
    user_id: str
    action: str
    entity_type: str
    entity_id: str | None
    details: str | None


def targets(
    scale: Scale, staff: Sequence[User], dormant: Sequence[User], flags: Sequence[Flag]
) -> Mapping[str, Sequence[Target]]:
    """By action, the oldest first."""
    made = {
        "data.viewed": [
            *(Target(ALWAYS, "dataset", name, document({"page": f"/data/{name}"})) for name in DATASETS),
            *(
                Target(
                    instant(at), "experiment", experiment_id(each.key), document({"page": f"/experiments/{each.key}"})
                )
                for each in EXPERIMENTS
                if (at := running(scale, each)[0]) is not None
            ),
        ],
        "data.exported": [
            Target(ALWAYS, "dataset", name, document({"format": kind, "rows": rows, "filters": {"last_days": days}}))
            for name in DATASETS
            for kind in ("csv", "json", "xlsx")
            for days, rows in ((1, 0), (7, 912), (30, 4_713), (90, 48_213))
        ],
        "metric.updated": [
            Target(
                metric_created(scale, key),
                "metric",
                metric_id(key),
                document({"before": {"name": key}, "after": {"name": metric.name}}),
            )
            for key, metric in METRICS.items()
        ],
        "feature_flag.toggled": [
            Target(flag.created_at, "feature_flag", flag.id, document({"enabled": enabled, "key": flag.key}))
            for flag in flags
            for enabled in (True, False)
        ],
        "permission.granted": [_on(user, {"permission": "export", "scope": {"team": user.team_id}}) for user in staff],
        "permission.revoked": [_on(user, {"permission": "export", "scope": None}) for user in staff],
        "configuration.changed": [
            Target(ALWAYS, "setting", name, document({"before": before, "after": after}))
            for name, (before, after) in SETTINGS.items()
        ],
        "admin.user_deactivated": [_on(user, {"reason": "left"}) for user in dormant],
        "admin.role_changed": [
            _on(user, {"before": role, "after": user.role})
            for user in staff
            for role in ("viewer", "analyst")
            if role != user.role
        ],
    }
    return {action: sorted(each, key=lambda target: target.since) for action, each in made.items()}


def _on(user: User, details: dict[str, object]) -> Target:
    return Target(user.created_at, "user", user.id, document(details))


def recorded(scale: Scale, staff: Sequence[User], flags: Sequence[Flag]) -> list[Deed]:
    """Deeds that follow from other rows, and those with nasty values; in the order of time."""
    deeds = [*_experiments(scale), *_flags(flags), *_accounts(staff), *_oddities(scale)]
    return sorted(deeds, key=lambda deed: deed.at)


def _experiments(scale: Scale) -> Iterator[Deed]:
    for each in EXPERIMENTS:
        moments = (created(scale, each), *running(scale, each))
        for verb, at in zip(("created", "started", "stopped"), moments, strict=True):
            if at is not None:
                details = document({"key": each.key, "name": each.name, "variants": [v.key for v in each.variants]})
                yield Deed(
                    instant(at),
                    user_id(each.created_by),
                    f"experiment.{verb}",
                    "experiment",
                    experiment_id(each.key),
                    details,
                )


def _flags(flags: Sequence[Flag]) -> Iterator[Deed]:
    for flag in flags:
        details = document({"key": flag.key, "name": flag.name})
        yield Deed(flag.created_at, flag.created_by, "feature_flag.created", "feature_flag", flag.id, details)


def _accounts(staff: Sequence[User]) -> Iterator[Deed]:
    for user in staff[1:]:
        details = document({"username": user.username, "role": user.role})
        yield Deed(user.created_at, user_id("ada"), "admin.user_created", "user", user.id, details)


def _oddities(scale: Scale) -> Iterator[Deed]:
    """By `ann`, in the last days of the data; some in each area a compliance officer looks at."""
    actions = ("configuration.changed", "data.exported", "permission.granted", "admin.role_changed")
    values = [
        *((text if len(text) < 1_000 else what, document({"case": what, "text": text})) for what, text in nasty.TEXTS),
        *((what, payload) for what, payload in nasty.DOCUMENTS),
        (None, None),
    ]
    for number, (entity, details) in enumerate(values):
        at = scale.end - np.timedelta64(61 * (len(values) - number), "m")
        yield Deed(instant(at), user_id("ann"), actions[number % 4], "setting", entity, details)
