"""Back-up and restore, as the operations guide has them."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

from api.store import Queue, Store, open_store
from api.store.queue import LOOKS
from tests.api.store.things import LATER, TABLES, joined, plan, run, scenario, taken
from tests.postgres import Postgres

SQLITE = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('VACUUM INTO ?', sys.argv[2:])"
"""What is run as ``python -c ... plumbline.db backup.db``, while the service goes on."""
DUMP = ("--format=custom", "--no-owner")
RESTORE = ("--no-owner", "--exit-on-error")


def fill(store: Store) -> None:
    """Keep a scenario, a run that has ended, one that is worked on, and one that waits."""
    kept = store.of("default")
    kept.add_scenario(scenario(), b"head", b"leads" * 10_000)
    joined(store, "p")
    for name in "abc":
        kept.add_run(run(name), [("status", {})])
    done = replace(taken(store), status="succeeded", finished=LATER, plan="pln_a")
    assert store.queue.save(done, [("done", {})], (plan(), TABLES))
    taken(store)


def check(store: Store) -> None:
    """Check that all of it is there, and that what was worked on is worked on again."""
    kept = store.of("default")
    assert kept.scenario("scn_a") == scenario() and kept.scenario_content("scn_a") == (b"head", b"leads" * 10_000)
    found = kept.plan("pln_a")
    assert found is not None and {name: kept.plan_table(found, name) for name in TABLES} == TABLES
    assert [event.name for event in kept.events("run_a")] == ["status", "status", "done"]
    joined(store, "after")
    looking = Queue(store.database, store.blobs)
    for _ in range(LOOKS + 1):
        store.queue.beat("after")
        looking.bury(LATER, 3)
    again = [taken(store, "after") for _ in range(2)]
    assert [(run.id, run.attempt) for run in again] == [("run_b", 2), ("run_c", 1)]
    assert kept.add_run(run("new"), [("status", {})]) is not None  # numbers go on where they were
    assert kept.runs(1)[0][1].id == "run_new"


class Writer(threading.Thread):
    """Writes for as long as it is wanted; events of one run, each with its number."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store, self.wanted, self.begun = store, True, threading.Event()

    def run(self) -> None:
        """Write."""
        self._store.of("other").add_run(run("w", "other"), [("bound", {"bound": 0})])
        joined(self._store, "writer")
        working = replace(self._store.queue.take("writer", LATER, 0), tenant="other")  # type: ignore[type-var]
        number = 1
        while self.wanted:
            assert self._store.queue.save(working, [("bound", {"bound": number})] * 3)
            number += 1
            self.begun.set()

    def check(self, store: Store) -> None:
        """Check that a copy has each of its transactions whole or not at all."""
        events = store.of("other").events("run_w")
        found = [event.data["bound"] for event in events if event.name == "bound"]
        assert found[:1] == [0] and len(found) % 3 == 1
        assert found[1:] == [1 + k // 3 for k in range(len(found) - 1)]


def test_a_copy_of_a_file_that_is_being_written(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "plumbline.db"))
    writer = Writer(store)
    writer.start()
    assert writer.begun.wait(30)
    fill(store)
    command = [sys.executable, "-c", SQLITE, str(tmp_path / "plumbline.db"), str(tmp_path / "backup.db")]
    subprocess.run(command, check=True, timeout=120)
    writer.wanted = False
    writer.join()
    store.close()
    restored = open_store(str(tmp_path / "backup.db"))
    writer.check(restored)
    retire(restored)
    check(restored)
    restored.close()


def test_a_dump_of_a_postgresql_that_is_being_written(postgres: Postgres, tmp_path: Path) -> None:
    with postgres.database() as live, postgres.database() as copy:
        store = open_store(live)
        writer = Writer(store)
        writer.start()
        assert writer.begun.wait(30)
        fill(store)
        dump = postgres.folder / f"{tmp_path.name}.dump"  # where the server's user may write
        postgres.run("pg_dump", *DUMP, f"--file={dump}", live)
        writer.wanted = False
        writer.join()
        store.close()
        postgres.run("pg_restore", *RESTORE, f"--dbname={copy}", dump)
        restored = open_store(copy)
        writer.check(restored)
        retire(restored)
        check(restored)
        restored.close()


def retire(store: Store) -> None:
    """End what the writer worked on."""
    working = store.of("other").run("run_w")
    assert working is not None and store.queue.save(replace(working, status="cancelled", finished=LATER))
