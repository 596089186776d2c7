"""The embedded store: one SQLite file, which this process has to itself."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, TypeVar

import orjson

from api.store.base import EventPart, StoreError
from api.store.records import FINAL, Answer, Event, PlanRecord, RunRecord, ScenarioRecord

R = TypeVar("R", ScenarioRecord, RunRecord, PlanRecord)

VERSION = 1
"""Of the tables; kept in the file as `user_version`."""

BUSY_SECONDS = 5.0
"""How long to wait for a service that is just letting go of the file."""

_TABLES = """
CREATE TABLE scenarios (position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, record BLOB NOT NULL);
CREATE TABLE contents (scenario TEXT PRIMARY KEY, head BLOB NOT NULL, leads BLOB NOT NULL);
CREATE TABLE runs (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, status TEXT NOT NULL, record BLOB NOT NULL
);
CREATE INDEX runs_by_status ON runs (status);
CREATE TABLE events (
    run TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE TABLE plans (id TEXT PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE plan_tables (plan TEXT NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (plan, name));
CREATE TABLE requests (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, created REAL NOT NULL, status INTEGER, headers BLOB, body BLOB
);
"""


class SqliteStore:
    """One connection behind a lock. See `Store` for what each call means.

    The file is locked for as long as it is open: a second service on it would take the first one's runs for dead.
    Write-ahead log with full sync: what was answered survives a power cut.

    Raises
    ------
    StoreError
        If the file is no database of ours, is of another version, is in use, or cannot be opened.
    """

    def __init__(self, path: str | Path) -> None:
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as fault:
            raise StoreError(f"cannot open {path}: {fault}") from fault
        try:
            self._open(path)
        except sqlite3.Error as fault:
            self._connection.close()
            busy = getattr(fault, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
            reason = "another service is using it" if busy else str(fault)
            raise StoreError(f"cannot open {path}: {reason}") from fault
        except StoreError:
            self._connection.close()
            raise

    def _open(self, path: str | Path) -> None:
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        with self._transaction() as cursor:
            version = cursor.execute("PRAGMA user_version").fetchone()[0]
            if version == 0 and not cursor.execute("SELECT 1 FROM sqlite_master").fetchone():
                for statement in _TABLES.split(";"):
                    cursor.execute(statement)
                cursor.execute(f"PRAGMA user_version = {VERSION}")
            elif version != VERSION:
                raise StoreError(f"cannot open {path}: its tables are of version {version}, not {VERSION}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        with self._lock:
            cursor = self._connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def _one(self, query: str, *values: Any) -> Any:
        with self._lock:
            return self._connection.execute(query, values).fetchone()

    def _all(self, query: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    # -- scenarios --------------------------------------------------------------------------------------------

    def add_scenario(self, record: ScenarioRecord, head: bytes, leads: bytes) -> bool:
        """Keep a scenario and its content."""
        with self._transaction() as cursor:
            if cursor.execute("SELECT 1 FROM scenarios WHERE id = ?", (record.id,)).fetchone():
                return False
            cursor.execute("INSERT INTO scenarios (id, record) VALUES (?, ?)", (record.id, _dump(record)))
            cursor.execute("INSERT INTO contents VALUES (?, ?, ?)", (record.id, head, leads))
            return True

    def scenario(self, scenario_id: str) -> ScenarioRecord | None:
        """Return a scenario's record."""
        row = self._one("SELECT record FROM scenarios WHERE id = ?", scenario_id)
        return _load(ScenarioRecord, row[0]) if row else None

    def scenario_content(self, scenario_id: str) -> tuple[bytes, bytes]:
        """Return a scenario's content."""
        row = self._one("SELECT head, leads FROM contents WHERE scenario = ?", scenario_id)
        if row is None:
            raise KeyError(scenario_id)
        return row[0], row[1]

    def scenarios(self, limit: int, before: int | None = None) -> list[tuple[int, ScenarioRecord]]:
        """Return a page of scenarios."""
        return [(p, _load(ScenarioRecord, r)) for p, r in self._page("scenarios", limit, before)]

    def _page(self, table: Literal["scenarios", "runs"], limit: int, before: int | None) -> list[Any]:
        query = f"SELECT position, record FROM {table} WHERE position < ? ORDER BY position DESC LIMIT ?"
        return self._all(query, 2**62 if before is None else before, limit)

    # -- runs -------------------------------------------------------------------------------------------------

    def add_run(self, run: RunRecord, events: Sequence[EventPart] = ()) -> None:
        """Keep a new run."""
        with self._transaction() as cursor:
            values = (run.id, run.status, _dump(run))
            cursor.execute("INSERT INTO runs (id, status, record) VALUES (?, ?, ?)", values)
            _append(cursor, run.id, events)

    def save_run(
        self,
        run: RunRecord,
        events: Sequence[EventPart] = (),
        plan: tuple[PlanRecord, Mapping[str, bytes]] | None = None,
    ) -> bool:
        """Replace a run that is not final."""
        with self._transaction() as cursor:
            (status,) = cursor.execute("SELECT status FROM runs WHERE id = ?", (run.id,)).fetchone()
            if status in FINAL:
                return False
            cursor.execute("UPDATE runs SET status = ?, record = ? WHERE id = ?", (run.status, _dump(run), run.id))
            _append(cursor, run.id, events)
            if plan is not None:
                record, tables = plan
                cursor.execute("INSERT INTO plans VALUES (?, ?)", (record.id, _dump(record)))
                rows = [(record.id, name, data) for name, data in tables.items()]
                cursor.executemany("INSERT INTO plan_tables VALUES (?, ?, ?)", rows)
            return True

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run."""
        row = self._one("SELECT record FROM runs WHERE id = ?", run_id)
        return _load(RunRecord, row[0]) if row else None

    def runs(self, limit: int, before: int | None = None) -> list[tuple[int, RunRecord]]:
        """Return a page of runs."""
        return [(p, _load(RunRecord, r)) for p, r in self._page("runs", limit, before)]

    def unfinished(self) -> list[RunRecord]:
        """Return the runs that are not final."""
        query = "SELECT record FROM runs WHERE status IN ('queued', 'running') ORDER BY position"
        return [_load(RunRecord, record) for (record,) in self._all(query)]

    def events(self, run_id: str, after: int = 0) -> list[Event]:
        """Return the events of a run."""
        query = "SELECT number, name, data FROM events WHERE run = ? AND number > ? ORDER BY number"
        return [Event(number, name, orjson.loads(data)) for number, name, data in self._all(query, run_id, after)]

    # -- plans ------------------------------------------------------------------------------------------------

    def plan(self, plan_id: str) -> PlanRecord | None:
        """Return a plan."""
        row = self._one("SELECT record FROM plans WHERE id = ?", plan_id)
        return _load(PlanRecord, row[0]) if row else None

    def plan_table(self, plan_id: str, name: str) -> bytes:
        """Return a table of a plan."""
        row = self._one("SELECT data FROM plan_tables WHERE plan = ? AND name = ?", plan_id, name)
        if row is None:
            raise KeyError(plan_id, name)
        return bytes(row[0])

    # -- idempotency ------------------------------------------------------------------------------------------

    def begin_request(self, key: str, fingerprint: str, now: float) -> Answer | Literal["new", "running", "other"]:
        """Claim an idempotency key."""
        with self._transaction() as cursor:
            query = "SELECT fingerprint, status, headers, body FROM requests WHERE key = ?"
            row = cursor.execute(query, (key,)).fetchone()
            if row is None:
                query = "INSERT INTO requests (key, fingerprint, created) VALUES (?, ?, ?)"
                cursor.execute(query, (key, fingerprint, now))
                return "new"
        known, status, headers, body = row
        if known != fingerprint:
            return "other"
        return "running" if status is None else Answer(status, orjson.loads(headers), body)

    def end_request(self, key: str, answer: Answer | None) -> None:
        """Keep an answer, or free the key."""
        with self._transaction() as cursor:
            if answer is None:
                cursor.execute("DELETE FROM requests WHERE key = ?", (key,))
                return
            query = "UPDATE requests SET status = ?, headers = ?, body = ? WHERE key = ?"
            cursor.execute(query, (answer.status, orjson.dumps(dict(answer.headers)), answer.body, key))

    def forget_requests(self, before: float) -> None:
        """Drop old answers and claims without one."""
        with self._transaction() as cursor:
            cursor.execute("DELETE FROM requests WHERE created < ? OR status IS NULL", (before,))

    def ping(self) -> None:
        """Ask the file something."""
        self._one("SELECT count(*) FROM sqlite_master")

    def close(self) -> None:
        """Close the file, and so unlock it."""
        with self._lock:
            self._connection.close()


def _append(cursor: sqlite3.Cursor, run_id: str, events: Sequence[EventPart]) -> None:
    query = "SELECT coalesce(max(number), 0) FROM events WHERE run = ?"
    (last,) = cursor.execute(query, (run_id,)).fetchone()
    rows = [(run_id, last + k, name, orjson.dumps(data)) for k, (name, data) in enumerate(events, 1)]
    cursor.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)


def _dump(record: ScenarioRecord | RunRecord | PlanRecord) -> bytes:
    return orjson.dumps(asdict(record))


def _load(model: type[R], data: bytes) -> R:
    values = orjson.loads(data)
    if model is ScenarioRecord:
        values["issues"] = tuple(values["issues"])
    return model(**values)
