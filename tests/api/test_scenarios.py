"""Scenarios over HTTP: every format, one content one id, every issue at once, what-ifs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from api.schemas import ScenarioPage, ScenarioView
from scenarios.examples import EXAMPLES, example
from scenarios.formats.json import json_bytes
from scenarios.generate import generate
from scenarios.writing import scenario_as_bytes
from tests.api.conftest import JSON, PROBLEM, post_scenario

XLSX = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
ZIP = {"Content-Type": "application/zip"}


def test_a_scenario_is_stored_once(client: TestClient) -> None:
    scenario = example("channel-against-direct")
    first = client.post("/v1/scenarios", content=json_bytes(scenario), headers=JSON)
    assert first.status_code == 201
    view = ScenarioView.model_validate(first.json())
    assert (view.leads, view.reps) == (scenario.leads.height, len(scenario.reps))
    assert view.sha256 == scenario.sha256() and view.id == f"scn_{view.sha256[:32]}"
    assert first.headers["location"] == f"/v1/scenarios/{view.id}" == view.links["self"]
    again = client.post("/v1/scenarios", content=json_bytes(scenario), headers=JSON)
    assert again.status_code == 200
    assert again.json() == first.json() == client.get(first.headers["location"]).json()


def test_every_format_gives_the_same_scenario(client: TestClient) -> None:
    scenario = generate("cycle", leads=20, reps=3, seed=5)
    as_json = client.post("/v1/scenarios", content=scenario_as_bytes(scenario, "json"), headers=JSON)
    as_book = client.post("/v1/scenarios", content=scenario_as_bytes(scenario, "xlsx"), headers=XLSX)
    as_zip = client.post("/v1/scenarios", content=scenario_as_bytes(scenario, "zip"), headers=ZIP)
    assert [answer.status_code for answer in (as_json, as_book, as_zip)] == [201, 200, 200], as_book.text + as_zip.text
    assert as_json.json()["id"] == as_book.json()["id"] == as_zip.json()["id"]


def test_large_scenarios_are_read_by_a_child(own_client: Callable[..., TestClient]) -> None:
    client = own_client(inline_bytes=1000, inline_rows=10)
    scenario = example("tiers-first")
    base = post_scenario(client, scenario)
    assert base == f"scn_{scenario.sha256()[:32]}"
    patch = [{"op": "test", "path": "/name", "value": "another"}]
    answer = client.post(f"/v1/scenarios/{base}/variants", json=patch)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "patch_test")


def test_a_dry_run_keeps_nothing(client: TestClient) -> None:
    scenario = generate("cycle", leads=7, reps=2, seed=99)
    answer = client.post("/v1/scenarios?dry_run=true", content=json_bytes(scenario), headers=JSON)
    assert answer.status_code == 200 and "location" not in answer.headers
    assert client.get(f"/v1/scenarios/{answer.json()['id']}").status_code == 404


def test_every_issue_at_once_with_its_place(client: TestClient) -> None:
    document = {
        "reps": [{"id": "a", "fte": -1}, {"id": "a"}],
        "leads": [{"id": "L", "value": "lots"}, {"value": 3}],
        "rules": [{"kind": "gravity"}],
        "golas": [],
    }
    answer = client.post("/v1/scenarios", json=document)
    assert answer.status_code == 422 and answer.headers["content-type"] == PROBLEM
    problem = answer.json()
    assert problem["type"] == "urn:plumbline:problem:scenario-invalid" and problem["code"] == "scenario_invalid"
    found = {(error["pointer"], error["code"]) for error in problem["errors"]}
    assert {
        ("/reps/0/fte", "below_minimum"),
        ("/leads/0/value", "not_a_number"),
        ("/leads/1/id", "missing_value"),
        ("/rules/0/kind", "unknown_kind"),
        ("/golas", "unknown_key"),
    } <= found
    assert all(error["maybe"].startswith("Maybe ") for error in problem["errors"])


def test_issues_speak_chinese(client: TestClient) -> None:
    headers = {"Accept-Language": "fr, zh-Hans-CN;q=0.9, en;q=0.3"}
    answer = client.post("/v1/scenarios", json={"reps": [{"id": "a", "fte": -1}], "leads": []}, headers=headers)
    assert answer.headers["content-language"] == "zh-CN"
    assert answer.json()["title"] == "场景无效"
    assert all(error["maybe"].startswith("也许") for error in answer.json()["errors"])


def test_issues_of_a_table_name_sheet_row_and_column(client: TestClient) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("leads.csv", "id,value\r\nL1,5\r\nL2,many\r\n")
        archive.writestr("reps.csv", "id\r\nr\r\n")
    answer = client.post("/v1/scenarios", content=buffer.getvalue(), headers=ZIP)
    assert answer.status_code == 422
    (error,) = [error for error in answer.json()["errors"] if error["severity"] == "error"]
    assert error["where"]["file"] == "leads.csv" and error["where"]["row"] == 3


def test_warnings_are_kept_and_translated(client: TestClient) -> None:
    document = {"reps": [{"id": "r"}], "leads": [{"id": "L", "owner": "somebody-gone", "value": 1}]}
    stored = client.post("/v1/scenarios", json=document).json()
    warnings = [issue for issue in stored["issues"] if issue["code"] == "owner_not_a_rep"]
    assert warnings and warnings[0]["pointer"] == "/leads/0/owner"
    chinese = client.get(stored["links"]["self"], headers={"Accept-Language": "zh"}).json()
    assert [issue["code"] for issue in chinese["issues"]] == [issue["code"] for issue in stored["issues"]]
    assert chinese["issues"][0]["message"] != stored["issues"][0]["message"]


def test_pages(own_client: Callable[..., TestClient]) -> None:
    client = own_client(database=":memory:")
    ids = [post_scenario(client, example(name)) for name in list(EXAMPLES)[:5]]
    seen: list[str] = []
    token: str | None = ""
    while token is not None:
        page = ScenarioPage.model_validate(client.get(f"/v1/scenarios?page_size=2&page_token={token}").json())
        seen += [item.id for item in page.items]
        token = page.next_page_token
    assert seen == ids[::-1]


class TestVariants:
    def test_a_what_if(self, client: TestClient) -> None:
        scenario = example("tiers-first")
        base = post_scenario(client, scenario)
        patch = [
            {"op": "replace", "path": "/name", "value": "What if"},
            {"op": "add", "path": "/leads/-", "value": {**scenario.lead_records()[0], "id": "NEW"}},
            {"op": "replace", "path": "/reps/0/ramp_up", "value": 0.5},
            {"op": "test", "path": "/goals/0/kind", "value": "value"},
        ]
        answer = client.post(f"/v1/scenarios/{base}/variants", json=patch)
        assert answer.status_code == 201, answer.text
        variant = answer.json()
        assert (variant["name"], variant["leads"], variant["base"]) == ("What if", 21, base)
        assert client.post(f"/v1/scenarios/{base}/variants", json=patch).status_code == 200

    def test_nothing_changed_is_the_base(self, client: TestClient) -> None:
        base = post_scenario(client, example("tiers-first"))
        answer = client.post(f"/v1/scenarios/{base}/variants", json=[])
        assert (answer.status_code, answer.json()["id"]) == (200, base)

    def test_a_variant_can_be_invalid(self, client: TestClient) -> None:
        base = post_scenario(client, example("tiers-first"))
        patch = [
            {"op": "replace", "path": "/reps/0/fte", "value": -3},
            {"op": "add", "path": "/leads/3/value", "value": "x"},
        ]
        answer = client.post(f"/v1/scenarios/{base}/variants", json=patch)
        assert answer.status_code == 422
        pointers = {error["pointer"] for error in answer.json()["errors"]}
        assert {"/reps/0/fte", "/leads/3/value"} <= pointers

    @pytest.mark.parametrize(
        ("patch", "code", "pointer"),
        [
            ({"op": "add"}, "request_invalid", ""),
            ([{"op": "add", "path": "/name"}], "request_invalid", "/0/value"),
            ([{"op": "fly", "path": "/name"}], "request_invalid", "/0"),
            ([5], "request_invalid", "/0"),
            ([{"op": "add", "path": 5, "value": 1}], "request_invalid", "/0/path"),
            ([{"op": "remove", "path": "name"}], "request_invalid", "/0/path"),
            ([{"op": "remove", "path": "/a~2b"}], "request_invalid", "/0/path"),
            ([{"op": [], "path": "/name"}], "request_invalid", "/0"),
            ([{"op": "test", "path": "/name", "value": "no"}], "patch_failed", "/0"),
            (
                [{"op": "test", "path": "/name", "value": "Tiers first"}, {"op": "remove", "path": "/x/y"}],
                "patch_failed",
                None,
            ),
            ([{"op": "replace", "path": "/leads/99999", "value": {}}], "patch_failed", "/0"),
            ([{"op": "move", "from": "/reps", "path": "/reps/0"}], "patch_failed", "/0"),
            ([{"op": "copy", "from": "/nowhere", "path": "/name"}], "patch_failed", "/0"),
            ([{"op": "add", "path": "/leads/-1", "value": {}}], "patch_failed", "/0"),
        ],
    )
    def test_patches_that_fail(self, client: TestClient, patch: Any, code: str, pointer: str | None) -> None:
        base = post_scenario(client, example("tiers-first"))
        answer = client.post(f"/v1/scenarios/{base}/variants", json=patch)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == code
        if pointer is not None:
            assert answer.json()["errors"][0]["pointer"] == pointer

    def test_every_fault_of_a_patch_is_told(self, client: TestClient) -> None:
        base = post_scenario(client, example("tiers-first"))
        patch = [{"op": "move", "path": "name"}, {"op": "fly"}, {"op": "remove", "path": "/name"}]
        answer = client.post(f"/v1/scenarios/{base}/variants", json=patch)
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
            ("/0/from", "missing"),
            ("/0/path", "patch_pointer"),
            ("/1", "patch_operation"),
        ]

    def test_the_place_that_is_not_there_is_named(self, client: TestClient) -> None:
        base = post_scenario(client, example("tiers-first"))
        patch = [{"op": "copy", "from": "/nowhere", "path": "/name"}]
        (error,) = client.post(f"/v1/scenarios/{base}/variants", json=patch).json()["errors"]
        assert "'/nowhere', '/name'" in error["message"]

    def test_a_patch_cannot_blow_up(self, own_client: Callable[..., TestClient]) -> None:
        # each copy doubles the list: 40 of them would make 10^12 leads out of 20
        client = own_client(database=":memory:", upload_bytes=1_000_000)
        base = post_scenario(client, example("tiers-first"))
        patch = [{"op": "copy", "from": "/leads", "path": "/leads/-"}] * 40
        answer = client.post(f"/v1/scenarios/{base}/variants", content=orjson.dumps(patch), headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (422, "patch_too_large")

    def test_of_nothing(self, client: TestClient) -> None:
        assert client.post("/v1/scenarios/scn_none/variants", json=[]).json()["code"] == "scenario_not_found"
