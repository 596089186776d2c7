"""Every operation of the API once, for real: ``python -m tests.api.http.story`` writes `api/examples.json` from it."""

from __future__ import annotations

import os
import sys
from typing import Any

import orjson
from fastapi.testclient import TestClient

from api.app import create_app
from api.examples import ANSWERS, REQUESTS
from api.settings import Settings


def story(client: TestClient) -> dict[str, Any]:
    """Ask every operation whose answer is JSON, with the examples as bodies; return by operation what came of it.

    That is `status`, `body`, and whether there was an `ETag`, with which the same request has then been sent again.
    """
    told: dict[str, Any] = {}

    def ask(name: str, method: str, url: str, **more: Any) -> Any:
        if name in REQUESTS and "json" not in more:
            more["content"] = orjson.dumps(REQUESTS[name])
            more["headers"] = {"Content-Type": "application/json", **more.get("headers", {})}
        answer = client.request(method, url, **more)
        assert answer.is_success, (name, answer.text)
        body = answer.json() if answer.content else None
        tag = answer.headers.get("etag")
        told.setdefault(name, {"status": answer.status_code, "body": body, "tagged": tag is not None})
        if tag is not None:
            again = client.request(method, url, **{**more, "headers": {"If-None-Match": f'"x", {tag}'}})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), name
        return body

    waiting = {"Prefer": "wait=60"}
    scenario = ask("create_scenario", "POST", "/v1/scenarios")
    of_scenario = f"/v1/scenarios/{scenario['id']}"
    ask("list_scenarios", "GET", "/v1/scenarios")
    ask("get_scenario", "GET", of_scenario)
    variant = ask("create_variant", "POST", f"{of_scenario}/variants")
    order = {**REQUESTS["create_run"], "scenario": scenario["id"]}
    run = ask("create_run", "POST", "/v1/runs", json=order, headers=waiting)
    assert run["status"] == "succeeded", run
    other = ask("create_run", "POST", "/v1/runs", json={**order, "scenario": variant["id"]}, headers=waiting)
    asked = {"scenario": scenario["id"], "kind": "frontier", "metric": "value", "by": "", "points": 2}
    curve = ask("create_run", "POST", "/v1/runs", json=asked, headers=waiting)
    ask("list_runs", "GET", "/v1/runs", params={"page_size": 1})
    ask("get_run", "GET", f"/v1/runs/{run['id']}")
    ask("cancel_run", "DELETE", f"/v1/runs/{run['id']}")
    ask("get_frontier", "GET", f"/v1/runs/{curve['id']}/frontier")
    plan = f"/v1/plans/{run['plan']}"
    ask("get_plan", "GET", plan)
    first, *_ = ask("list_assignments", "GET", f"{plan}/assignments", params={"page_size": 2})["items"]
    ask("list_loads", "GET", f"{plan}/loads", params={"page_size": 2})
    ask("explain_lead", "GET", f"{plan}/explanations/{first['lead']}")
    rep = next(rep["id"] for rep in REQUESTS["create_scenario"]["reps"] if rep["id"] != first["rep"])
    ask("why_not", "GET", f"{plan}/why-not", params={"lead": first["lead"], "rep": rep})
    ask("explain_rep", "GET", f"{plan}/reps/{rep}")
    ask("price_rules", "GET", f"{plan}/rules")
    ask("get_receipt", "GET", f"{plan}/receipt")
    ask("compare_plans", "GET", "/v1/compare", params={"base": run["plan"], "other": other["plan"]})
    key = ask("create_key", "POST", "/v1/keys")
    ask("list_keys", "GET", "/v1/keys")
    ask("get_key", "GET", key["links"]["self"])
    ask("revoke_key", "DELETE", key["links"]["self"])
    public = ask("create_webhook", "POST", "/v1/webhooks")
    ask("change_webhook", "PATCH", public["links"]["self"])
    ask("delete_webhook", "DELETE", public["links"]["self"])
    nearby = ask("create_webhook", "POST", "/v1/webhooks", json={"url": "http://127.0.0.1:9/hooks"})["links"]["self"]
    ask("list_webhooks", "GET", "/v1/webhooks")
    ask("get_webhook", "GET", nearby)
    ask("rotate_secret", "POST", f"{nearby}/secret")
    delivery = ask("test_webhook", "POST", f"{nearby}/test")
    ask("list_deliveries", "GET", f"{nearby}/deliveries")
    ask("get_delivery", "GET", f"{nearby}/deliveries/{delivery['id']}")
    ask("replay_delivery", "POST", f"{nearby}/deliveries/{delivery['id']}/replay")
    ask("list_audit", "GET", "/v1/audit", params={"page_size": 1})
    ask("healthz", "GET", "/healthz")
    ask("readyz", "GET", "/readyz", params={"exclude": "disk"})
    return told


def settings() -> Settings:
    """Return settings with which a story goes well, and nothing is sent anywhere else."""
    return Settings(
        database=":memory:", open=True, solvers=1, spare=False, webhook_networks="127.0.0.0/8", webhook_http=True
    )


def main() -> None:
    """Write the answers of a story down."""
    with TestClient(create_app(settings())) as client:
        told = story(client)
    for name in ("create_key", "create_webhook", "rotate_secret"):  # they open nothing, and should not seem to
        for field in ("key", "secret"):
            if field in told[name]["body"]:
                told[name]["body"][field] = told[name]["body"][field][:12] + "..."
    kept = {name: {"status": answer["status"], "body": answer["body"]} for name, answer in told.items()}
    ANSWERS.write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    os.environ.setdefault("PLUMBLINE_OPEN", "1")
    sys.exit(main())
