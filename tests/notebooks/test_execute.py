"""A notebook runs in a kernel that knows nothing it need not know, and of which nothing is left, whatever happens."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Any

import nbformat
import psutil
import pytest
from nbformat import NotebookNode
from notebook_files import write_notebook

from reportkit.columns import Column, Kind, Schema
from reportkit.errors import BadNotebook, BadSettings, DeadlineExceeded, KernelDied, NotebookFailed, UnknownName
from reportkit.notebook.cells import MOST_PRINTED, CellClient
from reportkit.notebook.data_socket import DataSocket
from reportkit.notebook.execute import execute
from reportkit.notebook.host import KernelHost
from reportkit.notebook.places import Place
from reportkit.notebook.registry import Notebook
from reportkit.notebook.sandbox import find, why_not

READY = "open('ready', 'w').close()"
NO_GIL = "import ctypes; ctypes.PyDLL(None).sleep(60)"
"""Sleeps in C while it holds the interpreter's lock, so that no Python signal handler or thread ever runs."""
CHILD = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']"
DETACHED = f"{CHILD}, start_new_session=True)"
ORPHAN = f"""subprocess.Popen([sys.executable, "-c", "{DETACHED}"], start_new_session=True).wait()"""


class Desk:
    """Runs notebooks and sees what processes they left."""

    def __init__(self, files: Path, kernels: KernelHost) -> None:
        self.files, self.kernels = files, kernels
        self.reached: list[Place] = []
        self.directory = Path("none yet")

    def run(self, *cells: str, parameters: str | None = None, **options: Any) -> NotebookNode:
        return self.execute(write_notebook(self.files, *cells, parameters=parameters), {}, **options)

    def execute(
        self,
        notebook: Notebook,
        given: dict[str, Any],
        on_cell: Callable[[Place], None] | None = None,
        answer: Callable[[Any], Any] | None = None,
        **options: Any,
    ) -> NotebookNode:
        with self.kernels.kernel() as kernel:
            self.directory = kernel.directory
            data = DataSocket(answer, self.directory) if answer else nullcontext()
            with data:
                return execute(
                    notebook, notebook.checked(given), kernel, on_cell=on_cell or self.reached.append, **options
                )

    def running(self) -> bool:
        """Whether a cell has said READY."""
        return (self.directory / "home" / "ready").exists()

    def left_over(self) -> list[psutil.Process]:
        return processes_at_home(self.directory)


def processes_at_home(directory: Path) -> list[psutil.Process]:
    """Every process that was started by the kernel of this directory, or is it."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(directory / "home") or process.environ().get("HOME") == str(directory / "home"):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture(scope="module", params=["required", "off"], ids=["sandbox", "no sandbox"])
def kernels(request: pytest.FixtureRequest) -> Iterator[KernelHost]:
    if request.param == "required" and (reason := why_not(find(""))):
        pytest.skip(f"no sandbox here: {reason}")
    host = KernelHost(mode=request.param)
    yield host
    host.close()


@pytest.fixture
def desk(tmp_path: Path, kernels: KernelHost) -> Iterator[Desk]:
    desk = Desk(tmp_path, kernels)
    yield desk
    assert desk.left_over() == []
    assert not desk.directory.exists()


@contextmanager
def signals(when: Callable[[], bool], times: int = 1) -> Iterator[list[float]]:
    """As soon as this is true, signals whose handler raises, as a worker's deadline does; gives when they came."""
    came: list[float] = []
    ended = threading.Event()

    def on_signal(_signal: int, _frame: FrameType | None) -> None:
        came.append(time.monotonic())
        raise DeadlineExceeded("stopped")

    def send() -> None:
        while not when():
            ended.wait(0.01)
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGUSR1)
            ended.wait(0.002)  # to end a kernel takes longer

    before = signal.signal(signal.SIGUSR1, on_signal)
    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield came
    finally:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        ended.set()
        sender.join()
        signal.signal(signal.SIGUSR1, before)


