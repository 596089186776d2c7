"""Traces: one from the request that orders a run to the child process that solves it, sent to a real collector."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from api import telemetry
from api.client import Plumbline
from scenarios.planted import plant

pytest.importorskip("opentelemetry.sdk", reason="plumbline[telemetry] is not installed")

LAUNCH = """
from api.serve import serve
from api.settings import Settings
serve('127.0.0.1', 0, Settings(database={database!r}, solvers=1, spare=False))
"""
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Collector:
    """Takes spans in, as a collector does, and keeps them by name."""

    url: str
    spans: list[Any] = field(default_factory=list)
    processes: dict[bytes, str] = field(default_factory=dict)

    def named(self, name: str) -> list[Any]:
        return [span for span in self.spans if span.name == name]


@pytest.fixture
def collector() -> Iterator[Collector]:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            for part in ExportTraceServiceRequest.FromString(body).resource_spans:
                about = {entry.key: entry.value.string_value for entry in part.resource.attributes}
                assert about["service.name"] == "plumbline"
                for scope in part.scope_spans:
                    found.spans += scope.spans
                    found.processes |= {span.span_id: about["plumbline.process"] for span in scope.spans}
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Collector(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def solve(tmp_path: Path, environment: dict[str, str], until: Callable[[], bool] = lambda: True) -> str:
    """Serve, solve one run, stop, and return all that was logged."""
    code = LAUNCH.format(database=str(tmp_path / "traced.db"))
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    server = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, env=quiet | environment)
    assert server.stderr is not None
    try:
        first = ""
        while "Plumbline at " not in first:
            first = server.stderr.readline()
            assert first, server.wait()
        with Plumbline(first.split("Plumbline at ")[1].split()[0]) as plumbline:
            scenario = plumbline.scenarios.add(plant("hours", leads=12, reps=3, seed=3).scenario)
            order = {"scenario": scenario.id, "limits": {"time": 30}}
            run = plumbline.call("POST", "/v1/runs", json=order, headers={"traceparent": PARENT})
            assert plumbline.runs.wait(run["id"], timeout=120).status == "succeeded"
        give_up = time.monotonic() + 30
        while not until() and time.monotonic() < give_up:
            time.sleep(0.05)
        server.send_signal(signal.SIGTERM)
        _, rest = server.communicate(timeout=60)
        return first + rest
    finally:
        server.kill()
        server.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_from_the_request_to_the_child(tmp_path: Path, collector: Collector) -> None:
    written = solve(tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}, lambda: bool(collector.named("solve")))
    _, trace, parent, _ = PARENT.split("-")
    (request,) = collector.named("POST /v1/runs")
    (run,) = collector.named("run")
    (child,) = collector.named("solve")
    assert request.trace_id.hex() == trace and request.parent_span_id.hex() == parent
    assert run.trace_id == child.trace_id == request.trace_id
    assert run.parent_span_id == request.span_id and child.parent_span_id == run.span_id
    assert [collector.processes[span.span_id] for span in (request, run, child)] == ["serve", "serve", "child"]
    assert any(fact.key == "plumbline.run" for fact in run.attributes)
    assert request.end_time_unix_nano > request.start_time_unix_nano
    assert f'"trace": "{trace}"' in written  # logs and traces are found by each other
    assert not any("healthz" in span.name for span in collector.spans)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_collector_that_is_gone_harms_nobody(tmp_path: Path) -> None:
    written = solve(tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})  # which solves and stops as ever
    faults = [line for line in map(json.loads, written.splitlines()) if line["level"] == "error"]
    assert all(line["logger"].startswith("opentelemetry") for line in faults)


def test_it_is_off_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in telemetry.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    telemetry.start("serve")
    assert not telemetry.wanted() and telemetry.carrier() is None
    with telemetry.span("nothing", None, run="run_1"):
        assert telemetry.carrier() is None
    telemetry.stop()


def test_it_says_when_the_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(telemetry.ENDPOINTS[0], "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(telemetry.TelemetryMissingError, match=r"plumbline\[telemetry\] is not installed"):
        telemetry.start("serve")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    telemetry.start("serve")
