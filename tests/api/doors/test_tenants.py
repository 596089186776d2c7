"""What one tenant has does not exist for another: asked of every route in the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from scenarios.examples import example
from scenarios.formats.json import json_bytes
from tests.api.conftest import JSON
from tests.api.doors.conftest import House
from tests.api.doors.routes import Operation, operations

CREATE = {"POST /v1/scenarios", "POST /v1/keys", "POST /v1/webhooks"}
"""Routes that speak of nothing that is there already."""
ALL = list(operations(create_app(Settings(database=":memory:", spare=False, solvers=0))))


@pytest.fixture(scope="module")
def homes(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[House, dict[str, str], dict[str, dict[str, str]]]]:
    """Yield a service, the ids of what the tenant acme has in it, and a key of each tenant."""
    database = tmp_path_factory.mktemp("tenants") / "plumbline.db"
    settings = Settings(
        database=str(database), solvers=1, open=False, webhook_networks="127.0.0.0/8", webhook_http=True
    )
    with TestClient(create_app(settings)) as client:
        house = House(client, client.app)  # type: ignore[arg-type]
        keys = {tenant: house.key(tenant) for tenant in ("acme", "beta")}
        yield house, _furnish(client, keys["acme"]), keys


def _furnish(client: TestClient, key: dict[str, str]) -> dict[str, str]:
    scenario = client.post("/v1/scenarios", content=json_bytes(example("tiers-first")), headers={**JSON, **key}).json()
    order = {"scenario": scenario["id"], "limits": {"time": 30}}
    run = client.post("/v1/runs", json=order, headers={"Prefer": "wait=60", **key}).json()
    assert run["status"] == "succeeded", run
    lead = client.get(f"/v1/plans/{run['plan']}/assignments", headers=key).json()["items"][0]
    made = client.post("/v1/keys", json={"name": "x", "scope": "crm"}, headers=key).json()
    ids = {"scenario_id": scenario["id"], "run_id": run["id"], "plan_id": run["plan"], "key_id": made["id"]}
    hook = client.post(
        "/v1/webhooks", json={"url": "http://127.0.0.1:9/", "events": ["run.failed"]}, headers=key
    ).json()
    sent = client.post(f"/v1/webhooks/{hook['id']}/test", headers=key).json()
    return ids | {"lead": lead["lead"], "rep": lead["rep"], "webhook_id": hook["id"], "delivery_id": sent["id"]}


def ask(client: TestClient, operation: Operation, ids: dict[str, str], key: dict[str, str]) -> Any:
    request = operation.request(ids)
    request["params"] |= {name: ids[name] for name in ("lead", "rep") if name in request["params"]}
    return client.request(**{**request, "headers": {**request.get("headers", {}), **key}})


@pytest.mark.parametrize("operation", ALL, ids=str)
def test_another_tenant_sees_nothing(
    homes: tuple[House, dict[str, str], dict[str, dict[str, str]]], operation: Operation
) -> None:
    house, ids, keys = homes
    if str(operation) in CREATE:
        assert not operation.names and not operation.required
        return
    theirs = ask(house.client, operation, ids, keys["beta"])
    if operation.names or operation.required or operation.method != "GET":  # it is about something
        assert theirs.status_code == 404, theirs.text
        assert theirs.json()["code"].endswith("_not_found")
    else:  # a list
        assert theirs.status_code == 200
        shown = theirs.text
        assert not [value for name, value in ids.items() if name.endswith("_id") and value in shown]
    if operation.method == "GET":  # the owner sees it: so the answer above was about whose it is
        mine = ask(house.client, operation, ids, keys["acme"])
        assert mine.status_code == 200 or mine.json()["code"] == "frontier_not_found", mine.text


def test_the_owner_still_has_all_of_it(homes: tuple[House, dict[str, str], dict[str, dict[str, str]]]) -> None:
    house, ids, keys = homes
    for operation in ALL:
        if operation.method == "DELETE":
            assert ask(house.client, operation, ids, keys["beta"]).status_code == 404
    run = house.client.get(f"/v1/runs/{ids['run_id']}", headers=keys["acme"]).json()
    key = house.client.get(f"/v1/keys/{ids['key_id']}", headers=keys["acme"]).json()
    hook = house.client.get(f"/v1/webhooks/{ids['webhook_id']}", headers=keys["acme"]).json()
    assert run["status"] == "succeeded" and key["revoked"] is None
    assert hook["enabled"] and hook["old_secret_until"] is None


def test_equal_content_is_two_scenarios(homes: tuple[House, dict[str, str], dict[str, dict[str, str]]]) -> None:
    house, ids, _ = homes
    other = house.key("gamma")
    body = json_bytes(example("tiers-first"))
    mine = house.client.post("/v1/scenarios", content=body, headers={**JSON, **other})
    assert mine.status_code == 201 and mine.json()["id"] == ids["scenario_id"]  # made from the content
    assert house.client.get(f"/v1/plans/{ids['plan_id']}", headers=other).status_code == 404
    listed = house.client.get("/v1/scenarios", headers=other).json()["items"]
    assert [scenario["id"] for scenario in listed] == [ids["scenario_id"]]
    assert house.client.get("/v1/runs", headers=other).json()["items"] == []


def test_the_owner_s_lists_are_not_empty(
    homes: tuple[House, dict[str, str], dict[str, dict[str, str]]],
) -> None:
    house, _, keys = homes
    for path in ("/v1/scenarios", "/v1/runs", "/v1/keys", "/v1/webhooks", "/v1/audit"):
        assert house.client.get(path, headers=keys["acme"]).json()["items"]
