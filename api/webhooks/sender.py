"""Sends what waits in the outbox, as long as the process lives."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import time
from collections.abc import Callable
from random import SystemRandom
from typing import Literal

import httpx2

from api.store import Store, StoreDownError
from api.store.hooks import State
from api.store.outbox import LEASE, Outbox, Parcel
from api.webhooks.post import SECONDS, post
from api.webhooks.reach import Reach

Told = Literal["delivered", "retried", "failed"]

log = logging.getLogger("plumbline.webhooks")

_WITHOUT_STORE = 5.0
"""Seconds between tries while the database does not answer."""
_LAST_SECONDS = 2.0
"""Seconds that attempts under way have to end when the sender is stopped."""


class Sender:
    """One of the processes that send; any number of them share the work.

    Parameters
    ----------
    store : Store
    reach : Reach
        Where webhooks may go.
    slots : int
        Attempts at once. At most half of them are for endpoints whose last attempt failed: who answers slowly, or not
        at all, holds up only the likes of them. An endpoint gets one delivery at a time, from all processes together.
    seconds : float
        How long an attempt may take.
    poll : float
        Seconds between looks at the outbox.
    trust : SSLContext, optional
        Which certificates are good; by default, those that the system trusts.
    told : callable, optional
        Is told what came of every attempt.
    outbox : Outbox, optional
        The store's, unless somebody wants another clock.
    """

    def __init__(
        self,
        store: Store,
        reach: Reach,
        *,
        slots: int = 16,
        seconds: float = SECONDS,
        poll: float = 1.0,
        trust: ssl.SSLContext | None = None,
        told: Callable[[Told], None] = lambda _: None,
        outbox: Outbox | None = None,
    ) -> None:
        if seconds >= LEASE - 1:
            raise ValueError(f"an attempt must end before others take over: in less than {LEASE - 1:g} seconds")
        self._outbox = outbox or Outbox(store.database)
        self._reach, self._slots, self._seconds, self._poll = reach, max(slots, 2), seconds, poll
        self._trust = trust
        self._told = told
        self._under_way: dict[asyncio.Task[None], Parcel] = {}

    async def run(self) -> None:
        """Send until cancelled. What is under way then has a moment to end, and is left to others if it does not."""
        trust = self._trust
        if trust is None:  # which reads the certificates of the system
            trust = await asyncio.to_thread(httpx2.create_ssl_context)
        try:
            while True:
                pause = self._poll
                try:
                    await self._begin(trust)
                except StoreDownError as fault:
                    log.warning("the store does not answer: %s", fault)
                    pause = _WITHOUT_STORE
                except Exception:  # a fault of ours must not end the sending of everything else
                    log.exception("no webhooks can be claimed")
                    pause = _WITHOUT_STORE
                pause *= SystemRandom().uniform(0.8, 1.2)  # so that many processes do not look all at once
                if self._under_way:
                    await asyncio.wait(self._under_way, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(pause)
        finally:
            await self._stop()

    async def _stop(self) -> None:
        left = dict(self._under_way)
        if not left:
            return
        _, pending = await asyncio.wait(left, timeout=_LAST_SECONDS)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for task in pending:
            with contextlib.suppress(StoreDownError):  # then others take it over a little later
                await asyncio.to_thread(self._outbox.give_back, left[task])

    async def _begin(self, trust: ssl.SSLContext) -> None:
        """Begin as many attempts as there is room for."""
        free = self._slots - len(self._under_way)
        troubled = self._slots // 2 - sum(parcel.troubled for parcel in self._under_way.values())
        if free <= 0:
            return
        for parcel in await asyncio.to_thread(self._outbox.claim, free, troubled):
            task = asyncio.create_task(self._deliver(parcel, trust))
            self._under_way[task] = parcel
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        parcel = self._under_way.pop(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("delivery %s met a fault of ours", parcel.delivery.id, exc_info=fault)

    async def _deliver(self, parcel: Parcel, trust: ssl.SSLContext) -> None:
        lost = time.monotonic() + LEASE
        outcome = await post(parcel, self._reach, trust, self._seconds)
        state: State | None = None
        while True:
            try:
                state = await asyncio.to_thread(self._outbox.finish, parcel, outcome)
                break
            except StoreDownError:
                if time.monotonic() > lost:
                    break  # somebody sends it again: receivers tell repetitions by the message's id
                await asyncio.sleep(self._poll)
        self._told(state if state == "delivered" or state == "failed" else "retried")
        sent = parcel.delivery
        level = logging.INFO if outcome.good else logging.WARNING
        # no URL: it may hold a secret of the other side
        log.log(
            level,
            "delivery %s to %s, attempt %d: %s, %s",
            sent.id,
            sent.hook,
            sent.attempts,
            outcome.code if outcome.fault is None else outcome.fault,
            state or "taken over",
            extra={"tenant": sent.tenant},
        )