def texts(document: NotebookNode, position: int) -> str:
    return "".join(output.get("text", "") for output in document.cells[position].outputs)


def test_the_notebook_comes_back_with_its_outputs_and_the_file_stays_as_it_was(desk: Desk) -> None:
    notebook = write_notebook(desk.files, "# Title", "print(n)", "n * 2", parameters="n = 1")
    before = notebook.path.read_bytes(), nbformat.writes(notebook.document)
    document = desk.execute(notebook, {"n": "21"})
    assert [cell.source for cell in document.cells if "injected-parameters" in cell.metadata.tags] == [
        "# Parameters\nn = 21\n"
    ]
    assert texts(document, 3) == "21\n"
    assert document.cells[4].outputs[0].data["text/plain"] == "42"
    assert (notebook.path.read_bytes(), nbformat.writes(notebook.document)) == before


def test_the_same_run_twice_gives_the_same_bytes(desk: Desk) -> None:
    notebook = write_notebook(desk.files, "# Title", "print({'a', 'b', 'c'})", parameters="n = 1")
    first = nbformat.writes(desk.execute(notebook, {}))
    assert nbformat.writes(desk.execute(notebook, {})) == first
    assert str(desk.files) not in first


def test_each_cell_is_told_before_it_runs_with_the_heading_above_it(desk: Desk) -> None:
    desk.run("# Title\n\nProse", "print(1)", "## Results", "print(2)", parameters="n = 1")
    assert desk.reached == [
        Place(1, 5, "Title"),
        Place(2, 5, "Title"),
        Place(3, 5, "Title"),
        Place(4, 5, "Results"),
        Place(5, 5, "Results"),
    ]


NASTY = [
    "'",
    '"',
    "\\",
    "'''\"\"\"",
    "\n\r\t\0",
    "x = 1\nCANARY = 1 #",
    "{n}",
    "%time",
    "!ls",
    "\u202e\u200b",
    "日本語 🎉",
]


def test_parameters_reach_the_cells_exactly_whatever_they_hold(desk: Desk) -> None:
    notebook = write_notebook(
        desk.files,
        "print(ascii([texts, n, x, yes, none]), 'CANARY' in globals())",
        parameters="texts = ['a']\nn = 1\nx = 1.0\nyes = False\nnone: int | None = 1",
    )
    given = {"texts": NASTY, "n": -(2**62) - 1, "x": 1e-300, "yes": True, "none": None}
    values, canary = texts(desk.execute(notebook, given), 2).rsplit(maxsplit=1)
    assert ast.literal_eval(values) == list(given.values())
    assert canary == "False"


def test_parameters_that_papermill_would_write_as_other_code_never_run(desk: Desk) -> None:
    """Papermill writes whatever name it is given into the cell."""
    notebook = write_notebook(desk.files, "print(1)", parameters="n = 1")
    with desk.kernels.kernel() as kernel, pytest.raises(BadNotebook, match="cannot be written as Python literals"):
        execute(notebook, {"n=1\nCANARY=1#": 1}, kernel)


def test_the_kernel_knows_only_what_it_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REPORTKIT_WAREHOUSE", "REPORTKIT_SECRET_KEY", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "PYTHONSTARTUP"):
        monkeypatch.setenv(name, "canary")
    document = desk.run(
        "import os, sys; print(ascii(dict(os.environ)))",
        "print(open('/proc/self/environ').read())" if sys.platform == "linux" else "",
        "print(os.getcwd(), sys.executable, __import__('time').tzname[0])",
    )
    known = ast.literal_eval(texts(document, 0))
    assert known.pop("REPORTKIT_DATA_SOCKET") == str(desk.directory / "data")
    assert known["PLOTLY_RENDERER"] == "plotly_mimetype"
    assert not {name for name in known if name.startswith(("REPORTKIT", "AWS", "PYTHONPATH", "JPY"))}
    assert "canary" not in nbformat.writes(document)
    assert texts(document, 2).split() == [known["HOME"], sys.executable, "UTC"]
    assert Path(known["HOME"]).parent == desk.directory


