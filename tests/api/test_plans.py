"""Plans over HTTP: tables in pages, a reason for every lead, why-not proved, files, comparisons."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import quote

import polars as pl
import pytest
from fastapi.testclient import TestClient

from api.compare_schemas import ComparisonView
from api.schemas import (
    AssignmentPage,
    ExplanationView,
    LoadPage,
    PlanView,
    RepView,
    RulesView,
    WhyNotView,
)
from scenarios.examples import example
from scenarios.model import Lead, Rep, Scenario
from tests.api.conftest import solved


@pytest.fixture(scope="session")
def plan(client: TestClient, tiers_run: dict[str, Any]) -> PlanView:
    return PlanView.model_validate(client.get(tiers_run["links"]["plan"]).json())


def test_the_document_is_that_of_the_contract(client: TestClient, tiers_run: dict[str, Any], plan: PlanView) -> None:
    raw = client.get(tiers_run["links"]["plan"]).json()
    promised = {
        *("status", "stopped_by", "objective", "bound", "gap", "bound_by", "certified_bound", "tiers", "assigned"),
        *("unassigned", "metrics", "method", "seed", "versions", "seconds", "scenario_sha256"),
    }
    assert promised <= raw.keys()
    assert plan.status == "optimal" and plan.gap == pytest.approx(0.0, abs=1e-6)
    assert [tier.tier for tier in plan.tiers] == [1, 2, 3]
    assert plan.scenario_sha256 == example("tiers-first").sha256()
    assert set(raw["metrics"]) == {"value", "fairness"}
    assert {"jain", "gini", "min_ratio", "max_ratio", "worst_deviation"} <= set(raw["metrics"]["fairness"]["value"])


def test_assignments_in_pages(client: TestClient, plan: PlanView) -> None:
    rows, token = [], ""
    for _ in range(10):
        answer = client.get(plan.links["assignments"], params={"page_size": 3, "page_token": token})
        page = AssignmentPage.model_validate(answer.json())
        rows += page.items
        token = page.next_page_token or ""
        if not token:
            break
    scenario = example("tiers-first")
    assert [row.lead for row in rows] == scenario.leads["id"].to_list()
    assert sum(row.rep is not None for row in rows) == plan.assigned
    assert all(row.reason for row in rows)
    points = sum(row.score or 0.0 for row in rows)
    assert points == pytest.approx(sum(tier.objective for tier in plan.tiers))  # nothing but terms in this scenario


def test_loads_agree_with_the_assignments(client: TestClient, plan: PlanView) -> None:
    page = LoadPage.model_validate(client.get(plan.links["loads"]).json())
    rows = client.get(plan.links["assignments"]).json()["items"]
    carried = {rep.id: rep.carried.get("leads", 0.0) for rep in example("tiers-first").reps}
    for rep in carried:
        (load,) = [item.load for item in page.items if (item.rep, item.metric) == (rep, "leads")]
        assert load == carried[rep] + sum(row["rep"] == rep for row in rows)


def test_every_lead_has_a_reason_in_both_languages(client: TestClient, plan: PlanView) -> None:
    for row in client.get(plan.links["assignments"]).json()["items"]:
        url = plan.links["explanations"].replace("{lead}", row["lead"])
        view = ExplanationView.model_validate(client.get(url, params={"others": 2}).json())
        assert view.record["rep"] == row["rep"] and view.record["reason"] == row["reason"]
        assert len(view.record["others"]) <= 2
        chinese = client.get(url, headers={"Accept-Language": "zh-CN"})
        assert chinese.headers["content-language"] == "zh-CN"
        assert view.sentence and chinese.json()["sentence"] != view.sentence


def test_why_not(client: TestClient, plan: PlanView) -> None:
    row = next(row for row in client.get(plan.links["assignments"]).json()["items"] if row["runner_up"])
    ask = {"lead": row["lead"], "rep": row["runner_up"]}
    view = WhyNotView.model_validate(client.get(plan.links["why_not"], params=ask).json())
    assert view.sentence and view.verified is None
    proved = WhyNotView.model_validate(client.get(plan.links["why_not"], params={**ask, "verify": True}).json())
    assert proved.verified is not None and proved.verified.sentences
    assert proved.verified.record["verdict"] in {"costly", "tie", "impossible"}  # the plan is the best there is
    assert proved.verified.record["now"] == row["rep"]


def test_why_a_rep_has_this_load(client: TestClient, plan: PlanView) -> None:
    row = next(row for row in client.get(plan.links["assignments"]).json()["items"] if row["rep"])
    url = plan.links["reps"].replace("{rep}", row["rep"])
    view = RepView.model_validate(client.get(url).json())
    rows = client.get(plan.links["assignments"]).json()["items"]
    assert view.record["leads"] == sum(each["rep"] == row["rep"] for each in rows)
    chinese = client.get(url, headers={"Accept-Language": "zh-CN"})
    assert chinese.headers["content-language"] == "zh-CN"
    assert len(chinese.json()["sentences"]) == len(view.sentences) > len(view.record["missed"])
    assert chinese.json()["sentences"][0] != view.sentences[0]


def test_what_rules_cost(client: TestClient, plan: PlanView) -> None:
    priced = RulesView.model_validate(client.get(plan.links["rules"]).json()).rules
    assert {rule.record["rule"] for rule in priced} == {"Hours", "Fields"}
    assert all(rule.sentences and "solved" not in rule.record for rule in priced)
    solved_again = RulesView.model_validate(client.get(plan.links["rules"], params={"verify": True}).json()).rules
    for rule in solved_again:
        assert rule.record["solved"]["verdict"] == "gain"
        assert rule.record["solved"]["gain"] <= rule.record["at_most"] + 1e-6
        assert "Solved again" in rule.sentences[0]


def test_names_that_are_not_there(client: TestClient, plan: PlanView) -> None:
    first = client.get(plan.links["assignments"]).json()["items"][0]
    near = first["lead"][:-1] + "_"
    answer = client.get(plan.links["explanations"].replace("{lead}", near))
    assert (answer.status_code, answer.json()["code"]) == (404, "lead_not_found")
    assert answer.json()["errors"][0]["code"] == "similar_name"
    answer = client.get(plan.links["why_not"], params={"lead": first["lead"], "rep": "nobody-like-that"})
    assert (answer.status_code, answer.json()["code"]) == (404, "rep_not_found")
    answer = client.get(plan.links["reps"].replace("{rep}", "nobody-like-that"))
    assert (answer.status_code, answer.json()["code"]) == (404, "rep_not_found")


def test_ids_with_any_characters(client: TestClient, plan: PlanView) -> None:
    leads = [Lead(id="a/b ?#%", value=3), Lead(id="线索 1", value=2), Lead(id="=1+1", value=1)]
    run = solved(client, Scenario(reps=(Rep(id="r&=/"), Rep(id="@rep")), leads=leads))
    url = f"/v1/plans/{run['plan']}"
    for lead in ("a/b ?#%", "线索 1", "=1+1"):
        answer = client.get(f"{url}/explanations/{quote(lead, safe='')}")
        assert answer.status_code == 200 and answer.json()["lead"] == lead
    text = client.get(f"{url}/export?format=csv").text
    assert "\n'=1+1," in text or "\r\n'=1+1," in text  # no formula in the file
    other = client.get(f"/v1/compare?base={plan.id}&other={run['plan']}")  # a plan of other leads
    assert (other.status_code, other.json()["code"]) == (422, "plans_not_comparable")


def test_export(client: TestClient, plan: PlanView) -> None:
    rows = client.get(plan.links["assignments"]).json()["items"]
    columns = ["lead", "rep", "score", "net", "margin", "runner_up", "reason"]
    csv = client.get(plan.links["export"])
    assert csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert csv.headers["content-disposition"] == f'attachment; filename="{plan.id}.csv"'
    assert pl.read_csv(io.BytesIO(csv.content)).columns == columns
    parquet = client.get(plan.links["export"], params={"format": "parquet"})
    assert pl.read_parquet(io.BytesIO(parquet.content)).to_dicts() == rows
    book = client.get(plan.links["export"], params={"format": "xlsx"})
    sheets = pl.read_excel(io.BytesIO(book.content), sheet_id=0)
    assert list(sheets) == ["assignments", "loads"]
    assert sheets["assignments"]["lead"].to_list() == [row["lead"] for row in rows]
    wrong = client.get(plan.links["export"], params={"format": "pdf"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "#query/format")


def test_compare(client: TestClient, plan: PlanView) -> None:
    # without the most valuable rep every lead of theirs has to move, and the plan cannot be better
    rows = client.get(plan.links["assignments"]).json()["items"]
    rep = max((row["rep"] for row in rows if row["rep"]), key=[row["rep"] for row in rows].count)
    patch = [{"op": "add", "path": "/rules/-", "value": {"kind": "exclusion", "name": "away", "reps": {"id": [rep]}}}]
    variant = client.post(f"/v1/scenarios/{plan.scenario}/variants", json=patch).json()
    order = {"scenario": variant["id"], "limits": {"time": 30}}
    other = client.post("/v1/runs", json=order, headers={"Prefer": "wait=60"}).json()["plan"]
    view = ComparisonView.model_validate(client.get(f"/v1/compare?base={plan.id}&other={other}&page_size=2").json())
    moved = [row["lead"] for row in rows if row["rep"] == rep]
    assert view.moved >= len(moved) and len(view.moves) == 2 and view.next_page_token
    assert all(move.base != move.other for move in view.moves)
    (load,) = [change for change in view.loads if (change.rep, change.metric) == (rep, "leads")]
    assert load.change == -len(moved)
    same = ComparisonView.model_validate(client.get(f"/v1/compare?base={plan.id}&other={plan.id}").json())
    assert (same.moved, same.objective, same.moves) == (0, 0.0, [])


def test_where_there_is_no_plan(client: TestClient, plan: PlanView, infeasible_run: dict[str, Any]) -> None:
    none = infeasible_run["plan"]
    url = f"/v1/plans/{none}"
    for part in ("assignments", "loads"):
        answer = client.get(f"{url}/{part}")
        assert (answer.status_code, answer.json()) == (200, {"items": [], "next_page_token": None})
    assert client.get(f"{url}/export").text.strip() == "lead,rep,score,net,margin,runner_up,reason"
    for ask in (
        f"{url}/explanations/x",
        f"{url}/why-not?lead=x&rep=y",
        f"/v1/compare?base={plan.id}&other={none}",
    ):
        answer = client.get(ask)
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_assigned")
