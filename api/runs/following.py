"""Following runs: whoever waits for one is woken when something happens to it, in this process or in another one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from api.store import Event, Queue, StoreDownError, Tenancy

log = logging.getLogger("plumbline.runs")


class Follower:
    """Wakes those who wait. One question to the store at a time covers everything that is followed.

    Parameters
    ----------
    queue : Queue
    poll : float
        Seconds between looks at what other processes have done.
    """

    def __init__(self, queue: Queue, poll: float) -> None:
        self._queue, self._poll = queue, poll
        self._changed: dict[str, asyncio.Event] = {}
        self._seen: dict[str, int] = {}

    def wake(self, run_id: str) -> None:
        """Wake everybody who follows a run: something has happened to it."""
        if (changed := self._changed.pop(run_id, None)) is not None:
            self._seen.pop(run_id, None)
            changed.set()

    async def look(self) -> None:
        """Look again and again at what other processes have done to the runs that are followed."""
        while True:
            await asyncio.sleep(self._poll)
            if followed := list(self._changed):
                try:
                    lengths = await asyncio.to_thread(self._queue.lengths, followed)
                except StoreDownError as fault:
                    log.warning("events cannot be read: %s", fault)
                    continue
                for run_id, length in lengths.items():
                    if length > self._seen.get(run_id, length):
                        self.wake(run_id)

    async def events(self, kept: Tenancy, run_id: str, after: int = 0) -> AsyncIterator[Event]:
        """Yield the events of a run after a number, those of the past and those to come.

        ``done`` is the last, and comes even to those who have seen it.
        """
        known = await asyncio.to_thread(kept.events, run_id)
        last = len(known)
        after = min(after, last - 1 if known and known[-1].name == "done" else last)
        while True:
            changed = self._changed.setdefault(run_id, asyncio.Event())  # first, so that nothing is missed
            for event in await asyncio.to_thread(kept.events, run_id, after):
                after = event.number
                yield event
                if event.name == "done":
                    self.wake(run_id)
                    return
            self._seen[run_id] = min(after, self._seen.get(run_id, after))
            await changed.wait()

    async def wait(self, kept: Tenancy, run_id: str, seconds: float) -> None:
        """Wait until a run is final, but at most so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for event in self.events(kept, run_id):
                    if event.name == "done":
                        return
