"""Forgetting what is old, in small transactions, so that nobody waits for long."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Select, Table, delete, exists, false, select, tuple_

from api.store.blobs import Blobs
from api.store.database import Database
from api.store.records import FINAL
from api.store.tables import audit, deliveries, plans, requests, runs, scenarios

BATCH = 200
"""Things that are forgotten in one transaction."""
ORPHAN_DAYS = 1.0
"""Tables without a record are dropped after so long: a younger one may be about to get its record."""


@dataclass(frozen=True)
class Days:
    """How many days things are kept; 0 for ever.

    Parameters
    ----------
    runs : float
        Runs since they ended, with their events, plans and tables; and scenarios, since they were last brought in or
        solved, that no kept run uses. Nothing that waits or is worked on is ever forgotten.
    audit : float
        Entries of the audit log.
    deliveries : float
        Webhook deliveries that have ended.
    requests : float
        Answers by idempotency key.
    """

    runs: float = 0.0
    audit: float = 0.0
    deliveries: float = 30.0
    requests: float = 1.0


@dataclass(frozen=True)
class Forgotten:
    """How many things were forgotten; `folders` are of tables that no record spoke of."""

    runs: int = 0
    plans: int = 0
    scenarios: int = 0
    requests: int = 0
    deliveries: int = 0
    audit: int = 0
    folders: int = 0

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class Retention:
    """Forgets what is old, of all tenants. Several processes may do it at once; a call may take minutes.

    What is left behind when it is cut short is found the next time.
    """

    database: Database
    blobs: Blobs
    days: Days

    def forget(self, now: datetime) -> Forgotten:
        """Forget everything that is old at a moment.

        Raises
        ------
        StoreDownError
            If the database, or the place for tables, does not answer.
        """
        runs_gone = plans_gone = scenarios_gone = 0
        if self.days.runs:
            before = _moment(now, self.days.runs)
            runs_gone, plans_gone = self._runs(before)
            scenarios_gone = self._scenarios(before)
        return Forgotten(
            runs_gone,
            plans_gone,
            scenarios_gone,
            self._oldest(requests, requests.c.created, now, self.days.requests),
            self._oldest(deliveries, deliveries.c.ended, now, self.days.deliveries),
            self._oldest(audit, audit.c.at, now, self.days.audit),
            self._orphans(now - timedelta(days=ORPHAN_DAYS)),
        )

    def _runs(self, before: str) -> tuple[int, int]:
        """Forget runs, their events with them, and their plans."""
        old = runs.c.finished < before, runs.c.status.in_(FINAL)
        runs_gone = plans_gone = 0
        while ids := self._some(select(runs.c.id).where(*old).order_by(runs.c.finished)):
            with self.database.transaction() as connection:
                of_them = delete(plans).where(plans.c.run.in_(ids)).returning(plans.c.blobs)
                folders = list(connection.execute(of_them).scalars())
                self.blobs.drop(connection, folders)
                runs_gone += connection.execute(delete(runs).where(runs.c.id.in_(ids), *old)).rowcount
            self.blobs.clear(folders)
            plans_gone += len(folders)
        return runs_gone, plans_gone

    def _scenarios(self, before: str) -> int:
        """Forget scenarios that no run uses; whoever is just ordering a run has used it before we look again."""
        used = exists().where(runs.c.tenant == scenarios.c.tenant, runs.c.scenario == scenarios.c.id)
        old = scenarios.c.used < before, ~used
        gone = 0
        while positions := self._some(select(scenarios.c.position).where(*old)):
            with self.database.transaction() as connection:
                them = delete(scenarios).where(scenarios.c.position.in_(positions), *old)
                folders = list(connection.execute(them.returning(scenarios.c.blobs)).scalars())
                self.blobs.drop(connection, folders)
            self.blobs.clear(folders)
            gone += len(folders)
        return gone

    def _oldest(self, table: Table, moment: Column[Any], now: datetime, days: float) -> int:
        """Forget the rows of a table whose moment is long past; those without a moment stay."""
        gone = 0
        key = tuple_(*table.primary_key)
        old = moment < _moment(now, days) if days else false()
        while keys := self._some(select(*table.primary_key).where(old), whole=True):
            with self.database.transaction() as connection:
                gone += connection.execute(delete(table).where(key.in_(keys), old)).rowcount
        return gone

    def _some(self, query: Select[Any], whole: bool = False) -> list[Any]:
        """Return some of what a query finds, without holding up those who write: the first column, or whole rows."""
        with self.database.reading() as connection:
            found = connection.execute(query.limit(BATCH))
            return [tuple(row) for row in found] if whole else list(found.scalars())

    def _orphans(self, before: datetime) -> int:
        """Drop tables that no record speaks of: whoever wrote them died, or came too late."""
        gone, batch = 0, list[str]()
        for folder in self.blobs.orphans(before):
            batch.append(folder)
            if len(batch) == BATCH:
                gone += self._drop_orphans(batch)
                batch = []
        return gone + self._drop_orphans(batch)

    def _drop_orphans(self, folders: list[str]) -> int:
        with self.database.reading() as connection:
            spoken_of = {
                name
                for table in (plans, scenarios)
                for name in connection.execute(select(table.c.blobs).where(table.c.blobs.in_(folders))).scalars()
            }
        orphans = [folder for folder in folders if folder not in spoken_of]
        self.blobs.clear(orphans)
        return len(orphans)


def _moment(now: datetime, days: float) -> str:
    return (now - timedelta(days=days)).isoformat(timespec="milliseconds")
