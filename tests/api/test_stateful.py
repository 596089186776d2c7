"""Runs over HTTP against a model: whatever is done in whatever order, each is in the state that it should be in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from typing import Any

import orjson
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, precondition, rule

from api.app import create_app
from api.runs.clock import now
from api.runs.results import keep
from api.settings import Settings
from api.store import PlanRecord, ProcessRecord, RunRecord
from api.store.queue import told
from scenarios.formats.json import json_bytes
from scenarios.generate import generate
from solver import Limits, solve
from tests.api.conftest import JSON
from tests.thorough import times

QUEUE = 3
ATTEMPTS = 2
SCENARIOS = [generate("cycle", leads=4 + k, reps=2, seed=k) for k in range(2)]


@cache
def result() -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the document and the tables of a plan, which every run of these tests comes to."""
    limits = Limits(time=20)
    return keep(SCENARIOS[0], solve(SCENARIOS[0], limits), limits)


@dataclass
class Expected:
    """What is known of a run."""

    scenario: str
    priority: int
    status: str = "queued"
    cancel: bool = False
    attempts: int = 0
    plan: str | None = None
    told: list[str] = field(default_factory=lambda: ["queued"])

    @property
    def final(self) -> bool:
        return self.status not in ("queued", "running")

    def become(self, status: str) -> None:
        self.status = status
        self.told.append(status)
        if self.final:
            self.told.append("done")


