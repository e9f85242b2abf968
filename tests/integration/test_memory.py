"""A million rows from PostgreSQL, in little memory."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from command_line import REPORTKIT

from reportkit.sample.load import load
from reportkit.sample.scale import Scale

ROWS = 1_000_000


def held(root: psutil.Process) -> int:
    """Bytes of memory that the process and its descendants hold together; a page that two share counts once."""
    total = 0
    for process in [root, *root.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_million_rows_stay_under_200_mb_in_all_processes_together(postgres_url: str, tmp_path: Path) -> None:
    load(postgres_url, Scale(events=ROWS))
    environment = {**os.environ, "REPORTKIT_WAREHOUSE": postgres_url}
    command = [REPORTKIT, "export", "raw_events", "--format", "csv"]
    peak, shell = 0, subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
    while shell.poll() is None:
        with suppress(psutil.NoSuchProcess):
            peak = max(peak, held(psutil.Process(shell.pid)))
        time.sleep(0.05)  # memory is sampled
    assert shell.returncode == 0
    assert shell.stdout is not None
    said = shell.stdout.read()
    print(f"{said.splitlines()[0]}; peak {peak / 1e6:.0f} MB")
    assert int(said.split("  ")[1].split()[0].replace(",", "")) >= ROWS
    assert peak < 200e6
