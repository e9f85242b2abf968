"""`reportkit.dataset` outside a report's run: by this machine's own settings."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

import reportkit


def test_every_read_lets_go_of_what_it_opened(sample: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook at a desk may read hundreds of times in one process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPORTKIT_WAREHOUSE", sample)

    def left_open() -> tuple[int, int]:
        assert len(reportkit.dataset("experiment_results", experiment="checkout_redesign")) == 10
        process = psutil.Process()
        return process.num_fds(), len(process.children())

    assert left_open() == left_open()
