"""What every store can do. Tests hold all of them to the same contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from api.store.records import Answer, Event, PlanRecord, RunRecord, ScenarioRecord

EventPart = tuple[Literal["status", "incumbent", "bound", "done"], dict[str, Any]]
"""Name and data of an event that has no number yet."""


class StoreError(RuntimeError):
    """A store cannot be opened; the message is for the person who starts the service."""


class Store(Protocol):
    """Scenarios, runs with their events, plans, and answers by idempotency key.

    All calls block, and may come from any thread. Every call is one transaction: a crash leaves all of it or nothing.
    Lists come newest first: `before` is the position of the last entry of the page before, and each entry comes
    with its own position.
    """

    def add_scenario(self, record: ScenarioRecord, head: bytes, leads: bytes) -> bool:
        """Keep a scenario and its content; False if it was there already."""
        ...

    def scenario(self, scenario_id: str) -> ScenarioRecord | None:
        """Return a scenario's record."""
        ...

    def scenario_content(self, scenario_id: str) -> tuple[bytes, bytes]:
        """Return a scenario's content as it was given: head and leads.

        Raises
        ------
        KeyError
            If there is no such scenario.
        """
        ...

    def scenarios(self, limit: int, before: int | None = None) -> list[tuple[int, ScenarioRecord]]:
        """Return a page of scenarios."""
        ...

    def add_run(self, run: RunRecord, events: Sequence[EventPart] = ()) -> None:
        """Keep a new run."""
        ...

    def save_run(
        self,
        run: RunRecord,
        events: Sequence[EventPart] = (),
        plan: tuple[PlanRecord, Mapping[str, bytes]] | None = None,
    ) -> bool:
        """Replace a run, append its events and keep its plan with the plan's tables.

        False, and nothing changes, if the run has reached a final state before: nothing is published twice.
        """
        ...

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run."""
        ...

    def runs(self, limit: int, before: int | None = None) -> list[tuple[int, RunRecord]]:
        """Return a page of runs."""
        ...

    def unfinished(self) -> list[RunRecord]:
        """Return the runs that have not reached a final state, oldest first."""
        ...

    def events(self, run_id: str, after: int = 0) -> list[Event]:
        """Return the events of a run with a number above `after`, in order."""
        ...

    def plan(self, plan_id: str) -> PlanRecord | None:
        """Return a plan."""
        ...

    def plan_table(self, plan_id: str, name: str) -> bytes:
        """Return a table of a plan, as it was given.

        Raises
        ------
        KeyError
            If there is no such plan or table.
        """
        ...

    def begin_request(self, key: str, fingerprint: str, now: float) -> Answer | Literal["new", "running", "other"]:
        """Claim an idempotency key for a request with this fingerprint.

        Returns the answer that was given to the same request; "new" if the key is ours now; "running" while the same
        request is being worked on; "other" if the key belongs to another request. `now` is in seconds since 1970.
        """
        ...

    def end_request(self, key: str, answer: Answer | None) -> None:
        """Keep the answer under a key that was claimed, or free the key if there is none."""
        ...

    def forget_requests(self, before: float) -> None:
        """Drop the answers older than a moment, and every claim without an answer: nobody works on it any more."""
        ...

    def ping(self) -> None:
        """Raise if the store does not answer."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...
