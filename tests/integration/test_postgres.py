"""The same commands, with a PostgreSQL warehouse."""

from __future__ import annotations

import csv
import os
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa
from command_line import REPORTKIT


@pytest.mark.timeout(600)
@pytest.mark.slow
def test_the_demo_runs_on_postgresql_and_its_row_counts_are_the_databases(postgres_url: str, tmp_path: Path) -> None:
    environment = {**os.environ, "REPORTKIT_WAREHOUSE": postgres_url}
    done = subprocess.run([REPORTKIT, "demo", "--once"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    engine = sa.create_engine(postgres_url)
    with engine.connect() as connection:
        for dataset, table in {"raw_events": "events", "audit_log": "audit_logs", "user_activity": "users"}.items():
            rows = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            with (tmp_path / "demo" / f"{dataset}.csv").open(newline="") as file:
                assert sum(1 for _ in csv.reader(file)) - 1 == rows
            assert f"{rows:,}" in done.stdout
    engine.dispose()
    assert (tmp_path / "demo" / "executive_summary.pdf").read_bytes().startswith(b"%PDF-")
