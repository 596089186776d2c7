"""Many processes on one database: they share the work, and what becomes of it when some die, freeze or leave."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.store import Store, open_store
from api.store.tables import runs
from benchmarks.fleet import Fleet, Member
from benchmarks.kills import torment
from scenarios.examples import example
from scenarios.formats.json import json_bytes
from scenarios.model import Scenario
from tests.api.conftest import JSON, hard_scenario
from tests.postgres import Postgres
from tests.thorough import times

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


@pytest.fixture
def kind() -> str:
    """Say which database a test uses, unless it says so itself."""
    return "postgres"


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield a database that many processes can share."""
    if kind == "sqlite":
        yield str(tmp_path / "fleet.db")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database() as url:
        yield url


class Desk:
    """What a client does, and what the database then holds."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet, self.client = fleet, fleet.client()
        self.store: Store = open_store(fleet.database)

    def close(self) -> None:
        self.client.close()
        self.store.close()

    def submit(self, scenario: Scenario, seconds: float = 300.0, **headers: str) -> str:
        kept = self.client.post("/v1/scenarios", content=json_bytes(scenario), headers=JSON).json()["id"]
        order = {"scenario": kept, "limits": {"time": seconds}}
        answer = self.client.post("/v1/runs", json=order, headers=headers)
        assert answer.status_code in (200, 202), answer.text
        return str(answer.json()["id"])

    def until(self, run: str, wanted: Callable[[dict[str, Any]], Any], seconds: float = 120.0) -> dict[str, Any]:
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            view: dict[str, Any] = self.client.get(f"/v1/runs/{run}").json()
            if wanted(view):
                return view
            time.sleep(0.1)
        raise AssertionError(view)

    def holder(self, run: str) -> Member:
        """Return the worker that a run is with."""
        pids = {process.id: process.pid for process in self.store.queue.processes()}
        for member in self.fleet.members:
            with self.store.database.reading() as connection:
                process = connection.execute(select(runs.c.process).where(runs.c.id == run)).scalar_one()
            if pids.get(process) == member.process.pid:
                return member
        raise AssertionError(f"nobody has {run}")

    def told(self, run: str) -> list[str]:
        """Return the states that a run was told to be in, without phases."""
        events = self.store.of("default").events(run)
        return [e.data["status"] for e in events if e.name == "status" and "phase" not in e.data]

    def attempt(self, run: str) -> int:
        record = self.store.of("default").run(run)
        assert record is not None
        return record.attempt


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[Desk]:
    with Fleet(tmp_path, database) as fleet:
        desk = Desk(fleet)
        yield desk
        desk.close()


def solving(view: dict[str, Any]) -> bool:
    return bool(view["status"] == "running" and view["progress"] and view["progress"].get("incumbent") is not None)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_dead_machines_run_is_resumed_by_another(desk: Desk) -> None:
    run = desk.submit(hard_scenario())
    desk.until(run, solving)
    holder = desk.holder(run)
    holder.kill()
    desk.until(run, lambda _: desk.attempt(run) == 2)
    assert desk.holder(run) is not holder
    desk.until(run, solving)
    assert desk.client.delete(f"/v1/runs/{run}").status_code == 202
    done = desk.until(run, lambda view: view["status"] == "cancelled")
    assert done["result"]["status"] == "feasible"
    assert desk.told(run) == ["queued", "running", "queued", "running", "cancelled"]


def test_a_frozen_one_that_thaws_has_lost_its_run(desk: Desk) -> None:
    run = desk.submit(hard_scenario(), seconds=20)
    desk.until(run, solving)
    frozen = desk.holder(run)
    frozen.freeze()  # its child goes on, and has a result that nobody wants any more
    desk.until(run, lambda _: desk.attempt(run) == 2)
    other = desk.holder(run)
    assert other is not frozen
    done = desk.until(run, lambda view: view["status"] == "succeeded")
    frozen.thaw()
    # it comes back as another process, and is as good as new
    desk.until(run, lambda _: len(desk.store.queue.processes()) == 3)
    other.kill()
    again = desk.submit(example("tiers-first"), Prefer="wait=60")
    assert desk.until(again, lambda view: view["status"] == "succeeded")["plan"]
    assert desk.client.get(f"/v1/runs/{run}").json() == done
    assert [event.name for event in desk.store.of("default").events(run)].count("done") == 1
    assert desk.told(run).count("succeeded") == 1


def test_who_leaves_in_order_hands_its_run_on_at_once(desk: Desk) -> None:
    run = desk.submit(hard_scenario())
    desk.until(run, solving)
    leaving = desk.holder(run)
    assert leaving.stop() == 0
    assert desk.told(run)[:3] == ["queued", "running", "queued"]
    desk.until(run, solving)
    assert desk.holder(run) is not leaving
    assert len(desk.store.queue.processes()) == 2
    desk.client.delete(f"/v1/runs/{run}")
    assert desk.until(run, lambda view: view["status"] == "cancelled")["plan"]


def test_two_workers_share_the_work(desk: Desk, tmp_path: Path) -> None:
    count = 8
    names = [desk.submit(example("tiers-first"), seconds=30) for _ in range(count)]
    assert len(set(names)) == count
    for name in names:
        assert desk.until(name, lambda view: view["status"] == "succeeded")["plan"]
        assert desk.told(name) == ["queued", "running", "succeeded"] and desk.attempt(name) == 1
    assert all("attempt 1" in (tmp_path / f"worker{k}.log").read_text() for k in (1, 2))


def test_killed_at_random(tmp_path: Path, own_postgres: Postgres) -> None:
    # `python -m benchmarks.kills` does it two hundred times, on SQLite too
    with own_postgres.database() as url:
        told = torment(url, times(3), seed=times(2), folder=tmp_path, postgres=own_postgres)
    assert told.wrong == [] and told.runs == told.orders > 0


def test_a_database_that_is_away_for_a_while(tmp_path: Path, own_postgres: Postgres) -> None:
    with own_postgres.database() as url, Fleet(tmp_path, url) as fleet:
        desk = Desk(fleet)
        run = desk.submit(hard_scenario(), seconds=8)
        desk.until(run, solving)
        own_postgres.stop()
        answer = desk.client.get(f"/v1/runs/{run}")
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert int(answer.headers["retry-after"]) > 0
        time.sleep(10)  # the run ends meanwhile, and its worker keeps what came of it
        own_postgres.start()
        done = desk.until(run, lambda view: view.get("status") == "succeeded")
        assert done["result"]["status"] == "feasible" and desk.attempt(run) == 1
        desk.close()
