"""A database that is full, locked, or gone for a while: told as such, and nothing is lost."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from api.store import Database, Store, StoreDownError, open_store
from api.store.queue import _CLAIM_LOCK
from tests.api.store.things import LATER, TABLES, joined, plan, run, scenario, taken
from tests.postgres import Postgres


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have stores that are opened from now on wait for nobody for long."""
    monkeypatch.setattr("api.store.database.BUSY_SECONDS", 1.0)
    monkeypatch.setattr("api.store.database.IDLE_SECONDS", 1)
    monkeypatch.setattr("api.store.database.CONNECT_SECONDS", 2)


def allow_pages(store: Store, pages: int) -> None:
    """Let a file grow to so many pages: what a full disk is to SQLite."""

    def limit(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    store.database.close()
    event.listen(store.database.engine, "connect", limit)


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store.db"))
    kept = store.of("default")
    kept.add_scenario(scenario(), b"head", b"leads")
    kept.add_run(run())
    joined(store, "p")
    working = taken(store)
    allow_pages(store, 60)
    done = replace(working, status="succeeded", finished=LATER, plan="pln_a")
    noise = bytes(range(256)) + b"".join(k.to_bytes(3, "big") * (k % 7) for k in range(200_000))
    with pytest.raises(StoreDownError, match="full"):
        store.queue.save(done, [("done", {})], (plan(), {"tiers": noise}))
    with pytest.raises(StoreDownError, match="full"):
        kept.add_scenario(scenario("b"), noise, noise)
    assert kept.run("run_a") == working and kept.plan("pln_a") is None and kept.scenario("scn_b") is None
    assert kept.scenario_content("scn_a") == (b"head", b"leads")
    allow_pages(store, 1_000_000)
    assert store.queue.save(done, [("done", {})], (plan(), {"tiers": noise}))
    found = kept.plan("pln_a")
    assert found is not None and kept.plan_table(found, "tiers") == noise
    store.close()


def test_a_file_that_another_writer_holds(tmp_path: Path, impatient: None) -> None:
    store = open_store(str(tmp_path / "store.db"))
    kept = store.of("default")
    kept.add_run(run())
    with sqlite3.connect(tmp_path / "store.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE runs SET priority = 7")
        with pytest.raises(StoreDownError, match="locked"):
            kept.add_run(run("b"))
        assert kept.run("run_a") == run()  # who reads waits for nobody
        other.execute("ROLLBACK")
    other.close()
    assert kept.add_run(run("b")) is not None
    store.close()


def test_a_file_that_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = open_store(str(path))
    store.close()
    path.write_bytes(b"\xff" * path.stat().st_size)
    with pytest.raises(StoreDownError):
        store.ping()
    store.close()


def test_what_is_our_own_fault_is_not_the_databases(address: str) -> None:
    database = Database(address)
    for statement in ("SELECT * FROM nothing", "SELEC 1", "SELECT nothing"):
        with pytest.raises(DBAPIError), database.reading() as connection:
            connection.execute(text(statement))
    with pytest.raises(DBAPIError), database.transaction() as connection:
        connection.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY)"))
        for _ in range(2):
            connection.execute(text("INSERT INTO things VALUES (1)"))
    database.ping()
    database.close()


def test_who_closes_a_database_waits_for_what_is_under_way() -> None:
    """SQLite ends the whole process where a connection is closed in the middle of a statement."""
    database = Database(":memory:")
    begun, ended, closed = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        with database.transaction() as connection:
            begun.set()
            ended.wait(30)
            connection.execute(text("SELECT 1"))

    def close() -> None:
        database.close()
        closed.set()

    threads = [threading.Thread(target=work), threading.Thread(target=close)]
    threads[0].start()
    assert begun.wait(30)
    threads[1].start()
    assert not closed.wait(0.3)
    ended.set()
    for thread in threads:
        thread.join()
    assert closed.is_set()


def test_connections_that_are_all_in_use(shared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared.database.engine.pool, "_timeout", 0.1)
    with ExitStack() as stack, pytest.raises(StoreDownError, match="in use"):
        for _ in range(50):
            stack.enter_context(shared.database.reading())
    shared.ping()


def test_a_server_that_only_reads(postgres_url: str) -> None:
    store = open_store(postgres_url)
    with pytest.raises(StoreDownError, match="read-only"), store.database.transaction() as connection:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        connection.execute(text("DELETE FROM runs"))
    store.close()


