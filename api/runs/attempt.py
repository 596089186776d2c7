"""One attempt at a run: a child process that solves, and everything that happens to it in the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from api.runs.clock import now
from api.runs.frames import Frame
from api.runs.jobs import frontier_job, rebalance_job, solve_job
from api.runs.packing import Packed
from api.runs.process import Child, Children
from api.settings import Settings
from api.store import EventPart, PlanRecord, RunRecord, Store, StoreDownError
from api.store.queue import told

log = logging.getLogger("plumbline.runs")

AGAIN_SECONDS = 1.0
"""How long to wait before a result is offered again to a store that did not take it."""
_FIGURES = {"incumbent": "objective", "bound": "bound", "gap": "gap"}

Published = tuple[PlanRecord, Mapping[str, bytes]]


class Attempt:
    """Works on a run that this process has taken, until it ends or is somebody else's.

    Parameters
    ----------
    run : RunRecord
    store : Store
    children : Children
    settings : Settings
    changed : callable
        Called with the run after each change that was written down.
    """

    def __init__(
        self,
        run: RunRecord,
        store: Store,
        children: Children,
        settings: Settings,
        changed: Callable[[RunRecord], None],
    ) -> None:
        self.run = run
        self._store, self._children, self._settings, self._changed = store, children, settings, changed
        self._child: Child | None = None
        self._explaining = False  # the solve is over: what is left is not cut short by a cancel
        self._cancelled = self._overran = self._killed = self._swollen = False
        self._lost = asyncio.Event()
        self._patience: asyncio.TimerHandle | None = None

    async def work(self) -> None:
        """Solve, publish what comes of it, and leave no child behind."""
        content = await self._insist(
            lambda: self._store.of(self.run.tenant).scenario_content(self.run.scenario), default=None
        )
        if content is None:
            return
        child = await self._children.start(_job(self.run, Packed(*content)))
        log.info("run %s: attempt %d, child %d", self.run.id, self.run.attempt, child.pid)
        overrun = asyncio.create_task(self._overrun(self.run.limits["time"] + self._settings.overrun))
        try:
            self._child = child
            if self._cancelled:
                await self._stop_child()
            if not self._lost.is_set():
                await self._listen(child)
        finally:
            overrun.cancel()
            if self._patience is not None:
                self._patience.cancel()
            if self._child is not None:
                self._child = None
                await child.close()

    async def cancel(self) -> None:
        """Have the solve come back with its best plan; what is explained already is left in peace."""
        if not self._cancelled:
            self._cancelled = True
            await self._stop_child()

    def lose(self) -> None:
        """Give up: the run is somebody else's by now."""
        self._lost.set()
        self._kill()

    def weigh(self) -> None:
        """Kill the child if it uses more memory than a run may."""
        most = self._settings.memory_bytes
        if most and self._child is not None and self._child.memory() > most:
            self._swollen = True
            self._kill()

    async def fail(self, fault: str) -> None:
        """End the run with a fault of ours."""
        await self._finish("failed", fault)

    # -- following the child ----------------------------------------------------------------------------------

    async def _listen(self, child: Child) -> None:
        """Follow a child to its result, or to its end."""
        async for frame in child.frames():
            match frame.head["is"]:
                case "progress":
                    if frame.head["phase"] == "explain" and self._patience is not None:
                        self._patience.cancel()
                    self._explaining = frame.head["phase"] == "explain"
                    await self._progress(frame.head)
                case "result" | "frontier":
                    await self._publish(frame)
                    await self._children.give_back(child)
                    self._child = None
                    return
                case "fault":
                    await self._finish("failed", "solver_failed")
                    return
        code = await child.close(patience=5.0)
        if not self._lost.is_set():
            log.error("run %s: child %d ended with %d before it had a result", self.run.id, child.pid, code)
            await self._without_result()

    async def _without_result(self) -> None:
        """End a run whose child is dead; a death that nobody here wished for may have been bad luck."""
        if self._swollen:
            await self._finish("failed", "solver_out_of_memory")
        elif self._killed and self._cancelled:
            await self._finish("cancelled", "solver_unresponsive")
        elif self._killed:
            await self._finish("failed", "solver_overran")
        else:
            most = self._settings.attempts
            again = await self._insist(
                lambda: self._store.queue.give_back(self.run, now(), most, "solver_died"), default=None
            )
            if again is not None:
                self._changed(again)

    async def _progress(self, head: Mapping[str, Any]) -> None:
        """Write down a moment of a solve, as the event that it is."""
        before = self.run.progress or {}
        latest = {**before, **{key: value for key, value in head.items() if key != "is"}}
        added: list[EventPart] = []
        if latest["phase"] != before.get("phase"):
            added.append(("status", {"status": "running", "phase": latest["phase"]}))
        figures = {key: latest.get(key) for key in ("incumbent", "bound", "gap", "seconds")}
        if figures["incumbent"] is not None and figures["incumbent"] != before.get("incumbent"):
            added.append(("incumbent", figures))
        elif figures["bound"] is not None and figures["bound"] != before.get("bound"):
            added.append(("bound", figures))
        self.run = replace(self.run, progress=latest)
        if not added:
            return
        try:
            if await asyncio.to_thread(self._store.queue.save, self.run, added):
                self._changed(self.run)
            else:
                self.lose()
        except StoreDownError as fault:  # the next one tells more
            log.warning("run %s: progress is not written down: %s", self.run.id, fault)

    async def _publish(self, frame: Frame) -> None:
        """Keep the plan, or the frontier, of a run and end the run, both at once or neither."""
        document, run = frame.head["document"], self.run
        stopped = document["stopped_by"] == "cancel"
        if stopped and not self._cancelled:  # nobody wished it: it had overrun its time
            document["stopped_by"], stopped = "time", False
        if frame.head["is"] == "frontier":
            plan = PlanRecord(run.id.replace("run_", "frt_"), run.id, run.scenario, now(), document)
            figures = dict.fromkeys(_FIGURES)  # there is one of each for every point
            run, tables = replace(run, frontier=plan.id), {}
        else:
            plan = PlanRecord(run.id.replace("run_", "pln_"), run.id, run.scenario, now(), document)
            figures = {key: document[source] for key, source in _FIGURES.items()}
            run, tables = replace(run, plan=plan.id), dict(zip(frame.head["tables"], frame.parts, strict=True))
        self.run = replace(run, progress={**(run.progress or {}), **figures, "phase": "done"})
        await self._finish("cancelled" if stopped else "succeeded", None, (plan, tables))

    async def _finish(self, status: Any, fault: str | None, plan: Published | None = None) -> None:
        """End the run. A store that is away for a while gets the result when it is back."""
        self.run = replace(self.run, status=status, fault=fault, finished=now())
        added: Sequence[EventPart] = told(self.run)
        saved = await self._insist(lambda: self._store.queue.save(self.run, added, plan), default=False)
        if saved:
            log.info("run %s: %s", self.run.id, fault or status, extra={"seconds": self.run.seconds})
            self._changed(self.run)
        else:
            log.warning("run %s: attempt %d came too late", self.run.id, self.run.attempt)

    async def _insist(self, ask: Callable[[], Any], default: Any) -> Any:
        """Ask the store until it answers; return `default` if the run is somebody else's before."""
        while not self._lost.is_set():
            try:
                return await asyncio.to_thread(ask)
            except StoreDownError as fault:
                log.warning("run %s: the store is away: %s", self.run.id, fault)
                await _first(self._lost.wait(), AGAIN_SECONDS)
        return default

    # -- stopping ---------------------------------------------------------------------------------------------

    async def _stop_child(self) -> None:
        """Ask a child to come back; kill it if it does not in time."""
        child = self._child
        if child is None:
            return
        if self._patience is None and (self._overran or not self._explaining):
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(self._settings.grace, self._kill)
        await child.cancel()

    async def _overrun(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._overran, self._patience = True, None
        await self._stop_child()

    def _kill(self) -> None:
        self._killed = True
        if self._child is not None:
            self._child.kill()


async def _first(awaited: Awaitable[Any], seconds: float) -> None:
    """Wait for something, but at most so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await awaited
    except TimeoutError:
        pass


def _job(run: RunRecord, packed: Packed) -> Frame:
    head = {"id": run.id, "limits": run.limits}
    if run.kind == "frontier":
        return frontier_job({**head, "ask": run.ask}, packed)
    return rebalance_job(head, packed) if run.kind == "rebalance" else solve_job(head, packed)
