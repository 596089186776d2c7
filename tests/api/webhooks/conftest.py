"""A store with runs in it, endpoints on loopback, and a clock that tests can turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from api.store import ProcessRecord, RunRecord, Store, open_store
from api.store.hooks import EVENTS, DeliveryRecord, HookRecord, Hooks
from api.store.tables import metadata
from api.webhooks.reach import Reach
from api.webhooks.sender import Sender
from tests.api.webhooks.receiver import Receiver
from tests.postgres import Postgres

LOOPBACK = Reach.of("127.0.0.0/8", http=True)
CREATED = "2026-01-01T00:00:00.000+00:00"


class Clock:
    """A clock of the database, in seconds since 1970."""

    now = 1_800_000_000.0

    def __call__(self, _: Connection) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Store]]:
    """Open stores, each address once: to bring tables up to date takes longer than a test."""
    stores: dict[str, Store] = {}

    def open_once(url: str) -> Store:
        if url not in stores:
            stores[url] = open_store(url)
        return stores[url]

    yield open_once
    for store in stores.values():
        store.close()


@pytest.fixture(scope="session")
def hook_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("hooks") / "hooks.db")


@pytest.fixture(scope="session")
def hook_postgres(postgres: Postgres) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "memory", "postgres"])
def store(request: pytest.FixtureRequest, opened: Callable[[str], Store], hook_file: str) -> Store:
    """Return an empty store of each kind."""
    url = {"sqlite": hook_file, "memory": ":memory:"}.get(request.param)
    return emptied(opened(url or request.getfixturevalue("hook_postgres")))


@pytest.fixture
def file_store(opened: Callable[[str], Store], hook_file: str) -> Store:
    """Return an empty store in a file: for what does not depend on its kind."""
    return emptied(opened(hook_file))


def emptied(store: Store) -> Store:
    """Return a store without anything in it."""
    with store.database.transaction() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return store


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as made:
        yield made


def hooks_of(store: Store, tenant: str = "default") -> Hooks:
    return Hooks(store.database, tenant)


def add_hook(store: Store, url: str = "https://crm.example/hooks", tenant: str = "default") -> HookRecord:
    """Keep an endpoint that listens to everything."""
    hook = hooks_of(store, tenant).add(url, EVENTS)
    assert hook is not None
    return hook


def begin_run(store: Store, name: str, tenant: str = "default", process: str = "p") -> RunRecord:
    """Return a run that a process works on."""
    if process not in {known.id for known in store.queue.processes()}:
        store.queue.join(ProcessRecord(process, "serve", "host", 1, 1, 0, CREATED))
    run = RunRecord(f"run_{name}", "allocate", "scn_a", "queued", {}, CREATED, tenant=tenant)
    store.of(tenant).add_run(run)
    taken = store.queue.take(process, CREATED, 0)
    assert taken is not None and taken.id == run.id
    return taken


def end_run(store: Store, name: str, tenant: str = "default") -> RunRecord:
    """Return a run that has succeeded, and with which the deliveries have come about."""
    run = begin_run(store, name, tenant)
    progress = {"incumbent": 9.5, "bound": 10.0, "gap": 0.05}
    ended = replace(run, status="succeeded", plan=f"pln_{name}", progress=progress, finished=CREATED)
    assert store.queue.save(ended)
    return ended


def deliveries(store: Store, hook: HookRecord, tenant: str = "default") -> list[DeliveryRecord]:
    """Return the deliveries to an endpoint, oldest first."""
    return [record for _, record in hooks_of(store, tenant).deliveries(hook.id, 1000)][::-1]


def send_until(done: Callable[[], bool], *senders: Sender) -> None:
    """Let senders work until something holds."""

    async def main() -> None:
        tasks = [asyncio.create_task(sender.run()) for sender in senders]
        try:
            async with asyncio.timeout(60):
                while not await asyncio.to_thread(done):
                    assert not any(task.done() for task in tasks)
                    await asyncio.sleep(0.01)
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    asyncio.run(main())