def test_a_process_that_is_frozen_while_it_takes_a_run_holds_nobody_up(postgres_url: str, impatient: None) -> None:
    store = open_store(postgres_url)
    store.of("default").add_run(run())
    joined(store, "p")
    frozen, thawed, faults = threading.Event(), threading.Event(), []

    def freeze() -> None:
        try:
            with store.database.transaction() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CLAIM_LOCK})
                connection.execute(text("SELECT * FROM runs FOR UPDATE"))
                frozen.set()
                thawed.wait(30)
                connection.execute(text("UPDATE runs SET priority = 7"))
        except StoreDownError as fault:
            faults.append(fault)

    other = threading.Thread(target=freeze)
    other.start()
    frozen.wait(30)
    try:
        for _ in range(5):
            try:
                found = store.queue.take("p", LATER, 0)
                break
            except StoreDownError:  # it waits for a second, as long as the other may stand idle
                continue
        assert found is not None and found.priority == 0
    finally:
        thawed.set()
        other.join()
    assert len(faults) == 1
    store.close()


@pytest.fixture
def lasting(own_postgres: Postgres, impatient: None) -> Iterator[Store]:
    """Return a store on a PostgreSQL that this test may stop."""
    with own_postgres.database() as url:
        store = open_store(url)
        yield store
        store.close()


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_server_that_is_gone_for_a_while(own_postgres: Postgres, lasting: Store, how: str) -> None:
    kept = lasting.of("default")
    kept.add_scenario(scenario(), b"head", b"leads")
    for k in range(5):
        kept.add_run(run(str(k)), [("status", {})])
    joined(lasting, "p")
    working = taken(lasting)
    done = replace(working, status="succeeded", finished=LATER, plan="pln_0")
    if how == "kill":
        with pytest.raises(StoreDownError), lasting.database.transaction() as connection:
            connection.execute(text("DELETE FROM runs"))
            own_postgres.kill()
    else:
        own_postgres.stop()
    asked = (
        lambda: kept.run("run_0"),
        lambda: kept.add_run(run("late")),
        lambda: lasting.queue.take("p", LATER, 0),
        lambda: lasting.queue.beat("p"),
        lambda: lasting.queue.bury(LATER, 3),
        lambda: lasting.queue.save(done, [("done", {})], (replace(plan("0"), run="run_0"), TABLES)),
        lambda: kept.scenario_content("scn_a"),
        lasting.ping,
    )
    for ask in asked:
        with pytest.raises(StoreDownError):
            ask()
    own_postgres.start()
    lasting.ping()
    assert lasting.queue.beat("p").held == {"run_0"}
    assert lasting.queue.save(done, [("done", {})], (replace(plan("0"), run="run_0"), TABLES))
    assert kept.run("run_0") == done and kept.run("run_late") is None
    assert [event.name for event in kept.events("run_0")] == ["status", "status", "done"]
    assert lasting.queue.counts() == {"queued": 4, "running": 0}
    assert kept.scenario_content("scn_a") == (b"head", b"leads")


def test_a_server_that_restarts_under_load(own_postgres: Postgres, lasting: Store) -> None:
    """Who insists loses nothing and publishes nothing twice, even where the answer to a commit was lost."""
    kept = lasting.of("default")
    for k in range(60):
        kept.add_run(run(str(k)))
    joined(lasting, "p")
    ended, saved = threading.Event(), []

    def insist(ask: Any) -> Any:
        while not ended.is_set():
            try:
                return ask()
            except StoreDownError:
                continue
        return None

    def work() -> None:
        while (found := insist(lambda: lasting.queue.take("p", LATER, 0))) is not None:
            done = replace(found, status="succeeded", finished=LATER, plan=f"pln_{found.id[4:]}")
            record = replace(plan(found.id[4:]), run=found.id)
            insist(lambda end=done, of=record: lasting.queue.save(end, [("done", {})], (of, TABLES)))
            saved.append(found.id)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for _ in range(2):
        own_postgres.kill()
        own_postgres.start()
    for worker in workers:
        worker.join(60)
    ended.set()
    assert len(saved) == len(set(saved))
    for k in range(60):
        found = kept.run(f"run_{k}")
        assert found is not None
        events = [event.name for event in kept.events(found.id)]
        if found.status == "succeeded":
            assert kept.plan(f"pln_{k}") is not None and events == ["status", "done"]
        else:  # it was taken, and who took it has never heard of it: a burial of its process frees it
            assert found.status == "running" and found.id not in saved and events == ["status"]
