"""A room of bubblewrap's, which a process joins: what it has loaded comes along, what it can reach is a short list.

No network, a process table of its own, system and Python read-only, no file of anybody's but the kernel's own
directory. What runs in it has no capabilities, cannot gain any, and dies with the room.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from reportkit.notebook.directories import temporary

MODES = ("auto", "required", "off")
"""Of REPORTKIT_SANDBOX: where the machine can, or not at all; nowhere."""
INSTALL = (
    "install bubblewrap (its command is bwrap) and allow unprivileged user namespaces, or accept notebooks that can "
    "read this user's files with REPORTKIT_SANDBOX=off"
)
NOBODY = "65534"
CLOSE_SECONDS = 5.0
"""How long what is inside may take to die."""
SHARED_MEMORY = 1_000_000_000
"""Bytes in /dev/shm."""
MOST_TASKS = 1_000
"""Processes and threads."""
SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")
CONFIGURATION = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/mime.types")

NAMESPACES = 0x10000000 | 0x00020000 | 0x20000000 | 0x40000000 | 0x08000000 | 0x04000000
"""User, mount, process, network, IPC and host name: CLONE_NEW... of <linux/sched.h>."""
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
CAPABILITY_VERSION_3 = 0x20080522
LAST_CAPABILITY = 63
IN_MEMORY, TEMPORARY = "/dev/shm", "/tmp"  # noqa: S108 - those of the room

libc = ctypes.CDLL(None, use_errno=True)


class Room:
    """An empty room, until it is closed or the process that made it ends."""

    def __init__(self, directory: Path, bubblewrap: str) -> None:
        """`directory` can be written, and lies at the same place inside. Raises OSError, with the reason."""
        news, news_end = os.pipe()
        (directory / "tmp").mkdir(exist_ok=True)
        try:
            self._process = subprocess.Popen(
                # its first process waits for its standard input to end: it does when we do
                [bubblewrap, *_options(directory, news_end), "--", "/bin/sh", "-c", "echo ready; exec cat"],
                env={},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[news_end],
            )
        finally:
            os.close(news_end)
        assert self._process.stdout
        assert self._process.stderr
        with os.fdopen(news) as told:
            if self._process.stdout.readline() != b"ready\n":
                self._process.kill()
                why = self._process.stderr.read().decode(errors="replace").strip().splitlines()
                self._process.wait()
                raise OSError(f"bubblewrap says: {why[-1] if why else 'nothing'}")
            first = json.loads(told.read())["child-pid"]
            self._first = os.pidfd_open(first)
        self.shared_memory = Path(f"/proc/{first}/root{IN_MEMORY}")
        """As it is seen from outside."""

    def join(self) -> None:
        """Comes back inside, in a process that this one waits for and ends like. Raises OSError."""
        if libc.setns(self._first, NAMESPACES) != 0:
            error = ctypes.get_errno()
            raise OSError(error, f"the sandbox cannot be joined: {os.strerror(error)}")
        die_with_parent()  # again: who gains rights by joining is let off
        if inside := os.fork():
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # a line that it held would seem to be heard
            _end_like(os.waitpid(inside, 0)[1])
        _give_up_power()
        die_with_parent()

    def close(self) -> None:
        """Kills whatever is inside, and waits for it."""
        self._process.kill()
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._first, signal.SIGKILL)
        gone = select.poll()
        gone.register(self._first, select.POLLIN)
        gone.poll(CLOSE_SECONDS * 1000)
        self._process.wait()


def _end_like(status: int) -> NoReturn:
    """Of a process that was waited for."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        os._exit(code)
    if -code != signal.SIGKILL:
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
    os._exit(1)


def die_with_parent() -> None:
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def find(path: str) -> str | None:
    """Bubblewrap's command, in one of the system's directories or of this PATH; in none that anybody can write."""
    for directory in map(Path, (path + os.pathsep + os.defpath).split(os.pathsep)):
        with suppress(OSError):
            private = directory.is_absolute() and not directory.stat().st_mode & stat.S_IWOTH
            if private and (found := shutil.which("bwrap", path=str(directory))):
                return found
    return None


def why_not(bubblewrap: str | None) -> str | None:
    """Why this machine cannot make a room; None: it can. It is tried, for a few milliseconds: fork no threads."""
    if bubblewrap is None:
        return "bubblewrap is not installed"
    with temporary() as directory:
        try:
            room = Room(directory, bubblewrap)
        except OSError as error:
            return str(error)
        if (visitor := os.fork()) == 0:
            _visit(room)
        _, status = os.waitpid(visitor, 0)
        room.close()
    return None if status == 0 else "a process cannot join bubblewrap's namespaces"


def _visit(room: Room) -> NoReturn:
    try:
        room.join()
        os._exit(0)
    except OSError:
        os._exit(1)


def _give_up_power() -> None:
    """Joining a user namespace gives all capabilities in it."""
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    if libc.capset(header, (ctypes.c_uint32 * 6)()) != 0:
        raise OSError(ctypes.get_errno(), "capabilities could not be given up")
    resource.setrlimit(resource.RLIMIT_NPROC, (MOST_TASKS, MOST_TASKS))  # in this room; who is root outside has none
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else its own /proc/self would be root's


def _options(directory: Path, news: int) -> list[str]:
    options = ["--unshare-all", "--unshare-user", "--disable-userns", "--uid", NOBODY, "--gid", NOBODY]
    options += ["--hostname", "report", "--die-with-parent", "--new-session", "--clearenv", "--info-fd", str(news)]
    options += ["--proc", "/proc", "--dev", "/dev", "--size", str(SHARED_MEMORY), "--tmpfs", IN_MEMORY]
    # of /proc too: who is root outside could write there what holds for the whole machine
    options += ["--remount-ro", "/proc", "--remount-ro", "/dev", "--bind", str(directory / "tmp"), TEMPORARY]
    for path in map(Path, SYSTEM):
        if path.is_symlink():
            options += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            options += ["--ro-bind", str(path), str(path)]
    for name in (*CONFIGURATION, *map(str, _python())):
        options += ["--ro-bind-try", name, name]
    return [*options, "--bind", str(directory), str(directory), "--remount-ro", "/"]


def _python() -> Iterator[Path]:
    """This Python, its libraries, and the packages that lie elsewhere: of a project's directory nothing else."""
    prefixes = {Path(prefix) for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)}
    prefixes |= {prefix.resolve() for prefix in prefixes}
    yield from sorted(prefixes)
    for entry in map(Path, sys.path):
        if entry.is_dir() and not any(entry.is_relative_to(prefix) for prefix in prefixes):
            yield from (part for part in sorted(entry.iterdir()) if (part / "__init__.py").exists())
            yield from sorted(entry.glob("*.py"))
