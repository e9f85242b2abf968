"""docs/how-to/use-jupyter.md: its commands work on any notebook, with names that Jupyter knows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "use-jupyter.md").read_text(encoding="utf-8")
KERNEL = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python"}}


def test_the_entries_of_jupyterlabs_menu_are_called_as_the_page_says() -> None:
    """JupyterLab shows an exporter's name with its first letter as a capital, and Jupyter Server takes words only."""
    ours = [found.name for found in entry_points(group="nbconvert.exporters") if found.module.startswith("reportkit")]
    assert sorted(ours) == ["reportkit_html", "reportkit_pdf"]
    assert all(f"`{name.capitalize()}`" in PAGE and re.fullmatch(r"\w+", name) for name in ours)


@pytest.mark.slow
def test_the_pages_commands_work_on_any_notebook(tmp_path: Path) -> None:
    cells = [new_code_cell("most = 1", metadata={"tags": ["parameters"]}), new_code_cell("f'at most {most}'")]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), tmp_path / "any.ipynb")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    typed = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    subprocess.run(["bash", "-euc", typed], cwd=tmp_path, env={**os.environ, "PATH": path}, check=True)
    assert (tmp_path / "any.pdf").read_bytes().startswith(b"%PDF-")
    assert "at most 1" in (tmp_path / "any.html").read_text(encoding="utf-8")
    assert nbformat.read(tmp_path / "done.ipynb", as_version=4).cells[-1].outputs[0].data["text/plain"] == "'at most 5'"
