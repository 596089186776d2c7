"""Writing the audit log: what was done, line by line; what was refused, counted."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from api.store.audit import AuditRecord, log_all
from api.store.database import Database

log = logging.getLogger("plumbline.audit")

WINDOW_SECONDS = 60.0
"""For so long refusals of a kind are counted before they are told of again."""
MOST_KINDS = 100
"""Kinds that are told apart in that time; whatever else is refused is counted as one. So nobody fills the disk."""


class Recorder:
    """Appends to the audit log. A log that cannot be written stops nobody: its lines go to the service's own log."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._counted: dict[tuple[str, str, str, int], AuditRecord] = {}
        self._began = clock()

    async def done(self, record: AuditRecord) -> None:
        """Tell of something that was done."""
        await self._write([record])

    async def refused(self, record: AuditRecord) -> None:
        """Tell of a refusal: the first of its kind at once, and of the others how many they were."""
        await self.settle()
        kind = record.tenant, record.who, record.action, record.status
        if kind not in self._counted and len(self._counted) >= MOST_KINDS:
            record = replace(record, tenant="", who="others", action="others", subject=None)
            kind = record.tenant, record.who, record.action, record.status
        counted = self._counted.get(kind)
        if counted is None:
            self._counted[kind] = replace(record, times=0)
            await self._write([record])
        else:
            self._counted[kind] = replace(record, request=counted.request, times=counted.times + 1)

    async def settle(self, *, now: bool = False) -> None:
        """Write what was counted, if it is time, or at once."""
        if not self._counted or (not now and self._clock() - self._began < WINDOW_SECONDS):
            if not self._counted:
                self._began = self._clock()
            return
        counted, self._counted, self._began = self._counted, {}, self._clock()
        await self._write([record for record in counted.values() if record.times])

    async def _write(self, records: Sequence[AuditRecord]) -> None:
        try:
            # what was done must be told of, even if who did it is gone
            await asyncio.shield(asyncio.to_thread(log_all, self._database, records))
        except Exception as fault:  # noqa: BLE001 - whatever it is, the answer stands
            for record in records:
                log.error("not in the audit log, as it cannot be written (%s): %s", type(fault).__name__, record)
