"""A child process, as the service sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from api.runs.frames import Frame, receive_frame

_ROOT = str(Path(__file__).parents[2])
AHEAD = "--ahead"
"""Argument of a child that has no job yet."""


class Child:
    """One job in a process of its own. Always `close` it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._process, self._input, self._output = process, process.stdin, process.stdout

    @classmethod
    async def start(cls, *, ahead: bool = False) -> Child:
        """Start a process, which waits for a job; `ahead` of one, it loads the engines meanwhile."""
        path = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH"))))
        # -P: a file called random.py in the folder where somebody starts the service must not matter
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "api.runs.child", *([AHEAD] if ahead else [])),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        return cls(process)

    async def do(self, job: Frame) -> None:
        """Hand over the job."""
        await self._send(job)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    def memory(self) -> int:
        """Return the memory that the process holds, in bytes; 0 where nobody can tell."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        except (OSError, ValueError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE")

    async def frames(self) -> AsyncIterator[Frame]:
        """Yield what the child says, until it has no more to say or is dead."""
        while (frame := await receive_frame(self._output)) is not None:
            yield frame

    async def cancel(self) -> None:
        """Ask the child to come back with what it has."""
        await self._send(Frame({"is": "cancel"}))

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def close(self, patience: float = 0.0) -> int:
        """End the process if it has not ended within so many seconds, and return its exit code."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._process.wait()), patience)
        self.kill()
        code = await self._process.wait()
        self._input.close()
        with contextlib.suppress(ConnectionError):
            await self._input.wait_closed()
        return code

    async def _send(self, frame: Frame) -> None:
        with contextlib.suppress(ConnectionError):  # a dead child is noticed where its answer is missing
            self._input.write(frame.encode())
            await self._input.drain()


class Children:
    """Starts children, and has the next one ready: loading the engines takes longer than many a solve.

    Parameters
    ----------
    spare : bool
        Whether to keep one ready.
    """

    def __init__(self, spare: bool) -> None:
        self._keep, self._closed = spare, False
        self._spare: asyncio.Task[Child] | None = None

    def prepare(self) -> None:
        """Begin to make the next child ready."""
        if self._keep and not self._closed and self._spare is None:
            self._spare = asyncio.create_task(Child.start(ahead=True))

    async def start(self, job: Frame) -> Child:
        """Return a child that works on a job."""
        waiting, self._spare = self._spare, None
        child = await waiting if waiting is not None else await Child.start()
        if not child.alive:
            await child.close()
            child = await Child.start()
        self.prepare()
        try:
            await child.do(job)
        except BaseException:
            await child.close()
            raise
        return child

    async def close(self) -> None:
        """End the child that waits."""
        self._closed = True
        if self._spare is not None:
            await (await self._spare).close()
