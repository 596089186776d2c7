"""What each tenant can do with a store, on every database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from api.store import Answer, Event, Store
from tests.api.store.things import LATER, NOW, TABLES, joined, plan, process, run, scenario, taken


def test_a_scenario_is_kept_once(store: Store) -> None:
    kept = store.of("default")
    assert kept.add_scenario(scenario(), b"head", b"\x00leads")
    assert not kept.add_scenario(replace(scenario(), base="scn_b"), b"other", b"")
    assert kept.scenario("scn_a") == scenario()
    assert kept.scenario_content("scn_a") == (b"head", b"\x00leads")


def test_what_is_not_there(store: Store) -> None:
    kept = store.of("default")
    assert kept.scenario("x") is None and kept.run("x") is None and kept.plan("x") is None
    assert kept.events("x") == [] and kept.scenarios(5) == [] and kept.runs(5) == []
    for read in (lambda: kept.scenario_content("x"), lambda: kept.plan_table(plan(), "loads")):
        with pytest.raises(KeyError):
            read()
    kept.wish_to_cancel("x")
    assert store.queue.counts() == {"queued": 0, "running": 0}
    assert store.queue.lengths(["x"]) == {} and store.queue.lengths([]) == {}
    store.queue.leave("nobody")


def test_lists_come_newest_first_in_pages(store: Store) -> None:
    kept = store.of("default")
    for name in "abcde":
        kept.add_scenario(scenario(name), b"", b"")
        kept.add_run(run(name))
        store.of("other").add_run(run(f"other-{name}", "other"))
    pages: tuple[Callable[..., Any], ...] = (kept.scenarios, kept.runs)
    for listed in pages:
        first = listed(2)
        second = listed(2, first[-1][0])
        third = listed(2, second[-1][0])
        assert [[record.id[4:] for _, record in page] for page in (first, second, third)] == [
            ["e", "d"],
            ["c", "b"],
            ["a"],
        ]
        assert listed(2, third[-1][0]) == []


def test_tenants_do_not_see_each_other(store: Store) -> None:
    ours, theirs = store.of("ours"), store.of("theirs")
    assert ours.add_scenario(scenario(), b"ours", b"1") and theirs.add_scenario(scenario(), b"theirs", b"2")
    assert ours.scenario_content("scn_a") == (b"ours", b"1")
    assert theirs.scenario_content("scn_a") == (b"theirs", b"2")
    ours.add_run(run("a", "ours"), [("status", {})])
    joined(store, "p")
    working = taken(store)
    store.queue.save(replace(working, status="succeeded", plan="pln_a"), [], (plan(), TABLES))
    assert ours.plan("pln_a") and len(ours.events("run_a")) == 2
    assert theirs.run("run_a") is None and theirs.runs(5) == [] and theirs.events("run_a") == []
    assert theirs.plan("pln_a") is None
    assert ours.begin_request("k", "1", "p", NOW) == "new" and theirs.begin_request("k", "2", "p", NOW) == "new"


def test_nobody_cancels_the_run_of_another_tenant(store: Store) -> None:
    store.of("ours").add_run(run("a", "ours"))
    store.of("theirs").wish_to_cancel("run_a")
    found = store.of("ours").run("run_a")
    assert found is not None and not found.cancel


def test_a_run_is_the_tenants_who_adds_it(store: Store) -> None:
    added = store.of("ours").add_run(run("a", "somebody"))
    assert added is not None and added.tenant == "ours"
    joined(store, "p")
    assert taken(store).tenant == "ours"


def test_a_run_is_added_once(store: Store) -> None:
    kept = store.of("default")
    first = kept.add_run(run(), [("status", {"status": "queued"})])
    again = kept.add_run(replace(run(), limits={}), [("status", {"status": "queued"})])
    assert first == again == run() == kept.run("run_a")
    assert len(kept.events("run_a")) == 1


def test_only_so_many_runs_of_a_tenant_wait(store: Store) -> None:
    kept = store.of("default")
    assert kept.add_run(run("a"), most=2) and kept.add_run(run("b"), most=2)
    assert kept.add_run(run("c"), most=2) is None and kept.run("run_c") is None
    assert kept.add_run(run("a"), most=2) == run("a")  # it waits already
    assert store.of("other").add_run(run("d", "other"), most=2)
    joined(store, "p")
    taken(store)
    assert kept.add_run(run("c"), most=2) == run("c")


def test_events_are_numbered_within_their_run(store: Store) -> None:
    kept = store.of("default")
    kept.add_run(run("a"), [("status", {"status": "queued"})])
    kept.add_run(run("b"), [("status", {"status": "queued"})])
    joined(store, "p")
    working = taken(store)
    store.queue.save(working, [("bound", {"bound": 2.5}), ("incumbent", {"bound": 2.0})])
    assert [(event.number, event.name) for event in kept.events("run_a")] == [
        (1, "status"),
        (2, "status"),
        (3, "bound"),
        (4, "incumbent"),
    ]
    assert kept.events("run_a", 2)[0] == Event(3, "bound", {"bound": 2.5})
    assert kept.events("run_a", 4) == []
    assert store.queue.lengths(["run_a", "run_b", "run_c"]) == {"run_a": 4, "run_b": 1}


def test_a_plan_and_its_tables(store: Store) -> None:
    kept = store.of("default")
    kept.add_run(run())
    joined(store, "p")
    done = replace(taken(store), status="succeeded", plan="pln_a", finished=LATER)
    assert store.queue.save(done, [("done", {})], (plan(), TABLES))
    assert kept.run("run_a") == done
    found = kept.plan("pln_a")
    assert found is not None and replace(found, blobs="") == plan()
    assert {name: kept.plan_table(found, name) for name in TABLES} == TABLES
    with pytest.raises(KeyError):
        kept.plan_table(found, "loads")


def test_idempotency_keys(store: Store) -> None:
    kept = store.of("default")
    joined(store, "p", "q")
    answer = Answer(201, {"location": "/v1/runs/1"}, b"\x00{}")
    assert kept.begin_request("k", "print", "p", NOW) == "new"
    assert kept.begin_request("k", "print", "q", NOW) == "running"
    assert kept.begin_request("k", "other", "q", NOW) == "other"
    kept.end_request("k", "q", answer)  # it is not q's
    assert kept.begin_request("k", "print", "q", NOW) == "running"
    kept.end_request("k", "p", answer)
    assert kept.begin_request("k", "print", "q", NOW) == answer
    kept.end_request("k", "p", None)  # what was answered stays answered
    assert kept.begin_request("k", "print", "q", NOW) == answer
    assert kept.begin_request("free", "print", "p", NOW) == "new"
    kept.end_request("free", "p", None)
    assert kept.begin_request("free", "other", "p", NOW) == "new"


def test_a_request_whose_process_is_gone(store: Store) -> None:
    kept = store.of("default")
    joined(store, "q", "r")
    assert kept.begin_request("k", "print", "died early", NOW) == "new"
    assert kept.begin_request("k", "print", "q", NOW) == "new"
    assert kept.begin_request("k", "print", "r", NOW) == "running"
    store.queue.leave("q")
    assert kept.begin_request("k", "another", "r", NOW) == "new"


def test_processes(store: Store) -> None:
    joined(store, "p", "q")
    store.queue.beat("p")
    assert sorted(store.queue.processes(), key=lambda known: known.id) == [replace(process("p"), beats=1), process("q")]
    store.queue.leave("p")
    assert [known.id for known in store.queue.processes()] == ["q"]
    assert not store.queue.beat("p").alive


def test_what_a_newer_version_wrote_can_be_read(store: Store) -> None:
    from sqlalchemy import update

    from api.store.tables import runs, scenarios

    kept = store.of("default")
    kept.add_scenario(scenario(), b"", b"")
    kept.add_run(run())
    with store.database.transaction() as connection:
        for table in (runs, scenarios):
            record = connection.execute(table.select()).one().record
            connection.execute(update(table).values(record={**record, "not_known_here": 1}))
    assert kept.run("run_a") == run() and kept.scenario("scn_a") == scenario()