def test_a_kernel_is_spoken_to_over_sockets_that_only_we_can_open(desk: Desk) -> None:
    """Over TCP any user of the machine could read its outputs."""
    document = desk.run(
        "import json, os; print(json.load(open('../kernel.json'))['transport'], os.stat('..').st_mode & 0o077)"
    )
    assert texts(document, 0) == "ipc 0\n"


def test_the_kernel_is_ours_whatever_the_notebook_asks_for(desk: Desk) -> None:
    notebook = write_notebook(desk.files, "print(6 * 7)")
    notebook.document.metadata.kernelspec = {"name": "somewhere-else", "display_name": "?", "language": "python"}
    assert texts(desk.execute(notebook, {}), 0) == "42\n"


def test_nothing_of_a_run_is_printed_or_logged(
    desk: Desk, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    loud = "import os, sys; print(1); print(2, file=sys.stderr); os.system('echo 3; echo 4 >&2'); os.write(2, b'5')"
    desk.run(loud, parameters="n = 1")
    with pytest.raises(KernelDied):
        desk.run("import os; os._exit(1)")
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_a_cell_that_raises_is_named_and_what_ran_before_it_is_kept(desk: Desk) -> None:
    with pytest.raises(NotebookFailed) as failed:
        desk.run("# Title", "print('kept')", "## Lift", "users = 0\n1 / users", "print('never')", parameters="n = 1")
    error = failed.value
    assert (error.notebook, error.cell, error.heading) == ("report", 5, "Lift")
    assert error.source == "users = 0\n1 / users"
    assert error.error == "ZeroDivisionError: division by zero"
    assert error.trace.endswith("ZeroDivisionError: division by zero")
    assert "\x1b" not in str(error) + error.trace
    assert str(error) == ('cell 5 (in "Lift") raised ZeroDivisionError: division by zero\n    users = 0\n    1 / users')
    assert texts(error.executed, 3) == "kept\n"
    assert error.executed.cells[5].outputs[-1].ename == "ZeroDivisionError"
    assert error.executed.cells[6].outputs == []


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("import no_such_library", "No module named 'no_such_library'; a report can import what is installed beside"),
        ("x = (1,\ny = 2", r"SyntaxError: .* \(line \d\); correct the cell in JupyterLab"),
        ("import sys; sys.exit(0)", "SystemExit: 0; a report must run to its end; leave out exit"),
        ("raise ValueError('x' * 10_000)", "ValueError: x{400,600}\n"),
        ("raise ValueError", "raised ValueError\n"),
    ],
)
def test_the_error_of_a_cell_says_what_to_do(desk: Desk, cell: str, said: str) -> None:
    with pytest.raises(NotebookFailed, match=said):
        desk.run(cell)


def test_an_error_is_an_error_even_where_a_tag_allows_it(desk: Desk) -> None:
    """Papermill would run on and then blame the wrong cell."""
    notebook = write_notebook(desk.files, "1 / 0", "print(1)")
    notebook.document.cells[0].metadata.tags = ["raises-exception"]
    with pytest.raises(NotebookFailed, match="cell 1 raised ZeroDivisionError"):
        desk.execute(notebook, {})


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("import os; os._exit(255)", "exit code 255"),
        ("import os; os._exit(0)", "exit code 0 while cell 2 ran; a report must run to its end"),
        ("import os; os._exit(3)", "its process ended by itself with exit code 3 while cell 2 ran"),
        (
            "import os; os.kill(os.getpid(), 9)",
            "was killed by SIGKILL while cell 2 ran; most likely the machine ran out",
        ),
        ("import ctypes; ctypes.string_at(0)", "was killed by SIGSEGV while cell 2 ran; a library crashed"),
        (f"import os; {CHILD}); {DETACHED}; {ORPHAN}; os._exit(3)", "exit code 3"),
    ],
)
def test_a_dead_kernel_is_told_soon_and_takes_its_children_along(desk: Desk, cell: str, said: str) -> None:
    with pytest.raises(KernelDied, match=said):
        desk.run("print(1)", cell)
    assert desk.left_over() == []


