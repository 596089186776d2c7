"""Many at once, from threads and from processes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest

from api.store import Answer, Store, open_store
from tests.api.store.things import LATER, NOW, TABLES, joined, plan, run, scenario, taken


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Make calls at the same moment, each in a thread of its own, and return what they return."""
    ready = threading.Barrier(len(calls))

    def go(call: Callable[[], Any]) -> Any:
        ready.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(go, calls))


_TAKER = """
import json, sys, threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from api.store import open_store
from tests.api.store.things import LATER, joined

store = open_store(sys.argv[1])
name = sys.argv[2]
joined(store, name)
print("ready", flush=True)
sys.stdin.readline()

def work(_):
    mine = []
    while (run := store.queue.take(name, LATER, 0)) is not None:
        assert store.queue.save(replace(run, status="succeeded", finished=LATER), [("done", {"by": name})])
        mine.append(run.id)
    return mine

with ThreadPoolExecutor(8) as pool:
    print(json.dumps(sum(pool.map(work, range(8)), [])), flush=True)
store.close()
"""


def test_two_processes_with_eight_threads_share_two_hundred_runs(shared_address: str) -> None:
    store = open_store(shared_address)
    for k in range(200):
        store.of(f"tenant-{k % 3}").add_run(run(str(k), f"tenant-{k % 3}", priority=k % 2))
    command = [sys.executable, "-c", _TAKER, shared_address]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    takers = [subprocess.Popen([*command, name], **pipes) for name in ("p", "q")]  # type: ignore[call-overload]
    for taker in takers:
        assert taker.stdout.readline() == "ready\n"
    for taker in takers:
        taker.stdin.write("\n")
        taker.stdin.flush()
    done = Counter(name for taker in takers for name in json.loads(taker.communicate(timeout=120)[0]))
    assert done == Counter({f"run_{k}": 1 for k in range(200)})
    for k in range(200):
        kept = store.of(f"tenant-{k % 3}")
        found = kept.run(f"run_{k}")
        assert found is not None and found.status == "succeeded" and found.attempt == 1
        assert [event.name for event in kept.events(found.id)] == ["status", "done"]
    store.close()


def test_sixteen_threads_take_each_run_once(store: Store) -> None:
    for k in range(40):
        store.of("default").add_run(run(str(k)))
    joined(store, "p")

    def work() -> list[str]:
        mine = []
        while (found := store.queue.take("p", LATER, 0)) is not None:
            mine.append(found.id)
        return mine

    taken_by_all = at_once([work] * 16)
    assert Counter(chain(*taken_by_all)) == Counter({f"run_{k}": 1 for k in range(40)})


def test_a_limit_by_tenant_holds_when_many_take_at_once(store: Store) -> None:
    for k in range(20):
        store.of("default").add_run(run(str(k)))
    joined(store, "p")
    found = at_once([lambda: store.queue.take("p", LATER, 3)] * 12)
    assert sum(each is not None for each in found) == 3


def test_of_two_who_save_a_run_one_wins(store: Store) -> None:
    store.of("default").add_run(run())
    joined(store, "p")
    working = taken(store)
    ends = [replace(working, status="succeeded", fault=f"by {k}", finished=LATER, plan="pln_a") for k in range(8)]
    calls = [lambda end=end: store.queue.save(end, [("done", {"by": end.fault})], (plan(), TABLES)) for end in ends]
    saved = at_once(calls)
    assert saved.count(True) == 1
    assert store.of("default").run("run_a") == ends[saved.index(True)]
    assert [event.name for event in store.of("default").events("run_a")] == ["status", "done"]


def test_to_cancel_and_to_take_at_once(store: Store) -> None:
    joined(store, "p")
    for k in range(10):
        waiting = store.of("default").add_run(run(str(k)))
        assert waiting is not None
        cancelled = replace(waiting, status="cancelled", finished=LATER)
        found, saved = at_once([lambda: store.queue.take("p", LATER, 0), lambda end=cancelled: store.queue.save(end)])
        assert (found is None) == saved


def test_a_scenario_and_a_run_added_at_once_are_added_once(store: Store) -> None:
    kept = store.of("default")
    scenarios = at_once([lambda: kept.add_scenario(scenario(), b"head", b"leads")] * 12)
    assert scenarios.count(True) == 1
    assert kept.scenario_content("scn_a") == (b"head", b"leads")
    runs = at_once([lambda: kept.add_run(run(), [("status", {})])] * 12)
    assert runs == [run()] * 12
    assert len(kept.events("run_a")) == 1
    both = at_once([lambda: kept.add_scenario(scenario("b"), b"", b""), lambda: kept.add_run(run("b"))] * 6)
    assert both.count(True) == 1 and len(kept.runs(9)) == 2


def test_fifty_requests_with_one_key(store: Store) -> None:
    kept = store.of("default")
    names = [f"process {k}" for k in range(50)]
    joined(store, *names)
    said = at_once([lambda name=name: kept.begin_request("k", "print", name, NOW) for name in names])
    assert Counter(said) == {"new": 1, "running": 49}
    winner = names[said.index("new")]
    answer = Answer(201, {}, b"")
    kept.end_request("k", winner, answer)
    assert at_once([lambda name=name: kept.begin_request("k", "print", name, NOW) for name in names]) == [answer] * 50


def test_keys_that_come_and_go(store: Store) -> None:
    """Whoever finds a key in the way that is freed at that very moment has it."""
    kept = store.of("default")
    joined(store, *"abcd")

    def go(name: str) -> int:
        times = 0
        for _ in range(25):
            if kept.begin_request("k", "print", name, NOW) == "new":
                times += 1
                kept.end_request("k", name, None)
        return times

    assert sum(at_once([lambda name=name: go(name) for name in "abcd"])) > 0
    assert kept.begin_request("k", "print", "a", NOW) == "new"


@pytest.mark.parametrize("looks", [20])
def test_to_bury_and_to_beat_at_once(shared: Store, looks: int) -> None:
    """Whoever beats is alive, and whoever is told that it is dead has lost its runs."""
    from api.store import Queue

    shared.of("default").add_run(run())
    joined(shared, "p")
    taken(shared)
    looking = [Queue(shared.database, shared.blobs) for _ in range(2)]

    def beat() -> bool:
        return all(shared.queue.beat("p").alive for _ in range(looks))

    def bury(queue: Queue) -> list[str]:
        return [freed.id for _ in range(looks) for freed in queue.bury(LATER, 3)]

    alive, *freed = at_once([beat, *(lambda queue=queue: bury(queue) for queue in looking)])
    held = shared.queue.beat("p")
    found = shared.of("default").run("run_a")
    assert found is not None
    if held.alive:
        assert alive and held.held == {"run_a"} and found.status == "running"
    else:
        assert [*chain(*freed)] == ["run_a"] and found.status == "queued"
