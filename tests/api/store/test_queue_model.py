"""The queue follows a model: whatever processes do, in whatever order, and whoever dies meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from api.store import Queue, RunRecord, Store, open_store
from api.store.queue import LOOKS
from api.store.tables import metadata
from tests.api.store.things import LATER, TABLES, plan, process, run

ATTEMPTS = 2
PER_TENANT = 2
TENANTS = st.sampled_from(["one", "two"])


@dataclass
class Known:
    """What the model knows of a run."""

    tenant: str
    priority: int
    order: int
    status: str = "queued"
    attempt: int = 0
    process: str | None = None
    cancel: bool = False
    published: int = 0


class QueueModel(RuleBasedStateMachine):
    """Processes that take runs, work on them, die, are frozen and thawed."""

    store: Store
    processes = Bundle("processes")
    attempts = Bundle("attempts")

    def __init__(self) -> None:
        super().__init__()
        with self.store.database.transaction() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        self.runs: dict[str, Known] = {}
        self.alive: set[str] = set()
        self.count = 0

    @rule(tenant=TENANTS, priority=st.integers(-1, 1))
    def submit(self, tenant: str, priority: int) -> None:
        self.count += 1
        added = self.store.of(tenant).add_run(run(str(self.count), tenant, priority), [("status", {})])
        assert added is not None
        self.runs[added.id] = Known(tenant, priority, self.count)

    @rule(target=processes)
    def start(self) -> str:
        self.count += 1
        name = f"process-{self.count}"
        self.store.queue.join(process(name))
        self.alive.add(name)
        return name

    @rule(target=attempts, name=processes)
    def take(self, name: str) -> RunRecord | None:
        found = self.store.queue.take(name, LATER, PER_TENANT)
        busy = [known.tenant for known in self.runs.values() if known.status == "running"]
        free = [
            (-known.priority, known.order, key)
            for key, known in self.runs.items()
            if known.status == "queued" and busy.count(known.tenant) < PER_TENANT
        ]
        if name not in self.alive or not free:
            assert found is None
            return None
        _, _, key = min(free)
        known = self.runs[key]
        known.status, known.process, known.attempt = "running", name, known.attempt + 1
        assert found is not None and (found.id, found.attempt) == (key, known.attempt)
        return found

    @rule(attempt=attempts, status=st.sampled_from(["running", "succeeded", "failed", "cancelled"]))
    def save(self, attempt: RunRecord | None, status: Any) -> None:
        """Whoever has ever taken a run tells of it, perhaps long after it was lost."""
        if attempt is None:
            return
        known = self.runs[attempt.id]
        ours = known.status == "running" and known.attempt == attempt.attempt
        kept = (replace(plan(attempt.id[4:]), run=attempt.id), TABLES) if status == "succeeded" else None
        saved = self.store.queue.save(replace(attempt, status=status), [], kept)
        waits = known.status == "queued" and known.attempt == attempt.attempt and status == "cancelled"
        assert saved == (ours or waits)
        if saved and status != "running":
            known.status, known.process, known.published = status, None, known.published + (kept is not None)

    @rule(attempt=attempts)
    def give_back(self, attempt: RunRecord | None) -> None:
        if attempt is None:
            return
        known = self.runs[attempt.id]
        again = self.store.queue.give_back(attempt, LATER, ATTEMPTS)
        assert (again is not None) == (known.status == "running" and known.attempt == attempt.attempt)
        if again is not None:
            self._free(known)
            assert again.status == known.status

    @rule(tenant=TENANTS, data=st.data())
    def wish_to_cancel(self, tenant: str, data: st.DataObject) -> None:
        if self.runs:
            key = data.draw(st.sampled_from(sorted(self.runs)))
            self.store.of(tenant).wish_to_cancel(key)
            known = self.runs[key]
            known.cancel |= known.tenant == tenant and known.status in ("queued", "running")

    @rule(name=processes)
    def beat(self, name: str) -> None:
        beat = self.store.queue.beat(name)
        assert beat.alive == (name in self.alive)
        mine = {key for key, known in self.runs.items() if known.process == name}
        assert beat.held == (mine if beat.alive else set())
        assert beat.cancelled == {key for key in beat.held if self.runs[key].cancel}

    @rule(name=consumes(processes))
    def die(self, name: str) -> None:
        """Everybody else beats while others look, so this one is buried, if it was alive."""
        looking = Queue(self.store.database, self.store.blobs)
        freed: list[str] = []
        for _ in range(LOOKS + 1):
            for other in self.alive - {name}:
                self.store.queue.beat(other)
            freed += [run.id for run in looking.bury(LATER, ATTEMPTS)]
        self._lose(name, freed)

    @rule(name=processes)
    def freeze(self, name: str) -> None:
        """The same, but it goes on as if nothing had been."""
        self.die(name)

    def _lose(self, name: str, freed: list[str]) -> None:
        self.alive.discard(name)
        mine = [key for key, known in self.runs.items() if known.process == name]
        assert sorted(freed) == sorted(mine)
        for key in mine:
            self._free(self.runs[key])

    def _free(self, known: Known) -> None:
        known.process = None
        known.status = "cancelled" if known.cancel else "failed" if known.attempt >= ATTEMPTS else "queued"

    @invariant()
    def runs_are_as_they_should_be(self) -> None:
        for key, known in self.runs.items():
            found = self.store.of(known.tenant).run(key)
            assert found is not None
            assert (found.status, found.attempt, found.cancel) == (known.status, known.attempt, known.cancel), key
            assert known.published <= 1
            assert (self.store.of(known.tenant).plan(f"pln_{key[4:]}") is not None) == bool(known.published)

    @invariant()
    def counts_are_right(self) -> None:
        states = [known.status for known in self.runs.values()]
        assert self.store.queue.counts() == {name: states.count(name) for name in ("queued", "running")}


@contextmanager
def _opened(address: str) -> Iterator[Store]:
    store = open_store(address)
    yield store
    store.close()


@pytest.mark.parametrize("kind", ["memory", "postgres"])
def test_the_queue_follows_the_model(request: pytest.FixtureRequest, kind: str) -> None:
    address = ":memory:" if kind == "memory" else request.getfixturevalue("postgres_url")
    with _opened(address) as store:
        machine = type("Machine", (QueueModel,), {"store": store})
        quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
        examples = 40 if kind == "memory" else 5
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=quiet,
                phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink takes minutes, and tells little more
            ),
        )
