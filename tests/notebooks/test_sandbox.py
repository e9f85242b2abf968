"""What a notebook cannot do in its sandbox, tried by notebooks. Each try prints what came of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from nbformat import NotebookNode
from notebook_files import write_notebook

from reportkit.cli.doctor import CHECKS
from reportkit.errors import BadSettings
from reportkit.notebook.execute import execute
from reportkit.notebook.host import KernelHost
from reportkit.notebook.sandbox import find, why_not
from reportkit.toolkit import Toolkit

Runs = Callable[..., NotebookNode]

TRY = """
def attempt(act):
    try:
        print("did it:", act())
    except Exception as error:
        print(type(error).__name__, getattr(error, "strerror", ""))
"""


def outcome(run: Runs, act: str) -> str:
    [output] = (
        run(f"{TRY}\nimport os, socket, pathlib, subprocess, sys, ctypes\nattempt(lambda: {act})").cells[0].outputs
    )
    text: str = output.text
    return text.strip()


@pytest.fixture(scope="module")
def outside() -> Iterator[KernelHost]:
    host = KernelHost(mode="off")
    yield host
    host.close()


@pytest.fixture
def in_the_open(tmp_path: Path, outside: KernelHost) -> Runs:
    """Runs these cells without a sandbox: what is refused inside must be possible there, or its test shows nothing."""

    def run(*cells: str) -> NotebookNode:
        with outside.kernel() as kernel:
            return execute(write_notebook(tmp_path, *cells), {}, kernel)

    return run


def errno(call: str) -> str:
    """True where this call of C's works, else the name of its error."""
    c = "ctypes.CDLL(None, use_errno=True)"
    return f"(lambda c: c.{call} != -1 or __import__('errno').errorcode[ctypes.get_errno()])({c})"


@pytest.mark.parametrize("path", [__file__, "/etc/passwd", "/etc/shadow", "/home", "/var/log", "/sys/kernel"])
def test_files_of_the_machine_cannot_be_read(in_a_box: Runs, in_the_open: Runs, path: str) -> None:
    act = f"len(os.listdir({path!r}) if os.path.isdir({path!r}) else open({path!r}, 'rb').read()) >= 0"
    if os.access(path, os.R_OK):
        assert outcome(in_the_open, act) == "did it: True"
    assert outcome(in_a_box, act) == "FileNotFoundError No such file or directory"


def test_the_projects_keys_and_catalog_cannot_be_read(in_a_box: Runs, in_the_open: Runs, tmp_path: Path) -> None:
    home = tmp_path / ".reportkit"
    home.mkdir()
    (home / "secret.key").write_text("canary")
    act = f"open({str(home / 'secret.key')!r}).read()"
    assert outcome(in_the_open, act) == "did it: canary"
    assert outcome(in_a_box, act) == "FileNotFoundError No such file or directory"


def test_beside_this_package_nothing_of_its_project_can_be_seen(in_a_box: Runs) -> None:
    project = Path(__file__).parents[2]
    seen = outcome(in_a_box, f"sorted(os.listdir({str(project)!r}))")
    assert "reportkit" in seen
    assert not {".git", ".reportkit", "docs", "notebooks"} & set(seen.replace("'", " ").replace(",", " ").split())


def test_no_process_but_its_own_can_be_seen(in_a_box: Runs, in_the_open: Runs) -> None:
    act = "sorted(int(p.name) for p in pathlib.Path('/proc').glob('[0-9]*'))"
    assert str(os.getpid()) in outcome(in_the_open, act)
    assert outcome(in_a_box, act) == "did it: [1, 2, 3]"


def test_no_environment_of_ours_can_be_read(in_a_box: Runs, in_the_open: Runs) -> None:
    """That of the room's first process is empty."""
    act = "open('/proc/{}/environ', 'rb').read()"
    assert b"PATH" in Path(f"/proc/{os.getpid()}/environ").read_bytes()
    assert "PATH" in outcome(in_the_open, act.format(os.getpid()))
    assert outcome(in_a_box, act.format(os.getpid())) == "FileNotFoundError No such file or directory"
    assert outcome(in_a_box, act.format(1)) in ("did it: b''", "PermissionError Permission denied")


def test_a_notebook_does_not_reach_the_worker(in_a_box: Runs, in_the_open: Runs) -> None:
    act = f"os.kill({os.getpid()}, 0)"
    assert outcome(in_the_open, act) == "did it: None"
    assert outcome(in_a_box, act) == "ProcessLookupError No such process"
    with subprocess.Popen(["sleep", "60"]) as victim:
        seize = errno(f"ptrace(0x4206, {victim.pid}, None, None)")
        assert outcome(in_a_box, seize) == "did it: ESRCH"
        if os.geteuid() == 0:  # who is not may be kept from it by the system's own rules
            assert outcome(in_the_open, seize) == "did it: True"
        victim.kill()


def test_there_is_no_network_and_no_loopback(in_a_box: Runs, in_the_open: Runs) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        act = f"socket.create_connection({server.getsockname()!r}, 1).close()"
        assert outcome(in_the_open, act) == "did it: None"
        assert outcome(in_a_box, act) == "ConnectionRefusedError Connection refused"
    assert outcome(in_a_box, "socket.create_connection(('192.0.2.1', 80), 1)") == "OSError Network is unreachable"


