"""What is old is forgotten by a service that runs, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from api.runs import janitor
from api.service import Service
from api.settings import Settings
from api.store import RunRecord, open_store
from api.store.queue import told


def test_old_runs_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    async def until(seen: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(20):
            while not await seen():
                await asyncio.sleep(0.01)

    async def look() -> None:
        settings = Settings(database=":memory:", solvers=0, spare=False, keep_days=1.0)
        store = open_store(settings.database)
        kept = store.of("default")
        for name, ended in (("run_old", "2020-01-01T00:00:00.000+00:00"), ("run_waiting", None)):
            run = RunRecord(name, "allocate", "scn_a", "queued", {}, "2020-01-01T00:00:00.000+00:00")
            kept.add_run(run)
            if ended is not None:
                over = replace(run, status="cancelled", finished=ended)
                assert store.queue.save(over, told(over))
        async with Service(settings, store).running():

            async def gone() -> bool:
                return await asyncio.to_thread(kept.run, "run_old") is None

            await until(gone)
            assert await asyncio.to_thread(kept.run, "run_waiting") is not None

    monkeypatch.setattr(janitor, "HOUR", 0.01)
    asyncio.run(look())
