"""A tenant's scenarios, runs, plans, and answers by idempotency key."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

from sqlalchemy import Connection, Row, Table, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from api.store.blobs import Blobs
from api.store.database import Database
from api.store.records import FINAL, Answer, Event, PlanRecord, RunRecord, ScenarioRecord
from api.store.runs import EventPart, append, known, run_of, run_row
from api.store.scoped import Scoped
from api.store.tables import events, plans, processes, requests, runs, scenarios

WAITING = ("queued",)


class Tenancy(Scoped):
    """What one tenant keeps. All calls block, and may come from any thread; every call is one transaction.

    Lists come newest first: `before` is the position of the last entry of the page before, and each entry comes with
    its own position.
    """

    def __init__(self, database: Database, blobs: Blobs, tenant: str) -> None:
        super().__init__(database, tenant)
        self._blobs = blobs

    # -- scenarios --------------------------------------------------------------------------------------------

    def add_scenario(self, record: ScenarioRecord, head: bytes, leads: bytes) -> bool:
        """Keep a scenario and its content; False if it was there already."""
        again = self.update(scenarios).where(scenarios.c.id == record.id).values(used=record.created)
        with self.database.transaction() as connection:
            if connection.execute(again).rowcount:
                return False
        prefix = f"{self.tenant}/{record.id}/{uuid.uuid4().hex[:12]}/"
        content = self._blobs.prepare({prefix + "head": head, prefix + "leads": leads})
        key = {"tenant": self.tenant, "id": record.id, "blobs": prefix}
        values = {"created": record.created, "used": record.created, "record": asdict(record)}
        with self.database.transaction() as connection:
            # two at once with the same content: the second waits for the first, and finds it there
            if not insert_new(connection, scenarios, key | values):
                return False
            self._blobs.put(connection, content)
            return True

    def scenario(self, scenario_id: str) -> ScenarioRecord | None:
        """Return a scenario's record."""
        row = self.one(self.select(scenarios).where(scenarios.c.id == scenario_id))
        return None if row is None else _scenario(row)

    def scenario_content(self, scenario_id: str) -> tuple[bytes, bytes]:
        """Return a scenario's content as it was given: head and leads.

        Raises
        ------
        KeyError
            If there is no such scenario.
        """
        row = self.one(self.select(scenarios, scenarios.c.blobs).where(scenarios.c.id == scenario_id))
        if row is None:
            raise KeyError(scenario_id)
        return self._blobs.get(row.blobs + "head"), self._blobs.get(row.blobs + "leads")

    def scenarios(self, limit: int, before: int | None = None) -> list[tuple[int, ScenarioRecord]]:
        """Return a page of scenarios."""
        return [(row.position, _scenario(row)) for row in self.page(scenarios, limit, before)]

    # -- runs -------------------------------------------------------------------------------------------------

    def add_run(self, run: RunRecord, added: Sequence[EventPart] = (), most: int | None = None) -> RunRecord | None:
        """Keep a new run, and return it.

        A run of the same id that is there already is returned in its place. With `most`, None, and nothing happens,
        if so many of the tenant's runs wait already; a few more may, where several processes of PostgreSQL's count at
        the same time.
        """
        with self.database.transaction() as connection:
            there = connection.execute(self.select(runs).where(runs.c.id == run.id)).first()
            if there is not None:
                return run_of(there)
            if most is not None:
                waiting = self.select(runs, func.count()).where(runs.c.status.in_(WAITING))
                if connection.execute(waiting).scalar_one() >= most:
                    return None
            values = run_row(run) | {"tenant": self.tenant, "scenario": run.scenario, "events": 0}
            if insert_new(connection, runs, values):
                append(connection, run.id, added)
                used = self.update(scenarios).where(scenarios.c.id == run.scenario)
                connection.execute(used.values(used=run.created))
            return run_of(connection.execute(self.select(runs).where(runs.c.id == run.id)).one())

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run."""
        row = self.one(self.select(runs).where(runs.c.id == run_id))
        return None if row is None else run_of(row)

    def runs(self, limit: int, before: int | None = None) -> list[tuple[int, RunRecord]]:
        """Return a page of runs."""
        return [(row.position, run_of(row)) for row in self.page(runs, limit, before)]

    def wish_to_cancel(self, run_id: str) -> None:
        """Note that somebody wishes a run to stop, unless it has ended: whoever works on it sees that."""
        with self.database.transaction() as connection:
            change = self.update(runs).where(runs.c.id == run_id, runs.c.status.not_in(FINAL))
            connection.execute(change.values(cancel=True))

    def events(self, run_id: str, after: int = 0) -> list[Event]:
        """Return the events of a run with a number above `after`, in order."""
        mine = self.select(runs, runs.c.id).where(runs.c.id == run_id)
        query = select(events).where(events.c.run.in_(mine), events.c.number > after).order_by(events.c.number)
        return [Event(row.number, row.name, row.data) for row in self.all(query)]

    # -- plans ------------------------------------------------------------------------------------------------

    def plan(self, plan_id: str) -> PlanRecord | None:
        """Return a plan."""
        row = self.one(self.select(plans).where(plans.c.id == plan_id))
        return None if row is None else known(PlanRecord, {**row.record, "blobs": row.blobs})

    def plan_table(self, plan: PlanRecord, name: str) -> bytes:
        """Return a table of a plan, as it was given.

        Raises
        ------
        KeyError
            If there is no such table.
        """
        return self._blobs.get(plan.blobs + name)

    # -- idempotency ------------------------------------------------------------------------------------------

    def begin_request(
        self, key: str, fingerprint: str, process: str, now: str
    ) -> Answer | Literal["new", "running", "other"]:
        """Claim an idempotency key for a request with this fingerprint, on behalf of a process.

        Returns the answer that was given to the same request; "new" if the key is ours now; "running" while the same
        request is being worked on by a process that lives; "other" if the key belongs to another request.
        """
        claim = {"tenant": self.tenant, "key": key, "fingerprint": fingerprint, "process": process, "created": now}
        with self.database.transaction() as connection:
            row = None
            while row is None:  # what is in the way may be gone by the time that we look at it
                if insert_new(connection, requests, claim):
                    return "new"
                row = connection.execute(self.select(requests).where(requests.c.key == key).with_for_update()).first()
            if row.fingerprint != fingerprint:
                return "other"
            if row.status is not None:
                return Answer(row.status, row.headers, row.body)
            if connection.execute(select(processes.c.id).where(processes.c.id == row.process)).first():
                return "running"
            connection.execute(self.update(requests).where(requests.c.key == key).values(process=process))
            return "new"  # whoever worked on it is gone

    def end_request(self, key: str, process: str, answer: Answer | None) -> None:
        """Keep the answer under a key that a process claimed, or free the key if there is none."""
        with self.database.transaction() as connection:
            claimed = (requests.c.key == key, requests.c.process == process, requests.c.status.is_(None))
            if answer is None:
                connection.execute(self.delete(requests).where(*claimed))
                return
            kept = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
            connection.execute(self.update(requests).where(*claimed).values(kept))


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row, unless one is there already; tell whether it was inserted."""
    added = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = added(table).values(values).on_conflict_do_nothing().returning(literal(1))
    return connection.execute(statement).first() is not None


def _scenario(row: Row[Any]) -> ScenarioRecord:
    return known(ScenarioRecord, {**row.record, "issues": tuple(row.record["issues"])})