def test_sockets_of_the_machine_that_have_no_file_cannot_be_reached(in_a_box: Runs, in_the_open: Runs) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0reportkit-test-{os.getpid()}")
        server.listen()
        act = f"socket.socket(socket.AF_UNIX).connect({server.getsockname()!r})"
        assert outcome(in_the_open, act) == "did it: None"
        assert outcome(in_a_box, act) == "ConnectionRefusedError Connection refused"


@pytest.mark.parametrize("path", ["/usr", "/etc", "/", "/dev", "/proc/sys/vm/swappiness", sys.prefix])
def test_nothing_can_be_written_elsewhere(in_a_box: Runs, in_the_open: Runs, path: str) -> None:
    act = f"os.open({path!r}, os.O_RDWR | (os.O_TMPFILE if os.path.isdir({path!r}) else 0)) > 0"
    if os.access(path, os.W_OK) and path not in ("/dev", "/proc/sys/vm/swappiness"):
        assert outcome(in_the_open, act) == "did it: True"
    assert outcome(in_a_box, act) == "OSError Read-only file system"


def test_its_own_directory_and_a_private_tmp_can_be_written(in_a_box: Runs) -> None:
    assert outcome(in_a_box, "open('x', 'w').write('x') + open('/tmp/canary', 'w').write('x')") == "did it: 2"
    assert not Path("/tmp/canary").exists()


def test_it_has_no_power_and_gains_none(in_a_box: Runs) -> None:
    status = outcome(in_a_box, "open('/proc/self/status').read()")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {fields[name] for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (fields["NoNewPrivs"], fields["Uid"].split()[0]) == ("1", "65534")


def alone(calls: str) -> str:
    """Calls of C's in a process with one thread: only such a one may enter a user namespace. Gives the last errno."""
    code = f"import ctypes; c = ctypes.CDLL(None, use_errno=True); {calls}; print(ctypes.get_errno())"
    return f"os.strerror(int(subprocess.check_output([sys.executable, '-c', {code!r}])))"


@pytest.mark.parametrize(
    ("call", "refused"),
    [
        ("c.unshare(0x10000000)", "No space left on device"),  # user namespaces: this room may have none
        ("c.unshare(0x00020000)", "Operation not permitted"),  # its own mounts
        ("c.mount(b'none', b'/tmp', b'tmpfs', 0, None)", "Operation not permitted"),
        ("c.sethostname(b'x', 1)", "Operation not permitted"),
        ("c.setuid(0)", "Invalid argument"),  # there is no such user
    ],
)
def test_what_takes_power_is_refused(in_a_box: Runs, in_the_open: Runs, call: str, refused: str) -> None:
    assert outcome(in_a_box, alone(call)) == f"did it: {refused}"
    power = "" if "0x10000000" in call else "c.unshare(0x10000000 | 0x00020000 | 0x04000000); ctypes.set_errno(0); "
    if "setuid" not in call:
        assert outcome(in_the_open, alone(power + call)) == "did it: Success"


def test_what_is_installed_can_be_run_and_imported(in_a_box: Runs) -> None:
    act = "subprocess.check_output([sys.executable, '-c', 'import sqlite3, idna, reportkit.charts; print(1)'])"
    assert outcome(in_a_box, act) == "did it: b'1\\n'"
    assert outcome(in_a_box, "'x'.encode('idna') + 'é'.encode('cp850')").startswith("did it")


def test_a_process_that_forks_twice_into_its_own_session_does_not_outlive_its_job(in_a_box: Runs) -> None:
    mark = "sleep 59.87654"
    outcome(in_a_box, f"subprocess.Popen('setsid sh -c \"setsid {mark} & \" &', shell=True).wait()")
    assert [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == mark.split()] == []


def test_where_a_sandbox_is_required_and_there_can_be_none_it_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.defpath", str(tmp_path))
    host = KernelHost(mode="required")
    with host.kernel() as kernel, pytest.raises(BadSettings, match="bubblewrap is not installed; install bubblewrap"):
        execute(write_notebook(tmp_path, "1"), {}, kernel)
    host.close()


def test_where_there_can_be_none_and_none_is_required_a_notebook_runs_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.defpath", str(tmp_path))
    host = KernelHost(mode="auto")
    with host.kernel() as kernel:
        execute(write_notebook(tmp_path, "1"), {}, kernel)
        assert kernel.open_because == "bubblewrap is not installed"
    host.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    (tmp_path / "bwrap").symlink_to(find("") or pytest.skip("no bubblewrap"))
    return tmp_path


def test_bubblewrap_is_found_on_the_path_too(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.defpath", "/nowhere")
    assert find("") is None
    assert find(f"/no/such/directory:{elsewhere}") == str(elsewhere / "bwrap")
    assert why_not(find(str(elsewhere))) is None


def test_bubblewrap_is_never_taken_from_where_others_could_have_put_it(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.defpath", "/nowhere")
    monkeypatch.chdir(elsewhere)
    assert find(".:") is None
    elsewhere.chmod(0o777)
    assert find(str(elsewhere)) is None


def test_the_doctor_says_whether_there_is_one(toolkit_with: Callable[..., Toolkit], boxed: KernelHost) -> None:
    assert "in a sandbox of bubblewrap's" in CHECKS["kernel"](toolkit_with().settings)
    told = CHECKS["kernel"](toolkit_with(sandbox="off").settings)
    assert "without a sandbox (REPORTKIT_SANDBOX is off)" in told


def test_another_mode_is_refused() -> None:
    with pytest.raises(BadSettings, match="REPORTKIT_SANDBOX is 'on'; it must be one of auto, required, off"):
        KernelHost(mode="on")
