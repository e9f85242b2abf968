"""A notebook at hand, and kernels in a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nbformat import NotebookNode
from notebook_files import write_notebook

from reportkit.notebook.execute import execute
from reportkit.notebook.host import KernelHost
from reportkit.notebook.sandbox import find, why_not

Runs = Callable[..., NotebookNode]


@pytest.fixture(scope="module")
def boxed() -> Iterator[KernelHost]:
    if reason := why_not(find("")):
        pytest.skip(f"no sandbox here: {reason}")
    host = KernelHost(mode="required")
    yield host
    host.close()


@pytest.fixture
def in_a_box(tmp_path: Path, boxed: KernelHost) -> Runs:
    """Runs these cells in a sandbox."""

    def run(*cells: str) -> NotebookNode:
        with boxed.kernel() as kernel:
            return execute(write_notebook(tmp_path, *cells), {}, kernel)

    return run
