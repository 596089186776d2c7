"""Every route says whom it is for, and keeps to it. The cases are the table of routes, so that none is forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest

from api.app import create_app
from api.doors.caller import SCOPES, Caller, Scope
from api.errors import Problem
from api.settings import Settings
from tests.api.doors.conftest import House
from tests.api.doors.routes import Operation, operations

ALL = list(operations(create_app(Settings(database=":memory:", spare=False, solvers=0))))
NOTHING: defaultdict[str, str] = defaultdict(lambda: "nothing")


@pytest.mark.parametrize("operation", ALL, ids=str)
def test_every_route_says_what_it_needs(operation: Operation) -> None:
    assert operation.need in SCOPES, f"{operation} declares no scope: add needs(...) to its dependencies"
    assert operation.path.startswith("/v1/")


def test_what_each_scope_opens() -> None:
    needs = {str(operation): operation.need for operation in ALL}
    expected: dict[str, Scope] = {
        "POST /v1/scenarios": "crm",
        "POST /v1/scenarios/{scenario_id}/variants": "planner",
        "POST /v1/runs": "crm",
        "GET /v1/runs/{run_id}": "crm",
        "GET /v1/runs/{run_id}/frontier": "planner",
        "GET /v1/plans/{plan_id}/explanations/{lead:path}": "crm",
        "GET /v1/plans/{plan_id}/rules": "planner",
        "GET /v1/compare": "planner",
        "POST /v1/keys": "admin",
        "GET /v1/audit": "admin",
    }
    assert {name: needs[name] for name in expected} == expected
    admin = {
        name for name, need in needs.items() if name.split("/")[2].partition("/")[0] in ("keys", "audit", "webhooks")
    }
    assert {needs[name] for name in admin} == {"admin"} and len(admin) >= 5


def test_a_smaller_scope_is_refused_and_a_larger_one_is_not(house: Callable[..., House]) -> None:
    one = house()
    keys = {scope: one.key(scope=scope) for scope in SCOPES}
    for operation in ALL:
        for scope, key in keys.items():
            request = operation.request(NOTHING)
            answer = one.client.request(**{**request, "headers": {**request.get("headers", {}), **key}})
            assert operation.need is not None
            too_small = SCOPES.index(scope) < SCOPES.index(operation.need)
            assert (answer.status_code == 403) is too_small, (str(operation), scope, answer.status_code)
            assert answer.status_code not in (401, 429) and answer.status_code < 500, (str(operation), answer.text)
        assert one.client.request(**operation.request(NOTHING)).status_code == 401


@pytest.mark.parametrize("scope", SCOPES)
def test_scopes_are_in_order(scope: Scope) -> None:
    caller = Caller(scope=scope)
    for k, needed in enumerate(SCOPES):
        assert caller.may(needed) is (k <= SCOPES.index(scope))
        if not caller.may(needed):
            with pytest.raises(Problem):
                caller.must(needed)
