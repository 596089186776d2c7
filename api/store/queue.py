"""The queue of runs, which is the table of runs: who works on what, and what becomes of the work of those who die.

Processes beat: each counts its own number up once a second. Others look at these numbers, and count how often in a row
one has stood still. No clock is compared with another one, so a clock that jumps harms nobody, and neither does
a database that was away for a while, or could only be read: nobody could look either, or nobody could beat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, text, update

from api.store.blobs import Blobs
from api.store.database import Database
from api.store.hooks import announce
from api.store.records import FINAL, PlanRecord, ProcessRecord, RunRecord
from api.store.runs import EventPart, append, run_of, run_row
from api.store.tables import plans, processes, requests, runs

LOOKS = 5
"""Looks in a row, at a process that does not beat, after which it counts as dead."""
_CLAIM_LOCK = 0x706C756D
"""PostgreSQL's number for the lock that those who take a run hold: limits by tenant are counted under it."""


@dataclass(frozen=True)
class Beat:
    """What a process learns when it beats: whether it still counts as alive, and which of its runs are to stop."""

    alive: bool
    cancelled: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()


@dataclass
class Queue:
    """Runs that wait or are worked on, of all tenants. All calls block; every call is one transaction."""

    database: Database
    blobs: Blobs
    _still: dict[str, tuple[int, int]] = field(default_factory=dict)

    # -- processes --------------------------------------------------------------------------------------------

    def join(self, process: ProcessRecord) -> None:
        """Make a process known."""
        with self.database.transaction() as connection:
            connection.execute(insert(processes).values(asdict(process)))

    def leave(self, process_id: str) -> None:
        """Forget a process, which has let go of its runs."""
        with self.database.transaction() as connection:
            connection.execute(delete(processes).where(processes.c.id == process_id))
            connection.execute(delete(requests).where(requests.c.process == process_id, requests.c.status.is_(None)))

    def beat(self, process_id: str) -> Beat:
        """Tell that a process lives, and return what it has to know."""
        with self.database.transaction() as connection:
            change = update(processes).where(processes.c.id == process_id).values(beats=processes.c.beats + 1)
            if not connection.execute(change).rowcount:
                return Beat(alive=False)
            rows = connection.execute(select(runs.c.id, runs.c.cancel).where(runs.c.process == process_id)).all()
        return Beat(True, frozenset(row.id for row in rows if row.cancel), frozenset(row.id for row in rows))

    def processes(self) -> list[ProcessRecord]:
        """Return the processes that are known."""
        with self.database.reading() as connection:
            return [ProcessRecord(**row._mapping) for row in connection.execute(select(processes)).all()]

    def bury(self, finished: str, most: int, process_id: str = "") -> list[RunRecord]:
        """Look at all processes; take the runs of those that no longer beat away from them, and return these runs.

        They wait again, or have failed if they were begun `most` times. Call this every two seconds or so. Where the
        number of the process that looks has stood still itself, the look does not count: a database that takes nothing
        in lets nobody beat.
        """
        known = {process.id: process.beats for process in self.processes()}
        if process_id in known and self._still.get(process_id, (-1, 0))[0] == known[process_id]:
            return []
        self._still = {
            name: (beats, self._still[name][1] + 1 if self._still.get(name, (-1, 0))[0] == beats else 0)
            for name, beats in known.items()
        }
        freed: list[RunRecord] = []
        for name, (beats, looks) in self._still.items():
            if looks >= LOOKS:
                with self.database.transaction() as connection:
                    gone = delete(processes).where(processes.c.id == name, processes.c.beats == beats)
                    if not connection.execute(gone).rowcount:
                        continue
                    unanswered = requests.c.process == name, requests.c.status.is_(None)
                    connection.execute(delete(requests).where(*unanswered))
                freed += self._free(name, finished, most)
        # a process that died between taking a run and being known to all, or whose burial was cut short
        lost = select(runs.c.process).where(runs.c.status == "running", runs.c.process.not_in(select(processes.c.id)))
        with self.database.reading() as connection:
            names = list(connection.execute(lost.distinct()).scalars())
        for name in names:
            freed += self._free(name, finished, most)
        return freed

    def _free(self, process_id: str, finished: str, most: int) -> list[RunRecord]:
        freed = []
        with self.database.transaction() as connection:
            query = select(runs).where(runs.c.process == process_id, runs.c.status == "running").with_for_update()
            for row in connection.execute(query).all():
                run = _again(run_of(row), finished, most)
                _write(connection, run, told(run))
                freed.append(run)
        return freed

    # -- runs -------------------------------------------------------------------------------------------------

    def take(self, process_id: str, started: str, per_tenant: int) -> RunRecord | None:
        """Take the next run for a process that is known, and return it; None if none may be begun.

        Parameters
        ----------
        per_tenant : int
            Runs of a tenant that may be worked on at once, by all processes together; 0 for any number.
        """
        waiting = next_run(per_tenant)
        with self.database.reading() as connection:
            if connection.execute(waiting.with_only_columns(runs.c.id)).first() is None:
                return None
        with self.database.transaction() as connection:
            if not self.database.embedded:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CLAIM_LOCK})
            known = select(processes.c.id).where(processes.c.id == process_id)
            if connection.execute(known).first() is None:
                return None
            row = connection.execute(waiting.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            run = run_of(row)
            run = replace(run, status="running", attempt=run.attempt + 1, started=run.started or started)
            change = update(runs).where(runs.c.id == run.id, runs.c.status == "queued")
            connection.execute(change.values(run_row(run) | {"process": process_id}))
            append(connection, run.id, [("status", {"status": "running"})])
            return run

    def save(
        self,
        run: RunRecord,
        added: Sequence[EventPart] = (),
        plan: tuple[PlanRecord, Mapping[str, bytes]] | None = None,
    ) -> bool:
        """Replace a run that we work on, append its events and keep its plan with the plan's tables.

        False, and nothing changes, if the run has ended, or was taken away from us: nothing is published twice. A run
        that waits can be cancelled, and nothing else.
        """
        tables: Mapping[str, bytes] = {}
        if plan is not None:  # what takes long is done before: nobody waits for it
            prefix = _prefix(run, plan[0])
            tables = self.blobs.prepare({prefix + name: data for name, data in plan[1].items()})
        with self.database.transaction() as connection:
            now = _now(connection, run)
            if now is None or (now.status == "queued" and (run.status != "cancelled" or plan is not None)):
                return False
            _write(connection, replace(run, cancel=now.cancel or run.cancel), added)
            if plan is not None:
                self.blobs.put(connection, tables)
                kept = {"id": plan[0].id, "tenant": run.tenant, "run": run.id, "blobs": prefix}
                record = {"created": plan[0].created, "record": asdict(plan[0])}
                connection.execute(insert(plans).values(kept | record))
            return True

    def give_back(self, run: RunRecord, finished: str, most: int, fault: str = "interrupted") -> RunRecord | None:
        """Let go of a run that we work on: it waits again, or has failed if it was begun `most` times.

        Returns the run as it is now; None if it was not ours any more.
        """
        with self.database.transaction() as connection:
            now = _now(connection, run)
            if now is None or now.status != "running":
                return None
            again = _again(replace(run, cancel=now.cancel or run.cancel), finished, most, fault)
            _write(connection, again, told(again))
            return again

    def counts(self) -> dict[str, int]:
        """Return how many runs wait, and how many are worked on."""
        under_way = runs.c.status.in_(("queued", "running"))
        query = select(runs.c.status, func.count()).where(under_way).group_by(runs.c.status)
        with self.database.reading() as connection:
            found: dict[str, int] = {row[0]: row[1] for row in connection.execute(query).all()}
        return {"queued": found.get("queued", 0), "running": found.get("running", 0)}

    def lengths(self, run_ids: Sequence[str]) -> dict[str, int]:
        """Return how many events each of some runs has."""
        query = select(runs.c.id, runs.c.events).where(runs.c.id.in_(run_ids))
        with self.database.reading() as connection:
            return {row.id: row.events for row in connection.execute(query).all()}


def next_run(per_tenant: int) -> Select[Any]:
    """Return a query for the run that is to be taken next; an index has them in this order."""
    waiting = select(runs).where(runs.c.status == "queued")
    if per_tenant:
        busy = select(runs.c.tenant).where(runs.c.status == "running")
        waiting = waiting.where(runs.c.tenant.not_in(busy.group_by(runs.c.tenant).having(func.count() >= per_tenant)))
    return waiting.order_by(runs.c.priority.desc(), runs.c.position).limit(1)


def _prefix(run: RunRecord, plan: PlanRecord) -> str:
    """Return what the names of a plan's tables begin with: an attempt that comes too late writes over nothing."""
    return f"{run.tenant}/{plan.id}/{run.attempt}/"


def _now(connection: Connection, run: RunRecord) -> RunRecord | None:
    """Return a run as it is now, and keep others from changing it; None if it has ended, or is begun anew."""
    ours = select(runs).where(runs.c.id == run.id, runs.c.attempt == run.attempt, runs.c.status.not_in(FINAL))
    row = connection.execute(ours.with_for_update()).first()
    return None if row is None else run_of(row)


def _write(connection: Connection, run: RunRecord, added: Sequence[EventPart]) -> None:
    """Write down what has become of a run, and tell those who wait for it."""
    values = run_row(run) | ({} if run.status == "running" else {"process": None})
    connection.execute(update(runs).where(runs.c.id == run.id).values(values))
    append(connection, run.id, added)
    announce(connection, run)


def _again(run: RunRecord, finished: str, most: int, fault: str = "interrupted") -> RunRecord:
    """Return a run whose worker is gone: it waits again, unless it is to stop or has had its chances."""
    if run.cancel:
        return replace(run, status="cancelled", finished=finished)
    if run.attempt >= most:
        return replace(run, status="failed", fault=fault, finished=finished)
    return replace(run, status="queued", progress=None)


def told(run: RunRecord) -> list[EventPart]:
    """Return the events that tell what a run has come to."""
    status: EventPart = ("status", {"status": run.status})
    if not run.final:
        return [status]
    figures = {key: (run.progress or {}).get(key) for key in ("incumbent", "bound", "gap")}
    return [status, ("done", {"status": run.status, "plan": run.plan, "fault": run.fault, **figures})]
