"""Following runs: whoever waits for one is woken when something happens to it, in this process or in another one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator

from api.store import Event, Queue, StoreDownError, Tenancy

log = logging.getLogger("plumbline.runs")


class _Followed:
    """A run that somebody follows: who has seen least of it, and what wakes them all."""

    def __init__(self) -> None:
        self.followers = 0
        self.changed = asyncio.Event()
        self.seen: int | None = None

    def wake(self) -> None:
        self.changed.set()
        self.changed, self.seen = asyncio.Event(), None


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
        self._followed: dict[str, _Followed] = {}

    def wake(self, run_id: str) -> None:
        """Wake everybody who follows a run: something has happened to it."""
        if (followed := self._followed.get(run_id)) is not None:
            followed.wake()

    async def look(self) -> None:
        """Look again and again at what other processes have done to the runs that are followed."""
        while True:
            await asyncio.sleep(self._poll)
            if names := list(self._followed):
                try:
                    lengths = await asyncio.to_thread(self._queue.lengths, names)
                except StoreDownError as fault:
                    log.warning("events cannot be read: %s", fault)
                    continue
                for run_id, length in lengths.items():
                    followed = self._followed.get(run_id)
                    if followed is not None and followed.seen is not None and length > followed.seen:
                        followed.wake()

    async def events(self, kept: Tenancy, run_id: str, after: int = 0) -> AsyncGenerator[Event]:
        """Yield the events of a run after a number, those of the past and those to come.

        ``done`` is the last, and comes even to those who have seen it. Close it, or read it to its end: until then the
        run is looked at.
        """
        followed = self._followed.setdefault(run_id, _Followed())
        followed.followers += 1
        try:
            known = await asyncio.to_thread(kept.events, run_id)
            last = len(known)
            after = min(after, last - 1 if known and known[-1].name == "done" else last)
            while True:
                changed = followed.changed  # first, so that nothing is missed
                for event in await asyncio.to_thread(kept.events, run_id, after):
                    after = event.number
                    if event.name == "done":
                        followed.wake()
                    yield event
                    if event.name == "done":
                        return
                if not changed.is_set():
                    followed.seen = after if followed.seen is None else min(after, followed.seen)
                    await changed.wait()
        finally:
            followed.followers -= 1
            if not followed.followers:
                del self._followed[run_id]

    async def wait(self, kept: Tenancy, run_id: str, seconds: float) -> None:
        """Wait until a run is final, but at most so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), contextlib.aclosing(self.events(kept, run_id)) as events:
                async for event in events:
                    if event.name == "done":
                        return
