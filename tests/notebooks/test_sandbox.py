"""What a notebook cannot do in its sandbox, tried by notebooks. Each try prints what came of it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from nbformat import NotebookNode
from notebook_files import write_notebook

from reportkit.cli.doctor import CHECKS
from reportkit.errors import BadSettings
from reportkit.notebook.execute import execute
from reportkit.notebook.host import KernelHost
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


@pytest.mark.parametrize(
    "path", [__file__, "/etc/passwd", "/etc/shadow", "/home", "/var/log", "/sys/kernel", "/proc/1/environ"]
)
def test_files_of_the_machine_cannot_be_read(in_a_box: Runs, path: str) -> None:
    act = f"os.listdir({path!r}) if os.path.isdir({path!r}) else open({path!r}, 'rb').read().replace(b'\\0', b'')"
    assert outcome(in_a_box, act) in (
        "FileNotFoundError No such file or directory",
        "PermissionError Permission denied",
        "did it: b''",  # the environment of the room's first process: there is none
    )


def test_the_projects_keys_and_catalog_cannot_be_read(in_a_box: Runs, tmp_path: Path) -> None:
    home = tmp_path / ".reportkit"
    home.mkdir()
    (home / "secret.key").write_text("canary")
    assert outcome(in_a_box, f"open({str(home / 'secret.key')!r}).read()").startswith("FileNotFoundError")


def test_beside_this_package_nothing_of_its_project_can_be_seen(in_a_box: Runs) -> None:
    project = Path(__file__).parents[2]
    seen = outcome(in_a_box, f"sorted(os.listdir({str(project)!r}))")
    assert "reportkit" in seen
    assert not {".git", ".reportkit", "docs", "notebooks"} & set(seen.replace("'", " ").replace(",", " ").split())


def test_no_process_but_its_own_can_be_seen_and_no_environment_of_ours_read(
    in_a_box: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = outcome(
        in_a_box,
        "[(int(p.name), (p / 'environ').read_bytes().decode()) for p in pathlib.Path('/proc').glob('[0-9]*')]",
    )
    assert seen.startswith(("did it", "PermissionError"))
    assert "REPORTKIT_SECRET" not in seen
    numbers = outcome(in_a_box, "sorted(int(p.name) for p in pathlib.Path('/proc').glob('[0-9]*'))")
    assert numbers == "did it: [1, 2, 3]"


def test_a_notebook_does_not_reach_the_worker(in_a_box: Runs) -> None:
    assert outcome(in_a_box, f"os.kill({os.getpid()}, 9)") == "ProcessLookupError No such process"
    assert outcome(in_a_box, f"ctypes.CDLL(None).ptrace(16, {os.getpid()}, 0, 0)") == "did it: -1"


def test_there_is_no_network_and_no_loopback(in_a_box: Runs) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        told = outcome(in_a_box, f"socket.create_connection(('127.0.0.1', {port}), 1)")
    assert told == "ConnectionRefusedError Connection refused"
    assert outcome(in_a_box, "socket.create_connection(('192.0.2.1', 80), 1)").startswith("OSError Network is unreach")


@pytest.mark.parametrize("path", ["/usr/x", "/etc/x", "/x", "/dev/x", "/proc/sys/vm/drop_caches", f"{sys.prefix}/x"])
def test_nothing_can_be_written_elsewhere(in_a_box: Runs, path: str) -> None:
    told = outcome(in_a_box, f"open({path!r}, 'w').write('x')")
    assert told.startswith(("OSError Read-only", "PermissionError")), told


def test_its_own_directory_and_a_private_tmp_can_be_written(in_a_box: Runs) -> None:
    assert outcome(in_a_box, "open('x', 'w').write('x') + open('/tmp/canary', 'w').write('x')") == "did it: 2"
    assert not Path("/tmp/canary").exists()


def test_it_has_no_power_and_gains_none(in_a_box: Runs) -> None:
    status = outcome(in_a_box, "open('/proc/self/status').read()")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {fields[name] for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (fields["NoNewPrivs"], fields["Uid"].split()[0]) == ("1", "65534")
    assert outcome(in_a_box, "ctypes.CDLL(None).unshare(0x10000000)") == "did it: -1"


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


def test_the_doctor_says_whether_there_is_one(toolkit_with: Callable[..., Toolkit], boxed: KernelHost) -> None:
    assert "in a sandbox of bubblewrap's" in CHECKS["kernel"](toolkit_with().settings)
    told = CHECKS["kernel"](toolkit_with(sandbox="off").settings)
    assert "without a sandbox (REPORTKIT_SANDBOX is off)" in told


def test_another_mode_is_refused() -> None:
    with pytest.raises(BadSettings, match="REPORTKIT_SANDBOX is 'on'; it must be one of auto, required, off"):
        KernelHost(mode="on")
