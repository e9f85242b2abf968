"""Running a notebook's cells in a kernel of ours: how long they may take, and what of their outputs is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from queue import Empty
from typing import Any, Self

import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_output

from reportkit.notebook.failures import cell_too_slow, kernel_died
from reportkit.notebook.kernels import START_SECONDS, Kernel
from reportkit.notebook.places import place_of

WELCOME_SECONDS = 0.1
"""A kernel that is there greets us in a few milliseconds."""
IDLE_SECONDS = 600
"""How long a cell's last outputs may take to arrive once it has run."""
MOST_PRINTED = 1_000_000
"""Characters of printed text that are kept of one cell."""
MOST_SHOWN = 30_000_000
"""Characters of figures, tables and pictures that are kept of one cell."""
MOST_KEPT = 150_000_000
"""Characters that are kept of a notebook's outputs in all."""
MOST_SAID = 10_000
"""Characters that are kept of an error, and of each line of its trace."""
LEAST = 200
"""Characters that each output counts, however small it is."""
CUT = f"\n[left out: whatever this cell prints beyond {MOST_PRINTED:,} characters]\n"
LEFT_OUT = (
    f"[left out: what this cell shows beyond {MOST_SHOWN / 1e6:g} MB, or all cells beyond {MOST_KEPT / 1e6:g} MB; "
    "show fewer rows or points]\n"
)


class CellClient(NotebookClient):
    """Raises KernelDied and DeadlineExceeded, and nbclient's CellExecutionError where a cell does."""

    def __init__(
        self,
        document: NotebookNode,
        kernel: Kernel,
        cell_seconds: float,
        on_message: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        """`on_message` is told each output that is kept, as the kernel sends it."""
        super().__init__(
            document,
            force_raise_errors=True,
            record_timing=False,
            store_widget_state=False,
            raise_on_iopub_timeout=True,
            iopub_timeout=IDLE_SECONDS,
        )
        self._kernel, self._cell_seconds, self._on_message = kernel, cell_seconds, on_message
        self._printed = self._shown = self._kept = 0
        """Characters: what this cell has printed and shown, and what all cells before it have kept."""

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Self]:
        """When it ends, the kernel is dismissed."""
        context = zmq.asyncio.Context()
        context.rcvhwm = 0  # no message is lost on this side either
        self.kc = self._channels = AsyncKernelClient(context=context)
        self._channels.allow_stdin = False
        self.kc.load_connection_file(str(self._kernel.connection_file))
        self._death = asyncio.ensure_future(self._kernel.ended())
        try:
            self.kc.start_channels(hb=False, stdin=False, control=False)
            if not await self._finished(self._welcome(), START_SECONDS):
                raise kernel_died(None, "did not answer")
            yield self
        finally:
            self._kernel.dismiss()
            self._death.cancel()
            self.kc.stop_channels()
            context.destroy(linger=0)

    async def run(self, index: int) -> None:
        """Raises KernelDied, DeadlineExceeded, CellExecutionError."""
        self._kept += min(self._shown, MOST_SHOWN) + min(self._printed, MOST_PRINTED)
        self._printed = self._shown = 0
        if not await self._finished(self.async_execute_cell(self.nb.cells[index], index), self._cell_seconds, index):
            raise cell_too_slow(self.nb, index, self._cell_seconds)

    async def _welcome(self) -> None:
        """From then on no output is missed: who hears one thing hears all that follows.

        A kernel that speaks in the very moment in which we come may not notice us, for ZeroMQ tells of news only once;
        it does when it is made to speak again.
        """
        while True:
            with suppress(Empty):
                await self._channels.get_iopub_msg(timeout=WELCOME_SECONDS)
                return
            self._channels.kernel_info()

    async def _finished(self, work: Coroutine[Any, Any, object], seconds: float, index: int | None = None) -> bool:
        """False: it took longer, and has been given up. Raises KernelDied where the kernel ends before."""
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait([task, self._death], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if task in done:
            task.result()
            return True
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if self._death in done:
            raise kernel_died(None if index is None else place_of(self.nb, index), self._death.result())
        return False

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """As inherited, but what a cell prints in one go is one output, and what is too long is left out."""
        if msg["msg_type"] != "stream":
            if not self._room_for(msg):
                return self._leave_out(outs)
            self._on_message(msg)
            return super().output(outs, msg, display_id, cell_index)
        content, room = msg["content"], min(MOST_PRINTED, MOST_KEPT - self._kept) - self._printed
        self._printed += len(content["text"])
        if room < 0:
            return None
        if len(content["text"]) > room:
            content["text"] = content["text"][:room] + CUT
        self._on_message(msg)
        if not (outs and outs[-1].get("name") == content["name"]) or self.clear_before_next_output:
            return super().output(outs, msg, display_id, cell_index)
        outs[-1].text += content["text"]
        return outs[-1]

    def handle_comm_msg(self, outs: list[NotebookNode], msg: dict[str, Any], cell_index: int) -> None:
        """Nothing of what widgets say is kept: they live in a browser, a document shows their text."""

    def _update_display_id(self, display_id: str, msg: dict[str, Any]) -> None:
        if self._room_for(msg):
            super()._update_display_id(display_id, msg)

    def _room_for(self, msg: dict[str, Any]) -> bool:
        content = msg["content"]
        if msg["msg_type"] == "error":
            content["evalue"] = content["evalue"][:MOST_SAID]
            content["traceback"] = [line[:MOST_SAID] for line in content["traceback"]]
        self._shown += LEAST + _size(content)
        return self._shown <= min(MOST_SHOWN, MOST_KEPT - self._kept)

    def _leave_out(self, outs: list[NotebookNode]) -> NotebookNode | None:
        if outs and outs[-1].get("text", "").endswith(LEFT_OUT):
            return None
        outs.append(new_output("stream", name="stdout", text=LEFT_OUT))
        return outs[-1]


def _size(content: object) -> int:
    if isinstance(content, str):
        return len(content)
    if isinstance(content, dict):
        return sum(map(_size, content.values()))
    if isinstance(content, list):
        return sum(map(_size, content))
    return 8
