"""The how-to does what it says: its file is found, its example runs and prints what the page shows."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reportkit.datasets import definitions
from reportkit.datasets.registry import Registry

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-dataset.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The page's file, as if it lay in `definitions/`."""
    [definition, _] = blocks("python")
    folder = tmp_path / "definitions"
    folder.mkdir()
    (folder / "feature_flags.py").write_text(definition, encoding="utf-8")
    monkeypatch.setattr(definitions, "__path__", [*definitions.__path__, str(folder)])
    yield "feature_flags"
    sys.modules.pop("reportkit.datasets.definitions.feature_flags", None)
    del definitions.feature_flags  # type: ignore[attr-defined]


def test_the_pages_file_is_a_dataset(added: str) -> None:
    dataset = Registry.built_in()[added]
    assert f"`reportkit/datasets/definitions/{dataset.name}.py`" in PAGE.read_text(encoding="utf-8")


def test_the_pages_example_prints_what_the_page_shows(
    added: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [_, example], [shown] = blocks("python"), blocks("text")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, str(PAGE), "exec"), {})
    assert capsys.readouterr().out == shown


def test_the_files_and_tests_the_page_names_exist() -> None:
    root = PAGE.parents[2]
    named = re.findall(r"`((?:reportkit|tests)/[\w/]+(?:\.py|/))`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 5
    assert [name for name in named if not (root / name).exists()] == ["reportkit/datasets/definitions/feature_flags.py"]
