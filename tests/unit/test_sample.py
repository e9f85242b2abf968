"""The sample warehouse: deterministic, believable, nasty, and never at the cost of other data."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from reportkit.datasets.warehouse import metadata
from reportkit.sample import TRUE_EFFECTS, Loaded, Scale, load, nasty
from reportkit.sample.acts import EVENTS_IN_A_SLICE, slices
from reportkit.sample.canonical import document
from reportkit.sample.events import blocks
from reportkit.sample.experiments import EXPERIMENTS
from reportkit.sample.metrics import METRICS

TABLES = [table.name for table in metadata.sorted_tables]
SMALL = Scale(events=2_000)

Ask = Callable[..., list[tuple[Any, ...]]]


def opened(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(path))


def digests(path: Path) -> Mapping[str, str]:
    """Of each table's rows, in the order they are stored."""
    with opened(path) as connection:
        return {
            table: hashlib.sha256(repr(connection.execute(f"SELECT * FROM {table}").fetchall()).encode()).hexdigest()
            for table in TABLES
        }


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Loaded]:
    """A sample of the default scale."""
    path = tmp_path_factory.mktemp("sample") / "warehouse.db"
    return path, load(f"sqlite:///{path}", Scale())


@pytest.fixture(scope="module")
def ask(sample: tuple[Path, Loaded]) -> Iterator[Ask]:
    with opened(sample[0]) as connection:
        yield lambda sql, *values: connection.execute(sql, values).fetchall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.db"


@pytest.fixture
def small(path: Path) -> Path:
    load(f"sqlite:///{path}", SMALL)
    return path


# --- the same, every time ---


def test_equal_scales_make_equal_content(small: Path, tmp_path: Path) -> None:
    load(f"sqlite:///{tmp_path / 'again.db'}", Scale(events=2_000))
    assert digests(small) == digests(tmp_path / "again.db")


def test_another_seed_makes_other_people_and_events_but_the_same_experiments(small: Path, tmp_path: Path) -> None:
    load(f"sqlite:///{tmp_path / 'other.db'}", Scale(events=2_000, seed=8))
    ours, others = digests(small), digests(tmp_path / "other.db")
    assert {table for table in TABLES if ours[table] == others[table]} == {
        "teams",
        "experiments",
        "variants",
        "metric_definitions",
        "experiment_metrics",
    }


def test_a_slice_is_the_same_made_alone_as_among_all_others() -> None:
    scale = Scale(events=200_000)
    alone = slices(scale)[-1]
    among = {(piece.experiment.key, piece.number): [*blocks(scale, piece)] for piece in slices(scale)}
    [assignments, events] = among[alone.experiment.key, alone.number]
    [assignments_alone, events_alone] = blocks(scale, alone)
    assert list(assignments.rows) == list(assignments_alone.rows)
    assert list(events.rows) == list(events_alone.rows)


@pytest.mark.parametrize("events", [0, 1, 7, 100, 60_000, 1_234_567])
def test_slices_hold_just_the_events_asked_for_and_never_many_at_once(events: int) -> None:
    ids = [piece.event_ids for piece in slices(Scale(events=events))]
    assert sum(len(each) for each in ids) == events
    assert all(len(each) <= EVENTS_IN_A_SLICE for each in ids)
    assert [each.start for each in ids[1:]] == [each.stop for each in ids[:-1]]


def test_habits_leave_room_for_clicks() -> None:
    for experiment in EXPERIMENTS:
        for variant in experiment.variants:
            habitual = sum(
                habit.chance * (1 + variant.more.get(habit.event_name, 0.0)) * (1 + habit.again)
                for habit in experiment.habits
            )
            assert habitual < 0.9 * experiment.events_each


def test_a_single_event_can_be_asked_for(path: Path) -> None:
    load(f"sqlite:///{path}", Scale(events=1))
    with opened(path) as connection:
        counted = connection.execute("SELECT count(*), max(id) FROM events").fetchone()
        ordinary = connection.execute("SELECT id FROM events WHERE event_name <> 'imported'").fetchall()
    assert counted == (counted[1], counted[0])
    assert ordinary == [(1,)]


