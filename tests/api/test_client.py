"""The client, against the real service and against a network that fails."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx2
import polars as pl
import pytest
from fastapi.testclient import TestClient

from api import client as package
from api.client import Event, Plumbline, ProblemError, Run, RunFailedError, ScenarioInfo, UnreachableError, shapes
from scenarios.examples import example
from scenarios.formats.json import json_bytes
from scenarios.planted import plant
from scenarios.writing import write
from tests.api.conftest import hard_scenario

ROOT = Path(__file__).parents[2]
PLANTED = plant("hours", leads=12, reps=3, seed=3)


@pytest.fixture
def plumbline(client: TestClient) -> Plumbline:
    return Plumbline(http=client, pause=0.01)


@pytest.fixture(scope="module")
def solved_run(client: TestClient) -> Run:
    plumbline = Plumbline(http=client)
    return plumbline.runs.solve(plumbline.scenarios.add(PLANTED.scenario), limits={"time": 30}, timeout=120)


class TestScenarios:
    """Taken from wherever they are."""

    @pytest.mark.parametrize("form", ["s.json", "s.xlsx", "s.zip", "folder"])
    def test_from_a_path(self, plumbline: Plumbline, tmp_path: Path, form: str) -> None:
        sent = plumbline.scenarios.add(write(PLANTED.scenario, tmp_path / form))
        assert sent == plumbline.scenarios.get(sent.id)
        assert (sent.leads, sent.reps) == (12, 3) and sent.id.startswith("scn_")

    def test_the_same_from_bytes_and_from_a_scenario(self, plumbline: Plumbline, tmp_path: Path) -> None:
        sent = plumbline.scenarios.add(PLANTED.scenario)
        assert plumbline.scenarios.add(json_bytes(PLANTED.scenario)).id == sent.id
        assert plumbline.scenarios.add(write(PLANTED.scenario, tmp_path / "s.zip").read_bytes()).id == sent.id
        assert plumbline.scenarios.add(str(write(PLANTED.scenario, tmp_path / "s.json"))).id == sent.id

    def test_only_told(self, plumbline: Plumbline) -> None:
        told = plumbline.scenarios.add(plant("hours", leads=13, reps=3, seed=77).scenario, dry_run=True)
        with pytest.raises(ProblemError) as missing:
            plumbline.scenarios.get(told.id)
        assert (missing.value.status, missing.value.code) == (404, "scenario_not_found")
        assert missing.value.request_id

    def test_varied_and_listed(self, plumbline: Plumbline) -> None:
        base = plumbline.scenarios.add(PLANTED.scenario)
        varied = plumbline.scenarios.vary(base, [{"op": "replace", "path": "/name", "value": "what if"}])
        assert varied.base == base.id and varied.name == "what if"
        listed = [scenario.id for scenario in plumbline.scenarios.list(page_size=1)]
        assert {base.id, varied.id} <= set(listed) and len(listed) == len(set(listed))

    def test_faults_are_all_there(self, plumbline: Plumbline) -> None:
        with pytest.raises(ProblemError) as wrong:
            plumbline.scenarios.add(b'{"leads": 3}')
        assert wrong.value.status == 422 and wrong.value.code == "scenario_invalid"
        assert {fault.pointer for fault in wrong.value.errors} == {"/leads", "/reps"}
        assert all(fault.facts["severity"] == "error" for fault in wrong.value.errors)
        assert "/leads: leads is not a list." in str(wrong.value)

    def test_an_unknown_ending(self, plumbline: Plumbline, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"x\.doc: a \.json, \.xlsx or \.zip file"):
            plumbline.scenarios.add(tmp_path / "x.doc")


class TestRuns:
    """Ordered, followed, waited for, cancelled."""

    def test_solve(self, solved_run: Run) -> None:
        assert solved_run.status == "succeeded" and solved_run.final and solved_run.result is not None
        assert solved_run.result["objective"] == pytest.approx(PLANTED.objective)

    def test_events_come_once_each(self, plumbline: Plumbline, solved_run: Run) -> None:
        told = list(plumbline.runs.events(solved_run))
        assert [event.number for event in told] == list(range(1, len(told) + 1))
        assert told[-1].name == "done" and told[-1].data["status"] == "succeeded"
        assert list(plumbline.runs.events(solved_run.id, after=3)) == told[3:]
        heard: list[Event] = []
        assert plumbline.runs.wait(solved_run, listen=heard.append) == plumbline.runs.get(solved_run.id)
        assert heard == told

    def test_cancelled_with_its_best_plan(self, plumbline: Plumbline) -> None:
        run = plumbline.runs.submit(plumbline.scenarios.add(hard_scenario(5)), limits={"time": 300})
        assert not run.final
        for event in plumbline.runs.events(run, timeout=120):
            if event.name == "incumbent":
                plumbline.runs.cancel(run)
        done = plumbline.runs.wait(run, timeout=60)
        assert done.status == "cancelled" and done.result is not None and done.result["stopped_by"] == "cancel"

    def test_the_same_key_is_the_same_run(self, plumbline: Plumbline) -> None:
        scenario = plumbline.scenarios.add(PLANTED.scenario)
        first = plumbline.runs.submit(scenario, key="order-77", limits={"time": 5})
        assert plumbline.runs.submit(scenario, key="order-77", limits={"time": 5}).id == first.id
        assert first.id in [run.id for run in plumbline.runs.list()]
        plumbline.runs.wait(first, timeout=60)

    def test_infeasible_is_a_result(self, plumbline: Plumbline, infeasible_run: dict[str, Any]) -> None:
        run = plumbline.runs.get(infeasible_run["id"])
        plan = plumbline.plans.get(run)
        assert plan.status == "infeasible" and not plan.assigns and plan.conflict is not None

    def test_a_run_that_fails(self, own_client: Callable[..., TestClient]) -> None:
        plumbline = Plumbline(http=own_client(solvers=1, memory_bytes=1))
        with pytest.raises(RunFailedError) as failed:
            plumbline.runs.solve(plumbline.scenarios.add(hard_scenario()), limits={"time": 300}, timeout=120)
        assert failed.value.code == "solver_out_of_memory" and failed.value.run.startswith("run_")

    def test_patience_has_an_end(self, idle: TestClient) -> None:
        plumbline = Plumbline(http=idle)
        scenario = plumbline.scenarios.add(PLANTED.scenario)
        run = plumbline.runs.submit(scenario)
        # polling, because a test client hears of events when they are over
        plumbline.runs.events = no_events  # type: ignore[method-assign]
        with pytest.raises(TimeoutError, match=rf"{run.id} has not ended within 0\.2 seconds"):
            plumbline.runs.wait(run, timeout=0.2)
        cancelled = plumbline.runs.cancel(run)
        assert cancelled.status == "cancelled" and plumbline.runs.wait(run) == cancelled
        with pytest.raises(ValueError, match="has no plan"):
            plumbline.plans.get(cancelled)


def no_events(*_: Any, **__: Any) -> Iterator[Event]:
    raise UnreachableError("a proxy holds them back")
    yield


class TestPlans:
    """Read, explained, compared, written to files."""

    def test_assignments_over_pages(self, plumbline: Plumbline, solved_run: Run) -> None:
        rows = list(plumbline.plans.assignments(solved_run, page_size=5))
        assert {row.lead: row.rep for row in rows if row.rep} == PLANTED.owner
        assert rows == list(plumbline.plans.assignments(solved_run.plan or "")) and all(row.reason for row in rows)
        loads = list(plumbline.plans.loads(plumbline.plans.get(solved_run), page_size=2))
        assert {load.rep for load in loads} == {rep.id for rep in PLANTED.scenario.reps}

    def test_explanations(self, plumbline: Plumbline, solved_run: Run) -> None:
        row = next(row for row in plumbline.plans.assignments(solved_run) if row.rep)
        assert plumbline.plans.explanation(solved_run, row.lead, others=1).sentence
        other = next(rep.id for rep in PLANTED.scenario.reps if rep.id != row.rep)
        why = plumbline.plans.why_not(solved_run, row.lead, other)
        assert (why.lead, why.rep, why.verified) == (row.lead, other, None) and why.sentence
        assert plumbline.plans.rep(solved_run, other).sentences
        assert all(rule.sentences for rule in plumbline.plans.rules(solved_run))
        with pytest.raises(ProblemError, match="lead_not_found"):
            plumbline.plans.explanation(solved_run, "no/such?lead#1")

    def test_why_not_verified(self, plumbline: Plumbline, solved_run: Run) -> None:
        row = next(row for row in plumbline.plans.assignments(solved_run) if row.rep)
        other = next(rep.id for rep in PLANTED.scenario.reps if rep.id != row.rep)
        why = plumbline.plans.why_not(solved_run, row.lead, other, verify=True)
        assert why.verified is not None and why.verified["sentences"]

    def test_languages(self, client: TestClient, solved_run: Run) -> None:
        row = next(row for row in Plumbline(http=client).plans.assignments(solved_run) if row.rep)
        said = [Plumbline(http=client, locale=each).plans.explanation(solved_run, row.lead) for each in ("en", "zh-CN")]
        assert said[0].record == said[1].record and said[0].sentence != said[1].sentence
        Plumbline(http=client)

    def test_compare(self, plumbline: Plumbline, solved_run: Run) -> None:
        whole = plumbline.plans.compare("today", solved_run)
        paged = plumbline.plans.compare("today", solved_run, page_size=1)
        assert whole.moves == paged.moves and len(whole.moves) == whole.moved and whole.sentences
        assert plumbline.plans.compare(solved_run, solved_run).moved == 0
        assert plumbline.plans.receipt(solved_run)["receipt_sha256"]

    @pytest.mark.parametrize("name", ["plan.csv", "plan.parquet", "plan.xlsx"])
    def test_export(self, plumbline: Plumbline, solved_run: Run, tmp_path: Path, name: str) -> None:
        path = plumbline.plans.export(solved_run, tmp_path / name)
        readers: dict[str, Callable[[Path], pl.DataFrame]] = {
            ".csv": pl.read_csv,
            ".parquet": pl.read_parquet,
            ".xlsx": pl.read_excel,
        }
        table = readers[path.suffix](path)
        assert table["lead"].to_list() == [row.lead for row in plumbline.plans.assignments(solved_run)]
        assert [each.name for each in tmp_path.iterdir()] == [name]

    def test_an_export_that_fails_leaves_nothing(self, plumbline: Plumbline, solved_run: Run, tmp_path: Path) -> None:
        with pytest.raises(ProblemError):
            plumbline.plans.export(solved_run, tmp_path / "plan.pdf")
        assert not list(tmp_path.iterdir())


RUN = {field.name: None for field in fields(Run)} | {"id": "run_1", "status": "succeeded", "kind": "allocate"}
PROBLEM = {"content-type": "application/problem+json"}


class Network:
    """Answers requests from a list, each with an answer or a fault, and keeps what was asked."""

    def __init__(self, *answers: httpx2.Response | Exception, **options: Any) -> None:
        self.answers, self.asked = list(answers), list[httpx2.Request]()
        http = httpx2.Client(transport=httpx2.MockTransport(self._answer), base_url="http://plumbline")
        self.plumbline = Plumbline(http=http, **{"pause": 0.0, "key": "pl_x_y", **options})

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def problem(status: int, code: str, **headers: str) -> httpx2.Response:
    return httpx2.Response(status, json={"code": code, "detail": code}, headers=PROBLEM | headers)


def good(document: Any = RUN) -> httpx2.Response:
    return httpx2.Response(200, json=document)


class TestRetries:
    """What failed is asked again, and done once."""

    @pytest.fixture(autouse=True)
    def pauses(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        rested: list[float] = []
        monkeypatch.setattr("api.client.calls.time.sleep", rested.append)
        return rested

    @pytest.mark.parametrize(
        "lost",
        [
            httpx2.ConnectError("refused"),
            httpx2.ReadError("reset"),
            httpx2.ReadTimeout("slow"),
            httpx2.RemoteProtocolError("cut off"),
            problem(429, "queue_full"),
            problem(503, "store_unavailable"),
            problem(409, "request_in_progress"),
            httpx2.Response(502, text="<h1>Bad gateway</h1>"),
        ],
    )
    def test_one_key_for_all_attempts(self, lost: Any, tmp_path: Path) -> None:
        path = tmp_path / "s.json"
        path.write_bytes(b"{}")
        network = Network(lost, lost, good({"id": "scn_1"}))
        assert network.plumbline.scenarios.add(path).id == "scn_1"
        keys = {request.headers["idempotency-key"] for request in network.asked}
        assert len(network.asked) == 3 and len(keys) == 1
        assert all(request.content == b"{}" for request in network.asked)  # the file is sent anew each time
        network.answers = [good({"id": "scn_1"})]
        network.plumbline.scenarios.add(path)
        assert network.asked[-1].headers["idempotency-key"] not in keys

    def test_pauses_grow_or_are_as_told(self, pauses: list[float]) -> None:
        lost = httpx2.ConnectError("refused")
        network = Network(lost, lost, problem(429, "queue_full", **{"retry-after": "7"}), lost, good(), pause=1.0)
        network.plumbline.runs.get("run_1")
        assert [
            low <= pause <= high for pause, (low, high) in zip(pauses, [(0.5, 1), (1, 2), (7, 7), (4, 8)], strict=True)
        ]
        assert pauses[2] == 7 and 4 <= pauses[3] <= 8
        network.answers = [problem(503, "x", **{"retry-after": "99999"}), good()]
        network.plumbline.runs.get("run_1")
        assert pauses[-1] == 60

    def test_there_is_an_end(self) -> None:
        network = Network(*[httpx2.ConnectError("refused")] * 3, retries=2)
        with pytest.raises(UnreachableError, match="GET /v1/runs/run_1: refused"):
            network.plumbline.runs.get("run_1")
        network = Network(*[problem(429, "queue_full") for _ in range(3)], retries=2)
        with pytest.raises(ProblemError, match="queue_full"):
            network.plumbline.runs.submit("scn_1")

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 500])
    def test_what_asking_again_does_not_change(self, status: int) -> None:
        network = Network(problem(status, "no"))
        with pytest.raises(ProblemError) as told:
            network.plumbline.runs.submit("scn_1")
        assert told.value.status == status and len(network.asked) == 1

    def test_an_answer_from_something_else(self) -> None:
        with pytest.raises(UnreachableError, match="no JSON"):
            Network(httpx2.Response(200, text="<html>")).plumbline.runs.get("run_1")
        with pytest.raises(UnreachableError, match="HTTP 302"):  # the key goes nowhere else
            Network(*[httpx2.Response(302, headers={"location": "http://other"})] * 9).plumbline.runs.get("run_1")
        with pytest.raises(ProblemError, match="418"):
            Network(httpx2.Response(418)).plumbline.runs.get("run_1")


def stream(*blocks: str, then: Exception | None = None) -> httpx2.Response:
    """Return events that come bit by bit, and may break off."""

    def chunks() -> Iterator[bytes]:
        for block in blocks:
            yield block.encode()
        if then is not None:
            raise then

    return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=chunks())


def event(number: int, name: str) -> str:
    return f"id: {number}\nevent: {name}\ndata: {json.dumps({'n': number})}\n\n"


class TestEvents:
    """Streams that break."""

    @pytest.fixture(autouse=True)
    def pauses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("api.client.calls.time.sleep", lambda _: None)
        monkeypatch.setattr("api.client.runs.time.sleep", lambda _: None)

    def test_a_stream_goes_on_where_it_broke(self) -> None:
        cut = httpx2.ReadError("reset")
        network = Network(
            stream(event(1, "status"), ": ping\n\n", event(2, "incumbent"), then=cut),
            httpx2.ConnectError("refused"),
            problem(503, "store_unavailable"),
            stream(event(2, "incumbent"), event(3, "bound")),  # repeated, and then closed without an end
            stream(event(4, "done")),
        )
        told = list(network.plumbline.runs.events("run_1"))
        assert [(each.number, each.name) for each in told] == [
            (1, "status"),
            (2, "incumbent"),
            (3, "bound"),
            (4, "done"),
        ]
        assert [request.headers.get("last-event-id") for request in network.asked] == [None, "2", "2", "2", "3"]

    def test_polling_where_no_stream_comes_through(self) -> None:
        running = good(RUN | {"status": "running"})
        network = Network(*[httpx2.ReadTimeout("silence")] * 3, running, running, good(), retries=2)
        assert network.plumbline.runs.wait("run_1").status == "succeeded"
        assert [request.url.path for request in network.asked[-3:]] == ["/v1/runs/run_1"] * 3

    def test_a_service_that_is_away_for_long(self) -> None:
        away = [httpx2.ConnectError("refused")] * 12
        network = Network(*away, good(), retries=1)
        assert network.plumbline.runs.wait("run_1", timeout=60.0).status == "succeeded"
        assert network.answers == []
        for patience in ({}, {"timeout": 0.0}):  # without end nobody waits for what may never come back
            with pytest.raises(UnreachableError):
                Network(*away, good(), retries=1).plumbline.runs.wait("run_1", **patience)

    def test_a_run_that_is_not_there(self) -> None:
        network = Network(problem(404, "run_not_found"))
        with pytest.raises(ProblemError, match="run_not_found"):
            network.plumbline.runs.wait("run_1")

    def test_done_comes_even_to_those_who_have_seen_it(self) -> None:
        network = Network(stream(event(4, "done")))
        assert [each.number for each in network.plumbline.runs.events("run_1", after=4)] == [4]


class TestWhoAsks:
    """Keys, addresses, languages."""

    def test_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PLUMBLINE_URL", "http://127.0.0.1:9/base")
        monkeypatch.setenv("PLUMBLINE_API_KEY", "pl_1_2")
        with Plumbline(locale="zh-CN", retries=0) as plumbline:
            http = plumbline.scenarios._calls.http
            assert str(http.base_url) == "http://127.0.0.1:9/base/"
            assert http.headers["authorization"] == "Bearer pl_1_2" and http.headers["accept-language"] == "zh-CN"
            assert not plumbline.ready()
            with pytest.raises(UnreachableError):
                plumbline.scenarios.get("scn_1")
        assert http.is_closed

    def test_ready(self, client: TestClient) -> None:
        assert Plumbline(http=client).ready()

    def test_threads_share_one(self, plumbline: Plumbline) -> None:
        found: list[str] = []
        threads = [
            threading.Thread(target=lambda: found.append(plumbline.scenarios.add(PLANTED.scenario).id))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 4 and len(set(found)) == 1


def test_it_needs_nothing_of_the_service() -> None:
    code = (
        "import sys, api.client; heavy = ('fastapi', 'starlette', 'sqlalchemy', 'ortools', 'polars', 'numpy');"
        "print([n for n in sys.modules if n in heavy or (n.startswith('api.') and not n.startswith('api.client'))])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


SHAPES = {
    "ScenarioInfo": "ScenarioView",
    "Run": "RunView",
    "Plan": "PlanView",
    "Assignment": "AssignmentView",
    "Load": "LoadView",
    "Explanation": "ExplanationView",
    "WhyNot": "WhyNotView",
    "RepExplanation": "RepView",
    "RuleCost": "RuleView",
    "Comparison": "ComparisonView",
}


def test_its_fields_are_those_of_the_service(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for ours, theirs in SHAPES.items():
        named = {field.name for field in fields(getattr(shapes, ours))} - {"document"}
        assert named <= schemas[theirs]["properties"].keys(), ours
    assert set(SHAPES) | {"Event"} == {name for name in package.__all__ if hasattr(shapes, name)}


def test_unknown_fields_are_kept_and_missing_ones_are_none() -> None:
    info = ScenarioInfo.of({"id": "scn_1", "colour": "blue"})
    assert info.document["colour"] == "blue" and info.sha256 is None


@pytest.mark.parametrize("page", ["docs/client.md", "README.md"])
def test_the_example_in_the_documentation(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], page: str
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (code,) = [block for block in blocks if "from api.client import Plumbline" in block][:1]
    assert len([line for line in code.splitlines() if line.strip() and not line.startswith("from ")]) <= 5
    write(example("first-cycle"), tmp_path / "cycle.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(httpx2, "Client", lambda **_: client)
    monkeypatch.setattr(client, "close", lambda: None)
    exec(compile(code, page, "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert any(line.startswith("L-01 ") for line in printed)
