"""A store that lives as long as the process: for tests, and for trying things out."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, TypeVar

from api.store.base import EventPart
from api.store.records import Answer, Event, PlanRecord, RunRecord, ScenarioRecord

R = TypeVar("R")


@dataclass
class _Request:
    fingerprint: str
    created: float
    answer: Answer | None = None


@dataclass
class MemoryStore:
    """Dictionaries behind a lock. See `Store` for what each call means."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _scenarios: dict[str, ScenarioRecord] = field(default_factory=dict)
    _contents: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    _runs: dict[str, RunRecord] = field(default_factory=dict)
    _events: dict[str, list[Event]] = field(default_factory=dict)
    _plans: dict[str, PlanRecord] = field(default_factory=dict)
    _tables: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _requests: dict[str, _Request] = field(default_factory=dict)

    def add_scenario(self, record: ScenarioRecord, head: bytes, leads: bytes) -> bool:
        """Keep a scenario and its content."""
        with self._lock:
            if record.id in self._scenarios:
                return False
            self._scenarios[record.id], self._contents[record.id] = record, (head, leads)
            return True

    def scenario(self, scenario_id: str) -> ScenarioRecord | None:
        """Return a scenario's record."""
        return self._scenarios.get(scenario_id)

    def scenario_content(self, scenario_id: str) -> tuple[bytes, bytes]:
        """Return a scenario's content."""
        return self._contents[scenario_id]

    def scenarios(self, limit: int, before: int | None = None) -> list[tuple[int, ScenarioRecord]]:
        """Return a page of scenarios."""
        with self._lock:
            return _page(self._scenarios, limit, before)

    def add_run(self, run: RunRecord, events: Sequence[EventPart] = ()) -> None:
        """Keep a new run."""
        with self._lock:
            self._runs[run.id] = run
            self._append(run.id, events)

    def save_run(
        self,
        run: RunRecord,
        events: Sequence[EventPart] = (),
        plan: tuple[PlanRecord, Mapping[str, bytes]] | None = None,
    ) -> bool:
        """Replace a run that is not final."""
        with self._lock:
            if self._runs[run.id].final:
                return False
            self._runs[run.id] = run
            self._append(run.id, events)
            if plan is not None:
                record, tables = plan
                self._plans[record.id] = record
                self._tables.update({(record.id, name): data for name, data in tables.items()})
            return True

    def _append(self, run_id: str, events: Sequence[EventPart]) -> None:
        kept = self._events.setdefault(run_id, [])
        kept += [Event(len(kept) + k, name, data) for k, (name, data) in enumerate(events, 1)]

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run."""
        return self._runs.get(run_id)

    def runs(self, limit: int, before: int | None = None) -> list[tuple[int, RunRecord]]:
        """Return a page of runs."""
        with self._lock:
            return _page(self._runs, limit, before)

    def unfinished(self) -> list[RunRecord]:
        """Return the runs that are not final."""
        with self._lock:
            return [run for run in self._runs.values() if not run.final]

    def events(self, run_id: str, after: int = 0) -> list[Event]:
        """Return the events of a run."""
        with self._lock:
            return self._events.get(run_id, [])[after:]

    def plan(self, plan_id: str) -> PlanRecord | None:
        """Return a plan."""
        return self._plans.get(plan_id)

    def plan_table(self, plan_id: str, name: str) -> bytes:
        """Return a table of a plan."""
        return self._tables[plan_id, name]

    def begin_request(self, key: str, fingerprint: str, now: float) -> Answer | Literal["new", "running", "other"]:
        """Claim an idempotency key."""
        with self._lock:
            request = self._requests.setdefault(key, mine := _Request(fingerprint, now))
            if request is mine:
                return "new"
            if request.fingerprint != fingerprint:
                return "other"
            return request.answer or "running"

    def end_request(self, key: str, answer: Answer | None) -> None:
        """Keep an answer, or free the key."""
        with self._lock:
            if answer is None:
                self._requests.pop(key, None)
            else:
                self._requests[key].answer = answer

    def forget_requests(self, before: float) -> None:
        """Drop old answers and claims without one."""
        with self._lock:
            kept = {k: r for k, r in self._requests.items() if r.answer and r.created >= before}
            self._requests = kept

    def ping(self) -> None:
        """Do nothing: memory answers."""

    def close(self) -> None:
        """Do nothing: memory goes with the process."""


def _page(records: dict[str, R], limit: int, before: int | None) -> list[tuple[int, R]]:
    """Return the newest records before a position; positions count from 1 in the order of arrival."""
    last = len(records) if before is None else before - 1
    newest_first = islice(reversed(records.values()), len(records) - last, None)
    return [(last - k, record) for k, record in enumerate(islice(newest_first, limit))]
