"""What the integration tests share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def desk(tmp_path: Path, sample: str) -> Path:
    """A working directory whose settings name the sample."""
    (tmp_path / "reportkit.toml").write_text(f'warehouse = "{sample}"\n')
    return tmp_path
