"""Forgetting what is old, and nothing else."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from api.store import Answer, RunRecord, Store, open_store
from api.store.retention import Days, Forgotten, Retention
from api.store.tables import audit, blobs, deliveries, events, hooks
from tests.api.store.things import TABLES, joined, plan, run, scenario, taken

TODAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONTH = Days(runs=30)


def ago(days: float) -> str:
    return (TODAY - timedelta(days=days)).isoformat(timespec="milliseconds")


def forget(store: Store, days: Days, today: datetime = TODAY) -> Forgotten:
    return Retention(store.database, store.blobs, days).forget(today)


def solved(store: Store, name: str, days: float, scenario: str = "scn_a", tenant: str = "default") -> RunRecord:
    """Keep a run that ended so many days ago, with a plan."""
    store.of(tenant).add_run(replace(run(name, tenant, scenario=scenario), created=ago(days)), [("status", {})])
    done = replace(taken(store), status="succeeded", finished=ago(days), plan=f"pln_{name}")
    assert done.id == f"run_{name}"
    assert store.queue.save(done, [("done", {})], (replace(plan(name), created=ago(days)), TABLES))
    return done


def blob_names(store: Store) -> list[str]:
    with store.database.reading() as connection:
        return list(connection.execute(select(blobs.c.name)).scalars())


def test_old_runs_go_with_all_that_is_theirs(store: Store) -> None:
    joined(store, "p")
    for tenant in ("one", "two"):
        solved(store, f"old-{tenant}", 31, tenant=tenant)
        solved(store, f"new-{tenant}", 29, tenant=tenant)
    assert forget(store, MONTH) == Forgotten(runs=2, plans=2)
    for tenant in ("one", "two"):
        kept = store.of(tenant)
        assert kept.run(f"run_old-{tenant}") is None and kept.plan(f"pln_old-{tenant}") is None
        found = kept.plan(f"pln_new-{tenant}")
        assert found is not None and kept.plan_table(found, "tiers") == TABLES["tiers"]
        assert len(kept.events(f"run_new-{tenant}")) == 3
    assert len(blob_names(store)) == 2 * len(TABLES)
    with store.database.reading() as connection:
        assert set(connection.execute(select(events.c.run)).scalars()) == {"run_new-one", "run_new-two"}
    assert not forget(store, MONTH)


def test_a_run_that_has_not_ended_is_never_forgotten(store: Store) -> None:
    joined(store, "p")
    store.of("default").add_scenario(scenario(created=ago(400)), b"", b"")
    store.of("default").add_run(replace(run("working"), created=ago(400)))
    taken(store)
    store.of("default").add_run(replace(run("waiting"), created=ago(400)))
    assert not forget(store, Days(runs=1))
    assert store.queue.counts() == {"queued": 1, "running": 1}


def test_scenarios_that_nothing_uses_go(store: Store) -> None:
    kept = store.of("default")
    joined(store, "p")
    for name, days in (("unused", 31), ("new", 1), ("again", 31), ("ran", 31), ("old-run", 31)):
        kept.add_scenario(scenario(name, ago(days)), b"head", b"leads")
    store.of("other").add_scenario(scenario("ran", ago(31)), b"head", b"leads")  # which another tenant's run is not of
    assert not kept.add_scenario(scenario("again", ago(2)), b"head", b"leads")  # brought in anew
    solved(store, "a", 20, "scn_ran")
    solved(store, "b", 31, "scn_old-run")
    assert forget(store, MONTH) == Forgotten(runs=1, plans=1, scenarios=3)
    assert sorted(record.id for _, record in kept.scenarios(9)) == ["scn_again", "scn_new", "scn_ran"]
    assert store.of("other").scenarios(9) == []
    assert kept.scenario_content("scn_ran") == (b"head", b"leads")
    assert kept.add_scenario(scenario("unused", ago(0)), b"head", b"other leads")
    assert kept.scenario_content("scn_unused") == (b"head", b"other leads")


def test_answers_deliveries_and_audit(store: Store) -> None:
    kept = store.of("default")
    joined(store, "p")
    for key, days in (("old", 1.5), ("new", 0.5)):
        kept.begin_request(key, "print", "p", ago(days))
        kept.end_request(key, "p", Answer(201, {}, b""))
    delivery = {"tenant": "default", "hook": "h", "message": "m", "event": "e", "body": "", "attempts": 1, "due": 0.0}
    entry = {"tenant": "default", "who": "w", "action": "a", "status": 200, "request": "r"}
    with store.database.transaction() as connection:
        hook = {"id": "h", "tenant": "default", "url": "u", "secrets": [], "events": [], "created": ago(99)}
        connection.execute(insert(hooks).values(hook | {"failures": 0, "rests": 0.0}))
        for name, ended in (("old", ago(31)), ("new", ago(1)), ("waiting", None)):
            values = delivery | {"id": name, "created": ago(40), "ended": ended, "state": "x"}
            connection.execute(insert(deliveries).values(values))
        for days in (91, 89):
            connection.execute(insert(audit).values(entry | {"at": ago(days)}))
    days = Days(audit=90, deliveries=30, requests=1)
    assert forget(store, days) == Forgotten(requests=1, deliveries=1, audit=1)
    assert kept.begin_request("old", "other", "p", ago(0)) == "new"
    assert kept.begin_request("new", "other", "p", ago(0)) == "other"
    with store.database.reading() as connection:
        assert set(connection.execute(select(deliveries.c.id)).scalars()) == {"new", "waiting"}
        assert list(connection.execute(select(audit.c.at)).scalars()) == [ago(89)]


def test_nothing_is_forgotten_unless_told(store: Store) -> None:
    joined(store, "p")
    store.of("default").add_scenario(scenario(created=ago(4000)), b"", b"")
    solved(store, "a", 4000)
    assert not forget(store, Days(runs=0, audit=0, deliveries=0, requests=0))


def test_more_than_a_batch(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.store.retention.BATCH", 3)
    joined(store, "p")
    for k in range(10):
        store.of("default").add_scenario(scenario(str(k), ago(50)), b"", b"")
        solved(store, str(k), 40 + k, f"scn_{k}")
        store.of("default").begin_request(str(k), "print", "p", ago(2))
    assert forget(store, MONTH) == Forgotten(runs=10, plans=10, scenarios=10, requests=10)
    assert blob_names(store) == []


def test_tables_in_a_folder_go_too_and_those_that_nobody_speaks_of(tmp_path: Path) -> None:
    store = open_store(":memory:", str(tmp_path / "blobs"))
    now = datetime.now(UTC)
    joined(store, "p")
    store.of("default").add_scenario(scenario("a", now.isoformat()), b"", b"")
    solved(store, "old", 31 + (TODAY - now).days)
    late = replace(solved(store, "new", (TODAY - now).days), attempt=0)
    assert not store.queue.save(late, [], (plan("new"), TABLES))  # refused, when its tables were written
    files = {path for path in (tmp_path / "blobs").rglob("*") if path.is_file()}
    assert len(files) == 2 + 3 * len(TABLES)
    assert forget(store, MONTH, now) == Forgotten(runs=1, plans=1)  # the orphans are too young
    for path in (tmp_path / "blobs").rglob("*"):
        os.utime(path, (0, 0))
    assert forget(store, MONTH, now) == Forgotten(folders=1)
    left = {path for path in (tmp_path / "blobs").rglob("*") if path.is_file()}
    assert left < files and len(left) == 2 + len(TABLES)
    found = store.of("default").plan("pln_new")
    assert found is not None and store.of("default").plan_table(found, "tiers") == TABLES["tiers"]
    assert store.of("default").scenario_content("scn_a") == (b"", b"")
    store.close()
