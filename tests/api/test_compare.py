"""Comparisons and receipts over HTTP."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from api.cli import main
from api.compare_schemas import ComparisonView
from api.schemas import ReceiptView
from scenarios.examples import example
from scenarios.rules import Exclusion
from tests.api.conftest import solved


@pytest.fixture(scope="module")
def plans(client: TestClient, tiers_run: dict[str, Any]) -> tuple[str, str]:
    """Return two plans: the second one may not use the rep with most leads of the first."""
    scenario = example("tiers-first")
    rows = client.get(f"/v1/plans/{tiers_run['plan']}/assignments?page_size=100").json()["items"]
    reps = [row["rep"] for row in rows if row["rep"]]
    away = Exclusion(name="Away", reps={"id": (max(reps, key=reps.count),)})
    run = solved(client, scenario.model_copy(update={"rules": (*scenario.rules, away)}))
    return tiers_run["plan"], run["plan"]


def test_every_move_has_its_causes_and_a_sentence(client: TestClient, plans: tuple[str, str]) -> None:
    url = f"/v1/compare?base={plans[0]}&other={plans[1]}"
    answer = client.get(url)
    view = ComparisonView.model_validate(answer.json())
    assert answer.headers["content-language"] == "en"
    assert view.moved == len(view.moves) == sum(view.causes.values()) > 0
    assert all(move.causes and move.sentence for move in view.moves)
    gone = [move for move in view.moves if "Away" in move.causes[0].get("by", [])]
    assert gone
    assert {move.causes[0]["code"] for move in gone} == {"rule_changed"}
    assert [part["name"] for part in view.differences["rules"]] == ["Away"]
    chinese = client.get(url, headers={"Accept-Language": "zh-CN"}).json()
    assert chinese["sentences"] != view.sentences
    assert len(chinese["sentences"]) == len(view.sentences)


def test_the_figures_add_up(client: TestClient, plans: tuple[str, str]) -> None:
    view = ComparisonView.model_validate(client.get(f"/v1/compare?base={plans[0]}&other={plans[1]}").json())
    for side in ("base", "other"):
        tiers = sum(getattr(tier, side) for tier in view.tiers)
        assert sum(getattr(term, side) or 0.0 for term in view.terms) == pytest.approx(tiers)
    documents = [client.get(f"/v1/plans/{plan}").json() for plan in plans]
    assert view.objective == pytest.approx(documents[1]["objective"] - documents[0]["objective"])
    assert view.assigned == documents[1]["assigned"] - documents[0]["assigned"]
    assert view.fairness["value"]["other"] == documents[1]["metrics"]["fairness"]["value"]
    assert view.kept is not None
    assert [broken["rule"] for broken in view.kept["broken"]] == ["Away"]


def test_pages_of_moves(client: TestClient, plans: tuple[str, str]) -> None:
    ask = {"base": plans[0], "other": plans[1]}
    whole = client.get("/v1/compare", params=ask).json()
    found, token = [], ""
    for _ in range(whole["moved"]):
        page = client.get("/v1/compare", params={**ask, "page_size": 2, "page_token": token}).json()
        assert {**page, "moves": 0, "next_page_token": 0} == {**whole, "moves": 0, "next_page_token": 0}
        found += page["moves"]
        token = page["next_page_token"]
        if token is None:
            break
    assert found == whole["moves"]


def test_today_is_a_plan_too(client: TestClient, plans: tuple[str, str]) -> None:
    view = ComparisonView.model_validate(client.get(f"/v1/compare?base=today&other={plans[0]}").json())
    owner = dict(example("tiers-first").leads.select("id", "owner").iter_rows())
    rows = client.get(f"/v1/plans/{plans[0]}/assignments?page_size=100").json()["items"]
    reps = {rep.id for rep in example("tiers-first").reps}
    before = {lead: held if held in reps else None for lead, held in owner.items()}
    assert {move.lead: move.base for move in view.moves} == {
        row["lead"]: before[row["lead"]] for row in rows if row["rep"] != before[row["lead"]]
    }
    assert view.differences["same"]
    assert view.kept is None


def test_a_receipt_can_be_kept_and_checked(client: TestClient, plans: tuple[str, str], tmp_path: Path) -> None:
    answer = client.get(f"/v1/plans/{plans[0]}/receipt")
    receipt = answer.json()
    view = ReceiptView.model_validate(receipt)
    plan = client.get(f"/v1/plans/{plans[0]}").json()
    assert receipt["predicate"]["scenario_sha256"] == plan["scenario_sha256"]
    assert receipt["predicate"]["limits"]["time"] == 30
    assert receipt["predicate"]["written"] == plan["created"]
    assert client.get(plan["links"]["receipt"]).json() == receipt  # the same whenever it is asked for
    exported = client.get(f"/v1/plans/{plans[0]}/export?format=csv").content
    digests = {digest.name: digest.digest["sha256"] for digest in view.subject}
    assert digests["assignments.csv"] == hashlib.sha256(exported).hexdigest()
    assert set(digests) == {"assignments.csv", "loads.csv", "prices.json"}
    (tmp_path / "kept.json").write_bytes(answer.content)
    with pytest.raises(SystemExit) as ended:
        main(["check", str(tmp_path / "kept.json")])
    assert ended.value.code == 0
    receipt["predicate"]["objective"] += 1
    (tmp_path / "kept.json").write_bytes(orjson.dumps(receipt))
    with pytest.raises(SystemExit) as ended:
        main(["check", str(tmp_path / "kept.json")])
    assert ended.value.code == 1


def test_the_receipt_of_where_no_plan_exists(client: TestClient, infeasible_run: dict[str, Any]) -> None:
    receipt = client.get(f"/v1/plans/{infeasible_run['plan']}/receipt").json()
    assert receipt["subject"] == []
    assert receipt["predicate"]["status"] == "infeasible"
    assert client.get("/v1/plans/none/receipt").status_code == 404
