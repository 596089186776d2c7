"""Figures for Prometheus: each is counted where it happens, and what the dashboard asks for is there."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.metrics import COUNT_SECONDS, CountLines, Metrics
from api.store import ProcessRecord, RunRecord, Store, StoreDownError, open_store

DEPLOY = Path(__file__).parents[2] / "deploy"
RUN = RunRecord("run_1", "allocate", "scn_1", "queued", {}, "2026-01-01T00:00:00.000+00:00")


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store(":memory:")
    yield opened
    opened.close()


def figures(text: str | bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return the value of every sample by name and labels."""
    families = text_string_to_metric_families(text.decode() if isinstance(text, bytes) else text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(text: str | bytes, name: str, **labels: str) -> float | None:
    return figures(text).get((name, frozenset(labels.items())))


def test_what_becomes_of_runs() -> None:
    metrics = Metrics()
    begun = replace(RUN, status="running", attempt=1, started="2026-01-01T00:00:04.000+00:00")
    metrics.changed(begun)
    metrics.changed(replace(begun, progress={"phase": "solve"}))  # goes on: nothing to count
    metrics.changed(replace(begun, status="queued"))  # its process was lost
    metrics.changed(again := replace(begun, attempt=2))
    done = replace(again, status="succeeded", finished="2026-01-01T00:01:04.000+00:00", plan="pln_1")
    metrics.changed(replace(done, progress={"phase": "done", "gap": 0.004}))
    metrics.changed(replace(done, status="failed", fault="solver_died", plan=None, kind="frontier"))
    text = metrics.text()
    assert value(text, "plumbline_runs_begun_total", attempt="first") == 1
    assert value(text, "plumbline_runs_begun_total", attempt="again") == 1
    assert value(text, "plumbline_runs_requeued_total") == 1
    assert value(text, "plumbline_runs_total", kind="allocate", status="succeeded") == 1
    assert value(text, "plumbline_runs_total", kind="frontier", status="failed") == 1
    assert value(text, "plumbline_run_faults_total", code="solver_died") == 1
    # ordered at 0 s, begun at 4 s, ended at 64 s
    assert value(text, "plumbline_run_wait_seconds_sum") == 4
    assert value(text, "plumbline_run_seconds_sum", kind="allocate") == 60
    assert value(text, "plumbline_run_gap_sum") == 0.004 and value(text, "plumbline_run_gap_count") == 1


def test_the_queue_is_counted_and_not_too_often(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 1000.0
    monkeypatch.setattr("api.metrics.time.monotonic", lambda: clock)
    metrics = Metrics()
    metrics.watch(store)
    store.of("a").add_run(RUN)
    store.of("b").add_run(replace(RUN, id="run_2"))
    store.queue.join(ProcessRecord("p", "worker", "host", 1, 3, 0, RUN.created))
    assert store.queue.take("p", RUN.created, 0) is not None
    text = metrics.text()
    assert value(text, "plumbline_runs_queued") == 1 and value(text, "plumbline_runs_running") == 1
    assert value(text, "plumbline_processes", kind="worker") == 1 and value(text, "plumbline_solvers") == 3
    store.queue.leave("p")
    assert value(metrics.text(), "plumbline_solvers") == 3  # as it was a moment ago
    clock += COUNT_SECONDS
    assert value(metrics.text(), "plumbline_solvers") == 0


def test_a_store_that_is_down_leaves_the_rest(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Metrics()
    metrics.watch(store)

    def down() -> None:
        raise StoreDownError("gone")

    monkeypatch.setattr(store.queue, "counts", down)
    text = metrics.text()
    assert value(text, "plumbline_runs_queued") is None  # better no figure than an old one
    assert value(text, "plumbline_runs_requeued_total") == 0


def test_faults_of_the_database_are_counted(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "x.db"))
    metrics = Metrics()
    metrics.watch(store)
    with pytest.raises(StoreDownError), store.database.transaction() as connection:
        # as a full disk: the file may not grow
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for number in range(100):
            connection.exec_driver_sql("INSERT INTO blobs (name, data) VALUES (?, zeroblob(100000))", (str(number),))
    assert (value(metrics.text(), "plumbline_store_faults_total") or 0) >= 1
    store.close()


def test_lines_that_tell_of_something_wrong() -> None:
    metrics = Metrics()
    counting = logging.Logger("plumbline.counted")
    counting.addHandler(CountLines(metrics))
    for level in (logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
        counting.log(level, "x")
    text = metrics.text()
    assert value(text, "plumbline_log_lines_total", level="warning") == 1
    assert value(text, "plumbline_log_lines_total", level="error") == 2


def test_a_port_of_its_own_for_workers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    metrics = Metrics()
    with metrics.at_port("127.0.0.1", port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            assert b"plumbline_runs_requeued_total 0.0" in answer.read()
        with pytest.raises(OSError, match="in use"), metrics.at_port("127.0.0.1", port):
            pass
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 1)
    with metrics.at_port("127.0.0.1", 0) as none:
        assert none == 0


@pytest.fixture(scope="module")
def exposed(client: TestClient, tiers_run: dict[str, Any]) -> str:
    """Return the figures of a service that has done a little of everything."""
    plan = tiers_run["result"]
    lead = client.get(plan["links"]["assignments"]).json()["items"][0]["lead"]
    assert client.get(f"/v1/plans/{plan['id']}/explanations/{lead}").status_code == 200
    assert client.get(f"/v1/compare?base=today&other={plan['id']}").status_code == 200
    client.get("/v1/runs/run_nowhere")
    return client.get("/metrics").text


def test_requests_and_explanations(exposed: str) -> None:
    missed = {"method": "GET", "route": "/v1/runs/{run_id}", "status": "404"}
    assert (value(exposed, "plumbline_http_requests_total", **missed) or 0) >= 1
    assert (value(exposed, "plumbline_explanations_total", of="lead") or 0) >= 1
    assert (value(exposed, "plumbline_explanations_total", of="comparison") or 0) >= 1
    assert value(exposed, "plumbline_http_open") == 1  # the one that asks
    assert "run_nowhere" not in exposed


def questions() -> Iterator[tuple[str, str]]:
    """Yield everything that is asked of Prometheus, with who asks."""
    board = orjson.loads((DEPLOY / "grafana" / "plumbline.json").read_bytes())
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield f"panel {panel['title']}", target["expr"]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield f"variable {variable['name']}", re.sub(r"label_values\((\w+), \w+\)", r"\1", variable["query"])
    for group in yaml.safe_load((DEPLOY / "prometheus" / "plumbline.rules.yaml").read_text())["groups"]:
        for rule in group["rules"]:
            yield f"alert {rule['alert']}", rule["expr"]


ALWAYS = frozenset({"job", "instance", "le"})
"""Labels that Prometheus adds itself, and that of buckets."""
_NAME = re.compile(r"\b((?:plumbline|process|python)_\w+)(\{[^}]*\})?")


@pytest.mark.parametrize(("who", "asked"), list(questions()))
def test_what_is_asked_for_is_there(who: str, asked: str, exposed: str) -> None:
    families = text_string_to_metric_families(exposed)
    names: dict[str, set[str]] = {}
    declared: dict[str, str] = {}
    for family in families:
        declared[family.name] = family.type
        for sample in family.samples:
            names.setdefault(sample.name, set()).update(sample.labels)
    used = _NAME.findall(asked)
    assert used, who
    labels: set[str] = set()
    for name, selector in used:
        base = re.sub(r"_(total|bucket|sum|count|info)$", "", name)
        # counters with labels have no sample before they count: being declared is enough
        assert name in names or base in declared, f"{who}: {name}"
        labels |= names.get(name, set())
        known = names.get(name)
        if known is not None:
            assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector)) <= known | ALWAYS, f"{who}: {selector}"
    counters = [name for name, _ in used if name.endswith(("_total", "_bucket"))]
    assert all(re.search(rf"(rate|increase)\(\s*{name}\b", asked) for name in counters), f"{who}: {asked}"
    grouped = {label.strip() for group in re.findall(r"\bby \(([^)]*)\)", asked) for label in group.split(",")}
    if all(name in names for name, _ in used):
        assert grouped <= labels | ALWAYS, f"{who}: {grouped - labels}"


def test_the_dashboard_holds_together() -> None:
    board = orjson.loads((DEPLOY / "grafana" / "plumbline.json").read_bytes())
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids)) and all(panel["title"] for panel in board["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + 8)}
        assert not cells & taken and max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
    asked = {name for _, expression in questions() for name, _ in _NAME.findall(expression)}
    shown = {re.sub(r"_(total|bucket|sum|count|info)$", "", name) for name in asked}
    ours = {family.name for family in text_string_to_metric_families(Metrics().text().decode())}
    missing = {name.removesuffix("_info") for name in ours if name.startswith("plumbline_")} - shown
    assert not missing, "figures that nobody looks at"


def test_every_figure_is_documented() -> None:
    text = (DEPLOY.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    for family in text_string_to_metric_families(Metrics().text().decode()):
        if family.name.startswith("plumbline_"):
            suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
            name = family.name if family.name.endswith("_info") else family.name + suffix
            assert f"`{name}" in text, name


def test_a_run_of_the_service_is_counted(own_client: Callable[..., TestClient]) -> None:
    from scenarios.examples import example
    from tests.api.conftest import solved

    client = own_client(solvers=1)
    solved(client, example("tiers-first"))
    text = client.get("/metrics").text
    assert value(text, "plumbline_runs_begun_total", attempt="first") == 1
    assert value(text, "plumbline_runs_total", kind="allocate", status="succeeded") == 1
    assert value(text, "plumbline_run_gap_count") == 1


def test_a_run_that_is_cancelled_while_it_waits_is_counted(idle: TestClient) -> None:
    from scenarios.examples import example
    from tests.api.conftest import post_scenario

    run = idle.post("/v1/runs", json={"scenario": post_scenario(idle, example("tiers-first"))}).headers["location"]
    assert idle.delete(run).json()["status"] == "cancelled"
    text = idle.get("/metrics").text
    assert value(text, "plumbline_runs_total", kind="allocate", status="cancelled") == 1
    assert value(text, "plumbline_run_seconds_count", kind="allocate") is None  # it never began


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_worker_answers_at_its_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "PLUMBLINE_METRICS_PORT": str(port), "PLUMBLINE_LOG_FORMAT": "json"}
    command = [sys.executable, "-m", "api.cli", "worker", "--database", str(tmp_path / "shared.db")]
    worker = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert worker.stderr is not None
    try:
        lines: list[dict[str, Any]] = []
        while not lines or "Plumbline works" not in lines[-1]["event"]:
            lines.append(orjson.loads(worker.stderr.readline()))
        assert {line["process"] for line in lines} == {"worker"}
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read()
        assert value(text, "plumbline_processes", kind="worker") == 1 and value(text, "plumbline_solvers") == 2
        again = subprocess.run(command, stderr=subprocess.PIPE, text=True, env=environment, timeout=120)
        assert again.returncode not in (0, None) and "the port for metrics cannot be had" in again.stderr
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=60) == 0
    finally:
        worker.kill()
        worker.communicate()
