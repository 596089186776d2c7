"""Runs over HTTP: solved in a child process, followed, cancelled, and none of them takes another one down."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from api.schemas import ConflictView, PlanView, RunPage, RunView
from api.store import ProcessRecord, RunRecord, open_store
from scenarios.examples import example
from scenarios.planted import plant
from tests.api.conftest import hard_scenario, post_scenario, solved


def submit(client: TestClient, scenario: str, **limits: Any) -> str:
    answer = client.post("/v1/runs", json={"scenario": scenario, "limits": {"time": 300, **limits}})
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"])


def until(client: TestClient, run: str, wanted: Callable[[dict[str, Any]], Any], seconds: float = 60) -> dict[str, Any]:
    """Ask for a run until it is as wanted."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        view: dict[str, Any] = client.get(run).json()
        if wanted(view):
            return view
        time.sleep(0.05)
    raise AssertionError(view)


def events(client: TestClient, run: str, last: str | None = None) -> list[tuple[str, str, dict[str, Any]]]:
    """Return id, name and data of every event that is sent."""
    text = client.get(f"{run}/events", headers={} if last is None else {"Last-Event-ID": last}).text
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            found.append((fields["id"], fields["event"], orjson.loads(fields["data"])))
    return found


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task")
    return [int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()]


def solver_of(run: dict[str, Any], caplog: pytest.LogCaptureFixture) -> int:
    """Return the process that solves a run, from the log."""
    *_, message = [r.getMessage() for r in caplog.records if r.getMessage().startswith(f"run {run['id']}: attempt")]
    return int(message.rsplit(" ", 1)[1])


def test_from_order_to_plan(client: TestClient) -> None:
    # the planted plan is the only best one, and its points are known by construction
    planted = plant("hours", leads=12, reps=3, seed=3)
    scenario = post_scenario(client, planted.scenario)
    answer = client.post("/v1/runs", json={"scenario": scenario, "kind": "allocate", "limits": {"time": 30, "seed": 7}})
    assert answer.status_code == 202 and answer.headers["retry-after"] == "1"
    run = answer.headers["location"]
    assert answer.json()["status"] == "queued" and answer.json()["plan"] is None
    done = until(client, run, lambda view: view["status"] == "succeeded")
    assert done["error"] is None and done["limits"]["seed"] == 7
    assert done["result"]["status"] == "optimal"
    assert done["result"]["objective"] == pytest.approx(planted.objective)
    plan = client.get(done["links"]["plan"]).json()
    assert plan == done["result"]
    rows = client.get(plan["links"]["assignments"]).json()["items"]
    assert {row["lead"]: row["rep"] for row in rows if row["rep"]} == planted.owner


def test_prefer_wait_answers_inline(client: TestClient, tiers_run: dict[str, Any]) -> None:
    view = RunView.model_validate(tiers_run)
    assert view.status == "succeeded" and view.result is not None
    assert view.plan == view.result.id == view.id.replace("run_", "pln_")


def test_prefer_wait_gives_up(idle: TestClient) -> None:
    order = {"scenario": post_scenario(idle, hard_scenario()), "limits": {"time": 60}}
    answer = idle.post("/v1/runs", json=order, headers={"Prefer": "respond-async, wait=1"})
    assert answer.status_code == 202 and answer.headers["preference-applied"] == "wait=1"
    assert answer.json()["status"] == "queued" and answer.headers["retry-after"] == "1"


def test_events_tell_the_whole_story(client: TestClient, tiers_run: dict[str, Any]) -> None:
    told = events(client, tiers_run["links"]["self"])
    assert [int(number) for number, _, _ in told] == list(range(1, len(told) + 1))
    names = [name for _, name, _ in told]
    assert set(names) <= {"status", "incumbent", "bound", "done"}
    assert names.count("done") == 1 and names[-1] == "done"
    assert told[0][2] == {"status": "queued"} and told[1][2] == {"status": "running"}
    done = told[-1][2]
    assert done["plan"] == tiers_run["plan"] and done["incumbent"] == tiers_run["result"]["objective"]


def test_events_resume(client: TestClient, tiers_run: dict[str, Any]) -> None:
    run = tiers_run["links"]["self"]
    everything = events(client, run)
    assert events(client, run, last="2") == everything[2:]
    assert events(client, run, last=everything[-1][0]) == everything[-1:]  # `done` comes even to those who saw it
    assert events(client, run, last="999999") == everything[-1:]
    assert events(client, run, last="nonsense") == everything


