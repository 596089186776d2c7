"""Following runs: who is woken by what, and that nothing is looked at which nobody follows any more."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest

from api.runs.following import Follower
from api.store import Store, open_store
from api.store.runs import EventPart
from tests.api.store.things import joined, run, taken

pytestmark = pytest.mark.anyio

POLL = 0.01


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Looks:
    """The queue of a store, which tells what it was asked about."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[list[str]] = []

    def lengths(self, names: Sequence[str]) -> dict[str, int]:
        self.asked.append(sorted(names))
        return self._store.queue.lengths(names)


class Desk:
    """A store with a run that is worked on, and a follower that looks."""

    def __init__(self) -> None:
        self.store = open_store(":memory:")
        self.kept = self.store.of("default")
        self.kept.add_run(run(), [("status", {"status": "queued"})])
        joined(self.store, "p")
        self.run = taken(self.store)
        self.looks = Looks(self.store)
        self.follower = Follower(self.looks, POLL)  # type: ignore[arg-type]

    def tell(self, *added: EventPart) -> None:
        """Write events down, as another process would: nobody here is woken."""
        assert self.store.queue.save(self.run, added)

    async def nothing_is_looked_at(self) -> None:
        await asyncio.sleep(3 * POLL)
        before = len(self.looks.asked)
        await asyncio.sleep(5 * POLL)
        assert len(self.looks.asked) == before


@contextlib.asynccontextmanager
async def looking(desk: Desk) -> AsyncIterator[None]:
    task = asyncio.create_task(desk.follower.look())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        desk.store.close()


async def test_what_others_do_wakes_all_who_follow_and_then_nobody_looks() -> None:
    desk = Desk()
    async with looking(desk):
        seen: list[list[str]] = [[], []]

        async def follow(k: int) -> None:
            async for event in desk.follower.events(desk.kept, "run_a"):
                seen[k].append(event.name)

        followers = [asyncio.create_task(follow(k)) for k in range(2)]
        for name in ("incumbent", "bound", "done"):
            await asyncio.sleep(5 * POLL)
            desk.tell((name, {}))
        await asyncio.wait_for(asyncio.gather(*followers), 30)
        assert seen == [["status", "status", "incumbent", "bound", "done"]] * 2
        assert {name for asked in desk.looks.asked for name in asked} == {"run_a"}
        await desk.nothing_is_looked_at()


async def test_who_waits_for_the_end_leaves_nothing_behind() -> None:
    desk = Desk()
    async with looking(desk):
        waiting = asyncio.create_task(desk.follower.wait(desk.kept, "run_a", 30))
        await asyncio.sleep(5 * POLL)
        desk.tell(("done", {}))
        desk.follower.wake("run_a")
        await waiting
        await desk.nothing_is_looked_at()
        await desk.follower.wait(desk.kept, "run_a", 30)  # it is over already
        await desk.nothing_is_looked_at()


async def test_who_gives_up_leaves_nothing_behind() -> None:
    desk = Desk()
    async with looking(desk):
        await desk.follower.wait(desk.kept, "run_a", 5 * POLL)
        await desk.nothing_is_looked_at()
        async with contextlib.aclosing(desk.follower.events(desk.kept, "run_a")) as events:
            assert (await anext(events)).name == "status"  # and is gone
        await desk.nothing_is_looked_at()


async def test_who_leaves_does_not_take_the_others_along() -> None:
    desk = Desk()
    async with looking(desk):
        staying = asyncio.create_task(desk.follower.wait(desk.kept, "run_a", 30))
        await desk.follower.wait(desk.kept, "run_a", 5 * POLL)
        await asyncio.sleep(3 * POLL)
        desk.tell(("done", {}))
        await asyncio.wait_for(staying, 10)
