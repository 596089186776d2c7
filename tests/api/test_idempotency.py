"""Idempotency keys: sent twice, done once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import orjson
from fastapi.testclient import TestClient
from httpx2 import Response

from scenarios.examples import example
from scenarios.formats.json import json_bytes
from tests.api.conftest import JSON, hard_scenario, post_scenario


def test_the_same_answer_again(idle: TestClient) -> None:
    order = {"scenario": post_scenario(idle, hard_scenario(2)), "limits": {"time": 30}}
    headers = {"Idempotency-Key": "order-1"}
    first = idle.post("/v1/runs", json=order, headers=headers)
    second = idle.post("/v1/runs", json=order, headers=headers)
    assert first.status_code == second.status_code == 202
    assert second.headers["location"] == first.headers["location"]
    assert second.content == first.content and second.headers["idempotent-replayed"] == "true"


def test_another_request_with_the_same_key(idle: TestClient) -> None:
    headers = {**JSON, "Idempotency-Key": "order-2"}
    body = json_bytes(example("ramping-reps"))
    assert idle.post("/v1/scenarios", content=body, headers=headers).status_code == 201
    assert idle.post("/v1/scenarios", content=body, headers=headers).status_code == 201  # as it was the first time
    for url, content in (("/v1/scenarios", body + b" "), ("/v1/runs", body), ("/v1/scenarios?dry_run=true", body)):
        answer = idle.post(url, content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


def test_an_error_does_not_use_a_key_up(idle: TestClient) -> None:
    headers = {"Idempotency-Key": "order-3"}
    assert idle.post("/v1/runs", json={"scenario": "scn_missing"}, headers=headers).status_code == 404
    assert idle.post("/v1/runs", json={"scenario": 5}, headers=headers).status_code == 422
    answer = idle.post("/v1/scenarios", content=json_bytes(example("tiers-first")), headers={**JSON, **headers})
    assert answer.status_code in (200, 201)


def test_keys_that_are_none(idle: TestClient) -> None:
    for key in ("", " ", "x" * 256, "tab\there", "ümlaut"):
        answer = idle.post("/v1/runs", json={}, headers={b"Idempotency-Key": key.encode()})
        assert answer.json()["code"] == "key_invalid", key


def test_still_running(idle: TestClient) -> None:
    order = orjson.dumps({"scenario": post_scenario(idle, hard_scenario(3)), "limits": {"time": 60}})
    headers = {**JSON, "Idempotency-Key": "order-4", "Prefer": "wait=2"}
    answers: dict[str, Response] = {}
    waiter = threading.Thread(
        target=lambda: answers.update(first=idle.post("/v1/runs", content=order, headers=headers))
    )
    before = len(idle.get("/v1/runs?page_size=1000").json()["items"])
    waiter.start()
    while len(idle.get("/v1/runs?page_size=1000").json()["items"]) == before:
        pass
    busy = idle.post("/v1/runs", content=order, headers=headers)
    assert (busy.status_code, busy.json()["code"]) == (409, "request_in_progress")
    waiter.join()
    replayed = idle.post("/v1/runs", content=order, headers=headers)
    assert replayed.content == answers["first"].content


def test_many_at_once_make_one_run(idle: TestClient) -> None:
    order = {"scenario": post_scenario(idle, hard_scenario()), "limits": {"time": 60}}
    headers = {"Idempotency-Key": "once"}
    with ThreadPoolExecutor(10) as pool:
        sent = [pool.submit(idle.post, "/v1/runs", json=order, headers=headers) for _ in range(50)]
        answers = [future.result() for future in sent]
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.headers["location"] for answer in answers if answer.status_code == 202}) == 1
    assert len(idle.get("/v1/runs").json()["items"]) == 1


def test_keys_survive_a_restart(own_client: Callable[..., TestClient]) -> None:
    headers = {**JSON, "Idempotency-Key": "order-5"}
    body = json_bytes(example("tiers-first"))
    client = own_client()
    first = client.post("/v1/scenarios", content=body, headers=headers)
    client.__exit__(None, None, None)
    client.__exit__ = lambda *_: None  # type: ignore[method-assign]
    again = own_client().post("/v1/scenarios", content=body, headers=headers)
    assert again.status_code == first.status_code == 201 and again.content == first.content
