"""Settings: where they come from, which wins, and what a wrong one is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reportkit.errors import BadSettings
from reportkit.settings import Settings, database_url, project_root, without_password
from reportkit.storage import open_storage


def test_with_nothing_set_everything_lies_in_one_directory(tmp_path: Path) -> None:
    settings = Settings.load({}, tmp_path)
    assert settings.home == str(tmp_path / ".reportkit")
    assert settings.warehouse == f"sqlite:///{tmp_path}/.reportkit/warehouse.db"
    assert settings.catalog == f"sqlite:///{tmp_path}/.reportkit/catalog.db"
    assert settings.storage == f"file://{tmp_path}/.reportkit/artifacts"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "reportkit.toml").write_text('warehouse = "sqlite:///a.db"\nreport_deadline = 30\n')
    settings = Settings.load({"REPORTKIT_WAREHOUSE": "sqlite:///b.db"}, tmp_path)
    assert (settings.warehouse, settings.report_deadline) == (f"sqlite:///{tmp_path}/b.db", 30.0)


def test_settings_survive_the_trip_through_an_environment(tmp_path: Path) -> None:
    settings = Settings.load({"REPORTKIT_HOME": "elsewhere", "REPORTKIT_STATEMENT_TIMEOUT": "1.5"}, tmp_path)
    assert Settings.load(settings.environ(), Path("/")) == settings


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf", "1e30"])
def test_a_wrong_number_names_its_setting(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadSettings, match="REPORTKIT_EXPORT_DEADLINE is .* above zero"):
        Settings.load({"REPORTKIT_EXPORT_DEADLINE": value}, tmp_path)


def test_an_unknown_name_in_the_file_suggests_the_right_one(tmp_path: Path) -> None:
    (tmp_path / "reportkit.toml").write_text('warehose = "x"\n')
    with pytest.raises(BadSettings, match="did you mean 'warehouse'"):
        Settings.load({}, tmp_path)


def test_a_broken_file_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "reportkit.toml").write_text("= 3")
    with pytest.raises(BadSettings, match="not valid TOML"):
        Settings.load({}, tmp_path)


@pytest.mark.parametrize("mark", ["reportkit.toml", ".reportkit"])
def test_a_directory_below_the_project_has_the_projects_settings(tmp_path: Path, mark: str) -> None:
    (tmp_path / mark).mkdir() if mark == ".reportkit" else (tmp_path / mark).write_text('home = ".reportkit"')
    (tmp_path / "notebooks" / "drafts").mkdir(parents=True)
    assert Settings.load({}, tmp_path / "notebooks" / "drafts") == Settings.load({}, tmp_path)


def test_a_directory_with_any_name_holds_what_is_put_there(tmp_path: Path) -> None:
    home = tmp_path / "a#b?c %41"
    settings = Settings.load({"REPORTKIT_HOME": str(home)}, tmp_path)
    for url, name in ((settings.warehouse, "warehouse.db"), (settings.catalog, "catalog.db")):
        assert database_url(url, "it").database == str(home / name)
    with open_storage(settings.storage).writer("a/file") as sink:
        sink.publish()
    assert (home / "artifacts" / "a" / "file").is_file()


def test_relative_paths_count_from_the_project(tmp_path: Path) -> None:
    (tmp_path / "reportkit.toml").write_text('warehouse = "sqlite:///w.db"\nnotebooks = "mine"\ndatasets = "sql"\n')
    (tmp_path / "below").mkdir()
    settings = Settings.load({"REPORTKIT_CATALOG": "sqlite:///data/c.db"}, tmp_path / "below")
    assert settings.warehouse == f"sqlite:///{tmp_path}/w.db"
    assert settings.catalog == f"sqlite:///{tmp_path}/data/c.db"
    assert settings.notebooks == str(tmp_path / "mine")
    assert settings.datasets == str(tmp_path / "sql")


@pytest.mark.parametrize(
    "url",
    ["postgresql://me:secret@host/database", "sqlite:////srv/w.db", "sqlite://", "sqlite:///:memory:", "nonsense"],
)
def test_an_address_that_is_no_relative_path_stays_as_it_is(tmp_path: Path, url: str) -> None:
    assert Settings.load({"REPORTKIT_WAREHOUSE": url}, tmp_path).warehouse == url


def test_days_are_bounded_too(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="REPORTKIT_ARTIFACT_DAYS .* at most 36,500"):
        Settings.load({"REPORTKIT_ARTIFACT_DAYS": "1e10"}, tmp_path)


def test_a_project_of_another_user_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "reportkit.toml").write_text("")
    (tmp_path / "below").mkdir()
    us = tmp_path.stat().st_uid
    assert project_root(tmp_path / "below", {us}) == tmp_path
    assert project_root(tmp_path / "below", {us + 1}) == tmp_path / "below"


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a file away")
def test_a_settings_file_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reportkit.toml").write_text("")
    os.chown(tmp_path / "reportkit.toml", 12345, -1)
    with pytest.raises(BadSettings, match="belongs to another user"):
        Settings.load({}, tmp_path)


@pytest.mark.parametrize(
    "url", ["postgresql://me:hunter2@host/d", "postgresql://host/d?password=hunter2&sslpassword=hunter2"]
)
def test_an_address_is_shown_without_its_password(url: str) -> None:
    shown = without_password(database_url(url, "it"))
    assert "hunter2" not in shown
    assert "host/d" in shown


@pytest.mark.parametrize("url", ["nonsense", "postgresql://me:hun@ter2:x@host/d", "postgresql://me@host:hunter2/d"])
def test_a_malformed_address_is_told_what_to_write_and_not_repeated(url: str) -> None:
    with pytest.raises(
        BadSettings, match="the warehouse is not a database URL; write sqlite:///warehouse.db or"
    ) as told:
        database_url(url, "the warehouse")
    assert "ter2" not in str(told.value)
