"""Kernels are forked ahead, used once, and replaced; nothing of the host outlives those who could ask."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from notebook_files import write_notebook

from reportkit.errors import BadSettings, KernelDied
from reportkit.notebook import directories
from reportkit.notebook.execute import execute
from reportkit.notebook.host import SPARES, KernelHost
from reportkit.notebook.kernels import Kernel


@pytest.fixture(scope="module")
def host() -> Iterator[KernelHost]:
    """One whose kernels are ready."""
    host = KernelHost(mode="off", environment={"TOLD": "yes"})
    with host.kernel() as kernel:
        _ = kernel.directory
    until(lambda: len(keepers(host)) == SPARES)
    yield host
    host.close()


def until(true: Callable[[], bool]) -> None:
    """Returns when it is; the test's own time limit ends it otherwise."""
    while not true():
        time.sleep(0.01)


def process(host: KernelHost) -> psutil.Process:
    [found] = [child for child in psutil.Process().children() if child.pid == host.process_id]
    return found


def keepers(host: KernelHost) -> list[psutil.Process]:
    """Those that have a kernel."""
    return [child for child in process(host).children() if _has_children(child)]


def _has_children(child: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):  # it has just ended
        return bool(child.children())
    return False


def printed(kernel: Kernel, files: Path, cell: str) -> str:
    with kernel:
        [output] = execute(write_notebook(files, cell), {}, kernel).cells[0].outputs
    text: str = output.text
    return text.strip()


def test_a_kernel_that_was_made_ahead_has_loaded_what_reports_load(host: KernelHost, tmp_path: Path) -> None:
    cell = "import sys; print({'pandas', 'plotly.graph_objects', 'reportkit.charts', 'jinja2'} - set(sys.modules))"
    assert printed(host.kernel(), tmp_path, cell) == "set()"


def test_the_host_has_one_thread(host: KernelHost) -> None:
    assert process(host).num_threads() == 1


def test_no_two_notebooks_share_a_kernel_and_each_used_one_is_replaced(host: KernelHost, tmp_path: Path) -> None:
    chance = "random.random(), numpy.random.random()"
    cell = f"import os, random, numpy; print(os.getcwd(), {chance}, 'left' in globals()); left = 1"
    seen = [printed(host.kernel(), tmp_path, cell).split() for _ in range(4)]
    for part in range(3):
        assert len({told[part] for told in seen}) == 4
    assert {told[3] for told in seen} == {"False"}
    until(lambda: len(keepers(host)) == SPARES)


def test_more_kernels_than_are_ready_can_be_asked_for_at_once(host: KernelHost, tmp_path: Path) -> None:
    kernels = [host.kernel() for _ in range(SPARES + 2)]
    assert [printed(kernel, tmp_path, "print(1)") for kernel in kernels] == ["1"] * 4


def test_a_kernel_knows_what_its_host_was_told_and_nothing_of_who_started_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REPORTKIT_SECRET_KEY", "canary")
    host = KernelHost(mode="off", environment={"TOLD": "yes"})
    cell = (
        "import os, glob\n"
        "def read(f):\n    try: return open(f, 'rb').read()\n    except OSError: return b''\n"
        "print(os.environ['TOLD'], any(b'canary' in read(f'/proc/{p}/environ') for p in ('self', os.getppid())))"
    )
    assert printed(host.kernel(), tmp_path, cell) == "yes False"
    host.close()


def test_a_keeper_that_is_killed_takes_its_kernel_along_and_its_host_tidies_up(
    host: KernelHost, tmp_path: Path
) -> None:
    child = "subprocess.Popen(['sleep', '58.5'], start_new_session=True)"
    with host.kernel() as kernel, pytest.raises(KernelDied, match="was killed by SIGKILL"):
        notebook = write_notebook(
            tmp_path, f"import os, subprocess, time; {child}; os.kill(os.getppid(), 9); time.sleep(60)"
        )
        execute(notebook, {}, kernel)
    until(lambda: not kernel.directory.exists())
    assert [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "58.5"]] == []


def test_what_is_told_to_kernels_cannot_be_seen_by_other_users(host: KernelHost) -> None:
    assert "TOLD" not in " ".join(process(host).cmdline())


