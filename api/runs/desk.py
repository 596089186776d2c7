"""The desk where runs are handed in, followed and cancelled."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Any

from api import telemetry
from api.errors import Problem
from api.runs.clock import now
from api.runs.following import Follower
from api.runs.worker import Worker
from api.settings import Settings
from api.store import Event, RunRecord, Store, Tenancy
from api.store.queue import told
from api.store.runs import EventPart

log = logging.getLogger("plumbline.runs")


class Desk:
    """Takes runs in for whoever solves them, here or elsewhere.

    Parameters
    ----------
    store : Store
    worker : Worker
    follower : Follower
    settings : Settings
    changed : callable
        Called with a run that was ended here.
    """

    def __init__(
        self,
        store: Store,
        worker: Worker,
        follower: Follower,
        settings: Settings,
        changed: Callable[[RunRecord], None],
    ) -> None:
        self._store, self._worker, self._follower, self._settings = store, worker, follower, settings
        self._changed = changed

    async def submit(
        self,
        kept: Tenancy,
        scenario: str,
        kind: str,
        limits: dict[str, Any],
        ask: dict[str, Any] | None = None,
        *,
        priority: int = 0,
        token: str | None = None,
        maker: str = "",
    ) -> RunRecord:
        """Take in a run.

        Parameters
        ----------
        ask : dict, optional
            What a frontier is asked about.
        token : str, optional
            Makes the id of the run: however often the same one comes, to whichever process, there is one run.
        maker : str
            Who orders it.

        Raises
        ------
        Problem
            ``queue_full``, if too many of the tenant's wait already.
        """
        name = f"run_{token or uuid.uuid4().hex}"
        trace = telemetry.carrier()
        run = RunRecord(name, kind, scenario, "queued", limits, now(), ask=ask or {}, priority=priority)
        run = replace(run, trace=trace, maker=maker)
        queued: list[EventPart] = [("status", {"status": "queued"})]
        most = self._settings.queue
        added = await asyncio.to_thread(kept.add_run, run, queued, most)
        if added is None:
            raise Problem("queue_full", limit=most, headers={"Retry-After": "10"})
        log.info("run %s: ordered", added.id, extra={"run": added.id, "tenant": added.tenant})
        self._worker.wake()
        return added

    async def cancel(self, kept: Tenancy, run: RunRecord) -> None:
        """Cancel a run: one that waits at once, one that is being solved as soon as its best plan is back."""
        if run.status == "queued":
            ended = replace(run, status="cancelled", cancel=True, finished=now())
            if await asyncio.to_thread(self._store.queue.save, ended, told(ended)):
                self._changed(ended)
                return
        await asyncio.to_thread(kept.wish_to_cancel, run.id)
        await self._worker.cancel(run.id)

    async def wait(self, kept: Tenancy, run_id: str, seconds: float) -> None:
        """Wait until a run is final, but at most so many seconds."""
        await self._follower.wait(kept, run_id, seconds)

    def events(self, kept: Tenancy, run_id: str, after: int = 0) -> AsyncGenerator[Event]:
        """Return the events of a run after a number, as `Follower.events` does."""
        return self._follower.events(kept, run_id, after)
