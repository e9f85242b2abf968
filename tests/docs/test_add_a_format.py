"""The how-to does what it says: its writer keeps what every writer promises, and its example prints what it shows."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import nasty
import pytest
import reading_back

from reportkit import writers

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "add-a-format.md"
CONTRACT = ROOT / "tests" / "contract" / "test_writers.py"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


WRITER, LISTED, EXAMPLE, READER, READ = blocks("python")


def run(code: str, names: dict[str, Any]) -> None:
    exec(compile(code, str(PAGE), "exec", dont_inherit=True), names)


def entry(line: str, names: dict[str, Any]) -> dict[str, Any]:
    """A line of a dictionary, as one."""
    found: dict[str, Any] = eval(f"{{{line}}}", names)
    return found


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The page's format, as if its lines stood where the page says."""
    (tmp_path / "md_writer.py").write_text(WRITER, encoding="utf-8")
    monkeypatch.setattr(writers, "__path__", [*writers.__path__, str(tmp_path)])
    monkeypatch.setattr(writers, "FORMATS", {**writers.FORMATS, **entry(LISTED, {})})
    monkeypatch.setattr(nasty, "ALTERATIONS", {**nasty.ALTERATIONS, "md": {}})
    run(READER, names := dict(vars(reading_back)))
    monkeypatch.setattr(reading_back, "READERS", {**reading_back.READERS, **entry(READ, names)})
    yield "md"
    sys.modules.pop("reportkit.writers.md_writer", None)
    vars(writers).pop("md_writer", None)


@pytest.fixture
def contract(added: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("contract_with_the_page", CONTRACT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ENCODERS[added] = "md_writer"
    return module


def arguments(test: Any) -> list[dict[str, Any]]:
    """What a test is tried with besides the format and the reader."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    return [{name: value} for mark in marks for name, values in [mark.args] for value in values] or [{}]


def test_the_pages_format_keeps_what_every_writer_promises(
    added: str, contract: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    [reader] = reading_back.READERS[added]
    tried = 0
    for promises, given in ((contract.TestEveryWriter(), (added,)), (contract.TestEveryReading(), (added, reader))):
        for name in [name for name in dir(promises) if name.startswith("test_")]:
            test = getattr(promises, name)
            for more in arguments(test):
                with monkeypatch.context() as patch:
                    needed = {"monkeypatch": patch} if "monkeypatch" in test.__code__.co_varnames else {}
                    test(*given, **more, **needed)
                    tried += 1
    assert tried > 20


def test_the_pages_example_prints_what_the_page_shows(
    added: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [shown] = blocks("text")
    monkeypatch.chdir(tmp_path)
    run(EXAMPLE, {})
    assert capsys.readouterr().out == shown


def test_the_files_and_names_on_the_page_exist() -> None:
    page = PAGE.read_text(encoding="utf-8")
    named = re.findall(r"`((?:reportkit|tests)/[\w/]+(?:\.py|/))`", page)
    assert [name for name in named if not (ROOT / name).exists()] == ["reportkit/writers/md_writer.py"]
    for name, file in re.findall(r"`([A-Z_]+)` (?:in|of)\s`([\w/]+\.py)`", page):
        assert re.search(rf"^{name}\b", (ROOT / file).read_text(), re.MULTILINE), (name, file)
