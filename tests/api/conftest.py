"""One service for all tests of the HTTP surface: a real database in a file, real child processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from scenarios.examples import example
from scenarios.formats.json import json_bytes
from scenarios.generate import generate
from scenarios.model import Scenario

# the service is open to tests that are about something else; those about keys say open=False
os.environ.setdefault("PLUMBLINE_OPEN", "1")

JSON = {"Content-Type": "application/json"}
PROBLEM = "application/problem+json"


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    database = tmp_path_factory.mktemp("api") / "plumbline.db"
    with TestClient(create_app(Settings(database=str(database), solvers=1))) as client:
        yield client


@pytest.fixture
def own_client(tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """Make services with settings of their own; all are closed in the end."""
    opened: list[TestClient] = []

    def make(**settings: Any) -> TestClient:
        defaults = {"database": str(tmp_path / "own.db"), "spare": False}
        made = TestClient(create_app(Settings(**{**defaults, **settings})))
        made.__enter__()
        opened.append(made)
        return made

    yield make
    for made in opened:
        made.__exit__(None, None, None)


@pytest.fixture
def idle() -> Iterator[TestClient]:
    """Yield a service that takes everything in and leaves the work to others, of which there are none."""
    with TestClient(create_app(Settings(database=":memory:", queue=2, solvers=0, spare=False))) as client:
        yield client


def post_scenario(client: TestClient, scenario: Scenario) -> str:
    """Store a scenario and return its id."""
    answer = client.post("/v1/scenarios", content=json_bytes(scenario), headers=JSON)
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["id"])


def hard_scenario(seed: int = 1) -> Scenario:
    """Return a scenario that is solved for as long as one lets it, and has its first plan at once."""
    return generate("cycle", leads=200, reps=8, seed=seed)


def solved(client: TestClient, scenario: Scenario, **limits: Any) -> dict[str, Any]:
    """Solve a scenario and return the finished run."""
    order = {"scenario": post_scenario(client, scenario), "limits": {"time": 30, **limits}}
    answer = client.post("/v1/runs", json=order, headers={"Prefer": "wait=60"})
    assert answer.status_code == 200, answer.text
    run: dict[str, Any] = answer.json()
    return run


@pytest.fixture(scope="session")
def tiers_run(client: TestClient) -> dict[str, Any]:
    """Return the finished run of the bundled example with three tiers."""
    return solved(client, example("tiers-first"))


@pytest.fixture(scope="session")
def infeasible_run(client: TestClient) -> dict[str, Any]:
    """Return the finished run of the bundled example that has no plan."""
    return solved(client, example("infeasible-two-ways"))
