"""A client of a fleet, who also looks into its database."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from api.store import Store, open_store
from api.store.tables import runs
from benchmarks.fleet import Fleet, Member
from scenarios.formats.json import json_bytes
from scenarios.model import Scenario
from tests.api.conftest import JSON


class Desk:
    """What a client does, and what the database then holds."""

    def __init__(self, fleet: Fleet, store: Store | None = None) -> None:
        self.fleet, self.client = fleet, fleet.client()
        self.store = store or open_store(fleet.database)

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


def solving(view: dict[str, Any]) -> bool:
    return bool(view["status"] == "running" and view["progress"] and view["progress"].get("incumbent") is not None)
