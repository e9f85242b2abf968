"""How a notebook gets data: it asks over a Unix socket and is answered by the worker, under the job's actor.

A conversation: the kernel sends one line, a DatasetRequest as JSON. The worker answers a line `{}`, an Arrow stream and
a line `{"rows": N}`; in the place of either line it may say `{"error": ...}`, which the kernel raises. The count at the
end tells a whole answer from one that was cut off.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from reportkit.errors import BadRequest, BadSettings, JobFailed, ReportkitError, WarehouseUnavailable
from reportkit.specs import DatasetRequest

if TYPE_CHECKING:
    import pyarrow as pa

    from reportkit.columns import Source

ADDRESS = "REPORTKIT_DATA_SOCKET"
"""Environment variable that tells a kernel where to ask."""
LONGEST_PATH = 100
"""Bytes in a socket's path; systems refuse more than 103 (macOS) or 107 (Linux)."""
LONGEST_REQUEST = 1_000_000
"""Bytes in a request."""

log = logging.getLogger(__name__)


def socket_path(directory: Path, name: str) -> str:
    """Raises BadSettings where the path is too long for a socket."""
    path = str(directory / name)
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise BadSettings(f"{directory} is too long a path for sockets; set TMPDIR to a shorter one, such as /tmp")
    return path


class DataSocket:
    """The worker's end: answers in a thread of its own, one request at a time, until the context ends."""

    def __init__(
        self,
        answer: Callable[[DatasetRequest], Source],
        directory: Path,
        cancel: Callable[[], None] = lambda: None,
    ) -> None:
        """`directory` must be open to this user only, and is the caller's to remove; `cancel` ends a running answer
        from another thread.

        Raises BadSettings where the directory's path is too long.
        """
        self.path = socket_path(directory, "data")
        self._answer, self._cancel = answer, cancel
        self._closing = False
        self._connection: socket.socket | None = None

    def __enter__(self) -> Self:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        if (connection := self._connection) is not None:
            self._cancel()
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._listener.shutdown(socket.SHUT_RDWR)  # whatever has become of the file: the notebook may have deleted it
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with suppress(ConnectionError), connection, connection.makefile("rwb") as wire:  # the kernel may be gone
                self._connection = connection
                if not self._closing:
                    self._converse(wire)
            self._connection = None

    def _converse(self, wire: BufferedIOBase) -> None:
        import pyarrow as pa

        try:
            source = self._answer(_request(wire.readline(LONGEST_REQUEST)))
            _say(wire, {})
            rows = 0
            with pa.ipc.new_stream(wire, source.schema.arrow()) as stream:
                for batch in source.batches():
                    stream.write_batch(batch)
                    rows += batch.num_rows
            _say(wire, {"rows": rows})
        except ConnectionError:
            raise
        except Exception as error:
            _say(wire, {"error": _ours(error).to_json()})


def _request(line: bytes) -> DatasetRequest:
    try:
        return DatasetRequest.from_json(json.loads(line))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BadRequest("the data socket takes one line with a dataset request in JSON") from None


def _ours(error: Exception) -> ReportkitError:
    if isinstance(error, ReportkitError):
        return error
    log.error("a dataset could not be answered", exc_info=error)
    return JobFailed(f"the data could not be read: {type(error).__name__} (this is a fault of reportkit's)")


def ask(path: str, request: DatasetRequest) -> pa.Table:
    """The kernel's end: the whole answer.

    Raises what the worker raised: BadRequest, JobFailed; WarehouseUnavailable where the worker is gone.
    """
    import pyarrow as pa

    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            with connection.makefile("rwb") as wire:
                _say(wire, request.to_json())
                _hear(wire)
                with pa.ipc.open_stream(wire) as stream:
                    table = stream.read_all()
                told = _hear(wire)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise WarehouseUnavailable("the connection to the data was lost; run the report again") from error
    if told["rows"] != table.num_rows:
        raise WarehouseUnavailable(f"{told['rows']:,} rows were sent but {table.num_rows:,} arrived; run it again")
    return table


def _say(wire: BufferedIOBase, message: dict[str, Any]) -> None:
    wire.write(json.dumps(message, default=str).encode() + b"\n")
    wire.flush()


def _hear(wire: BufferedIOBase) -> dict[str, Any]:
    """Raises the error that the message holds, ValueError where there is none."""
    message: dict[str, Any] = json.loads(wire.readline())
    if "error" in message:
        raise ReportkitError.from_json(message["error"])
    return message
