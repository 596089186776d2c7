"""Every status that the description of an operation names can be had from that operation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.doors.keys import made
from api.problem_texts import PROBLEMS
from api.queries import known_queries
from api.settings import Settings
from api.store import StoreDownError
from api.store.keys import Keys
from tests.api.conftest import JSON, PROBLEM

DOCUMENT = create_app(Settings(database=":memory:")).openapi()
OPERATIONS = [(method, path, operation) for path, of in DOCUMENT["paths"].items() for method, operation in of.items()]
ELSEWHERE = {("create_run", 403), ("cancel_run", 403)}
"""What depends on the body, or on who ordered the run: tests of the doors. A 409 takes a plan, or a key in use."""
NOWHERE = {"request_malformed", "request_too_slow", "address_too_long", "head_too_large", "too_many_connections"}
"""Problems of a connection, before there is an operation: test_protocol."""
ANYWHERE = {"not_found", "method_not_allowed"}
"""Problems of an address that is none."""


def asked(method: str, path: str, **settings: Any) -> Callable[..., Any]:
    """Return a call that sends a request to an operation of a new service; names in the path mean nothing."""
    app = create_app(Settings(**{"database": ":memory:", "open": True, "spare": False, **settings}))
    client = TestClient(app, raise_server_exceptions=False)
    url = path.replace("{", "").replace("}", "")
    url += {"/v1/compare": "?base=x&other=y", "/v1/plans/{plan_id}/why-not": "?lead=a&rep=b"}.get(path, "")
    body = {"/v1/runs": b'{"scenario": "x"}', "/v1/scenarios/{scenario_id}/variants": b"[]"}.get(path, b"{}")
    content = {"content": body, "headers": JSON} if method in ("post", "put", "patch") else {}

    def ask(more: str = "", **named: Any) -> Any:
        headers = {**content.get("headers", {}), **named.pop("headers", {})}
        return client.request(method, url + more, **{**content, **named, "headers": headers})

    ask.app = app  # type: ignore[attr-defined]
    return ask


def provoked(status: int, method: str, path: str) -> Any:
    """Return an answer with this status, if the operation can give it."""
    match status:
        case 400:
            return asked(method, path)(content=b"no gzip", headers={"Content-Encoding": "gzip"})
        case 401:
            return asked(method, path, open=False)(headers={"Authorization": "Bearer pl_x_y"})
        case 403:
            ask = asked(method, path, open=False)
            record, key = made("default", "k", "crm", "test")
            Keys(ask.app.state.service.store.database, "default").add(record)  # type: ignore[attr-defined]
            return ask("&verify=true" if path.endswith("/why-not") else "", headers={"X-API-Key": key})
        case 408:
            return asked(method, path, body_seconds=0)()
        case 413:
            return asked(method, path, body_bytes=1, upload_bytes=1)()
        case 415:
            return asked(method, path)(headers={"Content-Encoding": "br"})
        case 422:
            return asked(method, path)("&x=1" if path in ("/v1/compare", "/v1/plans/{plan_id}/why-not") else "?x=1")
        case 429:
            ask = asked(method, path, open=False, rate="1/minute")
            record, key = made("default", "k", "admin", "test")
            Keys(ask.app.state.service.store.database, "default").add(record)  # type: ignore[attr-defined]
            ask(headers={"X-API-Key": key})
            return ask(headers={"X-API-Key": key})
        case 500 | 503:
            ask = asked(method, path)

            def broken() -> None:
                raise StoreDownError("gone") if status == 503 else RuntimeError("broken")

            if path != "/readyz" or status == 500:  # which is not ready anyway: nobody works here
                ask.app.dependency_overrides[known_queries] = broken  # type: ignore[attr-defined]
            return ask()
        case _:
            return asked(method, path)()


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=[f"{m} {p}" for m, p, _ in OPERATIONS])
def test_every_status_that_is_named_can_be_had(method: str, path: str, operation: dict[str, Any]) -> None:
    for status in map(int, operation["responses"]):
        if status >= 400 and status != 409 and (operation["operationId"], status) not in ELSEWHERE:
            answer = provoked(status, method, path)
            assert answer.status_code == status, (status, answer.text)
            assert answer.headers["content-type"] == PROBLEM
            code = answer.json()["code"]
            assert code in operation["responses"][str(status)]["description"], code


def test_every_problem_is_named_somewhere() -> None:
    told = " ".join(r["description"] for _, _, operation in OPERATIONS for r in operation["responses"].values())
    assert {code for code in PROBLEMS if code not in re.split(r"[ :,.]+", told)} == NOWHERE | ANYWHERE


def test_every_operation_says_what_it_does() -> None:
    for method, path, operation in OPERATIONS:
        assert operation["summary"] and operation["description"], (method, path)
        assert len({parameter["name"] for parameter in operation["parameters"]}) == len(operation["parameters"])
        if path.startswith("/v1"):
            assert {"bearer": []} in operation["security"], path
