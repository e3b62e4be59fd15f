"""A PostgreSQL server of its own on loopback, for as long as a test session lasts."""

from __future__ import annotations

import contextlib
import glob
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator

from ports import held_port


def binaries() -> pathlib.Path | None:
    """The folder of initdb and pg_ctl; Debian keeps them off the path."""
    found = shutil.which("pg_ctl")
    folders = [os.path.dirname(found)] if found else []
    for pattern in (
        "/usr/lib/postgresql/*/bin",
        "/opt/homebrew/opt/postgresql@*/bin",
        "/usr/local/opt/postgresql@*/bin",
    ):
        folders += sorted(glob.glob(pattern), reverse=True)
    return next((pathlib.Path(folder) for folder in folders if os.path.exists(f"{folder}/initdb")), None)


def _user() -> dict[str, object]:
    """PostgreSQL refuses to run as root: then it runs as the user that its package has made."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


@contextlib.contextmanager
def running() -> Iterator[str]:
    """The URL of a fresh database."""
    with held_port() as port, _running_at(port) as url:
        yield url


@contextlib.contextmanager
def _running_at(port: int) -> Iterator[str]:
    folder = binaries()
    assert folder is not None
    home = tempfile.mkdtemp(prefix="peak_postgres_")
    options = {"check": True, "capture_output": True, "cwd": home, "timeout": 600, **_user()}
    try:
        if os.geteuid() == 0:
            shutil.chown(home, "postgres", "postgres")
        data = f"{home}/data"
        subprocess.run(
            [folder / "initdb", "-D", data, "-U", "peak", "-A", "trust", "--no-sync", "-E", "UTF8"], **options
        )
        # No socket in a folder, whose name may be longer than a socket's may be.
        settings = f"-h 127.0.0.1 -p {port} -k '' -c fsync=off"
        start = [folder / "pg_ctl", "-D", data, "-w", "-t", "300", "-l", f"{home}/log", "-o", settings, "start"]
        subprocess.run(start, **{**options, "capture_output": False, "stdout": subprocess.DEVNULL})
        try:
            yield f"postgresql://peak@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([folder / "pg_ctl", "-D", data, "-m", "immediate", "-t", "300", "stop"], **options)
    finally:
        shutil.rmtree(home, ignore_errors=True)
