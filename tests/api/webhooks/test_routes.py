"""Webhooks over HTTP: endpoints, secrets shown once, the log, tests and replays."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.store.hooks import EVENTS, MOST_HOOKS
from api.webhooks import reach
from scenarios.examples import example
from scenarios.generate import generate
from tests.api.conftest import post_scenario
from tests.api.webhooks.receiver import Receiver, status

NOWHERE = "http://127.0.0.1:9/hooks"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Yield a service that may send to loopback, and that solves."""
    path: Path = tmp_path_factory.mktemp("hooks") / "hooks.db"
    settings = Settings(database=str(path), solvers=1, webhook_networks="127.0.0.0/8", webhook_http=True)
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture
def quiet(service: TestClient) -> TestClient:
    """Return the service without any endpoint."""
    for hook in service.get("/v1/webhooks").json()["items"]:
        assert service.delete(hook["links"]["self"]).status_code == 204
    return service


def made(client: TestClient, url: str = NOWHERE, **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/webhooks", json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    hook: dict[str, Any] = answer.json()
    return hook


def log_of(client: TestClient, hook: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    answer = client.get(hook["links"]["deliveries"], params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def ended(client: TestClient, hook: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Return the log once so many deliveries have ended."""
    end = time.monotonic() + 300
    log: list[dict[str, Any]] = []
    while sum(each["ended"] is not None for each in log) < count:
        assert time.monotonic() < end, log
        time.sleep(0.05)
        log = log_of(client, hook)
    return log


def test_a_run_that_ends_is_told(quiet: TestClient, receiver: Receiver) -> None:
    hook = made(quiet, receiver.url)
    order = {"scenario": post_scenario(quiet, example("first-cycle")), "limits": {"time": 30}}
    run = quiet.post("/v1/runs", json=order).json()
    ended(quiet, hook, 1)
    run = quiet.get(run["links"]["self"]).json()
    order = {"scenario": post_scenario(quiet, generate("cycle", leads=120, reps=6, seed=7)), "limits": {"time": 60}}
    other = quiet.post("/v1/runs", json=order).json()
    quiet.delete(other["links"]["self"])
    log = ended(quiet, hook, 2)
    assert [each["event"] for each in log] == ["run.cancelled", "run.succeeded"]
    said = [got.verified(hook["secret"]) for got in receiver.got]
    assert [each["data"]["run"] for each in said] == [run["id"], other["id"]]
    first = said[0]
    assert (first["data"]["plan"], first["timestamp"]) == (run["plan"], run["finished"])
    assert first["data"]["gap"] == run["progress"]["gap"]
    # ids and figures: nothing that somebody wrote into the scenario
    assert set(first["data"]) == {"run", "kind", "scenario", "status", "plan", "frontier", "gap", "fault"}
    assert "L-17" not in receiver.got[0].body
    figures = quiet.get("/metrics").text
    assert 'plumbline_webhook_deliveries_total{outcome="delivered"}' in figures


def test_a_secret_is_shown_once(quiet: TestClient) -> None:
    keyed = {"Idempotency-Key": "hook-1"}
    answer = quiet.post("/v1/webhooks", json={"url": NOWHERE}, headers=keyed)
    hook = answer.json()
    assert answer.headers["cache-control"] == "no-store" and answer.headers["location"] == hook["links"]["self"]
    assert hook["secret"].startswith("whsec_") and hook["events"] == list(EVENTS) and hook["enabled"]
    again = quiet.post("/v1/webhooks", json={"url": NOWHERE}, headers=keyed).json()
    assert again == hook | {"secret": None}
    shown = quiet.get(hook["links"]["self"])
    assert "secret" not in shown.json() and shown.json()["id"] == hook["id"]
    for url in ("/v1/webhooks", hook["links"]["self"]):
        assert hook["secret"] not in quiet.get(url).text


def test_a_new_secret(quiet: TestClient, receiver: Receiver) -> None:
    hook = made(quiet, receiver.url)
    new = quiet.post(hook["links"]["secret"]).json()
    assert new["secret"] != hook["secret"] and new["old_secret_until"] > hook["created"]
    quiet.post(hook["links"]["test"])
    ended(quiet, hook, 1)
    assert receiver.got[0].verified(new["secret"]) == receiver.got[0].verified(hook["secret"])
    alone = quiet.post(hook["links"]["secret"], params={"at_once": True}).json()
    assert alone["old_secret_until"] is None


def test_a_test_and_a_replay(quiet: TestClient, receiver: Receiver) -> None:
    hook = made(quiet, receiver.url, events=["run.failed"])
    answer = quiet.post(hook["links"]["test"])
    sent = answer.json()
    assert answer.status_code == 202 and answer.headers["location"] == sent["links"]["self"]
    assert (sent["event"], sent["state"], sent["next"], sent["fault"]) == ("webhook.test", "waiting", None, None)
    ended(quiet, hook, 1)
    delivered = quiet.get(sent["links"]["self"]).json()
    assert (delivered["state"], delivered["code"], delivered["attempts"]) == ("delivered", 204, 1)
    assert receiver.got[0].verified(hook["secret"])["data"] == {"webhook": hook["id"]}
    replayed = quiet.post(sent["links"]["replay"]).json()
    assert replayed["message"] == sent["message"] and replayed["id"] != sent["id"]
    ended(quiet, hook, 2)
    assert receiver.got[1].message == receiver.got[0].message and receiver.got[1].body == receiver.got[0].body


def test_gone_and_enabled_again(quiet: TestClient, receiver: Receiver) -> None:
    hook = made(quiet, receiver.url)
    receiver.says = [status(410)]
    test = quiet.post(hook["links"]["test"]).json()
    ended(quiet, hook, 1)
    shown = quiet.get(hook["links"]["self"]).json()
    assert (shown["enabled"], shown["disabled"]) == (False, "gone") and shown["failing"]
    for url in (hook["links"]["test"], test["links"]["replay"]):
        refused = quiet.post(url)
        assert (refused.status_code, refused.json()["code"]) == (409, "webhook_disabled")
    enabled = quiet.patch(hook["links"]["self"], json={"enabled": True}).json()
    assert (enabled["enabled"], enabled["disabled"], enabled["failing"]) == (True, None, None)
    assert quiet.post(test["links"]["replay"]).status_code == 202
    assert ended(quiet, hook, 2)[0]["state"] == "delivered"


def test_changes(quiet: TestClient) -> None:
    hook = made(quiet)
    other = "http://127.0.0.1:10/other"
    changed = quiet.patch(hook["links"]["self"], json={"url": other, "events": ["run.failed", "run.failed"]}).json()
    assert (changed["url"], changed["events"], changed["enabled"]) == (other, ["run.failed"], True)
    disabled = quiet.patch(hook["links"]["self"], json={"enabled": False}).json()
    assert (disabled["url"], disabled["disabled"]) == (other, "by_hand")
    assert quiet.patch(hook["links"]["self"], json={}).json() == disabled == quiet.get(hook["links"]["self"]).json()


def test_pages(quiet: TestClient) -> None:
    hooks = [made(quiet) for _ in range(3)]
    first = quiet.get("/v1/webhooks?page_size=2").json()
    second = quiet.get(f"/v1/webhooks?page_size=2&page_token={first['next_page_token']}").json()
    assert [each["id"] for each in first["items"] + second["items"]] == [each["id"] for each in hooks[::-1]]
    log = hooks[0]["links"]["deliveries"]
    tests = [quiet.post(hooks[0]["links"]["test"]).json()["id"] for _ in range(3)]
    first = quiet.get(log, params={"page_size": 2}).json()
    second = quiet.get(log, params={"page_size": 2, "page_token": first["next_page_token"]}).json()
    assert [each["id"] for each in first["items"] + second["items"]] == tests[::-1]
    ended(quiet, hooks[0], 3)
    assert len(log_of(quiet, hooks[0], state="failed")) == 3 and log_of(quiet, hooks[0], state="delivered") == []
    assert log_of(quiet, hooks[0])[0]["fault"] == "connection"


def test_no_more_than_so_many(quiet: TestClient) -> None:
    for _ in range(MOST_HOOKS):
        made(quiet)
    answer = quiet.post("/v1/webhooks", json={"url": NOWHERE})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_webhooks")


@pytest.mark.parametrize(
    ("method", "url", "code"),
    [
        ("GET", "/v1/webhooks/whk_x", "webhook_not_found"),
        ("PATCH", "/v1/webhooks/whk_x", "webhook_not_found"),
        ("DELETE", "/v1/webhooks/whk_x", "webhook_not_found"),
        ("POST", "/v1/webhooks/whk_x/secret", "webhook_not_found"),
        ("POST", "/v1/webhooks/whk_x/test", "webhook_not_found"),
        ("GET", "/v1/webhooks/whk_x/deliveries", "webhook_not_found"),
        ("GET", "/v1/webhooks/whk_x/deliveries/dlv_x", "webhook_not_found"),
        ("POST", "/v1/webhooks/whk_x/deliveries/dlv_x/replay", "webhook_not_found"),
    ],
)
def test_what_is_not_there(service: TestClient, method: str, url: str, code: str) -> None:
    answer = service.request(method, url, json={} if method == "PATCH" else None)
    assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_a_delivery_that_is_not_there(quiet: TestClient) -> None:
    hook, other = made(quiet), made(quiet)
    sent = quiet.post(other["links"]["test"]).json()
    for delivery in ("dlv_x", sent["id"]):
        for method, suffix in (("GET", ""), ("POST", "/replay")):
            answer = quiet.request(method, f"{hook['links']['deliveries']}/{delivery}{suffix}")
            assert (answer.status_code, answer.json()["code"]) == (404, "delivery_not_found")


@pytest.mark.parametrize(
    ("order", "place", "code"),
    [
        ({}, "/url", "missing"),
        ({"url": "crm.example"}, "/url", "url_invalid"),
        ({"url": "http://crm.example@127.0.0.1/"}, "/url", "url_invalid"),
        ({"url": "http://127.0.0.1/" + "x" * 3000}, "/url", "string_too_long"),
        ({"url": "http://10.0.0.1/"}, "/url", "address_not_public"),
        ({"url": "http://[::1]/"}, "/url", "address_not_public"),
        ({"url": "http://nowhere.invalid/"}, "/url", "name_unresolved"),
        ({"url": NOWHERE, "events": []}, "/events", "too_short"),
        ({"url": NOWHERE, "events": ["run.begun"]}, "/events/0", "literal_error"),
        ({"url": NOWHERE, "secret": "mine"}, "/secret", "extra_forbidden"),
    ],
)
def test_orders_that_are_wrong(service: TestClient, order: dict[str, Any], place: str, code: str) -> None:
    for language, sample in (("en", "."), ("zh-CN", "。")):
        answer = service.post("/v1/webhooks", json=order, headers={"Accept-Language": language})
        assert answer.status_code == 422, answer.text
        fault = answer.json()["errors"][0]
        assert (fault["pointer"], fault["code"]) == (place, code) and fault["message"].endswith(sample)


def test_changes_that_are_wrong(quiet: TestClient) -> None:
    hook = made(quiet)
    for change in ({"url": "http://10.0.0.1/"}, {"enabled": "perhaps"}, {"secret": "mine"}, []):
        assert quiet.patch(hook["links"]["self"], json=change).status_code == 422
    assert quiet.patch(hook["links"]["self"], content=b"enabled=1").status_code == 415


def test_only_the_public_internet_and_https_unless_somebody_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "RESOLVE_SECONDS", 60.0)  # a busy machine is no slow name server
    for settings, url, code in (
        ({}, NOWHERE, "https_required"),
        ({}, "https://127.0.0.1/", "address_not_public"),
        ({}, "https://2130706433/", "address_not_public"),
        ({"webhook_networks": "127.0.0.0/8"}, NOWHERE, "https_required"),
        ({"webhook_http": True}, NOWHERE, "address_not_public"),
    ):
        app = create_app(Settings(database=":memory:", solvers=0, spare=False, **settings))  # type: ignore[arg-type]
        with TestClient(app) as client:
            answer = client.post("/v1/webhooks", json={"url": url})
            assert answer.json()["errors"][0]["code"] == code, answer.text
    with pytest.raises(ValueError, match="webhook_networks"):
        Settings(webhook_networks="10.0.0.1/8")
