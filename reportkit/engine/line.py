"""The line between an engine and one worker: the engine nudges, and hears what becomes of the worker. Both ends.

A worker says `pid N` when it starts and `done` when all is written down; its zygote says `exit CODE` after it.
"""

from __future__ import annotations

import os
import select
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic

END_SECONDS = 5.0
"""The system may take to end a process that it has been told to kill."""


def line() -> tuple[socket.socket, socket.socket]:
    """Two ends; each message arrives whole and alone."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def last_line(words: str) -> str:
    """As the end of a sentence."""
    lines = words.strip().splitlines()
    return f": {lines[-1]}" if lines else ""


class Child:
    """The engine's end. Several threads may use it at once."""

    def __init__(self, end: socket.socket, log: Path, early_words: Callable[[], str]) -> None:
        """What the worker prints is in `log`; what was printed before there was one, `early_words` gives."""
        self._end, self._log, self._early_words = end, log, early_words
        self._said: dict[str, str] = {}
        self._silent = False

    def hear(self) -> None:
        """All that it has said so far. Of a worker that has ended, the line is let go of."""
        while self._listen(0):
            pass

    def ended(self) -> str | None:
        """None while it runs; else how it ended, for people."""
        self.hear()
        if self._silent or "exit" in self._said:
            return f"its worker {self._how()}{last_line(self._printed() or self._early_words())}"
        return None

    def nudge(self) -> None:
        with suppress(OSError):  # it has ended, or has not yet heard the many before this
            self._end.send(b"!", socket.MSG_DONTWAIT)

    def wait(self, seconds: float) -> None:
        """Returns when it is done with its job or has ended, and after `seconds` if neither."""
        self._listen_for("done", seconds)

    def stop(self, grace: float) -> None:
        """Ends it and everything it started: asked first, killed after `grace` seconds."""
        if self.ended() is None and (pid := self._listen_for("pid", grace)):
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGTERM)
                self._listen_for("exit", grace)
                os.killpg(int(pid), signal.SIGKILL)
            self._listen_for("exit", END_SECONDS)

    def _printed(self) -> str:
        with suppress(FileNotFoundError):
            return self._log.read_text(errors="replace")
        return ""

    def _how(self) -> str:
        if "exit" not in self._said:
            return "ended without a word" if "pid" in self._said else "could not be started"
        code = int(self._said["exit"])
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def _listen_for(self, word: str, seconds: float) -> str | None:
        """What the word says, if it is said in time."""
        deadline = monotonic() + seconds
        while not {word, "exit"} & self._said.keys() and not self._silent and (left := deadline - monotonic()) > 0:
            self._listen(left)
        return self._said.get(word)

    def _listen(self, seconds: float) -> bool:
        """To one message, if one comes in time. False: there was none, or there will be no more."""
        try:
            heard = select.poll()
            heard.register(self._end, select.POLLIN)
            if not heard.poll(seconds * 1000):
                return False
            word, _, value = self._end.recv(1024, socket.MSG_DONTWAIT).decode().partition(" ")
            self._said[word] = value
            self._silent = word in ("exit", "")
        except BlockingIOError:  # another thread has heard it
            return False
        except ConnectionResetError:  # told once, and first: it has ended with a nudge unread; what it said comes next
            return True
        except (OSError, ValueError):  # or the end
            self._silent = True
        if self._silent:
            self._end.close()
        return not self._silent


class Line:
    """The worker's end. That the engine has gone is no reason to stop."""

    def __init__(self, descriptor: int) -> None:
        self._end = socket.socket(fileno=descriptor)

    def say(self, words: str) -> None:
        with suppress(OSError):
            self._end.send(words.encode())

    def nudged(self) -> bool:
        """Waits for a nudge. False: there will be none."""
        with suppress(OSError):
            return bool(self._end.recv(1024))
        return False

    def close(self) -> None:
        self._end.close()
