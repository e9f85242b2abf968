"""What a notebook may take: time, memory, room for its outputs. What takes more ends, or is left out with a note."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat import NotebookNode
from notebook_files import write_notebook

from reportkit.errors import DeadlineExceeded, JobFailed, KernelDied, NotebookFailed
from reportkit.notebook.cells import CellClient
from reportkit.notebook.execute import execute
from reportkit.notebook.host import KernelHost

NO_GIL = "import ctypes; ctypes.PyDLL(None).sleep(60)"
DEAF = "import signal; [signal.signal(s, signal.SIG_IGN) for s in (2, 15)]\nwhile True: pass"
PATTERN = "import re; re.match('(a+)+b', 'a' * 60)"
STOPPED = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"


@pytest.fixture(scope="module")
def host() -> Iterator[KernelHost]:
    host = KernelHost()
    yield host
    host.close()


@pytest.fixture(scope="module")
def narrow_host() -> Iterator[KernelHost]:
    host = KernelHost(memory=600e6)
    yield host
    host.close()


def run(host: KernelHost, files: Path, *cells: str, **options: Any) -> NotebookNode:
    with host.kernel() as kernel:
        return execute(write_notebook(files, *cells), {}, kernel, **options)


@pytest.mark.parametrize(
    "cell",
    [NO_GIL, DEAF, PATTERN, STOPPED, "while True: print('x' * 1000)"],
    ids=["GIL", "deaf", "pattern", "stopped", "prints"],
)
def test_a_cell_that_takes_too_long_is_ended_whatever_it_does(host: KernelHost, tmp_path: Path, cell: str) -> None:
    with pytest.raises(DeadlineExceeded) as raised:
        run(host, tmp_path, "# T\n\n## Lift", "print('kept')", cell, cell_seconds=1)
    assert str(raised.value) == (
        'cell 3 (in "Lift") was stopped after 1 seconds; ask for less, or raise REPORTKIT_CELL_DEADLINE'
    )
    assert raised.value.executed.cells[1].outputs[0].text == "kept\n"


def test_a_cell_that_asks_for_more_memory_than_there_is_raises(narrow_host: KernelHost, tmp_path: Path) -> None:
    with pytest.raises(NotebookFailed, match="MemoryError.*ask for a shorter .*, or raise REPORTKIT_NOTEBOOK_MEMORY"):
        run(narrow_host, tmp_path, "x = bytearray(700_000_000)")


def test_processes_that_take_too_much_together_are_ended(narrow_host: KernelHost, tmp_path: Path) -> None:
    code = "x = bytearray(250_000_000); import time; time.sleep(60)"
    cell = f"import subprocess, sys\n[subprocess.Popen([sys.executable, '-c', {code!r}]) for _ in range(3)][0].wait()"
    with pytest.raises(KernelDied) as raised:
        run(narrow_host, tmp_path, cell)
    assert str(raised.value) == (
        "its process used more than the 0.6 GB of memory that a notebook may have while cell 1 ran; "
        "ask for a shorter date range or fewer columns, or raise REPORTKIT_NOTEBOOK_MEMORY"
    )
    assert [p for p in psutil.process_iter(["cmdline"]) if code in (p.info["cmdline"] or [])] == []


def test_memory_that_is_shared_counts(narrow_host: KernelHost, tmp_path: Path) -> None:
    fill = "[x.write(bytes(1_000_000)) for _ in range(700)]"
    cell = f"import mmap, time; x = mmap.mmap(-1, 700_000_000); {fill}; time.sleep(60)"
    with pytest.raises(KernelDied, match=r"used more than the 0\.6 GB"):
        run(narrow_host, tmp_path, cell)


def test_memory_that_forked_processes_share_counts_once(narrow_host: KernelHost, tmp_path: Path) -> None:
    cell = "import os, time; x = bytearray(200_000_000); [os.fork() for _ in range(2)]; time.sleep(1.5)"
    run(narrow_host, tmp_path, cell)


def test_a_notebook_that_starts_too_many_processes_is_ended(host: KernelHost, tmp_path: Path) -> None:
    with pytest.raises(KernelDied) as raised:
        run(host, tmp_path, "import subprocess\nfor _ in range(300): p = subprocess.Popen(['sleep', '60'])\np.wait()")
    assert str(raised.value) == (
        "its process started more than the 256 processes or 2,000 threads that a notebook may have while cell 1 ran; "
        "look for a loop that starts them without end"
    )


@pytest.mark.parametrize(("most", "said"), [(20, True), (60, False)])
def test_threads_count_too(most: int, said: bool) -> None:
    child = (
        "import threading, time; [threading.Thread(target=time.sleep, args=[60]).start() for _ in range(30)]; print()"
    )
    code = (
        "import subprocess, sys; from reportkit.notebook import usage\n"
        f"usage.MOST_THREADS = {most}\n"
        f'child = subprocess.Popen([sys.executable, "-uc", "{child}"], stdout=subprocess.PIPE)\n'
        "child.stdout.readline(); print(usage.excess(2**62, []) == usage.PROCESSES); child.kill()"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == f"{said}\n"


FILL = "[file.write(bytes(1_000_000)) for _ in range(350)]; file.flush()"


@pytest.mark.parametrize(
    "files",
    [
        "[open(f'/tmp/{n}', 'wb') for n in 'ab']",
        "[open(f'{n}', 'wb') for n in 'ab']",
        "[open(f'/dev/shm/{n}', 'wb') for n in 'ab']",
        "[tempfile.TemporaryFile() for _ in 'ab']",
        "[os.fdopen(os.memfd_create(n), 'wb') for n in 'ab']",
    ],
    ids=["tmp", "home", "shared memory", "deleted", "memory"],
)
def test_a_notebook_that_writes_too_much_is_ended(narrow_host: KernelHost, tmp_path: Path, files: str) -> None:
    cell = f"import os, tempfile, time\nfiles = {files}\nfor file in files: {FILL}\ntime.sleep(60)"
    with pytest.raises(KernelDied) as raised:
        run(narrow_host, tmp_path, cell)
    assert str(raised.value) == (
        "its process wrote more than the 0.6 GB of files that a notebook may have while cell 1 ran; "
        "write less, or raise REPORTKIT_NOTEBOOK_MEMORY"
    )


@pytest.mark.slow
def test_countless_small_files_are_too_much_too(narrow_host: KernelHost, tmp_path: Path) -> None:
    cell = "import os, time\nfor n in range(16_000): os.mkdir(f'{n}')\ntime.sleep(60)"
    with pytest.raises(KernelDied, match="GB of files that a notebook may have"):
        run(narrow_host, tmp_path, cell)


def test_a_directory_that_nobody_can_look_into_is_told(narrow_host: KernelHost, tmp_path: Path) -> None:
    cell = "import os, time\nfor _ in range(20): os.mkdir('d' * 250); os.chdir('d' * 250)\ntime.sleep(60)"
    with pytest.raises(KernelDied) as raised:
        run(narrow_host, tmp_path, cell)
    assert str(raised.value) == (
        "its process made a directory that is closed or too deep to be looked into while cell 1 ran; "
        "leave such directories out"
    )


def test_one_file_that_grows_too_large_raises_where_it_is_written(narrow_host: KernelHost, tmp_path: Path) -> None:
    with pytest.raises(NotebookFailed, match=r"File too large; write less, or raise REPORTKIT_NOTEBOOK_MEMORY"):
        run(narrow_host, tmp_path, "import os; os.truncate(os.open('x', os.O_RDWR | os.O_CREAT), 700_000_000)")


def test_a_directory_that_a_notebook_has_made_too_deep_is_removed(host: KernelHost, tmp_path: Path) -> None:
    with host.kernel() as kernel:
        directory = kernel.directory
        cell = "import os\nfor _ in range(1_500): os.mkdir('d'); os.chdir('d')"
        execute(write_notebook(tmp_path, cell), {}, kernel)
    while directory.exists():  # the host may have to end what the keeper has begun
        time.sleep(0.01)


def test_a_killed_kernel_is_told_within_five_seconds(host: KernelHost, tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(KernelDied, match="was killed by SIGKILL"):
        run(host, tmp_path, "import os; os.kill(os.getpid(), 9)")
    assert time.monotonic() - started < 5


def size(document: NotebookNode) -> int:
    return len(nbformat.writes(document))


def test_much_that_is_printed_is_cut_with_a_note(host: KernelHost, tmp_path: Path) -> None:
    document = run(host, tmp_path, "for _ in range(200): print('x' * 1_000_000)")
    assert size(document) < 1_100_000
    assert document.cells[0].outputs[-1].text.endswith("prints beyond 1,000,000 characters]\n")


@pytest.mark.parametrize(
    "cell",
    [
        "for _ in range(5): display(HTML('x' * 200_000))",
        "for _ in range(2_000): display(1)",
        "display(JSON({'a': ['b' * 400_000]}))",
        "handle = display(HTML('a'), display_id=True); handle.update(HTML('x' * 400_000))",
    ],
    ids=["few and large", "many and small", "nested", "updated"],
)
def test_what_is_shown_beyond_a_size_is_left_out(
    host: KernelHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: str
) -> None:
    monkeypatch.setattr("reportkit.notebook.cells.MOST_SHOWN", 300_000)
    document = run(host, tmp_path, f"from IPython.display import HTML, JSON, display\n{cell}", "print('next')")
    assert size(document) < 600_000
    outputs = document.cells[0].outputs
    assert "update" in cell or sum("left out: what this cell shows" in o.get("text", "") for o in outputs) == 1
    assert document.cells[1].outputs[0].text == "next\n"


@pytest.mark.slow
def test_a_display_of_300_megabytes_is_left_out(host: KernelHost, tmp_path: Path) -> None:
    document = run(host, tmp_path, "from IPython.display import HTML; HTML('x' * 300_000_000)")
    assert size(document) < 10_000
    assert "beyond 30 MB" in document.cells[0].outputs[0].text


def test_what_widgets_say_is_not_kept(host: KernelHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = []
    made = CellClient.__init__
    monkeypatch.setattr(CellClient, "__init__", lambda self, *a, **k: clients.append(self) or made(self, *a, **k))
    cell = """from comm import create_comm
widget = create_comm(target_name='jupyter.widget', data={'state': {'v': 'x' * 1_000_000}})
widget.send({'method': 'update', 'state': {'w': 'y' * 1_000_000}})"""
    document = run(host, tmp_path, cell, "print(1)")
    [client] = clients
    assert len(repr(client.widget_state)) < 1_000
    assert size(document) < 10_000
    assert document.cells[1].outputs[0].text == "1\n"


def test_all_cells_together_have_a_limit_too(host: KernelHost, tmp_path: Path) -> None:
    cell = "from IPython.display import HTML, display; display(HTML('x' * 25_000_000))"
    document = run(host, tmp_path, *[cell] * 8)
    assert size(document) < 160_000_000
    assert "all cells beyond 150 MB" in document.cells[7].outputs[0].text


def test_an_endless_error_is_kept_short(host: KernelHost, tmp_path: Path) -> None:
    with pytest.raises(JobFailed) as raised:
        run(host, tmp_path, "raise ValueError('x' * 50_000_000)")
    assert size(raised.value.executed) < 100_000
    assert len(str(raised.value)) < 1_000 + len("raise ValueError('x' * 50_000_000)")