def test_cancel_keeps_the_best_plan(client: TestClient) -> None:
    run = submit(client, post_scenario(client, hard_scenario()))
    until(client, run, lambda view: view["progress"] and view["progress"].get("incumbent") is not None)
    answer = client.delete(run)
    assert answer.status_code in (200, 202)
    done = until(client, run, lambda view: view["status"] == "cancelled")
    plan = PlanView.model_validate(done["result"])
    assert plan.stopped_by == "cancel" and plan.status == "feasible"
    assert plan.objective is not None and plan.bound is not None and plan.gap is not None
    assert plan.objective <= plan.bound and plan.assigned > 0
    assert client.get(plan.links["assignments"]).json()["items"]
    again = client.delete(run)
    assert again.status_code == 200 and again.json() == done  # a run that has ended stays as it is
    figures = [data for _, name, data in events(client, run) if name in ("incumbent", "bound")]
    assert [data["incumbent"] for data in figures if data["incumbent"] is not None][-1] <= plan.objective + 1e-6
    pairs = [(data["incumbent"], data["bound"]) for data in figures if None not in (data["incumbent"], data["bound"])]
    assert pairs and all(incumbent <= bound + 1e-6 for incumbent, bound in pairs)


def test_a_waiting_run_is_cancelled_at_once(idle: TestClient) -> None:
    run = submit(idle, post_scenario(idle, hard_scenario()))
    answer = idle.delete(run)
    assert answer.status_code == 200
    assert answer.json()["status"] == "cancelled" and answer.json()["plan"] is None
    assert [name for _, name, _ in events(idle, run)] == ["status", "status", "done"]
    assert idle.delete(run).json() == answer.json()


def test_the_queue_has_an_end(idle: TestClient) -> None:
    scenario = post_scenario(idle, hard_scenario())
    first, _ = submit(idle, scenario), submit(idle, scenario)
    answer = idle.post("/v1/runs", json={"scenario": scenario})
    assert answer.status_code == 429 and answer.json()["code"] == "queue_full"
    assert int(answer.headers["retry-after"]) > 0
    assert "plumbline_runs_queued 2.0" in idle.get("/metrics").text
    idle.delete(first)  # makes room
    submit(idle, scenario)


def test_infeasible_is_a_result(client: TestClient, infeasible_run: dict[str, Any]) -> None:
    run = infeasible_run
    assert run["status"] == "succeeded" and run["error"] is None
    plan = run["result"]
    assert plan["status"] == "infeasible" and plan["objective"] is None
    conflict = ConflictView.model_validate(plan["conflict"])
    assert len(conflict.rules) == 2 and len(conflict.ways_out) == 2 and conflict.cheapest
    assert len(conflict.sentences) == 3
    chinese = client.get(run["links"]["plan"], headers={"Accept-Language": "zh-CN"}).json()
    spoken = chinese["conflict"].pop("sentences")
    assert spoken != plan["conflict"].pop("sentences") and chinese["conflict"] == plan["conflict"]


