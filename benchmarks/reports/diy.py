"""The way people do it themselves: papermill's command, then nbconvert's, which prints the page in a browser.

Left to itself that way loses the charts (plotly's output has no HTML) and, when the page is slow, all pages but the
first. So it gets what makes it complete: the renderer that embeds plotly.js, and two seconds to load.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SCRIPTS = Path(sys.executable).parent
LOADING_MILLISECONDS = 2000


def browser() -> str:
    """Chromium's path. Ends the benchmark where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        raise SystemExit("chromium is missing; try: sudo apt-get install chromium")
    return found


def environment(directory: Path) -> Mapping[str, str]:
    """In which playwright finds the system's browser where it would look for its own."""
    browsers = directory / "browsers"
    environment = {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(browsers), "PLOTLY_RENDERER": "notebook"}
    for place in _places(environment):
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            place.symlink_to(browser())
    return environment


def to_pdf(notebook: Path, environment: Mapping[str, str], name: str) -> Path:
    """From the shell, in a directory of its own. Raises CalledProcessError."""
    directory = notebook.parent / name
    directory.mkdir(exist_ok=True)
    executed = directory / notebook.name
    _call(environment, "papermill", "--no-progress-bar", str(notebook), str(executed))
    _call(
        environment,
        *("jupyter", "nbconvert", "--to", "webpdf", "--disable-chromium-sandbox"),
        f"--WebPDFExporter.page_render_timeout={LOADING_MILLISECONDS}",
        str(executed),
    )
    return executed.with_suffix(".pdf")


def _call(environment: Mapping[str, str], program: str, *words: str) -> None:
    subprocess.run([SCRIPTS / program, *words], env=environment, check=True, capture_output=True)


def _places(environment: Mapping[str, str]) -> list[Path]:
    """Where playwright looks for its browser, and for the one without windows."""
    asked = "from playwright.sync_api import sync_playwright as p; print(p().start().chromium.executable_path)"
    said = subprocess.run([sys.executable, "-c", asked], env=environment, check=True, capture_output=True, text=True)
    path = said.stdout.strip()
    headless = path.replace("chromium-", "chromium_headless_shell-").replace("/chrome-", "/chrome-headless-shell-")
    return [Path(path), Path(headless).with_name("chrome-headless-shell")]
