"""Coming to a kernel."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import pytest
import zmq
from jupyter_client.session import Session
from nbformat.v4 import new_notebook

from reportkit.notebook.cells import CellClient

KEY = "key"


class Unnoticing:
    """A kernel that has not noticed that we came, until it answers."""

    def __init__(self, directory: Path) -> None:
        self.connection_file = directory / "kernel.json"
        ports = {
            f"{name}_port": port for port, name in enumerate(("shell", "iopub", "stdin", "control", "hb"), start=1)
        }
        where = {"transport": "ipc", "ip": str(directory / "ipc"), **ports}
        self.connection_file.write_text(json.dumps({**where, "key": KEY, "signature_scheme": "hmac-sha256"}))
        self._shell, self._iopub = (zmq.Context.instance().socket(kind) for kind in (zmq.ROUTER, zmq.PUB))
        self._shell.bind(f"ipc://{directory}/ipc-1")
        self._iopub.bind(f"ipc://{directory}/ipc-2")
        threading.Thread(target=self._answer, daemon=True).start()

    async def ended(self) -> str:
        await asyncio.Event().wait()
        return ""

    def dismiss(self) -> None: ...

    def _answer(self) -> None:
        session = Session(key=KEY.encode())
        _, request = session.recv(self._shell, mode=0)
        session.send(self._iopub, "status", {"execution_state": "busy"}, parent=request)


@pytest.fixture
def unnoticing(tmp_path_factory: pytest.TempPathFactory) -> Unnoticing:
    return Unnoticing(tmp_path_factory.mktemp("k"))


def test_one_that_does_not_greet_is_asked_to_speak(unnoticing: Unnoticing) -> None:
    async def come() -> str:
        async with CellClient(new_notebook(), unnoticing, 1.0).connected():  # type: ignore[arg-type]
            return "connected"

    assert asyncio.run(asyncio.wait_for(come(), 20)) == "connected"
