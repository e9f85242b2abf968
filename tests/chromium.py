"""A headless Chromium, driven over a pipe: what a reader's browser makes of our pages."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
_HEADLESS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
_LISTEN = """globalThis.violations = [];
addEventListener("securitypolicyviolation", (seen) => violations.push(seen.target?.innerHTML ?? seen.blockedURI));"""
PATIENCE = 10.0
"""Seconds; a page does in a fraction of one what it is asked to."""


class Chromium:
    """One browser with one page. Close it."""

    def __init__(self, directory: Path, *flags: str) -> None:
        """`directory` is the browser's own."""
        to_read, self._to_browser = os.pipe()
        self._from_browser, to_write = os.pipe()
        started = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        self._process = subprocess.Popen(
            [
                "bash",
                "-c",
                started,
                "bash",
                CHROMIUM,
                *_HEADLESS,
                *flags,
                f"--user-data-dir={directory}",
                "about:blank",
            ],
            pass_fds=[to_read, to_write],
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self.events: list[dict[str, Any]] = []
        """Since the page was opened: `method` and `params`."""
        self._unread, self._number, self._session = b"", 0, ""
        page = next(target for target in self.call("Target.getTargets")["targetInfos"] if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Accessibility"):
            self.call(f"{domain}.enable")
        self.call("Page.addScriptToEvaluateOnNewDocument", source=_LISTEN)

    def open(self, page: Path) -> None:
        """Until it is loaded and every chart is drawn."""
        self.events.clear()
        self.call("Page.navigate", url=page.as_uri())
        self._until(lambda event: event.get("method") == "Page.loadEventFired")
        self.run("new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))")

    def show(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def run(self, script: str) -> Any:
        """The value of a script, waited for if it is a promise."""
        answer = self.call(
            "Runtime.evaluate",
            expression=script,
            returnByValue=True,
            awaitPromise=True,
            allowUnsafeEvalBlockedByCSP=False,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, happened: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < end, f"not so after {PATIENCE} s"
            time.sleep(0.02)  # the page does it in its own time

    def press(self, key: str, code: int, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            typed = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **typed)

    def printed(self) -> bytes:
        """The page as a PDF, as its own style sheet has it printed."""
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])

    def call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to_browser, json.dumps(message).encode() + b"\0")
        number = self._number
        answer = self._until(lambda message: message.get("id") == number)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def close(self) -> None:
        self._session = ""
        self.call("Browser.close")
        self._process.wait(10)
        os.close(self._to_browser)
        os.close(self._from_browser)

    def _until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            while b"\0" not in self._unread:
                received = os.read(self._from_browser, 1 << 20)
                assert received, "Chromium ended"
                self._unread += received
            text, _, self._unread = self._unread.partition(b"\0")
            message = json.loads(text)
            if "method" in message:
                self.events.append(message)
            if wanted(message):
                return message
