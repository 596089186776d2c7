"""Runs of the kind `rebalance` over HTTP: submitted, drawn in a child process, and exported with maps and changes."""

from __future__ import annotations

import io
from typing import Any

import orjson
import polars as pl
import pytest
from fastapi.testclient import TestClient

from api.schemas import PlanView
from scenarios import Scenario
from scenarios.examples import example
from tests.api.conftest import post_scenario
from tests.cli.test_rebalance import quarter


def drawn(client: TestClient, scenario: Scenario) -> dict[str, Any]:
    order = {"scenario": post_scenario(client, scenario), "kind": "rebalance", "limits": {"time": 30}}
    answer = client.post("/v1/runs", json=order, headers={"Prefer": "wait=90"})
    assert answer.status_code == 200, answer.text
    run: dict[str, Any] = answer.json()
    assert run["status"] == "succeeded", run
    return run


@pytest.fixture(scope="module")
def run(client: TestClient) -> dict[str, Any]:
    return drawn(client, quarter())


def test_the_plan_tells_of_territories(client: TestClient, run: dict[str, Any]) -> None:
    assert (run["kind"], run["status"]) == ("rebalance", "succeeded")
    plan = PlanView.model_validate(client.get(run["links"]["plan"]).json())
    assert plan.kind == "rebalance"
    assert plan.neighbours == "links"
    assert set(plan.centres) == {"new"}
    assert [t["rep"] for t in plan.territories] == ["west", "middle", "new"]
    assert plan.scenario_sha256 == quarter().sha256()
    assert plan.bound is not None and plan.objective is not None
    assert plan.bound >= plan.objective


def test_the_parts_of_every_plan_are_there(client: TestClient, run: dict[str, Any]) -> None:
    plan = run["links"]["plan"]
    items = client.get(f"{plan}/assignments").json()["items"]
    assert len(items) == 24 and all(item["rep"] for item in items)
    assert {item["metric"] for item in client.get(f"{plan}/loads").json()["items"]} == {"leads", "value"}
    told = client.get(f"{plan}/explanations/u00").json()
    assert told["record"]["rep"] == items[0]["rep"] and told["sentence"]
    other = next(rep for rep in ("west", "middle", "new") if rep != items[0]["rep"])
    assert client.get(f"{plan}/why-not?lead=u00&rep={other}").json()["record"]


def test_maps_and_change_lists_are_exports(client: TestClient, run: dict[str, Any]) -> None:
    export = client.get(run["links"]["plan"]).json()["links"]["export"]
    page = client.get(f"{export}?format=html")
    assert page.headers["content-type"].startswith("text/html")
    assert "<svg" in page.text and 'lang="en"' in page.text
    chinese = client.get(f"{export}?format=html", headers={"Accept-Language": "zh-CN"})
    assert 'lang="zh-CN"' in chinese.text and chinese.headers["content-language"] == "zh-CN"
    assert client.get(f"{export}?format=png").content.startswith(b"\x89PNG")
    assert client.get(f"{export}?format=svg").text.startswith("<svg")
    territories = orjson.loads(client.get(f"{export}?format=geojson").content)
    assert territories["type"] == "FeatureCollection"
    listed = pl.read_csv(io.BytesIO(client.get(f"{export}?part=changes").content))
    assert listed.columns[:4] == ["rep", "change", "other", "lead"]
    moved = client.get(run["links"]["plan"]).json()["moved"]["leads"]["moved"]
    # who left gets no list, so that of each lead that came from them there is one row instead of two
    assert (listed["change"] == "leaves").sum() == moved
    parquet = client.get(f"{export}?part=changes&format=parquet").content
    assert pl.read_parquet(io.BytesIO(parquet)).height == listed.height


def test_other_plans_have_no_map(client: TestClient, tiers_run: dict[str, Any]) -> None:
    for query in ("format=html", "part=changes"):
        answer = client.get(f"{tiers_run['links']['plan']}/export?{query}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_territories")


def test_each_kind_of_run_has_its_scenarios(client: TestClient) -> None:
    territories = post_scenario(client, quarter())
    answer = client.post("/v1/runs", json={"scenario": territories, "kind": "allocate"})
    assert (answer.status_code, answer.json()["code"]) == (422, "kind_not_available")
    assert ("/rules/0", "contiguity_by_rebalance") in {(e["pointer"], e["code"]) for e in answer.json()["errors"]}
    cycle = post_scenario(client, example("tiers-first"))
    answer = client.post("/v1/runs", json={"scenario": cycle, "kind": "rebalance"})
    assert (answer.status_code, answer.json()["code"]) == (422, "scenario_invalid")
    assert "territory_tiers" in {error["code"] for error in answer.json()["errors"]}


def test_no_territories_is_a_result(client: TestClient) -> None:
    scenario = quarter()
    first = pl.when(pl.col("id") == "u31").then(900.0).otherwise(pl.col("value"))
    scenario = scenario.model_copy(update={"leads": scenario.leads.with_columns(first.alias("value"))})
    plan = drawn(client, scenario)["result"]
    assert plan["status"] == "infeasible"
    assert (plan["reason"]["code"], plan["reason"]["lead"]) == ("unit_too_large", "u31")
    assert plan["conflict"]["sentences"]
