"""Files and databases of older versions, of newer ones, and of others."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from api.store import Database, Event, PlanRecord, RunRecord, ScenarioRecord, Store, StoreError, open_store
from api.store.migrate import FIRST, upgrade
from api.store.tables import metadata
from tests.api.store.things import NOW, WARNING, joined, run, taken

SCENARIO = {
    "id": "scn_a",
    "sha256": "a" * 64,
    "name": "Ä 名",
    "leads": 3,
    "reps": 2,
    "base": None,
    "issues": [WARNING],
    "created": NOW,
}
RUN = {
    "kind": "allocate",
    "scenario": "scn_a",
    "limits": {"time": 1.5},
    "created": NOW,
    "started": None,
    "finished": None,
    "progress": None,
    "plan": None,
    "fault": None,
    "ask": {},
    "frontier": None,
}
ENDED = {"finished": NOW, "started": NOW, "plan": "pln_b", "progress": {"incumbent": 2.0, "gap": 0.0}}
PLAN = {"id": "pln_b", "run": "run_b", "scenario": "scn_a", "created": NOW, "document": {"status": "optimal"}}


def first_file(path: Path) -> None:
    """Write a file as the first store did: its tables, their version, and records as bytes of JSON."""
    database = Database(str(path))
    upgrade(database, FIRST)
    database.close()
    with sqlite3.connect(path) as file:
        file.execute("DROP TABLE alembic_version")
        file.execute("PRAGMA user_version = 1")
        file.execute("INSERT INTO scenarios VALUES (7, 'scn_a', ?)", (orjson.dumps(SCENARIO),))
        file.execute("INSERT INTO contents VALUES ('scn_a', ?, ?)", (b"head", b"\x00leads" * 1000))
        for position, (name, status, more) in enumerate(
            (("b", "succeeded", ENDED), ("c", "queued", {}), ("d", "running", {"started": NOW})), 3
        ):
            record = orjson.dumps({**RUN, "id": f"run_{name}", "status": status, **more})
            file.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", (position, f"run_{name}", status, record))
        for run_id, number, name, data in (
            ("run_b", 1, "status", {"status": "running"}),
            ("run_b", 2, "done", {}),
            ("run_c", 1, "status", {"status": "queued"}),
        ):
            file.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (run_id, number, name, orjson.dumps(data)))
        file.execute("INSERT INTO plans VALUES ('pln_b', ?)", (orjson.dumps(PLAN),))
        file.execute("INSERT INTO plan_tables VALUES ('pln_b', 'tiers', ?)", (b"\x00[]",))
        file.execute("INSERT INTO requests VALUES ('k', 'print', 1e9, 201, '{}', 'x')")
    file.close()


def check_first(store: Store) -> None:
    """Check that everything of the first file is there."""
    kept = store.of("default")
    scenario = ScenarioRecord(**{**SCENARIO, "issues": (WARNING,)})  # type: ignore[arg-type]
    assert kept.scenarios(9) == [(7, scenario)]
    assert kept.scenario_content("scn_a") == (b"head", b"\x00leads" * 1000)
    record = RunRecord(id="run_b", status="succeeded", attempt=1, **{**RUN, **ENDED})  # type: ignore[arg-type]
    assert kept.run("run_b") == record
    assert [(position, found.id, found.status) for position, found in kept.runs(9)] == [
        (5, "run_d", "queued"),  # whoever worked on it is gone
        (4, "run_c", "queued"),
        (3, "run_b", "succeeded"),
    ]
    assert kept.events("run_b") == [Event(1, "status", {"status": "running"}), Event(2, "done", {})]
    plan = kept.plan("pln_b")
    assert plan is not None and replace(plan, blobs="") == PlanRecord(**PLAN)  # type: ignore[arg-type]
    assert kept.plan_table(plan, "tiers") == b"\x00[]"


def test_a_file_of_the_first_version(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    first_file(path)
    store = open_store(str(path))
    check_first(store)
    kept = store.of("default")
    joined(store, "p")
    assert [taken(store).id, taken(store).id] == ["run_c", "run_d"]
    assert [event.number for event in kept.events("run_c")] == [1, 2]  # they go on where they were
    assert kept.add_run(run("e")) is not None and kept.runs(1)[0][0] > 5
    store.close()
    with sqlite3.connect(path) as file:
        tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert not any(name.startswith("old_") for name in tables) and "contents" not in tables
        assert file.execute("PRAGMA user_version").fetchone() == (2,)  # which the first store refuses
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    file.close()
    again = open_store(str(path))
    assert again.of("default").scenario("scn_a") is not None
    again.close()


_CUT_SHORT = """
import os, signal, sys
from sqlalchemy import Engine, event
from api.store import open_store

