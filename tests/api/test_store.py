"""The contract of a store, held by each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from api.store import (
    Answer,
    Event,
    MemoryStore,
    PlanRecord,
    RunRecord,
    ScenarioRecord,
    SqliteStore,
    Store,
    StoreError,
    open_store,
)

WARNING = {"code": "no_reps", "severity": "warning", "pointer": "/reps", "params": {"n": 1}, "where": None}


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "store.db")
    yield made
    made.close()


def scenario(name: str = "a") -> ScenarioRecord:
    return ScenarioRecord(f"scn_{name}", name * 64, "Ä 名", 3, 2, None, (WARNING,), "2026-01-01T00:00:00+00:00")


def run(name: str = "a") -> RunRecord:
    return RunRecord(f"run_{name}", "allocate", "scn_a", "queued", {"time": 1.5}, "2026-01-01T00:00:00+00:00")


def plan(name: str = "a") -> PlanRecord:
    return PlanRecord(f"pln_{name}", f"run_{name}", "scn_a", "2026-01-01", {"status": "optimal", "gap": 0.0})


def test_a_scenario_is_kept_once(store: Store) -> None:
    assert store.add_scenario(scenario(), b"head", b"\x00leads")
    assert not store.add_scenario(replace(scenario(), base="scn_b"), b"other", b"")
    assert store.scenario("scn_a") == scenario()
    assert store.scenario_content("scn_a") == (b"head", b"\x00leads")


def test_what_is_not_there(store: Store) -> None:
    assert store.scenario("x") is None and store.run("x") is None and store.plan("x") is None
    assert store.events("x") == []
    for read in (lambda: store.scenario_content("x"), lambda: store.plan_table("x", "loads")):
        with pytest.raises(KeyError):
            read()


def test_lists_come_newest_first_in_pages(store: Store) -> None:
    for name in "abcde":
        store.add_scenario(scenario(name), b"", b"")
        store.add_run(run(name))
    for listed in (store.scenarios, store.runs):
        first = listed(2)
        second = listed(2, first[-1][0])
        third = listed(2, second[-1][0])
        assert [[record.id[-1] for _, record in page] for page in (first, second, third)] == [
            ["e", "d"],
            ["c", "b"],
            ["a"],
        ]
        assert listed(2, third[-1][0]) == []


def test_events_are_numbered_within_their_run(store: Store) -> None:
    store.add_run(run("a"), [("status", {"status": "queued"})])
    store.add_run(run("b"), [("status", {"status": "queued"})])
    store.save_run(replace(run("a"), status="running"), [("bound", {"bound": 2.5}), ("incumbent", {"bound": 2.0})])
    assert [(event.number, event.name) for event in store.events("run_a")] == [
        (1, "status"),
        (2, "bound"),
        (3, "incumbent"),
    ]
    assert store.events("run_a", 1)[0] == Event(2, "bound", {"bound": 2.5})
    assert store.events("run_a", 3) == []
    assert len(store.events("run_b")) == 1


def test_a_final_run_never_changes(store: Store) -> None:
    store.add_run(run())
    done = replace(run(), status="succeeded", plan="pln_a", finished="2026-01-02T00:00:00+00:00")
    tables = {"assignments": b"\x00\x01", "tiers": b"[]"}
    assert store.save_run(done, [("done", {})], (plan(), tables))
    assert not store.save_run(replace(done, status="failed"), [("done", {})], (replace(plan(), created="later"), {}))
    assert store.run("run_a") == done
    assert len(store.events("run_a")) == 1
    assert store.plan("pln_a") == plan()
    assert store.plan_table("pln_a", "assignments") == b"\x00\x01"
    with pytest.raises(KeyError):
        store.plan_table("pln_a", "loads")


def test_unfinished_runs_oldest_first(store: Store) -> None:
    for name in "abc":
        store.add_run(run(name))
    store.save_run(replace(run("b"), status="cancelled"))
    store.save_run(replace(run("c"), status="running"))
    assert [(r.id, r.status) for r in store.unfinished()] == [("run_a", "queued"), ("run_c", "running")]


def test_idempotency_keys(store: Store) -> None:
    answer = Answer(201, {"location": "/v1/runs/1"}, b"{}")
    assert store.begin_request("k", "print", 100.0) == "new"
    assert store.begin_request("k", "print", 101.0) == "running"
    assert store.begin_request("k", "other", 101.0) == "other"
    store.end_request("k", answer)
    assert store.begin_request("k", "print", 102.0) == answer
    assert store.begin_request("free", "print", 102.0) == "new"
    store.end_request("free", None)
    assert store.begin_request("free", "other", 103.0) == "new"
    store.forget_requests(100.5)  # `k` is older, and nobody works on `free` any more
    assert store.begin_request("k", "other", 104.0) == "new"
    assert store.begin_request("free", "third", 104.0) == "new"


def test_sqlite_keeps_everything(tmp_path: Path) -> None:
    first = SqliteStore(tmp_path / "store.db")
    first.add_scenario(scenario(), b"head", b"leads")
    first.add_run(run(), [("status", {})])
    first.save_run(replace(run(), status="succeeded"), [("done", {})], (plan(), {"loads": b"x"}))
    first.close()
    again = SqliteStore(tmp_path / "store.db")
    assert again.scenario("scn_a") == scenario()
    assert again.plan_table("pln_a", "loads") == b"x"
    assert [event.name for event in again.events("run_a")] == ["status", "done"]
    again.close()


def test_one_service_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.store.sqlite.BUSY_SECONDS", 0.05)
    first = SqliteStore(tmp_path / "store.db")
    with pytest.raises(StoreError, match="another service"):
        SqliteStore(tmp_path / "store.db")
    first.close()
    SqliteStore(tmp_path / "store.db").close()


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_bytes(b"this is no database, and long enough to be sure of it" * 10)
    for database in (
        str(tmp_path / "text.db"),
        str(tmp_path / "no" / "folder.db"),
        "postgresql://host/db",
        "sqlite://",
    ):
        with pytest.raises(StoreError):
            open_store(database)


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    store._connection.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(StoreError, match="version 99"):
        SqliteStore(tmp_path / "store.db")


def test_a_url_and_a_path_are_one(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    store.add_run(run())
    store.close()
    again = open_store(str(tmp_path / "store.db"))
    assert again.run("run_a") == run()
    again.close()
    assert isinstance(open_store(":memory:"), MemoryStore)
