"""A child process, as the service sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from api import logs, telemetry
from api.runs.frames import Frame, receive_frame

_ROOT = str(Path(__file__).parents[2])
AHEAD = "--ahead"
"""Argument of a child that has no job yet."""


MOST_JOBS, MOST_BYTES = 200, 1 << 30
"""Jobs that a child does at most, and memory with which it gets another one."""


class Child:
    """A process of its own for one job after the other. Always `close` it, or give it back."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._process, self._input, self._output = process, process.stdin, process.stdout
        self._jobs, self._working = 0, False

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
        """Hand over the job, and what its logs and traces belong to."""
        self._jobs, self._working = self._jobs + 1, True
        await self._send(
            Frame({**job.head, "context": logs.context(), "trace": telemetry.carrier()}, job.parts, job.stream)
        )

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
        """Yield what the child says about its job, until that is over or the child is dead."""
        while self._working and (frame := await receive_frame(self._output)) is not None:
            if frame.head["is"] == "over":
                self._working = False
            else:
                yield frame

    async def fit(self, patience: float) -> bool:
        """Tell whether it can have another job: the last is over within so many seconds, and it is in good health."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                async for _ in self.frames():
                    pass
        return self.alive and not self._working and self._jobs < MOST_JOBS and self.memory() < MOST_BYTES

    async def cancel(self) -> None:
        """Ask the child to come back with what it has."""
        await self._send(Frame({"is": "cancel"}))

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def end(self, patience: float) -> int:
        """Let the process end by itself within so many seconds, and return its exit code."""
        await self._send(Frame({"is": "end"}))
        return await self.close(patience)

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
            if frame.stream is not None:
                chunks = frame.stream.chunks()
                while chunk := await asyncio.to_thread(next, chunks, b""):
                    self._input.write(chunk)
                    await self._input.drain()


class Children:
    """Starts children, and keeps some that have nothing to do: loading the engines takes longer than many a solve.

    Parameters
    ----------
    keep : int
        How many may wait for a job; 0: each child has one job only.
    """

    def __init__(self, keep: int) -> None:
        self._keep, self._closed = keep, False
        self._idle: list[Child] = []
        self._next: asyncio.Task[Child] | None = None

    def prepare(self) -> None:
        """Begin to make a child ready, unless one is."""
        if self._keep and not self._closed and self._next is None and not self._idle:
            self._next = asyncio.create_task(Child.start(ahead=True))

    async def start(self, job: Frame) -> Child:
        """Return a child that works on a job."""
        child = await self._ready()
        while not child.alive:
            await child.close()
            child = await self._ready()
        self.prepare()
        try:
            await child.do(job)
        except BaseException:
            await child.close()
            raise
        return child

    async def _ready(self) -> Child:
        if self._idle:
            return self._idle.pop()
        waiting, self._next = self._next, None
        return await waiting if waiting is not None else await Child.start()

    async def give_back(self, child: Child, patience: float = 5.0) -> None:
        """Keep a child for the next job, if it is fit for one and there is room; end it otherwise."""
        if len(self._idle) < self._keep and await child.fit(patience) and not self._closed:
            self._idle.append(child)
        else:
            await child.end(patience)

    async def close(self) -> None:
        """End the children that wait."""
        self._closed = True
        for child in self._idle:
            await child.close()
        if self._next is not None:
            await (await self._next).close()