def test_the_load_says_what_it_loaded_and_how_far_it_is(path: Path) -> None:
    seen: dict[str, list[tuple[int, int]]] = {}
    ticks = iter([10.0, 12.5])
    loaded = load(
        f"sqlite:///{path}",
        Scale(events=50_000),
        progress=lambda table, done, expected: seen.setdefault(table, []).append((done, expected)),
        clock=lambda: next(ticks),
    )
    with opened(path) as connection:
        counted = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}
    assert loaded == Loaded(counted, 2.5)
    assert {table: steps[-1] for table, steps in seen.items()} == {
        table: (rows, rows) for table, rows in counted.items()
    }
    assert all(steps == sorted(steps) for steps in seen.values())
    assert len(seen["events"]) > 5


# --- sound ---


def test_all_foreign_keys_hold(ask: Ask) -> None:
    assert ask("PRAGMA foreign_key_check") == []


def test_every_event_is_of_a_subject_assigned_before_it(ask: Ask) -> None:
    assert ask(
        "SELECT count(*) FROM events e LEFT JOIN assignments a USING (experiment_id, subject_id)"
        " WHERE a.assigned_at IS NULL OR a.assigned_at > e.occurred_at"
    ) == [(0,)]


def test_events_lie_within_their_experiment_and_arrive_after_they_happen(ask: Ask) -> None:
    assert ask(
        "SELECT count(*) FROM events e JOIN experiments x ON x.id = e.experiment_id WHERE event_name <> 'imported'"
        " AND (occurred_at < x.started_at OR occurred_at >= coalesce(x.ended_at, '2026-11-02'))"
    ) == [(0,)]
    assert ask("SELECT count(*) FROM events WHERE received_at < occurred_at OR received_at >= '2026-11-02'") == [(0,)]


def test_instants_decimals_and_documents_are_canonical_text(ask: Ask) -> None:
    digit = "[0-9]"
    like = f"{digit * 4}-{digit * 2}-{digit * 2}T{digit * 2}:{digit * 2}:{digit * 2}.{digit * 6}Z"
    for table in metadata.sorted_tables:
        for column in [column.name for column in table.columns if column.name.endswith("_at")]:
            assert ask(f"SELECT {column} FROM {table.name} WHERE {column} NOT GLOB ?", like) == []
    assert ask("SELECT amount FROM events WHERE amount NOT GLOB ?", f"*{digit}.{digit * 18}") == []
    documents = [text for (text,) in ask("SELECT DISTINCT payload FROM events WHERE event_name <> 'imported'") if text]
    assert len(documents) > 1_000
    assert [text for text in documents if text != document(json.loads(text))] == []


def test_nobody_acts_before_their_account_or_on_what_is_not_there_yet(ask: Ask) -> None:
    assert ask(
        "SELECT count(*) FROM audit_logs a JOIN users u ON u.id = a.user_id WHERE a.created_at < u.created_at"
    ) == [(0,)]
    for table, entity in (("users", "user"), ("feature_flags", "feature_flag"), ("experiments", "experiment")):
        [(touched, too_early)] = ask(
            f"SELECT count(*), sum(a.created_at < e.created_at) FROM audit_logs a JOIN {table} e ON e.id = a.entity_id"
            " WHERE a.entity_type = ?",
            entity,
        )
        assert (touched > 0, too_early) == (True, 0)


# --- shaped like the real thing ---


def test_weekends_and_nights_are_quiet(ask: Ask) -> None:
    for table, instant in (("events", "occurred_at"), ("audit_logs", "created_at")):
        by_day: dict[str, int] = dict(ask(f"SELECT strftime('%w', {instant}), count(*) FROM {table} GROUP BY 1"))
        assert max(by_day["0"], by_day["6"]) < 0.75 * min(by_day[day] for day in "12345")
        by_hour: dict[str, int] = dict(ask(f"SELECT strftime('%H', {instant}), count(*) FROM {table} GROUP BY 1"))
        assert by_hour["03"] < 0.2 * min(by_hour["11"], by_hour["20"])


