"""Datasets by name: those that come with us, and a team's own files beside them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from team_datasets import TEAMS

from reportkit.datasets.registry import Registry
from reportkit.errors import BadSettings, UnknownName
from reportkit.settings import Settings

BUILT_IN = ["audit_log", "experiment_results", "metrics_summary", "raw_events"]
BUILT_IN += ["reporting_audit", "reporting_usage", "user_activity"]


def registry(folder: Path, **files: str) -> Registry:
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text)
    return Registry.of(Settings(warehouse="sqlite:///w.db", datasets=str(folder)).resolved(folder))


def test_without_a_directory_there_are_those_that_come_with_us() -> None:
    datasets = Registry.of(Settings())
    assert list(datasets) == BUILT_IN
    assert len(datasets) == len(BUILT_IN)
    assert datasets.survey() == (list(datasets.values()), [])


def test_a_file_is_one_more_as_soon_as_it_is_there(tmp_path: Path) -> None:
    datasets = registry(tmp_path)
    assert "teams" not in datasets
    (tmp_path / "teams.sql").write_text(TEAMS)
    assert "teams" in datasets
    assert list(datasets) == [*BUILT_IN, "teams"]
    assert len(datasets) == len(BUILT_IN) + 1
    assert datasets["teams"].title == "Teams"


def test_an_unknown_name_is_answered_with_the_files_too(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean 'teams'"):
        registry(tmp_path, teams=TEAMS)["team"]


def test_a_broken_file_is_told_when_it_is_asked_for(tmp_path: Path) -> None:
    datasets = registry(tmp_path, broken="SELECT 1", teams=TEAMS)
    assert datasets["teams"].title == "Teams"
    with pytest.raises(BadSettings, match=r"broken\.sql, line 1: there is no declaration"):
        datasets["broken"]
    sound, [fault] = datasets.survey()
    assert [dataset.name for dataset in sound] == [*BUILT_IN, "teams"]
    assert "broken.sql" in fault


def test_a_file_never_takes_the_place_of_a_dataset_that_is_there(tmp_path: Path) -> None:
    datasets = registry(tmp_path, raw_events=TEAMS)
    assert datasets["raw_events"].title == "Raw events"
    assert list(datasets) == BUILT_IN
    [fault] = datasets.survey()[1]
    assert "raw_events.sql is called like a dataset that is there already; call it otherwise" in fault


def test_only_files_that_lie_in_the_directory_itself_count(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    (other / "elsewhere.sql").write_text(TEAMS)
    (own / "linked.sql").symlink_to(other / "elsewhere.sql")
    (own / "folder.sql").mkdir()
    for name in (".hidden.sql", "teams.sql.bak", "readme.md"):
        (own / name).write_text(TEAMS)
    assert list(registry(own, teams=TEAMS)) == [*BUILT_IN, "teams"]


def test_a_missing_directory_keeps_nothing_else_from_being_used(tmp_path: Path) -> None:
    datasets = registry(tmp_path)
    tmp_path.rmdir()
    assert datasets["raw_events"].title == "Raw events"
    with pytest.raises(BadSettings, match="there is no directory of datasets at .*; set REPORTKIT_DATASETS"):
        datasets["teams"]
    assert len(datasets.survey()[0]) == len(BUILT_IN)


def test_a_warehouse_that_we_cannot_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="the warehouse may be SQLite or PostgreSQL, not mysql"):
        Registry.of(Settings(warehouse="mysql://host/db", datasets=str(tmp_path)))


def test_the_parser_is_loaded_for_those_who_have_files_only() -> None:
    look = "import sys; from reportkit.datasets.registry import Registry; from reportkit.settings import Settings;"
    look += "list(Registry.of(Settings()).values()); sys.exit('sqlglot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look]).returncode == 0