class Runs(RuleBasedStateMachine):
    """The service takes in, tells and cancels; this test is the worker."""

    scenarios, runs, orders = Bundle("scenarios"), Bundle("runs"), Bundle("orders")
    taken = Bundle("taken")

    def __init__(self) -> None:
        super().__init__()
        self.client = TestClient(create_app(Settings(database=":memory:", queue=QUEUE, solvers=1, spare=False)))
        self.store = self.client.app.state.service.store  # type: ignore[attr-defined]
        self.store.queue.join(ProcessRecord("prc_test", "worker", "here", 1, 1, 0, now()))
        self.expected: dict[str, Expected] = {}
        self.stored: set[str] = set()
        self.keys = count()
        self.touched: set[str] = set()

    def teardown(self) -> None:
        self.store.close()

    # -- what clients do --------------------------------------------------------------------------------------

    @rule(target=scenarios, which=st.sampled_from(range(len(SCENARIOS))))
    def upload(self, which: int) -> str:
        answer = self.client.post("/v1/scenarios", content=json_bytes(SCENARIOS[which]), headers=JSON)
        name: str = answer.json()["id"]
        assert answer.status_code == (200 if name in self.stored else 201)
        self.stored.add(name)
        return name

    @rule(target=orders, scenario=scenarios, priority=st.integers(-1, 1), with_key=st.booleans())
    def submit(self, scenario: str, priority: int, with_key: bool) -> Any:
        order = {"scenario": scenario, "priority": priority, "limits": {"seed": next(self.keys)}}
        headers = {**JSON, **({"Idempotency-Key": f"key-{next(self.keys)}"} if with_key else {})}
        waiting = sum(run.status == "queued" for run in self.expected.values())
        answer = self.client.post("/v1/runs", content=orjson.dumps(order), headers=headers)
        if waiting >= QUEUE:
            assert (answer.status_code, answer.json()["code"]) == (429, "queue_full")
            assert answer.headers["retry-after"]
            return multiple()
        assert answer.status_code == 202 and answer.headers["location"] == f"/v1/runs/{answer.json()['id']}"
        self.expected[answer.json()["id"]] = Expected(scenario, priority)
        self.touched.add(answer.json()["id"])
        return (order, headers, answer.json()) if with_key else multiple()

    @rule(order=orders)
    def repeat(self, order: tuple[dict[str, Any], dict[str, str], dict[str, Any]]) -> None:
        asked, headers, answered = order
        again = self.client.post("/v1/runs", content=orjson.dumps(asked), headers=headers)
        assert (again.status_code, again.json()) == (202, answered)
        assert again.headers["idempotent-replayed"] == "true"
        other = self.client.post("/v1/runs", content=orjson.dumps({**asked, "priority": 7}), headers=headers)
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")

    @rule(which=st.integers(0))
    def cancel(self, which: int) -> None:
        if not self.expected:
            assert self.client.delete("/v1/runs/run_none").status_code == 404
            return
        name = sorted(self.expected)[which % len(self.expected)]
        run, answer = self.expected[name], self.client.delete(f"/v1/runs/{name}")
        assert answer.status_code == (202 if run.status == "running" else 200)
        if run.status == "queued":
            run.become("cancelled")
        run.cancel = run.cancel or not run.final
        self.touched.add(name)

    # -- what a worker does -----------------------------------------------------------------------------------

    @rule(target=taken)
    def take(self) -> Any:
        waiting = [
            (-run.priority, k, name) for k, (name, run) in enumerate(self.expected.items()) if run.status == "queued"
        ]
        run = self.store.queue.take("prc_test", now(), 0)
        if not waiting:
            assert run is None
            return multiple()
        assert run is not None and run.id == min(waiting)[2]
        expected = self.expected[run.id]
        expected.attempts += 1
        expected.become("running")
        assert run.attempt == expected.attempts
        self.touched.add(run.id)
        return run

    @rule(run=consumes(taken), how=st.sampled_from(["succeeded", "failed"]))
    def finish(self, run: RunRecord, how: str) -> None:
        expected, plan = self.expected[run.id], None
        status = "cancelled" if expected.cancel else how
        ended = replace(run, status=status, finished=now(), fault="solver_failed" if status == "failed" else None)
        if how == "succeeded":  # a run that was cancelled can have a plan too
            document, tables = result()
            name = f"pln_{run.id[4:]}"
            ended = replace(ended, plan=name)
            plan = PlanRecord(name, run.id, run.scenario, now(), document), tables
        ours = expected.status == "running" and expected.attempts == run.attempt
        assert self.store.queue.save(ended, told(ended), plan) == ours
        if ours:
            expected.become(status)
            expected.plan = ended.plan
        self.touched.add(run.id)

    @rule(run=taken)
    def lose(self, run: RunRecord) -> None:
        """The worker lets go: the run waits again, or has had its chances; what it still saves later is refused."""
        expected = self.expected[run.id]
        ours = expected.status == "running" and expected.attempts == run.attempt
        assert (self.store.queue.give_back(run, now(), ATTEMPTS) is not None) == ours
        if ours:
            again = "cancelled" if expected.cancel else "failed" if expected.attempts >= ATTEMPTS else "queued"
            expected.become(again)
        self.touched.add(run.id)

    # -- what must hold ---------------------------------------------------------------------------------------

    @invariant()
    def every_run_is_as_expected(self) -> None:
        for name in self.touched:
            run, expected = self.client.get(f"/v1/runs/{name}").json(), self.expected[name]
            assert run["status"] == expected.status and run["scenario"] == expected.scenario
            assert run["plan"] == expected.plan and (run["result"] is None) == (expected.plan is None)
            assert (run["finished"] is not None) == expected.final
            assert (run["started"] is not None) == (expected.attempts > 0)
            assert (run["error"] is not None) == (expected.status == "failed")
            if expected.plan is not None:
                assert self.client.get(f"/v1/plans/{expected.plan}").json() == run["result"]
            if expected.final:
                self._events(name, expected)
        self.touched.clear()

    def _events(self, name: str, expected: Expected) -> None:
        url = f"/v1/runs/{name}/events"
        stream = [event for event in self.client.get(url).text.split("\n\n") if "event: " in event]
        told_of = [orjson.loads(event.split("data: ")[1].split("\n")[0])["status"] for event in stream]
        assert told_of == [*expected.told[:-1], expected.status]
        assert [event.split("event: ")[1].split("\n")[0] for event in stream] == ["status"] * (len(stream) - 1) + [
            "done"
        ]
        half = len(stream) // 2
        rest = self.client.get(url, headers={"Last-Event-ID": str(half)}).text.split("\n\n")
        assert [event for event in rest if "event: " in event] == stream[half:]

    @invariant()
    def the_list_has_all_of_them_newest_first(self) -> None:
        names: list[str] = []
        token = ""
        while True:
            page = self.client.get("/v1/runs", params={"page_size": 4, "page_token": token}).json()
            names += [run["id"] for run in page["items"]]
            token = page["next_page_token"]
            if token is None:
                break
        assert names == list(self.expected)[::-1]

    @precondition(lambda self: self.expected)
    @rule()
    def an_unchanged_run_is_not_sent_again(self) -> None:
        url = f"/v1/runs/{next(iter(self.expected))}"
        tag = self.client.get(url).headers["etag"]
        assert self.client.get(url, headers={"If-None-Match": tag}).status_code == 304


Runs.TestCase.settings = settings(
    max_examples=times(8), stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestRuns = Runs.TestCase
