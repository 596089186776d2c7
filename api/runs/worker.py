"""The worker of a process: takes runs from the queue, works on them, and sees to the runs of those who died."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, TypeVar

from api import logs, telemetry
from api.runs.attempt import Attempt
from api.runs.clock import now
from api.runs.process import Children
from api.settings import Settings
from api.store import ProcessRecord, RunRecord, Store, StoreDownError

log = logging.getLogger("plumbline.runs")

T = TypeVar("T")

BEAT_SECONDS, LOOK_SECONDS = 1.0, 2.0
"""How often a process tells that it lives, and how often it looks who does not: five looks in vain are ten seconds."""
ENDLESS = 1 << 30


class Worker:
    """Solves so many runs at once as the settings say; also without any it beats, and buries the dead.

    Parameters
    ----------
    store : Store
    children : Children
    settings : Settings
    kind : {"serve", "worker"}
    changed : callable
        Called with a run after each change that was written down here.
    """

    def __init__(
        self,
        store: Store,
        children: Children,
        settings: Settings,
        kind: Literal["serve", "worker"],
        changed: Callable[[RunRecord], None],
    ) -> None:
        self._store, self._children, self._settings = store, children, settings
        self._kind, self._changed = kind, changed
        self.id = ""
        self._active: dict[str, Attempt] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []
        self._solvers: list[asyncio.Task[None]] = []
        # a thread of its own: whatever else waits for the store, the heart goes on
        self._heart = ThreadPoolExecutor(1, "heart")

    async def start(self) -> None:
        """Begin to work."""
        await asyncio.to_thread(self._join)
        self._tasks = [asyncio.create_task(self._beat()), asyncio.create_task(self._bury())]
        self._solvers = [asyncio.create_task(self._solve()) for _ in range(self._settings.solvers)]

    async def stop(self) -> None:
        """Take nothing more; let what is under way end within the time to drain, and leave the rest to others."""
        self._stopping = True
        self._wake.set()
        if self._solvers:
            await asyncio.wait(self._solvers, timeout=self._settings.drain)
        for solver in self._solvers:
            solver.cancel()
        await asyncio.gather(*self._solvers, return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(StoreDownError):
            await asyncio.to_thread(self._store.queue.leave, self.id)
        self._heart.shutdown(wait=False)

    @property
    def alive(self) -> bool:
        """Whether everything that should be at work is."""
        return bool(self._tasks) and not any(task.done() for task in (*self._tasks, *self._solvers))

    @property
    def busy(self) -> int:
        """How many runs are worked on here."""
        return len(self._active)

    def wake(self) -> None:
        """Look at the queue at once: there is something in it."""
        self._wake.set()

    async def cancel(self, run_id: str) -> None:
        """Stop a run that is worked on here, without waiting for the next beat."""
        if (attempt := self._active.get(run_id)) is not None:
            await attempt.cancel()

    def _join(self) -> None:
        host, pid = socket.gethostname(), os.getpid()
        process = ProcessRecord(
            f"{host}:{pid}:{uuid.uuid4().hex[:8]}"[-64:], self._kind, host, pid, self._settings.solvers, 0, now()
        )
        self._store.queue.join(process)
        self.id = process.id

    # -- loops ------------------------------------------------------------------------------------------------

    async def _solve(self) -> None:
        """Take one run after the other."""
        while not self._stopping:
            run = await self._take()
            if run is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._settings.poll):
                        await self._wake.wait()
                continue
            attempt = self._active[run.id] = Attempt(run, self._store, self._children, self._settings, self._changed)
            self._changed(run)
            with logs.bound(run=run.id, tenant=run.tenant), telemetry.span("run", run.trace, run=run.id):
                await self._work(attempt)

    async def _work(self, attempt: Attempt) -> None:
        """Work on a run until it is no longer ours."""
        try:
            await attempt.work()
        except Exception:  # a fault of ours costs this run, and not the worker
            log.exception("run %s", attempt.run.id)
            await attempt.fail("solver_failed")
        except asyncio.CancelledError:
            await asyncio.shield(self._leave(attempt))
            raise
        finally:
            del self._active[attempt.run.id]
            self._wake.set()

    async def _take(self) -> RunRecord | None:
        self._wake.clear()
        try:
            return await asyncio.to_thread(self._store.queue.take, self.id, now(), self._settings.tenant_runs)
        except StoreDownError as fault:
            log.warning("no run can be taken: %s", fault)
            return None

    async def _leave(self, attempt: Attempt) -> None:
        """Let a run wait again, for others: that this process was told to stop is not held against it."""
        with contextlib.suppress(StoreDownError):  # then it is found where its process no longer beats
            left = await asyncio.to_thread(self._store.queue.give_back, attempt.run, now(), ENDLESS)
            if left is not None:
                self._changed(left)

    async def _beat(self) -> None:
        """Tell that this process lives, and do what it learns."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            for attempt in list(self._active.values()):
                attempt.weigh()
            mine = {run_id: attempt.run.attempt for run_id, attempt in self._active.items()}
            try:
                beat = await loop.run_in_executor(self._heart, self._store.queue.beat, self.id)
                if not beat.alive:
                    log.error("this process was taken for dead: its runs are others' by now")
                    await loop.run_in_executor(self._heart, self._join)
            except StoreDownError as fault:
                log.warning("no beat: %s", fault)
                continue
            for run_id in mine:
                attempt_now = self._active.get(run_id)
                if attempt_now is None or attempt_now.run.attempt != mine[run_id]:
                    continue
                if not beat.alive:
                    attempt_now.lose()
                elif run_id in beat.cancelled:
                    await attempt_now.cancel()

    async def _bury(self) -> None:
        """Look who no longer beats."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                freed: list[RunRecord] = await asyncio.to_thread(
                    self._store.queue.bury, now(), self._settings.attempts, self.id
                )
            except StoreDownError as fault:
                log.warning("nobody can be looked at: %s", fault)
                continue
            for run in freed:
                facts = {"run": run.id, "tenant": run.tenant}
                log.warning("run %s: its process is gone; it is %s now", run.id, run.status, extra=facts)
                self._changed(run)
            if freed:
                self._wake.set()
