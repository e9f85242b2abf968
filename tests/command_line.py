"""The command line, as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPORTKIT = Path(sys.executable).with_name("reportkit")


def reportkit(desk: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What comes of these words, typed in the directory `desk`."""
    return subprocess.run([REPORTKIT, *words], cwd=desk, capture_output=True, text=True, timeout=120)
