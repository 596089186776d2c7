"""Logs: one JSON object per line, with what it belongs to, and without secrets."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from api import logs
from api.client import Plumbline
from api.doors.keys import made
from api.store import open_store
from api.store.keys import Keys
from scenarios.examples import example


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Configure logs onto a stream, and put everything back as it was."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("serve", "json", stream=stream)
    yield stream
    root.handlers[:], root.level = before, level
    logging.captureWarnings(False)


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_one_line_per_event_with_its_context(lines: io.StringIO) -> None:
    with logs.bound(request="r-1", tenant="acme"):
        logging.getLogger("some.library").warning("two\nlines and %d", 3, extra={"port": 80})
    logging.getLogger("plumbline.x").info("outside")
    inside, outside = told(lines)
    assert inside["event"] == "two\nlines and 3" and inside["port"] == 80
    assert {key: inside[key] for key in ("request", "tenant", "process", "level", "logger")} == {
        "request": "r-1",
        "tenant": "acme",
        "process": "serve",
        "level": "warning",
        "logger": "some.library",
    }
    assert inside["at"].endswith("Z") and "request" not in outside


def test_a_traceback_is_part_of_its_line(lines: io.StringIO) -> None:
    try:
        raise RuntimeError("postgresql://user:hunter2@db/x does not answer")
    except RuntimeError:
        logging.getLogger("plumbline.x").exception("no luck")
    (line,) = told(lines)
    assert "Traceback" in line["exception"] and "RuntimeError" in line["exception"]
    assert "hunter2" not in lines.getvalue() and "postgresql://user:***@db/x" in line["exception"]


KEY = "pl_0123456789abcdef_" + "5e" * 32
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjcm0ifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        (f"key {KEY} was used", "5e5e"),
        (f"Authorization: Bearer {TOKEN}", "eyJ"),
        ("authorization=Basic dXNlcjpodW50ZXIy", "dXNlcjpodW50ZXIy"),
        ("signed with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ"),
        ("webhook-signature v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "g0hM9"),
        ("connect to postgresql+psycopg://plumbline:hunter2@db:5432/p failed", "hunter2"),
        ("host=db password=hunter2 user=p", "hunter2"),
        ("AWS: secret_access_key = 'hunter2'", "hunter2"),
    ],
)
def test_secrets_in_words_are_hidden(lines: io.StringIO, said: str, secret: str) -> None:
    logging.getLogger("plumbline.x").warning("%s", said, extra={"headers": {"x": [said]}})
    assert secret not in lines.getvalue() and "***" in lines.getvalue()
    assert told(lines)[0]["headers"]["x"] == [told(lines)[0]["event"]]


@pytest.mark.parametrize("name", ["authorization", "Authorization", "db_password", "secret", "X-Api-Key", "cookie"])
def test_secrets_by_name_are_hidden(lines: io.StringIO, name: str) -> None:
    logging.getLogger("plumbline.x").warning("asked", extra={name: "hunter2", "all": {name: "hunter2"}})
    assert "hunter2" not in lines.getvalue()
    assert told(lines)[0][name] == told(lines)[0]["all"][name] == "***"


def test_what_is_no_secret_stays(lines: io.StringIO) -> None:
    said = "run run_0123: GET http://127.0.0.1:8000/v1/plans/pln_1?token_page=3 took 0.5 s; pl_ and 1:2@3"
    logging.getLogger("plumbline.x").warning(said, extra={"seconds": 0.5, "bytes": 3, "address": None})
    (line,) = told(lines)
    assert (line["event"], line["seconds"], line["bytes"], line["address"]) == (said, 0.5, 3, None)


def test_the_console_form_is_for_people() -> None:
    stream, root = io.StringIO(), logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.configure("serve", "console", stream=stream)
        logging.getLogger("plumbline.x").warning("with %s", KEY, extra={"run": "run_1"})
    finally:
        root.handlers[:], root.level = before, level
        logging.captureWarnings(False)
    assert "run=run_1" in stream.getvalue() and "5e5e" not in stream.getvalue()
    assert not stream.getvalue().startswith("{")


class TestRequestIds:
    """Taken where they are valid, made where not, echoed always."""

    @pytest.mark.parametrize("given", ["crm-42", "A.b_c-9", "x" * 128])
    def test_a_valid_id_is_kept(self, idle: TestClient, given: str) -> None:
        assert idle.get("/healthz", headers={"X-Request-Id": given}).headers["x-request-id"] == given

    @pytest.mark.parametrize("given", ["", "x" * 129, "a b", 'a"b', "a\tb", "é".encode("latin-1")])
    def test_another_one_is_made(self, idle: TestClient, given: str | bytes) -> None:
        echoed = idle.get("/healthz", headers=[(b"x-request-id", given)]).headers  # type: ignore[list-item]
        assert echoed.get_list("x-request-id") == [echoed["x-request-id"]]
        assert len(echoed["x-request-id"]) == 32 and echoed["x-request-id"].isalnum()

    def test_problems_have_one_too(self, idle: TestClient) -> None:
        for path in ("/nowhere", "/v1/runs/run_x"):
            assert idle.get(path, headers={"X-Request-Id": "p-1"}).headers["x-request-id"] == "p-1"

    def test_faults_of_ours_have_one_too(self, idle: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr(idle.app.state.service.metrics, "text", broken)  # type: ignore[attr-defined]
        client = TestClient(idle.app, raise_server_exceptions=False)
        answer = client.get("/metrics", headers={"X-Request-Id": "f-1"})
        assert (answer.status_code, answer.headers["x-request-id"]) == (500, "f-1")

    def test_a_line_tells_of_the_answer(self, idle: TestClient, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level("DEBUG", "plumbline.access"):
            idle.get("/v1/runs/run_secretive")
            idle.get("/healthz")
        missed, lives = [record for record in caplog.records if record.name == "plumbline.access"]
        assert (missed.levelname, lives.levelname) == ("INFO", "DEBUG")
        facts = vars(missed)
        assert (facts["method"], facts["route"], facts["status"]) == ("GET", "/v1/runs/{run_id}", 404)
        assert facts["seconds"] >= 0 and facts["bytes"] > 0 and "secretive" not in missed.getMessage()


LAUNCH = """
from api.serve import serve
from api.settings import Settings
serve('127.0.0.1', 0, Settings(database={database!r}, solvers=1, spare={spare}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("spare", [True, False])
def test_all_processes_write_json_and_nothing_else(tmp_path: Path, spare: bool) -> None:
    store = open_store(str(tmp_path / "logged.db"))
    record, key = made("default", "a test", "planner", "a test")
    Keys(store.database, "default").add(record)
    store.close()
    code = LAUNCH.format(database=str(tmp_path / "logged.db"), spare=spare)
    environment = {**os.environ, "PLUMBLINE_LOG_LEVEL": "DEBUG", "PLUMBLINE_API_KEY": key, "PLUMBLINE_OPEN": "0"}
    server = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, env=environment)
    assert server.stderr is not None
    try:
        written = [json.loads(server.stderr.readline())]
        while "Plumbline at " not in written[-1]["event"]:
            written.append(json.loads(server.stderr.readline()))
        address = written[-1]["event"].split("Plumbline at ")[1].split()[0]
        with httpx2.Client(base_url=address, timeout=60) as http:
            plumbline = Plumbline(key=key, http=http)
            assert http.get("/v1/runs", headers={"Authorization": f"Bearer {KEY}"}).status_code == 401
            http.headers["X-Request-Id"] = "order-1"
            run = plumbline.runs.solve(plumbline.scenarios.add(example("tiers-first")), limits={"time": 30})
        server.send_signal(signal.SIGTERM)
        _, rest = server.communicate(timeout=60)
    finally:
        server.kill()
        server.communicate()
    assert "5e5e" not in rest and key.rpartition("_")[2] not in rest
    written += [json.loads(line) for line in rest.splitlines()]
    assert all({"event", "process", "level", "logger", "at"} <= line.keys() for line in written)
    ordered = [line for line in written if line.get("run") == run.id]
    assert {"serve", "child"} <= {line["process"] for line in ordered} and all("tenant" in line for line in ordered)
    assert any(line.get("request") == "order-1" and line.get("run") == run.id for line in written)
    asked = [line for line in written if line["logger"] == "plumbline.access" and "caller" in line]
    assert asked and {line["tenant"] for line in asked} == {"default"}
    assert {"uvicorn.error", "plumbline.access", "plumbline.runs"} <= {line["logger"] for line in written}
