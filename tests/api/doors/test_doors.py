"""Who comes in: with keys, with tokens, without either."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from api.errors import type_of
from api.schemas import ProblemView
from api.store import StoreDownError
from api.store.keys import Keyring
from scenarios.examples import example
from scenarios.formats.json import json_bytes
from tests.api.conftest import JSON, PROBLEM
from tests.api.doors.conftest import House
from tests.api.doors.issuer import AUDIENCE, Issuer

Make = Callable[..., House]
LOCAL = "http://localhost:8000"


def problem(answer: Any, status: int, code: str) -> ProblemView:
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    found = ProblemView.model_validate(answer.json())
    assert (found.status, found.code, found.type) == (status, code, type_of(code))
    return found


def test_without_credentials_nobody_comes_in(house: Make) -> None:
    client = house(host="0.0.0.0").client
    for method, path in (("GET", "/v1/runs"), ("POST", "/v1/scenarios"), ("DELETE", "/v1/runs/x"), ("GET", "/nothing")):
        answer = client.request(method, path)
        problem(answer, 401, "credentials_missing")
        assert answer.headers["www-authenticate"] == 'Bearer realm="plumbline"'
    assert client.get("/v1/runs", headers={"Accept-Language": "zh"}).json()["title"] == "请表明身份"


def test_a_key_opens(house: Make) -> None:
    one = house(host="0.0.0.0")
    bearer = one.key()
    key = bearer["Authorization"].split()[1]
    for headers in (bearer, {"X-API-Key": key}, {"authorization": f"bEaReR   {key}"}, {**bearer, "X-API-Key": key}):
        assert one.client.get("/v1/runs", headers=headers).status_code == 200
    assert one.client.get("/nothing", headers=bearer).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": ""},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": "Bearer x y"},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
        {"X-API-Key": ""},
        {"X-API-Key": "pl_0123456789abcdef_" + "0" * 64},
        {"Authorization": b"Bearer \xff\xfe"},
    ],
)
@pytest.mark.parametrize("is_open", [True, False])
def test_what_is_no_key_opens_nothing(house: Make, headers: Any, is_open: bool) -> None:
    answer = house(base_url=LOCAL, open=is_open).client.get("/v1/runs", headers=headers)
    assert problem(answer, 401, "credentials_invalid").errors
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_refusal_names_the_header_that_the_key_came_in(house: Make) -> None:
    one, key = house(), "pl_0123456789abcdef_" + "0" * 64
    for headers, place in (
        ({"X-API-Key": key}, "#header/x-api-key"),
        ({"Authorization": f"Bearer {key}"}, "#header/authorization"),
    ):
        (error,) = problem(one.client.get("/v1/runs", headers=headers), 401, "credentials_invalid").errors
        assert (error.pointer, error.code) == (place, "key_unknown")


def test_two_different_keys_at_once_are_none(house: Make) -> None:
    one = house()
    first, second = one.key(), one.key("beta")
    both = {**first, "X-API-Key": second["Authorization"].split()[1]}
    problem(one.client.get("/v1/runs", headers=both), 401, "credentials_invalid")
    pairs = [*first.items(), *second.items()]
    problem(one.client.get("/v1/runs", headers=pairs), 401, "credentials_invalid")  # type: ignore[arg-type]


def test_on_loopback_it_is_open_until_there_is_a_key(house: Make) -> None:
    one = house(base_url=LOCAL)
    assert one.client.get("/v1/runs").status_code == 200
    made = one.client.post("/v1/keys", json={"name": "first", "scope": "admin"})
    assert made.status_code == 201
    problem(one.client.get("/v1/runs"), 401, "credentials_missing")
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    assert one.client.get("/v1/runs", headers=headers).status_code == 200
    assert one.client.delete(made.json()["links"]["self"], headers=headers).status_code == 200
    problem(one.client.get("/v1/runs", headers=headers), 401, "credentials_invalid")
    problem(one.client.get("/v1/runs"), 401, "credentials_missing")  # and it is not open again


@pytest.mark.parametrize(
    "headers",
    [{"Host": "rebound.example.com"}, {"Host": "rebound.example.com:8000"}, {"X-Forwarded-For": "192.0.2.9"}],
)
def test_open_on_loopback_is_for_this_machine_alone(house: Make, headers: dict[str, str]) -> None:
    one = house(base_url=LOCAL)
    found = problem(one.client.get("/v1/runs", headers=headers), 401, "credentials_missing")
    assert [fault.code for fault in found.errors] == ["open_elsewhere"]
    assert one.client.get("/v1/runs", headers={**headers, **one.key()}).status_code == 200


def test_open_by_setting(house: Make) -> None:
    one = house(host="0.0.0.0", open=True)
    assert one.client.get("/v1/runs").status_code == 200
    key = one.key("acme", "crm")
    assert one.client.get("/v1/runs").status_code == 200
    problem(one.client.get("/v1/keys", headers=key), 403, "scope_too_small")  # who has a key is who the key is


def test_what_everybody_may_see(house: Make) -> None:
    one = house(host="0.0.0.0")
    assert one.client.get("/healthz").status_code == 200
    assert one.client.get("/openapi.json").status_code == 200
    for path in ("/readyz", "/metrics"):
        problem(one.client.get(path), 401, "credentials_missing")
        assert one.client.get(path, headers=one.key(scope="crm")).status_code in (200, 503)
    for near in ("/healthz/", "/v1/../healthz", "//healthz", "/HEALTHZ", "/healthz%2f", "/healthz;x", "/%2e/healthz"):
        assert one.client.get(near).status_code == 401 or one.client.get(near).json() == {"status": "ok"}


def test_whoever_watches_from_this_machine_needs_no_key(house: Make) -> None:
    near = house(host="0.0.0.0", client=("127.0.0.1", 50000))
    far = house(host="0.0.0.0", open_watch=True)
    for path in ("/readyz", "/metrics"):
        assert near.client.get(path).status_code in (200, 503)
        assert near.client.get(path, headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 401
        assert far.client.get(path).status_code in (200, 503)
        assert far.client.get("/v1/runs").status_code == 401


def test_a_store_that_is_away_opens_nothing(house: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = house(host="0.0.0.0")
    headers = one.key()

    def away(*_: object) -> None:
        raise StoreDownError("gone")

    monkeypatch.setattr(Keyring, "find", away)
    answer = one.client.get("/v1/runs", headers=headers)
    problem(answer, 503, "store_unavailable")
    assert "retry-after" in answer.headers
    assert one.client.get("/healthz").status_code == 200


def test_each_key_has_a_limit(house: Make) -> None:
    one = house(rate="5/minute")
    small, usual = one.key(rate="2/minute"), one.key()
    answers = [one.client.get("/v1/runs", headers=small) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == ["r=1", "r=0", "r=0"]
    assert answers[0].headers["ratelimit-policy"] == '"default";q=2;w=60'
    found = problem(answers[2], 429, "too_many_requests")
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60 and "2/minute" in found.detail
    assert [one.client.get("/v1/runs", headers=usual).status_code for _ in range(6)] == [200] * 5 + [429]
    problem(one.client.get("/v1/runs", headers=small), 429, "too_many_requests")


def test_who_guesses_is_stopped(house: Make) -> None:
    one = house(failures="3/minute")
    known, unknown = one.key(), one.key()
    assert one.client.get("/v1/runs", headers=known).status_code == 200
    wrong = {"X-API-Key": "pl_0123456789abcdef_" + "0" * 64}
    assert [one.client.get("/v1/runs", headers=wrong).status_code for _ in range(5)] == [401] * 3 + [429] * 2
    answer = one.client.get("/v1/runs", headers=wrong)
    problem(answer, 429, "too_many_failures")
    assert int(answer.headers["retry-after"]) <= 60
    assert one.client.get("/v1/runs", headers=known).status_code == 200  # others behind the same address go on
    assert one.client.get("/v1/runs", headers=unknown).status_code == 429
    guessed = {"X-API-Key": known["Authorization"].split()[1][:-64] + "0" * 64}  # an id that is known
    problem(one.client.get("/v1/runs", headers=guessed), 429, "too_many_failures")


def test_what_is_done_is_written_down(house: Make) -> None:
    one = house()
    admin, crm = one.key(), one.key(scope="crm")
    who = {name: f"key:{key['Authorization'].split('_')[1]}" for name, key in (("admin", admin), ("crm", crm))}
    body = json_bytes(example("tiers-first"))
    request = {"X-Request-Id": "the-request-1"}
    scenario = one.client.post("/v1/scenarios", content=body, headers={**JSON, **crm, **request}).json()["id"]
    run = one.client.post("/v1/runs", json={"scenario": scenario}, headers=crm).json()["id"]
    patch = [{"op": "replace", "path": "/name", "value": "other"}]
    variant = one.client.post(f"/v1/scenarios/{scenario}/variants", json=patch, headers=admin)
    made = one.client.post("/v1/keys", json={"name": "k", "scope": "crm"}, headers=admin).json()["id"]
    one.client.delete(f"/v1/keys/{made}", headers=admin)
    one.client.delete(f"/v1/runs/{run}", headers=crm)
    one.client.get(f"/v1/runs/{run}", headers=crm)  # reading is not written down
    one.client.post("/v1/runs", json={"scenario": "scn_none"}, headers=crm)  # and what did not succeed neither
    one.client.get("/v1/audit", headers=crm)
    assert [(e.who, e.action, e.subject, e.status) for e in one.audit()] == [
        (who["crm"], "POST /v1/scenarios", scenario, 201),
        (who["crm"], "POST /v1/runs", run, 202),
        (who["admin"], "POST /v1/scenarios/{scenario_id}/variants", f"{scenario} {variant.json()['id']}", 201),
        (who["admin"], "POST /v1/keys", made, 201),
        (who["admin"], "DELETE /v1/keys/{key_id}", made, 200),
        (who["crm"], "DELETE /v1/runs/{run_id}", run, 200),
        (who["crm"], "GET /v1/audit", None, 403),
    ]
    assert one.audit()[0].request == "the-request-1"
    assert one.audit("beta") == []
    listed = one.client.get("/v1/audit", params={"who": who["crm"], "action": "POST"}, headers=admin).json()
    assert [entry["subject"] for entry in listed["items"]] == [run, scenario]
    page = one.client.get("/v1/audit", params={"page_size": 2}, headers=admin).json()
    rest = one.client.get("/v1/audit", params={"page_token": page["next_page_token"]}, headers=admin).json()
    assert len(page["items"]) == 2 and len(rest["items"]) == 5
    since = one.client.get("/v1/audit", params={"since": "2999-01-01T00:00:00Z"}, headers=admin)
    assert since.json()["items"] == []
    problem(one.client.get("/v1/audit", params={"since": "yesterday"}, headers=admin), 422, "request_invalid")


def test_what_is_refused_is_written_down_where_it_can_be_read(house: Make) -> None:
    one = house()
    admin = one.key()
    key_id = admin["Authorization"].split("_")[1]
    for _ in range(3):
        one.client.get("/v1/runs", headers={"X-API-Key": f"pl_{key_id}_{'0' * 64}"})
        one.client.get("/v1/runs", headers={"X-API-Key": f"pl_{'0' * 16}_{'0' * 64}"})
        one.client.get("/v1/runs")  # who says nothing has tried nothing
    one.client.__exit__(None, None, None)
    again = house(failures="100/minute")
    assert [(e.who, e.action, e.subject, e.status, e.times) for e in again.audit()] == [
        ("192.0.2.7", "authenticate", key_id, 401, 1),  # whose key it is, its admins see
        ("192.0.2.7", "authenticate", key_id, 401, 2),
    ]
    assert [(e.who, e.subject, e.times) for e in again.audit("")] == [("192.0.2.7", None, 1), ("192.0.2.7", None, 2)]
    one.client.__enter__()


def test_a_key_is_shown_once(house: Make) -> None:
    one = house()
    admin = one.key()
    order = {"name": " nightly ", "scope": "planner", "days": 30, "rate": "100/minute"}
    headers = {**admin, "Idempotency-Key": "make-it-once"}
    first = one.client.post("/v1/keys", json=order, headers=headers)
    again = one.client.post("/v1/keys", json=order, headers=headers)
    assert first.status_code == again.status_code == 201
    key = first.json()["key"]
    assert again.json() == {**first.json(), "key": None}
    assert first.headers["cache-control"] == "no-store"
    view = one.client.get(first.headers["location"], headers=admin).json()
    assert view == {name: value for name, value in first.json().items() if name != "key"}
    assert (view["name"], view["scope"], view["rate"]) == ("nightly", "planner", "100/minute")
    assert view["maker"] == f"key:{admin['Authorization'].split('_')[1]}" and view["expires"] > view["created"]
    listed = one.client.get("/v1/keys", headers=admin)
    assert listed.json()["items"][0] == view and len(listed.json()["items"]) == 2
    with one.app.state.service.store.database.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    secret = key.rpartition("_")[2]
    assert view["id"] in dump and secret not in dump and secret.encode().hex() not in dump.lower()
    assert [e.action for e in one.audit()] == ["POST /v1/keys"]  # the second time nothing was done


@pytest.mark.parametrize(
    ("order", "place"),
    [
        ({"name": "", "scope": "crm"}, "#/name"),
        ({"name": "a\0b", "scope": "crm"}, "#/name"),
        ({"name": "two\nlines", "scope": "crm"}, "#/name"),
        ({"name": "x", "scope": "root"}, "#/scope"),
        ({"name": "x", "scope": "crm", "days": 0}, "#/days"),
        ({"name": "x", "scope": "crm", "rate": "often"}, "#/rate"),
        ({"name": "x", "scope": "crm", "rate": "1000000/second"}, "#/rate"),
        ({"name": "x", "scope": "crm", "tenant": "beta"}, "#/tenant"),
    ],
)
def test_orders_that_are_no_good(house: Make, order: dict[str, Any], place: str) -> None:
    one = house()
    found = problem(one.client.post("/v1/keys", json=order, headers=one.key()), 422, "request_invalid")
    assert [fault.pointer.lstrip("#") for fault in found.errors] == [place.lstrip("#")]


def test_runs_of_others_are_cancelled_by_planners(house: Make) -> None:
    one = house()
    mine, other, planner = one.key(scope="crm"), one.key(scope="crm"), one.key(scope="planner")
    body = json_bytes(example("tiers-first"))
    scenario = one.client.post("/v1/scenarios", content=body, headers={**JSON, **mine}).json()["id"]
    runs = [one.client.post("/v1/runs", json={"scenario": scenario}, headers=mine).json()["id"] for _ in range(2)]
    problem(one.client.delete(f"/v1/runs/{runs[0]}", headers=other), 403, "scope_too_small")
    assert one.client.get(f"/v1/runs/{runs[0]}", headers=other).json()["status"] == "queued"
    assert one.client.delete(f"/v1/runs/{runs[0]}", headers=mine).json()["status"] == "cancelled"
    assert one.client.delete(f"/v1/runs/{runs[1]}", headers=planner).json()["status"] == "cancelled"


def test_what_takes_a_planner_within_a_route(house: Make) -> None:
    one = house()
    crm, planner = one.key(scope="crm"), one.key(scope="planner")
    order = {"scenario": "scn_x", "kind": "frontier", "metric": "value"}
    answer = one.client.post("/v1/runs", json=order, headers=crm)
    assert problem(answer, 403, "scope_too_small").detail.count("planner") == 1
    assert 'error="insufficient_scope", scope="planner"' in answer.headers["www-authenticate"]
    problem(one.client.post("/v1/runs", json=order, headers=planner), 404, "scenario_not_found")
    why = "/v1/plans/pln_x/why-not?lead=a&rep=b"
    problem(one.client.get(why, headers=crm), 404, "plan_not_found")
    problem(one.client.get(why + "&verify=true", headers=crm), 403, "scope_too_small")
    problem(one.client.get(why + "&verify=true", headers=planner), 404, "plan_not_found")


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


def test_tokens_open_too(house: Make, issuer: Issuer) -> None:
    one = house(base_url=LOCAL, oidc_issuer=issuer.address, oidc_audience=AUDIENCE, rate="4/minute")
    problem(one.client.get("/v1/runs"), 401, "credentials_missing")  # with an issuer, loopback is not open
    token = {"Authorization": f"Bearer {issuer.token()}"}
    answer = one.client.get("/v1/runs", headers=token)
    assert answer.status_code == 200 and answer.headers["ratelimit"].startswith('"default";r=3')
    problem(one.client.get("/v1/keys", headers=token), 403, "scope_too_small")
    admin = {"Authorization": f"Bearer {issuer.token(scope='plumbline:admin', sub='grace')}"}
    made = one.client.post("/v1/keys", json={"name": "x", "scope": "crm"}, headers=admin).json()
    assert made["maker"] == "oidc:grace" and one.audit()[-1].who == "oidc:grace"
    assert one.client.get("/v1/runs", headers={"X-API-Key": made["key"]}).status_code == 200  # keys go on
    expired = {"Authorization": f"Bearer {issuer.token(exp=1)}"}
    found = problem(one.client.get("/v1/runs", headers=expired), 401, "credentials_invalid")
    assert [(fault.code, fault.message) for fault in found.errors] == [("token_expired", "The token has expired.")]


def test_an_issuer_that_is_away_is_no_fault_of_the_caller(house: Make, issuer: Issuer) -> None:
    issuer.fails = True
    one = house(oidc_issuer=issuer.address, oidc_audience=AUDIENCE)
    answer = one.client.get("/v1/runs", headers={"Authorization": f"Bearer {issuer.token()}"})
    problem(answer, 503, "issuer_unavailable")
    assert one.audit("") == [] and one.client.get("/v1/runs", headers=one.key()).status_code == 200


def test_sockets_are_closed(house: Make) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), house(open=True).client.websocket_connect("/v1/runs"):
        pass


def test_an_answer_kept_for_a_larger_scope_is_not_a_smaller_ones(house: Make) -> None:
    one = house()
    admin, crm = one.key(), one.key(scope="crm")
    order, key = {"name": "x", "scope": "crm"}, {"Idempotency-Key": "the same"}
    assert one.client.post("/v1/keys", json=order, headers={**admin, **key}).status_code == 201
    problem(one.client.post("/v1/keys", json=order, headers={**crm, **key}), 422, "key_reused")


def test_an_answer_kept_for_a_tenant_is_not_another_ones(house: Make) -> None:
    one = house()
    first, second = one.key("acme"), one.key("beta")
    order, key = {"name": "x", "scope": "crm"}, {"Idempotency-Key": "the same"}
    mine = one.client.post("/v1/keys", json=order, headers={**first, **key}).json()
    theirs = one.client.post("/v1/keys", json=order, headers={**second, **key})
    assert theirs.json()["id"] != mine["id"] and "idempotent-replayed" not in theirs.headers
    assert orjson.loads(theirs.content)["key"]