@pytest.mark.parametrize("mode", ["auto", "off"])
def test_a_kernel_that_is_in_use_does_not_take_the_requests_of_a_host_that_died(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reportkit.notebook.kernels.START_SECONDS", 15)
    host = KernelHost(mode=mode)
    with host.kernel() as used:
        _ = used.directory
        died = process(host)
        others = [child for child in died.children() if child.pid != used._told["keeper"]]
        for each in (died, *others):
            each.kill()
        psutil.wait_procs([died, *others])
        with host.kernel() as kernel:
            assert kernel.directory.exists()
    host.close()


def test_a_room_whose_keeper_is_killed_is_tidied_up_too(tmp_path: Path) -> None:
    host = KernelHost()
    with host.kernel() as kernel:
        directory = kernel.directory
        psutil.Process(kernel._told["keeper"]).kill()
        until(lambda: not directory.exists())
    host.close()


@pytest.mark.slow
def test_what_a_host_that_was_killed_with_its_keepers_has_left_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    host = KernelHost(mode="off")
    with host.kernel() as kernel:
        left = kernel.directory
        family = [process(host), *process(host).children(recursive=True)]
        for each in family:
            each.suspend()  # else one would tidy up after another
        for each in family:
            each.kill()
        psutil.wait_procs(family)
    assert left.exists()
    host.close()
    other, in_use = directories.make()
    stranger = tmp_path / f"{directories.PREFIX}stranger"
    stranger.symlink_to(Path.home())
    host = KernelHost(mode="off")
    with host.kernel() as kernel:
        _ = kernel.directory
    until(lambda: not left.exists())
    with host.kernel() as kernel:
        assert kernel.directory.exists()
    assert other.exists()
    assert stranger.is_symlink()
    os.close(in_use)
    directories.tidy()
    assert not other.exists()
    host.close()


def test_a_directory_that_was_taken_away_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    lock = fcntl.flock
    taken = []

    def late(descriptor: int, how: int) -> None:
        if not taken:
            taken.extend(tmp_path.iterdir())
            directories.remove(taken[0])
        lock(descriptor, how)

    monkeypatch.setattr("fcntl.flock", late)
    path, descriptor = directories.make()
    assert [path] == list(tmp_path.iterdir()) != taken
    os.close(descriptor)


def test_what_a_link_in_the_place_of_a_directory_leads_to_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    private = tmp_path / "theirs" / "private"
    private.touch(mode=0o400)
    link = tmp_path / f"{directories.PREFIX}link"
    link.symlink_to(tmp_path / "theirs")
    directories.remove(link)
    assert not link.is_symlink()
    assert private.stat().st_mode & 0o777 == 0o400


def test_when_nobody_can_ask_any_more_nothing_is_left(tmp_path: Path) -> None:
    host = KernelHost()
    with host.kernel() as kernel:
        directory = kernel.directory
        family = [process(host), *process(host).children(recursive=True)]
    host.close()
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert not directory.exists()


def test_a_host_that_has_died_is_started_anew_for_the_next_who_asks() -> None:
    host = KernelHost(mode="off")
    with host.kernel() as kernel:
        _ = kernel.directory
    family = [process(host), *process(host).children(recursive=True)]
    family[0].kill()
    psutil.wait_procs(family)
    with host.kernel() as kernel:
        assert kernel.directory.exists()
    host.close()


def test_those_who_wait_are_told_why_there_is_no_host() -> None:
    host = KernelHost()
    host.open()
    with host.kernel() as kernel:
        host.refuse("no room")
        with pytest.raises(BadSettings, match="no room"):
            _ = kernel.directory
    host.close()


def test_those_who_wait_for_a_host_that_dies_are_told(tmp_path: Path) -> None:
    host = KernelHost()
    host.open()
    with host.kernel() as kernel:
        host.attend()
        process(host).kill()
        host.attend()
        with pytest.raises(KernelDied, match="could not be started"):
            _ = kernel.directory
    with host.kernel() as kernel:
        host.attend()
        assert kernel.directory.exists()
    host.close()