@pytest.mark.parametrize(
    "cell",
    [
        f"{READY}\nwhile True: pass",
        f"{READY}\nwhile True: print('x' * 1000)",
        f"import signal; [signal.signal(s, signal.SIG_IGN) for s in (2, 15)]; {READY}\nwhile True: pass",
        f"{READY}; {NO_GIL}",
        f"{CHILD}); {DETACHED}; {ORPHAN}; {READY}; {NO_GIL}",
        f"{READY}; import os, time\nwhile os.fork(): time.sleep(0.05)\ntime.sleep(60)",
        f"{READY}; import os, signal; os.kill(0, signal.SIGSTOP)",
    ],
    ids=["loops", "prints", "ignores signals", "holds the GIL", "has children", "forks", "stops itself"],
)
def test_what_a_signal_handler_raises_ends_the_kernel_within_two_seconds(desk: Desk, cell: str) -> None:
    with signals(when=desk.running) as came, pytest.raises(DeadlineExceeded):
        desk.run(cell)
    assert time.monotonic() - came[0] < 2
    assert desk.left_over() == []


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.4, 0.6, 0.8])
def test_a_signal_ends_a_kernel_at_every_stage_of_its_start(tmp_path: Path, seconds: float) -> None:
    host, begun = KernelHost(), time.monotonic()
    desk = Desk(tmp_path, host)
    with signals(when=lambda: time.monotonic() > begun + seconds) as came, pytest.raises(DeadlineExceeded):
        desk.run(NO_GIL)
    assert time.monotonic() - came[0] < 2
    assert desk.left_over() == []
    host.close()


def test_a_daemon_that_hides_from_its_job_does_not_outlive_it(desk: Desk) -> None:
    """Forked twice, in a session of its own, with another directory and no environment."""
    mark = f"59.{os.getpid()}"
    daemon = f"import subprocess; subprocess.Popen(['sleep', '{mark}'], start_new_session=True, cwd='/', env={{}})"
    parent = f'[sys.executable, "-c", "{daemon}"], start_new_session=True, check=True'
    cell = f"import subprocess, sys; subprocess.run({parent})"
    seen: list[bool] = []
    looked_for = "import time; time.sleep(1)"  # nobody tells the cell that it was looked for
    desk.execute(write_notebook(desk.files, cell, looked_for), {}, lambda place: seen.append(runs(mark)))
    assert seen == [False, True]
    assert not runs(mark)


def runs(mark: str) -> bool:
    return any(process.info["cmdline"] == ["sleep", mark] for process in psutil.process_iter(["cmdline"]))


def test_signals_that_come_one_upon_the_other_leave_nothing_behind(desk: Desk) -> None:
    with signals(when=desk.running, times=100) as came, pytest.raises(DeadlineExceeded):
        desk.run(f"{DETACHED}; {READY}; {NO_GIL}")
    assert desk.left_over() == []
    assert len(came) > 1


def test_a_run_that_does_not_notice_its_end_holds_nobody_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, released = threading.Event(), threading.Event()
    monkeypatch.setattr("papermill.execute_notebook", lambda *_, **__: begun.set() or released.wait(60))
    with signals(when=begun.is_set) as came, pytest.raises(DeadlineExceeded):
        desk.run("print(1)")
    assert time.monotonic() - came[0] < 2
    released.set()


def test_what_the_caller_raises_about_a_cell_ends_the_kernel(desk: Desk) -> None:
    def refuse(place: Place) -> None:
        if place.position == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.execute(write_notebook(desk.files, "print(1)", NO_GIL), {}, refuse)
    assert desk.left_over() == []


