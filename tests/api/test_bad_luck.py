"""A disk that is full, a database that is away, clocks that jump: what the table in docs/operations.md says of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.fleet import Fleet
from scenarios.examples import example
from scenarios.formats.json import json_bytes
from scenarios.generate import generate
from tests.api.conftest import JSON, hard_scenario
from tests.api.desk import Desk, solving
from tests.postgres import Postgres

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

MIB = 1 << 20
ROOM = ("unshare", "--map-root-user", "--mount", "sh", "-c")
MOUNT = 'mount -t tmpfs -o size=32m none "$0"'
"""A disk of its own, that nobody else sees; it is gone with the process."""
CLOCKS = """
import os, sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import api.runs.clock

FILE = Path(os.environ["CLOCKS"]) / ("serve" if "serve" in sys.orig_argv else "worker")
real = time.time

def ahead():
    return float(FILE.read_text())

api.runs.clock.now = lambda: (datetime.now(UTC) + timedelta(seconds=ahead())).isoformat(timespec="milliseconds")
time.time = lambda: real() + ahead()
"""
"""What Python imports before anything else: the clock of a process, as far ahead as a file says."""


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Return a folder on which a small disk can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        subprocess.run([*ROOM, MOUNT, folder], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as fault:
        pytest.skip(f"no disk can be mounted here: {fault}")
    return folder


def test_a_full_disk_loses_nothing(disk: Path, tmp_path: Path) -> None:
    database = disk / "plumbline.db"
    settings = {"PLUMBLINE_LEAST_FREE_BYTES": str(2 * MIB)}
    under = (*ROOM, f'{MOUNT} && exec "$@"', str(disk))
    with Fleet(tmp_path, str(database), workers=0, solvers=1, settings=settings, under=under) as fleet:
        # Linux shows the disks that a process sees here
        inside = Path(f"/proc/{fleet.server.process.pid}/root/{disk}")
        with fleet.client() as client:
            kept = client.post("/v1/scenarios", content=json_bytes(hard_scenario()), headers=JSON).json()["id"]
            order = {"scenario": kept, "limits": {"time": 6}}
            once = {"Idempotency-Key": "once"}
            run = client.post("/v1/runs", json=order, headers=once).headers["location"]
            while not solving(client.get(run).json()):
                time.sleep(0.1)
            assert client.get("/readyz").status_code == 200
            with (inside / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
                while filler.write(b"\0" * 4096):
                    pass
            ready = client.get("/readyz")
            assert ready.status_code == 503
            assert "disk_nearly_full" in {fault["code"] for fault in ready.json()["errors"]}
            large = generate("cycle", leads=20_000, reps=10, seed=1)
            for path, body in (("/v1/scenarios", json_bytes(large)), ("/v1/scenarios", json_bytes(large))):
                refused = client.post(path, content=body, headers=JSON)
                assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable"), refused.text
                assert int(refused.headers["retry-after"]) > 0
            time.sleep(12)  # the run ends meanwhile, and longer than it takes to bury the dead
            assert client.get(run).json()["status"] == "running"
            assert client.get(f"/v1/scenarios/{kept}").status_code == 200
            (inside / "filler").unlink()
            give_up = time.monotonic() + 60
            while client.get(run).json()["status"] == "running" and time.monotonic() < give_up:
                time.sleep(0.1)
            done = client.get(run).json()
            assert done["status"] == "succeeded" and done["result"]["status"] == "feasible"
            assert client.get(f"/v1/plans/{done['plan']}/assignments").status_code == 200
            assert client.post("/v1/runs", json=order, headers=once).headers["location"] == run
            assert client.post("/v1/scenarios", content=json_bytes(large), headers=JSON).status_code == 201
            assert client.get("/readyz").status_code == 200
        assert (tmp_path / "server.log").read_text().count(": attempt ") == 1


def test_a_database_that_is_away_for_a_while(tmp_path: Path, own_postgres: Postgres) -> None:
    with own_postgres.database() as url, Fleet(tmp_path, url) as fleet:
        desk = Desk(fleet)
        run = desk.submit(hard_scenario(), seconds=8)
        desk.until(run, solving)
        own_postgres.stop()
        answer = desk.client.get(f"/v1/runs/{run}")
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert int(answer.headers["retry-after"]) > 0
        time.sleep(30)  # the run ends meanwhile, and its worker keeps what came of it
        own_postgres.start()
        done = desk.until(run, lambda view: view.get("status") == "succeeded")
        assert done["result"]["status"] == "feasible" and desk.attempt(run) == 1
        desk.close()


def test_clocks_that_jump(tmp_path: Path) -> None:
    clocks = tmp_path / "clocks"
    clocks.mkdir()
    (clocks / "sitecustomize.py").write_text(CLOCKS)

    def jump(serve: float, worker: float) -> None:
        for name, seconds in {"serve": serve, "worker": worker}.items():
            (clocks / f"{name}.new").write_text(str(seconds))
            (clocks / f"{name}.new").replace(clocks / name)

    jump(0, 0)
    root = Path(__file__).parents[2]
    settings = {"CLOCKS": str(clocks), "PYTHONPATH": os.pathsep.join([str(clocks), str(root)])}
    with Fleet(tmp_path, str(tmp_path / "clocks.db"), settings=settings) as fleet:
        desk = Desk(fleet)
        run = desk.submit(hard_scenario(), seconds=14)
        desk.until(run, solving)
        known = {process.id for process in desk.store.queue.processes()}
        jump(-86_400, 3 * 86_400)
        done = desk.until(run, lambda view: view["status"] == "succeeded")
        assert done["result"]["status"] == "feasible" and desk.attempt(run) == 1
        assert {process.id for process in desk.store.queue.processes()} == known
        once = {"Idempotency-Key": "once"}
        later = [desk.submit(example("tiers-first"), **once) for _ in range(2)]
        assert later[0] == later[1]
        view = desk.until(later[0], lambda view: view["status"] == "succeeded")
        assert view["created"] < done["created"] < done["finished"]  # as the clocks were
        assert [run["id"] for run in desk.client.get("/v1/runs").json()["items"]] == [later[0], run]
        jump(0, 0)
        assert desk.until(desk.submit(example("tiers-first")), lambda view: view["status"] == "succeeded")
        desk.close()
