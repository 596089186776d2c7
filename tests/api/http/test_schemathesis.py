"""The whole API against its own description: nothing undocumented, nothing accepted that is wrong, never a 500."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.config import ChecksConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.config._checks import PositiveDataAcceptanceConfig
from schemathesis.python.asgi import shutdown_lifespans

from api.app import create_app
from api.settings import Settings
from scenarios.examples import example
from tests.api.conftest import solved
from tests.thorough import times

load_all_checks()

NEARBY = {"webhook_networks": "127.0.0.0/8", "webhook_http": True}
"""Nothing is sent anywhere else."""

EXAMPLES = 12
"""Of each operation and mode."""


def prepared(database: str) -> dict[str, list[str]]:
    """Fill a store with something of every kind, and return the ids by the name of the parameter they are for."""
    with TestClient(create_app(Settings(database=database, solvers=1, spare=False, **NEARBY))) as client:
        run = solved(client, example("tiers-first"))
        none = solved(client, example("infeasible-two-ways"))
        order = {
            "scenario": run["scenario"],
            "kind": "frontier",
            "metric": "value",
            "points": 2,
            "limits": {"time": 10},
        }
        curve = client.post("/v1/runs", json=order, headers={"Prefer": "wait=60"}).json()
        assert curve["status"] == "succeeded", curve
        first = client.get(f"/v1/plans/{run['plan']}/assignments").json()["items"][0]
        lead, rep = first["lead"], first["rep"]
        key = client.post("/v1/keys", json={"name": "k", "scope": "crm"}).json()["id"]
        hook = client.post("/v1/webhooks", json={"url": "http://127.0.0.1:9/hook"}).json()["id"]
        delivery = client.post(f"/v1/webhooks/{hook}/test").json()["id"]
        return {
            "scenario_id": [run["scenario"], none["scenario"]],
            "scenario": [run["scenario"]],
            "run_id": [run["id"], none["id"], curve["id"]],
            "plan_id": [run["plan"], none["plan"]],
            "base": [run["plan"], "today"],
            "other": [run["plan"], none["plan"]],
            "lead": [lead],
            "rep": [rep],
            "key_id": [key],
            "webhook_id": [hook],
            "delivery_id": [delivery],
        }


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, list[str]]]]:
    database = str(tmp_path_factory.mktemp("schema") / "plumbline.db")
    known = prepared(database)
    app = create_app(
        Settings(database=database, solvers=1, spare=False, longest_wait=0.05, verify_seconds=0.2, **NEARBY)
    )
    app.state.service.store.queue.take = lambda *_, **__: None  # what is ordered here waits for ever
    checks = ChecksConfig(
        # that a text is a scenario, an address or a page token is more than a schema can say
        positive_data_acceptance=PositiveDataAcceptanceConfig(enabled=False),
    )
    config = SchemathesisConfig(seed=1, projects=ProjectsConfig(default=ProjectConfig(checks=checks)))
    yield schemathesis.openapi.from_asgi("/openapi.json", app, config=config), known
    shutdown_lifespans()


# somebody else in the process takes a random number meanwhile
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_the_api_is_as_described(api: tuple[Any, dict[str, list[str]]], mode: GenerationMode) -> None:
    schema, known = api
    faults, asked = [], 0
    for found in schema.get_all_operations():
        operation = found.ok()
        try:
            asked += ask_all(operation, mode, known)
        except Exception as fault:  # noqa: BLE001 - all of them at once
            fault.add_note(operation.label)
            faults.append(fault)
    if faults:
        raise ExceptionGroup("the API is not as described", faults)
    assert asked > times(EXAMPLES) * 10


def ask_all(operation: Any, mode: GenerationMode, known: dict[str, list[str]]) -> int:
    """Ask an operation for all sorts of things, check the answers, and return how often that was."""
    asked = 0

    @seed(1)
    @settings(max_examples=times(EXAMPLES), deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data(), there=st.booleans())
    def ask(data: st.DataObject, there: bool) -> None:
        nonlocal asked
        case = data.draw(operation.as_strategy(generation_mode=mode))
        for place in (case.path_parameters, case.query) if there else ():  # a schema does not know any id
            for name in sorted((place or {}).keys() & known.keys()):
                place[name] = data.draw(st.sampled_from(known[name]))
        asked += 1
        case.call_and_validate()

    with contextlib.suppress(Unsatisfiable):  # an operation that cannot be asked wrongly
        ask()
    return asked
