"""Frontiers over HTTP: ordered like any run, followed, cancelled, and handed out as record, table and picture."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from fastapi.testclient import TestClient

from api.frontier_schemas import FrontierView
from api.schemas import RunPage, RunView
from scenarios import Rep, Scenario
from scenarios.examples import example
from scenarios.rules import Band
from solver.frontier import COLUMNS
from tests.api.conftest import PROBLEM, hard_scenario, post_scenario, solved
from tests.api.test_runs import events, until


def halves() -> Scenario:
    """Two equal reps, and B wins half of what A wins: see tests/solver/test_frontier.py for the curve by hand."""
    return Scenario(
        currency="EUR",
        rules=(Band(name="ours", metric="value", tolerance=0.5),),
        reps=(Rep(id="A", win_rates={"*": 1.0}), Rep(id="B", win_rates={"*": 0.5})),
        leads=[{"id": f"L{i}", "value": value} for i, value in enumerate((50, 30, 20))],
    )


def order(client: TestClient, scenario: Scenario, **ask: Any) -> dict[str, Any]:
    return {"scenario": post_scenario(client, scenario), "kind": "frontier", "metric": "value", **ask}


@pytest.fixture(scope="module")
def run(client: TestClient) -> dict[str, Any]:
    """Return a finished run of that curve."""
    answer = client.post("/v1/runs", json=order(client, halves(), points=6), headers={"Prefer": "wait=60"})
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


def test_from_order_to_curve(client: TestClient, run: dict[str, Any]) -> None:
    view = RunView.model_validate(run)
    assert (view.kind, view.status, view.plan, view.result) == ("frontier", "succeeded", None, None)
    assert view.ask is not None and (view.ask.metric, view.ask.by, view.ask.points) == ("value", None, 6)
    assert view.progress is not None and view.progress.phase == "done"
    answer = client.get(run["links"]["frontier"])
    assert answer.json() == run["frontier"] and answer.headers["content-language"] == "en"
    curve = FrontierView.model_validate(answer.json())
    best = [(point.worst_deviation, point.objective) for point in curve.points if not point.dominated]
    assert best == [pytest.approx(pair) for pair in ((1.0, 100.0), (0.6, 90.0), (0.4, 85.0), (0.0, 75.0))]
    assert curve.replaced == [{"name": "ours", "kind": "band", "tolerance": 0.5, "hard": True}]
    assert curve.fairest is not None and curve.fairest.proved
    assert curve.sentences[0] == "A band of 50% costs 15% of the expected value: proved."


def test_in_the_readers_language(client: TestClient, run: dict[str, Any]) -> None:
    answer = client.get(run["links"]["frontier"], headers={"Accept-Language": "zh-CN"})
    assert answer.headers["content-language"] == "zh-CN"
    assert answer.json()["sentences"][0] == "50% 的公平区间使期望价值减少 15%，已证明。"


def test_table_and_picture(client: TestClient, run: dict[str, Any]) -> None:
    links = run["frontier"]["links"]
    table = client.get(links["csv"])
    assert table.headers["content-type"].startswith("text/csv")
    frame = pl.read_csv(table.content)
    assert tuple(frame.columns) == tuple(COLUMNS)
    assert frame["objective"].to_list() == [point["objective"] for point in run["frontier"]["points"]]
    svg = client.get(links["svg"], headers={"Accept-Language": "zh"})
    assert svg.headers["content-type"] == "image/svg+xml" and "公平的代价" in svg.text
    png = client.get(links["png"])
    assert png.headers["content-type"] == "image/png" and png.content.startswith(b"\x89PNG")
    assert f'filename="{run["id"].replace("run_", "frt_")}.png"' in png.headers["content-disposition"]


def test_events_tell_which_point_is_worked_on(client: TestClient, run: dict[str, Any]) -> None:
    told = events(client, run["links"]["self"])
    phases = [data["phase"] for _, name, data in told if name == "status" and "phase" in data]
    assert phases[0] == "point 1/6" and "fairest" in phases
    assert told[-1][1] == "done" and told[-1][2]["status"] == "succeeded"


def test_lists_stay_short(client: TestClient, run: dict[str, Any]) -> None:
    page = RunPage.model_validate(client.get("/v1/runs?page_size=200").json())
    (mine,) = [item for item in page.items if item.id == run["id"]]
    assert mine.frontier is None and mine.links["frontier"].endswith("/frontier")


@pytest.mark.parametrize(
    ("ask", "pointer", "code"),
    [
        ({"metric": None}, "/metric", "missing"),
        ({"metric": "valeu"}, "/metric", "unknown_metric"),
        ({"metric": "id"}, "/metric", "metric_not_numeric"),
        ({"metric": "x" * 300}, "/metric", "string_too_long"),
        ({"by": "office"}, "/by", "unknown_column"),
        ({"points": 1}, "/points", "greater_than_equal"),
        ({"kind": "allocate"}, "/metric", "extra_forbidden"),
        ({"kind": "pareto"}, "/kind", "literal_error"),
    ],
)
def test_wrong_questions(client: TestClient, ask: dict[str, Any], pointer: str, code: str) -> None:
    answer = client.post("/v1/runs", json={**order(client, halves()), **ask})
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert (answer.json()["errors"][0]["pointer"], answer.json()["errors"][0]["code"]) == (pointer, code)


def test_a_wrong_metric_comes_with_a_guess(client: TestClient) -> None:
    body = order(client, halves(), metric="valeu")
    errors = client.post("/v1/runs", json=body, headers={"Accept-Language": "zh"}).json()["errors"]
    assert [error["code"] for error in errors] == ["unknown_metric", "similar_name"]
    assert "value" in errors[1]["message"] and errors[0]["message"].startswith("没有指标")


def test_a_large_scenario_is_asked_in_a_child(own_client: Any) -> None:
    service = own_client(inline_rows=1)
    answer = service.post("/v1/runs", json=order(service, halves(), metric="valeu"))
    assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == "/metric"


def test_no_frontier(client: TestClient, run: dict[str, Any], tiers_run: dict[str, Any]) -> None:
    other = client.get(f"{tiers_run['links']['self']}/frontier")
    assert (other.status_code, other.json()["code"]) == (404, "frontier_not_found")
    assert client.get("/v1/runs/run_x/frontier").json()["code"] == "run_not_found"
    assert client.get(f"{run['links']['frontier']}?format=pdf").status_code == 422
    stored = run["id"].replace("run_", "frt_")
    assert client.get(f"/v1/plans/{stored}").json()["code"] == "plan_not_found"


def test_no_plan_at_all_is_a_result(client: TestClient) -> None:
    body = order(client, example("infeasible-two-ways"), metric="leads")
    run = client.post("/v1/runs", json=body, headers={"Prefer": "wait=60"}).json()
    assert run["status"] == "succeeded"
    curve = FrontierView.model_validate(run["frontier"])
    assert curve.status == "infeasible" and len(curve.points) == 1 and "svg" not in curve.links
    assert client.get(curve.links["csv"]).status_code == 200
    picture = client.get(f"{curve.links['self']}?format=png")
    assert (picture.status_code, picture.json()["code"]) == (409, "nothing_assigned")


def test_cancel_keeps_the_points_so_far(client: TestClient) -> None:
    body = order(client, hard_scenario(), limits={"time": 600})
    location = client.post("/v1/runs", json=body).headers["location"]
    until(client, location, lambda view: view["progress"] and view["progress"].get("incumbent") is not None)
    assert client.delete(location).status_code in (200, 202)
    done = until(client, location, lambda view: view["status"] == "cancelled")
    curve = FrontierView.model_validate(done["frontier"])
    assert curve.stopped_by == "cancel"
    assert curve.points[0].status == "feasible" and curve.points[0].objective is not None
    assert client.get(curve.links["png"]).status_code == 200


def test_an_allocation_has_no_question(client: TestClient) -> None:
    run = solved(client, halves())
    assert run["ask"] is None and run["frontier"] is None and "frontier" not in run["links"]