def test_about_three_in_a_hundred_events_come_hours_or_days_late(ask: Ask) -> None:
    hours = [
        hours
        for (hours,) in ask(
            "SELECT (julianday(received_at) - julianday(occurred_at)) * 24 FROM events WHERE event_name <> 'imported'"
        )
    ]
    late = [each for each in hours if each > 1]
    assert 0.025 < len(late) / len(hours) < 0.035
    assert max(hours) > 48
    assert sorted(hours)[len(hours) // 2] < 10 / 3600


def test_few_people_do_much(ask: Ask) -> None:
    each = [count for (count,) in ask("SELECT count(*) n FROM events GROUP BY subject_id ORDER BY n DESC")]
    assert len(each) > 5_000
    assert sum(each[: len(each) // 100]) > 0.06 * sum(each)
    actions = [count for (count,) in ask("SELECT count(*) n FROM audit_logs GROUP BY user_id ORDER BY n DESC")]
    assert sum(actions[: len(actions) // 10]) > 0.4 * sum(actions)


def test_running_experiments_have_events_up_to_the_last_day(ask: Ask) -> None:
    running = ask(
        "SELECT x.key, count(*) FROM experiments x JOIN events e ON e.experiment_id = x.id"
        " WHERE x.status = 'running' AND e.occurred_at >= '2026-10-31' GROUP BY 1"
    )
    assert {key for key, _ in running} == {each.key for each in EXPERIMENTS if each.status == "running"}


def test_some_users_do_nothing_and_the_known_ones_are_there(ask: Ask) -> None:
    [(idle,)] = ask("SELECT count(*) FROM users WHERE id NOT IN (SELECT user_id FROM audit_logs)")
    [(users,)] = ask("SELECT count(*) FROM users")
    assert 0.2 < idle / users < 0.7
    assert ask("SELECT username, role, email FROM users WHERE username IN ('ada', 'ann', 'vic') ORDER BY 1") == [
        ("ada", "admin", "ada@example.com"),
        ("ann", "analyst", "ann@example.com"),
        ("vic", "viewer", "vic@example.com"),
    ]
    owned: dict[str, int] = dict(
        ask("SELECT username, count(*) FROM experiments e JOIN users u ON u.id = e.created_by GROUP BY 1")
    )
    assert owned["ann"] == max(owned.values()) >= 4
    assert owned["vic"] >= 1
    [(actions,)] = ask(
        "SELECT min(n) FROM (SELECT count(*) n FROM audit_logs a JOIN users u ON u.id = a.user_id"
        " WHERE username IN ('ada', 'ann', 'vic') GROUP BY username)"
    )
    assert actions > 20


def test_the_audit_log_covers_all_areas_and_keeps_a_secret_in_every_row(ask: Ask) -> None:
    areas = {area for (area,) in ask("SELECT DISTINCT substr(action, 1, instr(action, '.') - 1) FROM audit_logs")}
    assert areas == {"admin", "data", "permission", "configuration", "experiment", "feature_flag", "metric"}
    assert ask("SELECT count(*) FROM audit_logs WHERE coalesce(session_token, '') = ''") == [(0,)]
    started = ask(
        "SELECT count(*) FROM experiments e JOIN audit_logs a ON a.entity_id = e.id AND a.action = 'experiment.started'"
        " AND a.created_at = e.started_at AND a.user_id = e.created_by"
    )
    assert started == [(sum(each.started is not None for each in EXPERIMENTS),)]


# --- known truth ---


def sample_ratio_p_value(ask: Ask, experiment: str) -> float:
    rows = ask(
        "SELECT v.weight, count(a.subject_id) FROM variants v JOIN experiments e ON e.id = v.experiment_id"
        " LEFT JOIN assignments a ON a.variant_id = v.id WHERE e.key = ? GROUP BY v.id",
        experiment,
    )
    total = sum(count for _, count in rows)
    return float(stats.chisquare([count for _, count in rows], [weight * total for weight, _ in rows]).pvalue)


def moments(ask: Ask, experiment: str, variant: str, metric: str) -> tuple[float, float]:
    """A metric's estimate in one variant, and the estimate's variance."""
    definition = METRICS[metric]
    [(n, x, xx, y, yy, xy)] = ask(
        """
        WITH done AS (
            SELECT subject_id,
                   sum(CASE WHEN event_name = ?1 THEN value END) AS a,
                   sum(CASE WHEN event_name = ?2 THEN value END) AS b
            FROM events WHERE experiment_id = (SELECT id FROM experiments WHERE key = ?3)
            GROUP BY subject_id
        ), measured AS (
            SELECT CASE WHEN ?5 = 'proportion' THEN coalesce(a, 0) > 0 ELSE coalesce(a, 0.0) END AS x,
                   coalesce(b, 0.0) AS y
            FROM assignments s
            JOIN variants v ON v.id = s.variant_id
            JOIN experiments e ON e.id = s.experiment_id
            LEFT JOIN done USING (subject_id)
            WHERE e.key = ?3 AND v.key = ?4
        )
        SELECT count(*), avg(x), avg(x * x), avg(y), avg(y * y), avg(x * y) FROM measured
        """,
        definition.event_name,
        definition.divided_by,
        experiment,
        variant,
        definition.kind,
    )
    if definition.divided_by is None:
        return x, (xx - x * x) / n
    ratio = x / y
    variance = (xx - x * x) - 2 * ratio * (xy - x * y) + ratio**2 * (yy - y * y)
    return ratio, variance / y**2 / n


def deviation(ask: Ask, experiment: str, variant: str, metric: str, lift: float) -> float:
    """How many standard errors the variant lies from its control raised by `lift`."""
    control, control_variance = moments(ask, experiment, "control", metric)
    treated, treated_variance = moments(ask, experiment, variant, metric)
    return (treated - (1 + lift) * control) / math.sqrt(treated_variance + (1 + lift) ** 2 * control_variance)


def p_value(z: float) -> float:
    return float(2 * stats.norm.sf(abs(z)))


LARGE = [effect for effect in TRUE_EFFECTS if effect[0] not in ("vip_concierge", "loyalty_badge")]


@pytest.mark.parametrize(("experiment", "variant", "metric"), LARGE)
def test_the_data_agree_with_the_true_effect(ask: Ask, experiment: str, variant: str, metric: str) -> None:
    assert abs(deviation(ask, experiment, variant, metric, TRUE_EFFECTS[experiment, variant, metric])) < 3.5


def test_the_checkout_redesign_clearly_works(ask: Ask) -> None:
    assert TRUE_EFFECTS["checkout_redesign", "redesign", "purchase_conversion"] > 0
    z = deviation(ask, "checkout_redesign", "redesign", "purchase_conversion", 0.0)
    assert z > 0
    assert p_value(z) < 0.001


def test_the_onboarding_tour_truly_does_nothing(ask: Ask) -> None:
    assert {lift for (experiment, *_), lift in TRUE_EFFECTS.items() if experiment == "onboarding_tour"} == {0.0}
    assert p_value(deviation(ask, "onboarding_tour", "tour", "tour_completion", 0.0)) > 0.05


def test_push_reminders_breach_their_guardrail(ask: Ask) -> None:
    z = deviation(ask, "push_reminders", "daily", "unsubscribe_rate", 0.0)
    assert z > 0
    assert p_value(z) < 0.001


def test_only_the_pricing_page_has_a_sample_ratio_mismatch(ask: Ask) -> None:
    p_values = {each.key: sample_ratio_p_value(ask, each.key) for each in EXPERIMENTS if each.habits}
    assert p_values.pop("pricing_page") < 1e-6
    assert min(p_values.values()) > 0.01


def test_all_kinds_and_states_occur(ask: Ask) -> None:
    assert {kind for (kind,) in ask("SELECT kind FROM metric_definitions")} == {"proportion", "mean", "ratio"}
    assert {status for (status,) in ask("SELECT status FROM experiments")} == {
        "draft",
        "running",
        "completed",
        "stopped",
    }
    arms = [arms for (arms,) in ask("SELECT count(*) FROM variants GROUP BY experiment_id")]
    assert max(arms) >= 3
    assert (
        ask("SELECT experiment_id FROM variants GROUP BY 1 HAVING sum(is_control) <> 1 OR abs(sum(weight) - 1) > 1e-9")
        == []
    )


# --- nasty ---


@pytest.fixture(scope="module")
def ask_of_nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """A sample with no ordinary events at all."""
    path = tmp_path_factory.mktemp("sample") / "nothing.db"
    load(f"sqlite:///{path}", Scale(events=0))
    with opened(path) as connection:
        yield lambda sql, *values: connection.execute(sql, values).fetchall()


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("note", nasty.TEXTS),
        ("value", nasty.NUMBERS),
        ("amount", nasty.AMOUNTS),
        ("sequence", nasty.SEQUENCES),
        ("member_since", nasty.DAYS),
        ("occurred_at", nasty.INSTANTS),
        ("payload", nasty.DOCUMENTS),
        ("user_email", nasty.EMAILS),
        ("ip_address", nasty.ADDRESSES),
    ],
)
def test_nasty_values_are_there_at_every_scale(
    ask_of_nothing: Ask, ask: Ask, column: str, values: Sequence[tuple[str, object]]
) -> None:
    for each in (ask_of_nothing, ask):
        stored = {
            value
            for (value,) in each(
                f"SELECT e.{column} FROM events e JOIN experiments x ON x.id = e.experiment_id"
                " JOIN users u ON u.id = x.created_by WHERE x.key = 'legacy_import' AND u.username = 'ann'"
            )
        }
        assert {value for _, value in values} <= stored


def test_nasty_texts_survive_inside_json(ask_of_nothing: Ask) -> None:
    found = {
        (payload["case"], payload["text"])
        for (text,) in ask_of_nothing("SELECT payload FROM events WHERE payload LIKE '{%'")
        if "case" in (payload := json.loads(text))
    }
    assert found == set(nasty.TEXTS)


def test_every_column_that_may_be_null_is_null_somewhere(ask_of_nothing: Ask) -> None:
    for table in (metadata.tables["events"], metadata.tables["audit_logs"], metadata.tables["users"]):
        for column in table.columns:
            [(nulls,)] = ask_of_nothing(f"SELECT count(*) FROM {table.name} WHERE {column.name} IS NULL")
            # A session is never without its token, though the column would allow it.
            assert (nulls > 0) == (column.nullable is True and column.name != "session_token")


def test_no_metric_counts_nasty_events(ask: Ask) -> None:
    [name] = [name for (name,) in ask("SELECT DISTINCT event_name FROM events WHERE note LIKE '=HYPERLINK%'")]
    assert name not in {each.event_name for each in METRICS.values()} | {each.divided_by for each in METRICS.values()}


def test_names_and_the_audit_log_are_nasty_too(ask_of_nothing: Ask) -> None:
    for sql in (
        "SELECT name FROM experiments",
        "SELECT hypothesis FROM experiments",
        "SELECT name FROM feature_flags",
        "SELECT full_name FROM users",
        "SELECT entity_id FROM audit_logs",
    ):
        texts = [text for (text,) in ask_of_nothing(sql) if text is not None]
        assert any(text.startswith(("=", "-", "@", "+")) for text in texts), sql
        assert any("\n" in text or '"' in text for text in texts), sql
        assert any(not text.isascii() for text in texts), sql
    details = [json.loads(text) for (text,) in ask_of_nothing("SELECT details FROM audit_logs WHERE details LIKE '{%'")]
    assert set(nasty.TEXTS) == {(each["case"], each["text"]) for each in details if "case" in each}