def test_a_killed_worker_takes_its_kernel_and_its_children_along(tmp_path: Path) -> None:
    write_notebook(tmp_path, f"{CHILD}); {DETACHED}; {READY}; {NO_GIL}")
    code = (
        "import sys; from pathlib import Path\n"
        "from reportkit.notebook.execute import execute; from reportkit.notebook.host import KernelHost\n"
        "from reportkit.notebook.registry import Notebooks\n"
        "kernel = KernelHost().kernel(); print(kernel.directory, flush=True)\n"
        "execute(Notebooks(Path(sys.argv[1]))['report'], {}, kernel)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout
        directory = Path(worker.stdout.readline().strip())
        while not (directory / "home" / "ready").exists():
            assert worker.poll() is None
        hosts = psutil.Process(worker.pid).children(recursive=True)
        family = processes_at_home(directory)
        worker.kill()
    assert len(family) >= 3
    assert psutil.wait_procs(hosts + family, timeout=10)[1] == []
    assert not directory.exists()


def test_what_a_cell_prints_is_cut_with_a_note_and_other_cells_are_not(desk: Desk) -> None:
    document = desk.run(
        "print('a' * 3_000_000); print('b')", "print('c' * 999)", "for _ in range(2000): print('d' * 999, flush=True)"
    )
    for position, letter in ((0, "a"), (2, "d")):
        text = texts(document, position)
        assert text.count(letter) > MOST_PRINTED * 0.99
        assert len(document.cells[position].outputs) == 1
        assert len(text) < MOST_PRINTED + 100
        assert text.endswith("[left out: whatever this cell prints beyond 1,000,000 characters]\n")
    assert texts(document, 1) == "c" * 999 + "\n"


def test_a_cell_that_prints_faster_than_is_read_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    read = CellClient.output

    def slow(self: CellClient, *message: Any) -> NotebookNode | None:
        """Reads nothing until the cell has printed everything."""
        end = time.monotonic() + 60
        while not desk.running() and time.monotonic() < end:
            time.sleep(0.01)  # the kernel is another process; its file says that it is done
        return read(self, *message)

    monkeypatch.setattr(CellClient, "output", slow)
    document = desk.run(f"for _ in range(5000): print('d' * 99, flush=True)\n{READY}", "print('next')")
    assert texts(document, 0) == ("d" * 99 + "\n") * 5000
    assert texts(document, 1) == "next\n"


def test_a_directory_too_deep_for_sockets_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("d" * 100)))
    with pytest.raises(BadSettings, match="TMPDIR"):
        KernelHost().kernel()


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ("exec sleep 60 <&-", "its process could not be started before the first cell"),
        ("exec sleep 5", "its process did not answer before the first cell"),
        ("exit 7", "its process could not be started before the first cell"),
    ],
)
def test_a_kernel_that_does_not_start_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, python: str, said: str
) -> None:
    monkeypatch.setattr("reportkit.notebook.kernels.START_SECONDS", 1)
    (tmp_path / "python").write_text(f"#!/bin/sh\n{python}\n")
    (tmp_path / "python").chmod(0o700)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    host = KernelHost()
    with host.kernel() as kernel, pytest.raises(KernelDied, match=said):
        _ = kernel.directory


class OneRow:
    schema = Schema.of([Column("users", Kind.INTEGER, "how many")])

    def batches(self) -> Iterator[Any]:
        import pyarrow as pa

        yield pa.RecordBatch.from_pylist([{"users": 9_007_199_254_740_993}], schema=self.schema.arrow())


def test_a_cell_reads_datasets_over_the_socket(desk: Desk) -> None:
    cell = "import reportkit; print(reportkit.dataset('raw_events')['users'][0])"
    document = desk.run(cell, answer=lambda request: OneRow())
    assert texts(document, 0) == "9007199254740993\n"


def test_a_dataset_that_cannot_be_answered_fails_the_cell_with_its_sentence(desk: Desk) -> None:
    def answer(request: object) -> OneRow:
        raise UnknownName("dataset", "raw_event", ["raw_events"])

    with pytest.raises(NotebookFailed) as failed:
        desk.run("import reportkit; reportkit.dataset('raw_event')", answer=answer)
    assert failed.value.error == (
        "UnknownName: there is no dataset 'raw_event'; did you mean 'raw_events'? known: raw_events"
    )
