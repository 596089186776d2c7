"""Many processes on one database: they share the work, and what becomes of it when some die, freeze or leave."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from benchmarks.fleet import Fleet
from benchmarks.kills import torment
from scenarios.examples import example
from tests.api.conftest import hard_scenario
from tests.api.desk import Desk, solving
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


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[Desk]:
    with Fleet(tmp_path, database) as fleet:
        desk = Desk(fleet)
        yield desk
        desk.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_dead_machines_run_is_resumed_by_another(desk: Desk, tmp_path: Path) -> None:
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
    lines = [line for log in tmp_path.glob("*.log") for line in log.read_text(encoding="utf-8").splitlines()]
    (buried,) = [orjson.loads(line) for line in lines if "its process is gone" in line]
    assert (buried["run"], buried["tenant"]) == (run, "default")


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
    count = 100
    names = [desk.submit(example("tiers-first"), seconds=30) for _ in range(count)]
    assert len(set(names)) == count
    for name in names:
        assert desk.until(name, lambda view: view["status"] == "succeeded")["plan"]
        assert desk.told(name) == ["queued", "running", "succeeded"] and desk.attempt(name) == 1
    done = [(tmp_path / f"worker{k}.log").read_text().count(": succeeded") for k in (1, 2)]
    assert sum(done) == count and min(done) > count / 5


def test_killed_at_random(tmp_path: Path, own_postgres: Postgres) -> None:
    # `python -m benchmarks.kills` does it two hundred times, on SQLite too
    with own_postgres.database() as url:
        told = torment(url, times(3), seed=times(2), folder=tmp_path, postgres=own_postgres)
    assert told.wrong == [] and told.runs == told.orders > 0
