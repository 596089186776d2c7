"""A rolling upgrade, as docs/operations.md has it: the next version beside this one, then in place of it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect

from benchmarks.fleet import Fleet
from scenarios.examples import example
from tests.api.conftest import hard_scenario
from tests.api.desk import Desk, solving
from tests.postgres import Postgres

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

ROOT = Path(__file__).parents[2]
NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "next", {head!r}


def upgrade() -> None:
    op.add_column("runs", sa.Column("colour", sa.Text(), nullable=True))
    op.create_table("colours", sa.Column("name", sa.Text(), primary_key=True))
"""
"""A migration that expands: what is new may be empty."""


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """Return a folder with the next version: this one, with a migration that expands its tables."""
    folder = tmp_path / "newer"
    for name in ("scenarios", "solver", "api"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    versions = folder / "api" / "store" / "migrations" / "versions"
    head = max(path.name.partition("_")[0] for path in versions.glob("[0-9]*.py"))
    (versions / "9999_next.py").write_text(NEXT.format(head=head))
    return folder


def test_the_next_version_beside_this_one(newer: Path, tmp_path: Path, postgres: Postgres) -> None:
    under = ("env", f"--chdir={newer}")
    (tmp_path / "logs").mkdir()
    with postgres.database() as url, Fleet(tmp_path, url) as fleet:
        desk = Desk(fleet)
        run = desk.submit(hard_scenario())
        desk.until(run, solving)
        with Fleet(tmp_path / "logs", url, workers=0, under=under) as next_fleet:  # servers first
            assert "colours" in inspect(desk.store.database.engine).get_table_names()
            beside = Desk(next_fleet, desk.store)
            # work for workers of the old version, from servers of both
            for one, other in ((desk, beside), (beside, desk)):
                name = one.submit(example("tiers-first"))
                assert other.until(name, lambda view: view["status"] == "succeeded")["plan"]
            assert beside.until(run, solving)["id"] == run and desk.attempt(run) == 1
            # then workers; what is not done goes over to them
            next_fleet.workers.append(next_fleet.member("worker9", "worker", "--solvers", "1"))
            desk.until(run, lambda _: len(desk.store.queue.processes()) == 5)
            for worker in fleet.workers:
                assert worker.stop() == 0
            beside.until(run, lambda view: beside.attempt(run) > 1 and solving(view))
            assert beside.client.delete(f"/v1/runs/{run}").status_code == 202
            done = desk.until(run, lambda view: view["status"] == "cancelled")
            assert done["result"]["status"] == "feasible"
            assert fleet.server.stop() in (0, -signal.SIGTERM)
            assert beside.until(beside.submit(example("tiers-first")), lambda view: view["status"] == "succeeded")
            beside.client.close()
        desk.close()
        # there is no way back but the back-up
        old = [sys.executable, "-m", "api.cli", "worker", "--database", url]
        refused = subprocess.run(old, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert refused.returncode != 0 and "newer version (next)" in refused.stderr
