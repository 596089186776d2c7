"""A server and workers as real processes on this machine, to be asked, killed, frozen and started again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

import httpx2

START_SECONDS = 180.0


class Member:
    """One process of a fleet: a server or a worker.

    Parameters
    ----------
    command : sequence of str
        What the command line is called with.
    log : Path
        Where its output goes, after that of the processes before it.
    under : sequence of str
        What runs it, if anything has to be done before.
    """

    def __init__(self, command: tuple[str, ...], log: Path, env: Mapping[str, str], under: tuple[str, ...]) -> None:
        self._command = (*under, sys.executable, "-m", "api.cli", *command)
        self._log, self._env = log, dict(env)
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._env},
            )

    def children(self) -> list[int]:
        """Return the numbers of its child processes."""
        found: list[int] = []
        with contextlib.suppress(OSError, ValueError):
            for task in Path(f"/proc/{self.process.pid}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        return found

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Stop it in its tracks; its children go on."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def restart(self) -> None:
        """Start it again."""
        self.process = self._start()

    def stop(self, patience: float = 30.0) -> int:
        """End it in order, and return its exit code."""
        if self.process.poll() is None:
            self.thaw()
            self.process.terminate()
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.returncode


class Fleet:
    """A server and some workers on one database.

    Parameters
    ----------
    folder : Path
        For the logs.
    database : str
    workers : int
        Processes that only solve, one run at a time.
    solvers : int
        Runs that the server solves itself at once.
    settings : mapping, optional
        Further settings, by the names of their variables.
    under : sequence of str
        What runs each process, if anything has to be done before.
    """

    def __init__(
        self,
        folder: Path,
        database: str,
        *,
        workers: int = 2,
        solvers: int = 0,
        settings: Mapping[str, str] | None = None,
        under: tuple[str, ...] = (),
    ) -> None:
        self.database, self.port = database, _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._folder, self._under = folder, under
        self._env = {"PLUMBLINE_DATABASE": database, **(settings or {})}
        self.server = self.member("server", "serve", "--port", str(self.port), "--solvers", str(solvers))
        self.workers = [self.member(f"worker{k}", "worker", "--solvers", "1") for k in range(1, workers + 1)]
        try:
            self.wait()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def member(self, name: str, *command: str) -> Member:
        """Start a process on the same database, with a log of this name."""
        return Member(command, self._folder / f"{name}.log", self._env, self._under)

    @property
    def members(self) -> list[Member]:
        """All processes, the server first."""
        return [self.server, *self.workers]

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Wait until the server answers."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            with contextlib.suppress(httpx2.HTTPError):
                if httpx2.get(f"{self.address}/healthz", timeout=2).status_code == 200:
                    return
            if self.server.process.poll() is not None:
                raise RuntimeError((self._folder / "server.log").read_text())
            time.sleep(0.1)
        raise TimeoutError(f"the server at {self.address} does not answer")

    def client(self) -> httpx2.Client:
        """Return a client of the server."""
        return httpx2.Client(base_url=self.address, timeout=90)

    def close(self) -> None:
        """End everything."""
        for member in self.members:
            member.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def frozen(member: Member) -> Iterator[None]:
    """Keep a process frozen while inside."""
    member.freeze()
    try:
        yield
    finally:
        member.thaw()
