"""What a worker has said is heard, however it ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportkit.engine.line import Child, Line, line


@pytest.mark.parametrize("nudges", [0, 1, 3])
def test_a_nudge_that_nobody_has_read_hides_nothing_that_was_said(nudges: int, tmp_path: Path) -> None:
    ours, its_end = line()
    worker, child = Line(its_end.detach()), Child(ours, tmp_path / "log", str)
    for _ in range(nudges):
        child.nudge()
    for words in ("pid 7", "done", "exit -9"):
        worker.say(words)
    worker.close()
    assert child.ended() == "its worker was killed by SIGKILL"
