"""The janitor of a process: once an hour it has forgotten what the settings say is old."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from random import SystemRandom

from api.store import StoreDownError
from api.store.retention import Retention

log = logging.getLogger("plumbline.janitor")

HOUR = 3600.0


async def sweep(retention: Retention) -> None:
    """Forget what is old, hour by hour; the first time at a moment of its own, so that processes take turns."""
    await asyncio.sleep(HOUR * SystemRandom().uniform(0.02, 1.0))
    while True:
        try:
            forgotten = await asyncio.to_thread(retention.forget, datetime.now(UTC))
            if forgotten:
                log.info("forgotten: %s", forgotten)
        except StoreDownError as fault:
            log.warning("nothing can be forgotten now: %s", fault)
        except Exception:  # a fault of ours must not end it: the next hour may be better
            log.exception("nothing was forgotten")
        await asyncio.sleep(HOUR)
