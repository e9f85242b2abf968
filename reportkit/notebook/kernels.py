"""A kernel as a worker has it: where to speak to it, how it ends, and the leash on which its keeper is."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import socket
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from reportkit.errors import BadSettings
from reportkit.notebook.failures import kernel_died
from reportkit.notebook.kernel_process import CONNECTION_FILE

START_SECONDS = 60.0
END_SECONDS = 1.0
"""How long the keeper may take to end its notebook's processes before it is killed itself."""
LONGEST_MESSAGE = 10_000


class Kernel:
    """Asked for; whoever wants its directory waits until it is there. As a context it ends with all it has started."""

    def __init__(self, leash: socket.socket) -> None:
        self._leash = leash
        self._keeper: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._leash.close()
        if self._keeper is not None:
            os.close(self._keeper)

    @property
    def directory(self) -> Path:
        """Its own, for sockets; deleted with it. Raises KernelDied, BadSettings."""
        return Path(self._told["directory"])

    @property
    def connection_file(self) -> Path:
        return self.directory / CONNECTION_FILE

    @property
    def open_because(self) -> str | None:
        """Why it is not in a sandbox; None: it is."""
        because: str | None = self._told["open_because"]
        return because

    async def ended(self) -> str:
        """Waits until the kernel has ended by itself. For people: how."""
        self._leash.setblocking(False)
        with suppress(OSError, ValueError):
            words = json.loads(await asyncio.get_running_loop().sock_recv(self._leash, LONGEST_MESSAGE))
            return str(words["ended"])
        return "was killed by SIGKILL"

    def dismiss(self) -> None:
        """Has it ended with everything it has started, also where it is only about to start; `end` waits for that."""
        with suppress(OSError):
            self._leash.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Kills it and everything it has started. May be repeated, also from another thread."""
        self.dismiss()
        if self._keeper is None:
            return
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._keeper, signal.SIGCONT)  # a cell without a sandbox may have stopped it
            if not self._keeper_gone(END_SECONDS):
                signal.pidfd_send_signal(self._keeper, signal.SIGKILL)
                self._keeper_gone(END_SECONDS)

    def _keeper_gone(self, seconds: float) -> bool:
        assert self._keeper is not None
        gone = select.poll()
        gone.register(self._keeper, select.POLLIN)
        return bool(gone.poll(seconds * 1000))

    @cached_property
    def _told(self) -> dict[str, Any]:
        """By the keeper, once."""
        self._leash.settimeout(START_SECONDS)
        try:
            message = self._leash.recv(LONGEST_MESSAGE)
        except TimeoutError:
            raise kernel_died(None, "did not answer") from None
        words: dict[str, Any] = json.loads(message or '{"failed": "could not be started"}')
        if "refused" in words:
            raise BadSettings(words["refused"])
        if "failed" in words:
            raise kernel_died(None, words["failed"])
        self._keeper = os.pidfd_open(words["keeper"])
        return words
