"""Kill servers, workers, their children and the database at random, over a stream of runs, and see what is lost.

    python -m benchmarks.kills --kills 200 --database sqlite
    python -m benchmarks.kills --kills 200 --database postgres

Every order carries an idempotency key and is sent until it is answered, as a careful client does. In the end every
order has one run, every run has ended, and no plan was published twice. One line of JSON says so.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import func, select

from api.store import open_store
from api.store.records import FINAL
from api.store.tables import events, plans, runs
from benchmarks.fleet import Fleet
from scenarios.formats.json import json_bytes
from scenarios.generate import generate
from tests.postgres import Postgres

JSON = {"Content-Type": "application/json"}
LEADS, REPS = 24, 4
SECONDS = 1.0
"""Time limit of a run."""
FAULTS = frozenset({"interrupted", "solver_died"})
"""What a run may fail with that had bad luck three times."""


@dataclass
class Told:
    """What was done, and what came of it."""

    database: str
    kills: dict[str, int] = field(default_factory=dict)
    orders: int = 0
    runs: int = 0
    status: dict[str, int] = field(default_factory=dict)
    resumed: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def torment(
    database: str, kills: int, seed: int, folder: Path, postgres: Postgres | None = None, pause: float = 3.0
) -> Told:
    """Kill so many processes while orders come in; return what was found afterwards."""
    rng, told, began = random.Random(seed), Told("postgres" if postgres else "sqlite"), time.monotonic()
    over = threading.Event()
    with Fleet(folder, database) as fleet:
        orders = _Orders(fleet, over)
        orders.start()
        for _ in range(kills):
            time.sleep(rng.expovariate(1 / pause))
            kind = _kill_one(fleet, rng, postgres)
            told.kills[kind] = told.kills.get(kind, 0) + 1
        over.set()
        orders.join()
        told.orders = len(orders.sent)
        _settle(fleet, orders.sent)
        told.seconds = round(time.monotonic() - began, 1)
    _inspect(database, orders.sent, told)
    return told


class _Orders(threading.Thread):
    """Sends orders, one after the other, each until it is answered."""

    def __init__(self, fleet: Fleet, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self._fleet, self._over = fleet, over
        self.sent: dict[str, str] = {}
        body = json_bytes(generate("cycle", leads=LEADS, reps=REPS, seed=1))
        self._scenario = self._insist("/v1/scenarios", body, JSON)["id"]
        self._order()  # nothing is killed before there is something to lose

    def run(self) -> None:
        while not self._over.wait(0.8):
            self._order()

    def _order(self) -> None:
        key = f"order-{len(self.sent)}"
        order = json.dumps({"scenario": self._scenario, "limits": {"time": SECONDS, "seed": len(self.sent)}}).encode()
        self.sent[key] = self._insist("/v1/runs", order, {**JSON, "Idempotency-Key": key})["id"]

    def _insist(self, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                answer = httpx2.post(self._fleet.address + path, content=body, headers=headers, timeout=20)
                if answer.status_code in (200, 201, 202):
                    found: dict[str, Any] = answer.json()
                    return found
                if answer.status_code not in (409, 429, 500, 503):
                    raise AssertionError(f"{path}: {answer.status_code} {answer.text[:500]}")
            time.sleep(0.2)


def _kill_one(fleet: Fleet, rng: random.Random, postgres: Postgres | None) -> str:
    """Kill something, and start it again a moment later."""
    kind = rng.choices(["server", "worker", "child", "database"], [2, 4, 3, 1 if postgres else 0])[0]
    if kind == "child":
        found = [pid for worker in fleet.workers for pid in worker.children()]
        if found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(rng.choice(found), signal.SIGKILL)
            return "child"
        kind = "worker"
    if kind == "database":
        assert postgres is not None
        postgres.kill()
        time.sleep(rng.uniform(0, 2))
        postgres.start()
        return "database"
    member = fleet.server if kind == "server" else rng.choice(fleet.workers)
    member.kill()
    time.sleep(rng.uniform(0, 1))
    member.restart()
    return kind


def _settle(fleet: Fleet, sent: dict[str, str], seconds: float = 600.0) -> None:
    """Wait until every run has ended."""
    give_up = time.monotonic() + seconds
    fleet.wait()
    waiting = set(sent.values())
    with fleet.client() as client:
        while waiting and time.monotonic() < give_up:
            waiting = {run for run in waiting if client.get(f"/v1/runs/{run}").json()["status"] not in FINAL}
            time.sleep(0.5)


def _inspect(database: str, sent: dict[str, str], told: Told) -> None:
    """Look at what the database holds, and note everything that is wrong."""
    store = open_store(database)
    kept = store.of("default")
    try:
        with store.database.reading() as connection:
            ids = list(connection.execute(select(runs.c.id)).scalars())
            many = select(plans.c.run).group_by(plans.c.run).having(func.count() > 1)
            told.wrong += [f"{run}: published twice" for run in connection.execute(many).scalars()]
            done = select(events.c.run).where(events.c.name == "done").group_by(events.c.run)
            told.wrong += [f"{run}: done twice" for run in connection.execute(done.having(func.count() > 1)).scalars()]
        told.runs = len(ids)
        if set(ids) != set(sent.values()) or len(sent) != len(set(sent.values())):
            told.wrong.append(f"{len(sent)} orders, {len(set(sent.values()))} ids, {len(ids)} runs")
        for name in ids:
            run = kept.run(name)
            assert run is not None
            told.status[run.status] = told.status.get(run.status, 0) + 1
            told.resumed += run.attempt > 1
            numbers = [event.number for event in kept.events(name)]
            if not run.final or numbers != list(range(1, len(numbers) + 1)):
                told.wrong.append(f"{name}: {run.status}, events {numbers}")
            if run.status == "failed" and run.fault not in FAULTS:
                told.wrong.append(f"{name}: failed with {run.fault}")
            if run.status == "succeeded":
                plan = kept.plan(run.plan or "")
                if plan is None or not kept.plan_table(plan, "assignments"):
                    told.wrong.append(f"{name}: no plan")
    finally:
        store.close()


@contextlib.contextmanager
def a_database(kind: str, folder: Path) -> Iterator[tuple[str, Postgres | None]]:
    """Yield a new database, and its server if it has one that may be killed."""
    if kind == "sqlite":
        yield str(folder / "kills.db"), None
        return
    place = Path(tempfile.mkdtemp(prefix="pg"))
    place.chmod(0o755)  # it may have to run as another user
    postgres = Postgres(place / "server", place / "lock")
    try:
        with postgres.database() as url:
            yield url, postgres
    finally:
        postgres.close()
        shutil.rmtree(place)


def main(arguments: Sequence[str]) -> int:
    """Print what was found; 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, a_database(options.database, Path(name)) as (url, postgres):
        told = torment(url, options.kills, options.seed, Path(name), postgres)
        if told.wrong:
            kept = shutil.copytree(name, tempfile.mkdtemp(prefix="kills"), dirs_exist_ok=True)
            print(f"logs: {kept}", file=sys.stderr)
    print(json.dumps(asdict(told)))
    return 1 if told.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
