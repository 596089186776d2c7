"""The queue: who gets which run, and what becomes of the work of those who die."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.store import Queue, RunRecord, Store
from api.store.queue import LOOKS
from tests.api.store.things import LATER, NOW, TABLES, joined, plan, run, taken


def buried(store: Store, *living: str, most: int = 3) -> list[RunRecord]:
    """Look at all processes until those that do not beat are dead, as one of the others would."""
    looking = Queue(store.database, store.blobs)
    freed = []
    for _ in range(LOOKS + 1):
        for name in living:
            store.queue.beat(name)
        freed += looking.bury(LATER, most)
    return freed


def test_the_most_urgent_first_then_the_oldest(store: Store) -> None:
    for name, priority in (("a", 0), ("b", 5), ("c", 5), ("d", -1)):
        store.of("default").add_run(run(name, priority=priority))
    joined(store, "p")
    assert [taken(store).id for _ in range(4)] == ["run_b", "run_c", "run_a", "run_d"]
    assert store.queue.take("p", LATER, 0) is None


def test_a_run_that_is_taken(store: Store) -> None:
    store.of("default").add_run(run())
    joined(store, "p")
    found = taken(store)
    assert found == replace(run(), status="running", attempt=1, started=LATER)
    assert store.of("default").run("run_a") == found
    assert store.queue.counts() == {"queued": 0, "running": 1}
    assert store.queue.beat("p").held == {"run_a"}
    assert store.of("default").events("run_a")[-1].data == {"status": "running"}


def test_who_is_not_known_takes_nothing(store: Store) -> None:
    store.of("default").add_run(run())
    assert store.queue.take("p", LATER, 0) is None


def test_a_tenant_at_its_limit_lets_others_pass(store: Store) -> None:
    for name in "abc":
        store.of("many").add_run(run(name, "many", 9))
    store.of("few").add_run(run("d", "few"))
    joined(store, "p", "q")
    assert [taken(store, "p", 1).id, taken(store, "q", 1).id] == ["run_a", "run_d"]
    assert store.queue.take("p", LATER, 1) is None
    store.queue.save(replace(run("a", "many"), status="succeeded", attempt=1))
    assert taken(store, "p", 1).id == "run_b"
    assert taken(store, "p", 2).id == "run_c"


def test_a_wish_to_cancel_reaches_who_works_on_it(store: Store) -> None:
    kept = store.of("default")
    kept.add_run(run())
    joined(store, "p", "q")
    working = taken(store)
    assert store.queue.beat("p").cancelled == frozenset()
    kept.wish_to_cancel("run_a")
    assert store.queue.beat("p").cancelled == {"run_a"} and store.queue.beat("q").cancelled == frozenset()
    assert store.queue.save(replace(working, progress={"phase": "dive"}))  # who does not know of it does not undo it
    assert store.queue.beat("p").cancelled == {"run_a"}


def test_a_run_that_waits_can_be_cancelled_and_nothing_else(store: Store) -> None:
    kept = store.of("default")
    kept.add_run(run())
    assert not store.queue.save(replace(run(), status="running"))
    assert not store.queue.save(replace(run(), status="succeeded"))
    assert not store.queue.save(replace(run(), status="cancelled", plan="pln_a"), [], (plan(), TABLES))
    assert store.queue.save(replace(run(), status="cancelled"), [("done", {})])
    assert not store.queue.save(replace(run(), status="cancelled"), [("done", {})])
    assert len(kept.events("run_a")) == 1
    joined(store, "p")
    assert store.queue.take("p", LATER, 0) is None


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
def test_a_final_run_never_changes(store: Store, status: str) -> None:
    store.of("default").add_run(run())
    joined(store, "p")
    done = replace(taken(store), status=status, finished=LATER, plan="pln_a")  # type: ignore[arg-type]
    assert store.queue.save(done, [("done", {})], (plan(), TABLES))
    assert not store.queue.save(replace(done, status="failed", finished=NOW), [("done", {})], (plan(), {"tiers": b""}))
    assert store.queue.give_back(done, NOW, 3) is None
    store.of("default").wish_to_cancel("run_a")
    assert store.of("default").run("run_a") == done
    kept = store.of("default").plan("pln_a")
    assert kept is not None and store.of("default").plan_table(kept, "tiers") == TABLES["tiers"]
    assert store.queue.beat("p").held == frozenset()


def test_a_run_that_is_given_back(store: Store) -> None:
    store.of("default").add_run(run())
    joined(store, "p")
    for attempt in (1, 2):
        working = replace(taken(store), progress={"phase": "dive"})
        assert working.attempt == attempt
        again = store.queue.give_back(working, LATER, 2)
        assert again is not None
        assert again.status == ("queued" if attempt == 1 else "failed")
    assert again.fault == "interrupted" and again.finished == LATER
    assert [event.name for event in store.of("default").events("run_a")][-2:] == ["status", "done"]


def test_a_run_that_is_to_stop_does_not_wait_again(store: Store) -> None:
    store.of("default").add_run(run())
    joined(store, "p", "q")
    taken(store)
    store.of("default").wish_to_cancel("run_a")
    assert [freed.status for freed in buried(store, "q")] == ["cancelled"]


def test_the_runs_of_the_dead_are_taken_away(store: Store) -> None:
    for name in "ab":
        store.of("default").add_run(run(name))
    joined(store, "p", "q")
    lost, kept = taken(store, "p"), taken(store, "q")
    assert [freed.id for freed in buried(store, "q")] == [lost.id]
    assert not store.queue.beat("p").alive and store.queue.beat("q").held == {kept.id}
    again = taken(store, "q")
    assert (again.id, again.attempt, again.started) == (lost.id, 2, LATER)


def test_who_beats_at_least_now_and_then_is_not_dead(store: Store) -> None:
    joined(store, "p")
    looking = Queue(store.database, store.blobs)
    for _ in range(4):
        for _ in range(LOOKS):
            looking.bury(LATER, 3)
        assert store.queue.beat("p").alive


def test_who_cannot_beat_calls_nobody_dead(store: Store) -> None:
    """A disk is full, or a database only reads: looks go through, and beats do not."""
    joined(store, "p", "q")
    looking = Queue(store.database, store.blobs)
    for _ in range(3 * LOOKS):
        assert looking.bury(LATER, 3, "p") == []
    for _ in range(LOOKS - 1):  # there is room again, and it takes the other longer to find out
        store.queue.beat("p")
        looking.bury(LATER, 3, "p")
    assert store.queue.beat("q").alive
    for _ in range(LOOKS + 1):
        store.queue.beat("p")
        looking.bury(LATER, 3, "p")
    assert not store.queue.beat("q").alive and store.queue.beat("p").alive


def test_a_run_has_so_many_attempts(store: Store) -> None:
    store.of("default").add_run(run())
    joined(store, "p", "q", "r")
    taken(store, "p")
    assert buried(store, "q", "r", most=2)[0].status == "queued"
    taken(store, "q")
    assert buried(store, "r", most=2)[0].status == "failed"
    found = store.of("default").run("run_a")
    assert found is not None and found.fault == "interrupted" and found.attempt == 2
    assert store.of("default").events("run_a")[-1].name == "done"


def test_who_comes_back_from_the_dead_publishes_nothing(store: Store) -> None:
    """A process is frozen, buried, and thawed: before its run is taken again, while another works on it, and after."""
    store.of("default").add_run(run())
    joined(store, "p", "q")
    working = taken(store, "p")
    late = replace(working, status="succeeded", plan="pln_a", finished=LATER)
    buried(store, "q")
    assert not store.queue.save(late, [("done", {})], (plan(), TABLES))
    assert not store.queue.save(working, [("bound", {})])
    assert store.queue.give_back(working, LATER, 3) is None
    again = taken(store, "q")
    assert not store.queue.save(late, [("done", {})], (plan(), TABLES))
    assert not store.queue.save(working, [("bound", {})])
    assert store.queue.give_back(working, LATER, 3) is None
    assert store.of("default").plan("pln_a") is None
    done = replace(again, status="succeeded", plan="pln_a", finished=LATER)
    assert store.queue.save(done, [("done", {})], (plan(), {"tiers": b"new"}))
    assert not store.queue.save(late, [("done", {})], (plan(), TABLES))
    assert store.of("default").run("run_a") == done
    kept = store.of("default").plan("pln_a")
    assert kept is not None and store.of("default").plan_table(kept, "tiers") == b"new"
    assert [event.name for event in store.of("default").events("run_a")].count("done") == 1


def test_a_run_whose_process_died_before_anybody_looked(store: Store) -> None:
    store.of("default").add_run(run())
    joined(store, "p")
    taken(store, "p")
    store.queue.leave("p")  # without giving it back
    assert [freed.id for freed in Queue(store.database, store.blobs).bury(LATER, 3)] == ["run_a"]


def test_a_request_of_the_dead_is_free_again(store: Store) -> None:
    joined(store, "p", "q")
    store.of("default").begin_request("k", "print", "p", NOW)
    buried(store, "q")
    assert store.of("default").begin_request("k", "other", "q", NOW) == "new"


def test_two_who_look_bury_once(store: Store) -> None:
    store.of("default").add_run(run())
    joined(store, "p")
    taken(store, "p")
    looking = [Queue(store.database, store.blobs) for _ in range(2)]
    freed = [run.id for _ in range(LOOKS + 2) for queue in looking for run in queue.bury(LATER, 3)]
    assert freed == ["run_a"]