@event.listens_for(Engine, "before_cursor_execute")
def die(connection, cursor, statement, *_):
    if statement.lstrip().startswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

open_store(sys.argv[1])
"""


@pytest.mark.parametrize("at", ["CREATE INDEX ix_runs_waiting", "INSERT INTO events", "DROP TABLE", "PRAGMA user_v"])
def test_an_upgrade_that_is_cut_short_leaves_the_old_file_whole(tmp_path: Path, at: str) -> None:
    path = tmp_path / "old.db"
    first_file(path)
    assert subprocess.run([sys.executable, "-c", _CUT_SHORT, str(path), at]).returncode == -9
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT count(*) FROM contents").fetchone() == (1,)
        assert file.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone() == (0,)
    file.close()
    store = open_store(str(path))
    check_first(store)
    store.close()


_OPEN = "import sys; from api.store import open_store; print('ready', flush=True); sys.stdin.readline(); \
open_store(sys.argv[1]).close()"


@pytest.mark.parametrize("kind", ["old file", "new file", "postgres"])
def test_processes_that_upgrade_at_once(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    address = request.getfixturevalue("postgres_url") if kind == "postgres" else str(tmp_path / "store.db")
    if kind == "old file":
        first_file(Path(address))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", _OPEN, address]
    opening = [subprocess.Popen(command, **pipes) for _ in range(3)]  # type: ignore[call-overload]
    for process in opening:
        assert process.stdout.readline() == "ready\n"
    for process in opening:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in opening:
        process.communicate(timeout=120)
    assert [process.returncode for process in opening] == [0, 0, 0]
    store = open_store(address)
    if kind == "old file":
        check_first(store)
    store.ping()
    store.close()


def test_the_migrations_make_the_tables_that_we_use(address: str) -> None:
    database = Database(address)
    upgrade(database)
    with database.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_tables_of_a_newer_version_are_refused(shared_address: str) -> None:
    open_store(shared_address).close()
    database = Database(shared_address)
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StoreError, match=r"cannot open .*: its tables were made by a newer version \(9999\)"):
        open_store(shared_address)


def test_tables_of_others_are_refused(shared_address: str) -> None:
    database = Database(shared_address)
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE customers (id INTEGER)"))
        connection.execute(text("INSERT INTO customers VALUES (1)"))
    with pytest.raises(StoreError, match="it holds tables that are not ours"):
        open_store(shared_address)
    with database.reading() as connection:
        assert connection.execute(text("SELECT id FROM customers")).scalar_one() == 1
    database.close()


def test_files_that_are_no_databases_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_bytes(b"this is no database, and long enough to be sure of it" * 100)
    for address, reason in (
        (str(tmp_path / "text.db"), "not a database"),
        (str(tmp_path / "no" / "folder.db"), "unable to open"),
        ("postgresql://127.0.0.1:1/db", "127.0.0.1"),
        ("mysql://host/db", "is expected"),
        ("sqlite://", "is expected"),
    ):
        with pytest.raises(StoreError, match=reason):
            open_store(address)
    assert (tmp_path / "text.db").read_bytes().startswith(b"this is no")


def test_a_password_is_not_told() -> None:
    with pytest.raises(StoreError) as told:
        open_store("postgresql://somebody:secret-word@127.0.0.1:1/db")
    assert "secret-word" not in str(told.value) and "somebody" in str(told.value)


def test_a_url_and_a_path_are_one(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    store.of("default").add_run(run())
    store.close()
    again = open_store(str(tmp_path / "store.db"))
    assert again.of("default").run("run_a") == run()
    again.close()
