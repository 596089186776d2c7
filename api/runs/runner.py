"""The runner: a queue of runs, each solved in a child process, with everything that happens to it in the store."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from api.errors import Problem
from api.metrics import Metrics
from api.runs.frames import Frame
from api.runs.jobs import frontier_job, rebalance_job, solve_job
from api.runs.packing import Packed
from api.runs.process import Child, Children
from api.settings import Settings
from api.store import Event, PlanRecord, RunRecord, Store
from api.store.base import EventPart

log = logging.getLogger("plumbline.runs")


@dataclass
class _Active:
    """A run that is being solved, and why it was stopped if it was."""

    child: Child | None = None
    explaining: bool = False  # the solve is over: what is left is not cut short by a cancel
    cancelled: bool = False
    overran: bool = False
    killed: bool = False
    patience: asyncio.TimerHandle | None = None


class Runner:
    """Takes runs in, solves them in turn, and tells what happens. Lives in the event loop of the service."""

    def __init__(self, store: Store, children: Children, settings: Settings, metrics: Metrics) -> None:
        self._store, self._children, self._settings, self._metrics = store, children, settings, metrics
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._waiting: set[str] = set()
        self._active: dict[str, _Active] = {}
        self._workers: list[asyncio.Task[None]] = []
        self._changed: dict[str, asyncio.Event] = {}
        metrics.watch(lambda: len(self._waiting), lambda: len(self._active))

    async def start(self) -> None:
        """Begin to work: what waited before a restart waits on; what was under way has failed."""
        for run in await asyncio.to_thread(self._store.unfinished):
            if run.status == "queued":
                self._enqueue(run.id)
            else:
                await self._finish(run, "failed", "interrupted")
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._settings.solvers)]

    async def stop(self) -> None:
        """End all children. Their runs have failed; what waits is taken up after the next start."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    @property
    def alive(self) -> bool:
        """Whether every worker is at work."""
        return bool(self._workers) and not any(worker.done() for worker in self._workers)

    async def submit(
        self, scenario: str, kind: str, limits: dict[str, Any], ask: dict[str, Any] | None = None
    ) -> RunRecord:
        """Take in a run; `ask` is what a frontier is asked about.

        Raises
        ------
        Problem
            ``queue_full``, if too many wait already.
        """
        if len(self._waiting) >= self._settings.queue:
            raise Problem("queue_full", limit=self._settings.queue, headers={"Retry-After": "10"})
        run = RunRecord(f"run_{uuid.uuid4().hex}", kind, scenario, "queued", limits, _now(), ask=ask or {})
        self._waiting.add(run.id)
        try:
            await asyncio.to_thread(self._store.add_run, run, [("status", {"status": "queued"})])
        except BaseException:
            self._waiting.discard(run.id)
            raise
        self._enqueue(run.id)
        return run

    async def cancel(self, run: RunRecord) -> None:
        """Cancel a run: one that waits at once, one that is being solved as soon as its best plan is back."""
        if run.id in self._waiting:
            self._waiting.discard(run.id)
            await self._finish(run, "cancelled", None)
        elif (active := self._active.get(run.id)) is not None and not active.cancelled:
            active.cancelled = True
            await self._stop_child(active)

    async def wait(self, run_id: str, seconds: float) -> None:
        """Wait until a run is final, but at most so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for event in self.events(run_id):
                    if event.name == "done":
                        return

    async def events(self, run_id: str, after: int = 0) -> AsyncIterator[Event]:
        """Yield the events of a run after a number, those of the past and those to come.

        ``done`` is the last, and comes even to those who have seen it.
        """
        known = await asyncio.to_thread(self._store.events, run_id)
        after = min(after, len(known) - 1 if known and known[-1].name == "done" else len(known))
        while True:
            changed = self._changed.setdefault(run_id, asyncio.Event())  # first, so that nothing is missed
            for event in await asyncio.to_thread(self._store.events, run_id, after):
                after = event.number
                yield event
                if event.name == "done":
                    self._changed.pop(run_id, None)
                    return
            await changed.wait()

    # -- solving ----------------------------------------------------------------------------------------------

    def _enqueue(self, run_id: str) -> None:
        self._waiting.add(run_id)
        self._queue.put_nowait(run_id)

    async def _work(self) -> None:
        while True:
            run_id = await self._queue.get()
            if run_id not in self._waiting:
                continue  # cancelled while it waited
            self._waiting.discard(run_id)
            active = self._active[run_id] = _Active()
            try:
                await self._solve(run_id, active)
            except Exception:  # a fault of ours costs this run, and not the worker
                log.exception("run %s", run_id)
                await self._end(run_id, "solver_failed")
            except asyncio.CancelledError:
                await self._end(run_id, "interrupted")
                raise
            finally:
                del self._active[run_id]

    async def _end(self, run_id: str, fault: str) -> None:
        run = await asyncio.to_thread(self._store.run, run_id)
        if run is not None:
            await self._finish(run, "failed", fault)

    async def _solve(self, run_id: str, active: _Active) -> None:
        run = await asyncio.to_thread(self._store.run, run_id)
        assert run is not None
        run = replace(run, status="running", started=_now())
        await self._save(run, [("status", {"status": "running"})])
        content = await asyncio.to_thread(self._store.scenario_content, run.scenario)
        child = await self._children.start(_job(run, Packed(*content)))
        log.info("run %s: child %d", run.id, child.pid)
        loop = asyncio.get_running_loop()
        limit = run.limits["time"] + self._settings.overrun
        deadline = loop.create_task(self._overrun(active, limit))
        try:
            active.child = child
            if active.cancelled:
                await self._stop_child(active)
            await self._listen(run, active, child)
        finally:
            deadline.cancel()
            if active.patience is not None:
                active.patience.cancel()
            active.child = None
            await child.close()

    async def _listen(self, run: RunRecord, active: _Active, child: Child) -> None:
        """Follow a child to its result, or to its end."""
        async for frame in child.frames():
            match frame.head["is"]:
                case "progress":
                    if frame.head["phase"] == "explain" and active.patience is not None:
                        active.patience.cancel()
                    active.explaining = frame.head["phase"] == "explain"
                    run = await self._progress(run, frame.head)
                case "result" | "frontier":
                    await self._publish(run, active, frame)
                    await child.close(patience=5.0)
                    return
                case "fault":
                    await self._finish(run, "failed", "solver_failed")
                    return
        code = await child.close(patience=5.0)
        log.error("run %s: child %d ended with %d before it had a result", run.id, child.pid, code)
        if active.killed and active.cancelled:
            await self._finish(run, "cancelled", "solver_unresponsive")
        else:
            await self._finish(run, "failed", "solver_overran" if active.killed else "solver_died")

    async def _progress(self, run: RunRecord, head: Mapping[str, Any]) -> RunRecord:
        """Write down a moment of a solve, as the event that it is."""
        before = run.progress or {}
        now = {**before, **{key: value for key, value in head.items() if key != "is"}}
        events: list[EventPart] = []
        if now["phase"] != before.get("phase"):
            events.append(("status", {"status": "running", "phase": now["phase"]}))
        figures = {key: now.get(key) for key in ("incumbent", "bound", "gap", "seconds")}
        if figures["incumbent"] is not None and figures["incumbent"] != before.get("incumbent"):
            events.append(("incumbent", figures))
        elif figures["bound"] is not None and figures["bound"] != before.get("bound"):
            events.append(("bound", figures))
        run = replace(run, progress=now)
        if events:
            await self._save(run, events)
        return run

    async def _publish(self, run: RunRecord, active: _Active, frame: Frame) -> None:
        """Keep the plan, or the frontier, of a run and end the run, both at once or neither."""
        document = frame.head["document"]
        stopped = document["stopped_by"] == "cancel"
        if stopped and not active.cancelled:  # nobody wished it: it had overrun its time
            document["stopped_by"], stopped = "time", False
        if frame.head["is"] == "frontier":
            plan = PlanRecord(run.id.replace("run_", "frt_"), run.id, run.scenario, _now(), document)
            figures = dict.fromkeys(_FIGURES)  # there is one of each for every point
            run, tables = replace(run, frontier=plan.id), {}
        else:
            plan = PlanRecord(run.id.replace("run_", "pln_"), run.id, run.scenario, _now(), document)
            figures = {key: document[source] for key, source in _FIGURES.items()}
            run, tables = replace(run, plan=plan.id), dict(zip(frame.head["tables"], frame.parts, strict=True))
        run = replace(run, progress={**(run.progress or {}), **figures, "phase": "done"})
        await self._finish(run, "cancelled" if stopped else "succeeded", None, (plan, tables))

    async def _finish(
        self,
        run: RunRecord,
        status: Any,
        fault: str | None,
        plan: tuple[PlanRecord, Mapping[str, bytes]] | None = None,
    ) -> None:
        run = replace(run, status=status, fault=fault, finished=_now())
        done = {"status": run.status, "plan": run.plan, "fault": run.fault, **_figures(run)}
        await self._save(run, [("status", {"status": run.status}), ("done", done)], plan)

    async def _save(
        self,
        run: RunRecord,
        events: list[EventPart],
        plan: tuple[PlanRecord, Mapping[str, bytes]] | None = None,
    ) -> None:
        """Write a change down and wake up everybody who waits for one."""
        saved = await asyncio.to_thread(self._store.save_run, run, events, plan)
        if saved and run.final:
            self._metrics.finished(run)
        if (changed := self._changed.pop(run.id, None)) is not None:
            changed.set()

    # -- stopping ---------------------------------------------------------------------------------------------

    async def _stop_child(self, active: _Active) -> None:
        """Ask a child to come back; kill it if it does not in time."""
        child = active.child
        if child is None:
            return
        if active.patience is None and (active.overran or not active.explaining):
            loop = asyncio.get_running_loop()
            active.patience = loop.call_later(self._settings.grace, _kill, active)
        await child.cancel()

    async def _overrun(self, active: _Active, seconds: float) -> None:
        await asyncio.sleep(seconds)
        active.overran, active.patience = True, None
        await self._stop_child(active)


_FIGURES = {"incumbent": "objective", "bound": "bound", "gap": "gap"}


def _job(run: RunRecord, packed: Packed) -> Frame:
    head = {"id": run.id, "limits": run.limits}
    if run.kind == "frontier":
        return frontier_job({**head, "ask": run.ask}, packed)
    return rebalance_job(head, packed) if run.kind == "rebalance" else solve_job(head, packed)


def _figures(run: RunRecord) -> dict[str, Any]:
    return {key: (run.progress or {}).get(key) for key in _FIGURES}


def _kill(active: _Active) -> None:
    active.killed = True
    if active.child is not None:
        active.child.kill()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
