"""Settings: where they come from, which wins, and what a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportkit.errors import BadSettings
from reportkit.settings import Settings


def test_with_nothing_set_everything_lies_in_one_directory(tmp_path: Path) -> None:
    settings = Settings.load({}, tmp_path)
    assert settings.home == str(tmp_path / ".reportkit")
    assert settings.warehouse == f"sqlite:///{tmp_path}/.reportkit/warehouse.db"
    assert settings.catalog == f"sqlite:///{tmp_path}/.reportkit/catalog.db"
    assert settings.storage == f"file://{tmp_path}/.reportkit/artifacts"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "reportkit.toml").write_text('warehouse = "sqlite:///a.db"\nreport_deadline = 30\n')
    settings = Settings.load({"REPORTKIT_WAREHOUSE": "sqlite:///b.db"}, tmp_path)
    assert (settings.warehouse, settings.report_deadline) == ("sqlite:///b.db", 30.0)


def test_settings_survive_the_trip_through_an_environment(tmp_path: Path) -> None:
    settings = Settings.load({"REPORTKIT_HOME": "elsewhere", "REPORTKIT_STATEMENT_TIMEOUT": "1.5"}, tmp_path)
    assert Settings.load(settings.environ(), Path("/")) == settings


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf"])
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
