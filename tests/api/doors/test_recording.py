"""The audit log: nothing that was done is left out, and nobody can fill the disk with refusals."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest

from api.doors import recording as module
from api.doors.recording import MOST_KINDS, WINDOW_SECONDS, Recorder
from api.store import Store, open_store
from api.store.audit import Audit, AuditRecord
from tests.api.doors.test_rates import Clock


@pytest.fixture(params=["memory", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    store = open_store(":memory:" if request.param == "memory" else request.getfixturevalue("postgres_url"))
    yield store
    store.close()


def record(who: str = "key:1", tenant: str = "acme", action: str = "POST /v1/runs", status: int = 202) -> AuditRecord:
    return AuditRecord(tenant, "2026-03-01T00:00:00.000+00:00", who, action, "run_1", status, "request-1")


def entries(store: Store, tenant: str = "acme") -> list[AuditRecord]:
    return [found for _, found in Audit(store.database, tenant).entries(1000)]


def test_what_was_done_stands_there_at_once(store: Store) -> None:
    recorder = Recorder(store.database)
    for _ in range(3):
        asyncio.run(recorder.done(record()))
    assert entries(store) == [record()] * 3


def test_refusals_are_counted(store: Store) -> None:
    clock = Clock()
    recorder = Recorder(store.database, clock)

    async def refuse(times: int) -> None:
        for _ in range(times):
            await recorder.refused(record(who="192.0.2.7", tenant="", status=401))

    asyncio.run(refuse(500))
    assert [found.times for found in entries(store, "")] == [1]  # the first is told of at once
    clock.now += WINDOW_SECONDS
    asyncio.run(refuse(1))
    assert [found.times for found in entries(store, "")] == [1, 499, 1]  # newest first: 1 + 499 + the new one
    asyncio.run(recorder.settle(now=True))
    asyncio.run(recorder.settle(now=True))
    assert sum(found.times for found in entries(store, "")) == 501


def test_nobody_fills_the_disk(store: Store) -> None:
    recorder = Recorder(store.database, Clock())

    async def flood() -> None:
        for k in range(2000):
            await recorder.refused(record(who=f"198.51.100.{k}", status=401))
        await recorder.settle(now=True)

    asyncio.run(flood())
    found = entries(store) + entries(store, "")
    assert sum(entry.times for entry in found) == 2000
    assert len(found) == MOST_KINDS + 2  # each kind once, and all the others: the first, and the count
    assert {entry.who for entry in entries(store, "")} == {"others"}


def test_a_log_that_cannot_be_written_stops_nobody(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(module, "log_all", broken)
    with caplog.at_level(logging.ERROR, "plumbline.audit"):
        asyncio.run(Recorder(store.database).done(record()))
    assert "run_1" in caplog.text and "OSError" in caplog.text


def test_filters(store: Store) -> None:
    recorder = Recorder(store.database)
    for who, action, at in (
        ("a", "POST /v1/runs", "2026-01-01"),
        ("b", "POST /v1/keys", "2026-01-02"),
        ("a", "x%y", "2026-01-03"),
    ):
        asyncio.run(recorder.done(AuditRecord("acme", at, who, action, None, 200, "-")))
    log = Audit(store.database, "acme")

    def found(*given: object, **named: object) -> list[str]:
        return [entry.at[-1] for _, entry in log.entries(10, *given, **named)]  # type: ignore[arg-type]

    assert found() == ["3", "2", "1"]
    assert found(who="a") == ["3", "1"]
    assert found(action="POST") == ["2", "1"]
    assert found(action="POST /v1/keys") == ["2"]
    assert found(action="x%") == ["3"] and found(action="%") == [] and found(action="P_ST") == []
    assert found(since="2026-01-02") == ["3", "2"]
    assert found(who="a", since="2026-01-02", action="x") == ["3"]
    assert Audit(store.database, "beta").entries(10) == []