class TestDeaths:
    """A child that dies, hangs or is left alone."""

    def test_a_killed_child_costs_its_run_alone(self, client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("INFO", "plumbline.runs")
        run = submit(client, post_scenario(client, hard_scenario()))
        killed: set[int] = set()
        for _ in range(3):  # it is begun again twice: a death may have been bad luck
            view = until(client, run, lambda view: view["progress"] and solver_of(view, caplog) not in killed)
            killed.add(solver_of(view, caplog))
            os.kill(solver_of(view, caplog), signal.SIGKILL)
        failed = until(client, run, lambda view: view["status"] == "failed")
        assert failed["error"]["code"] == "solver_died" and failed["plan"] is None
        assert events(client, run)[-1][2]["fault"] == "solver_died"
        assert solved(client, example("tiers-first"), seed=5)["status"] == "succeeded"

    def test_a_child_that_hangs_is_ended(
        self, own_client: Callable[..., TestClient], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO", "plumbline.runs")
        client = own_client(grace=0.3)
        run = submit(client, post_scenario(client, hard_scenario()))
        view = until(client, run, lambda view: view["progress"])
        child = solver_of(view, caplog)
        os.kill(child, signal.SIGSTOP)
        assert client.delete(run).status_code == 202
        done = until(client, run, lambda view: view["status"] == "cancelled")
        assert done["plan"] is None and done["error"]["code"] == "solver_unresponsive"
        assert not Path(f"/proc/{child}").exists()

    def test_a_child_that_overruns_is_stopped_with_its_plan(self, own_client: Callable[..., TestClient]) -> None:
        # a limit by work alone gets the longest time that is allowed; it begins later than the overrun is counted
        client = own_client(most_seconds=4.0, overrun=0.0)
        order = {"scenario": post_scenario(client, hard_scenario()), "limits": {"time": None}}
        run = client.post("/v1/runs", json=order).headers["location"]
        done = until(client, run, lambda view: view["status"] == "succeeded")
        assert done["result"]["stopped_by"] == "time" and done["result"]["status"] == "feasible"

    def test_nothing_is_left_behind(
        self, own_client: Callable[..., TestClient], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO", "plumbline.runs")
        client = own_client(spare=True)
        run = submit(client, post_scenario(client, hard_scenario()))
        view = until(client, run, lambda view: view["progress"])
        before = set(children_of(os.getpid()))
        assert solver_of(view, caplog) in before
        client.__exit__(None, None, None)
        client.__exit__ = lambda *_: None  # type: ignore[method-assign]
        assert solver_of(view, caplog) not in children_of(os.getpid())

    def test_a_restart_resumes_what_was_under_way(self, tmp_path: Path, own_client: Callable[..., TestClient]) -> None:
        database = tmp_path / "crashed.db"
        client = own_client(database=str(database))
        scenario = post_scenario(client, example("tiers-first"))
        client.__exit__(None, None, None)
        client.__exit__ = lambda *_: None  # type: ignore[method-assign]
        store = open_store(str(database))  # as a crash leaves it: one run under way, one still waiting
        limits = {"time": 30.0, "work": None, "gap": 0.0, "seed": 0, "workers": 1}
        waiting = RunRecord("run_waiting", "allocate", scenario, "queued", limits, "2026-01-01T00:00:00+00:00")
        store.queue.join(ProcessRecord("gone", "serve", "here", 1, 1, 0, "2026-01-01"))
        for name in ("run_under_way", "run_given_up"):
            store.of("default").add_run(replace(waiting, id=name))
        for _ in range(2):
            taken = store.queue.take("gone", "2026-01-01", 0)
            assert taken is not None
        store.of("default").wish_to_cancel("run_given_up")
        store.of("default").add_run(waiting)
        store.close()
        again = own_client(database=str(database))
        lost = until(again, "/v1/runs/run_under_way", lambda view: view["status"] == "succeeded")
        assert [data for _, name, data in events(again, lost["links"]["self"]) if name == "status"][:3] == [
            {"status": "running"},
            {"status": "queued"},
            {"status": "running"},
        ]
        assert until(again, "/v1/runs/run_given_up", lambda view: view["status"] == "cancelled")["plan"] is None
        assert until(again, "/v1/runs/run_waiting", lambda view: view["status"] == "succeeded")["plan"]


def test_lists(client: TestClient, tiers_run: dict[str, Any]) -> None:
    page = RunPage.model_validate(client.get("/v1/runs?page_size=1000").json())
    assert tiers_run["id"] in {run.id for run in page.items} and page.next_page_token is None
    assert all(run.result is None for run in page.items)
    first = client.get("/v1/runs?page_size=1").json()
    assert first["items"][0]["id"] == page.items[0].id and first["next_page_token"]


def test_orders_that_cannot_be(client: TestClient) -> None:
    answer = client.post("/v1/runs", json={"scenario": "scn_none"})
    assert (answer.status_code, answer.json()["code"]) == (404, "scenario_not_found")
    answer = client.post("/v1/runs", json={"kind": "magic", "limits": {"time": -1, "seed": 0.5}, "more": 1})
    assert answer.status_code == 422
    found = {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
    assert found == {
        ("/scenario", "missing"),
        ("/kind", "literal_error"),
        ("/limits/time", "greater_than"),
        ("/limits/seed", "int_from_float"),
        ("/more", "extra_forbidden"),
    }
    told = {error["pointer"]: error["message"] for error in answer.json()["errors"]}
    assert told["/kind"] == "It must be one of 'allocate', 'rebalance', 'frontier'."
    assert told["/limits/seed"] == "It must be a whole number."
    chinese = client.post("/v1/runs", json={"kind": "magic"}, headers={"Accept-Language": "zh-CN"}).json()["errors"]
    assert {error["message"] for error in chinese} == {
        "此项必填。",
        "必须为以下之一：“allocate”、“rebalance”、“frontier”。",
    }
