"""A real server, and those who wish it ill: clear answers, bounded memory, and it still serves the others."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import orjson
import pytest

from api.schemas import ProblemView
from scenarios.examples import example
from scenarios.formats.json import json_bytes
from scenarios.writing import scenario_as_bytes
from tests.api.conftest import JSON, PROBLEM
from tests.api.http import hostile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

MIB = 1 << 20
UPLOAD = 16 * MIB
SERVER_GROWS = 60 * MIB
"""What the server itself may need for anything it is sent: a body is in a file, and its reader in a child."""
CHILD_HAS = 800 * MIB
"""What a child may need to read a body of `UPLOAD` bytes, with the engines it has loaded (some 200 MiB)."""
ZIP = {"Content-Type": "application/zip"}
LAUNCH = f"""
from api.serve import serve
from api.settings import Settings
serve("127.0.0.1", 0, Settings(
    database=__import__("sys").argv[1], solvers=1, upload_bytes={UPLOAD}, body_bytes={MIB},
    body_seconds=1.0, body_rate=1e6, head_seconds=1.0,
))
"""


@dataclass
class Server:
    """A server process and its children, as others see them."""

    process: subprocess.Popen[str]
    address: str

    def pids(self) -> list[int]:
        mine = self.process.pid
        found = [mine]
        for task in Path(f"/proc/{mine}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
        return found

    def forget_peaks(self) -> None:
        for pid in self.pids():
            with contextlib.suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text("5")

    @staticmethod
    def memory(pid: int, what: str) -> int:
        """Return what a process holds (``VmRSS``) or held at most (``VmHWM``), in bytes."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(what):
                    return int(line.split()[1]) << 10
        return 0

    def connect(self) -> socket.socket:
        parts = urlsplit(self.address)
        return socket.create_connection((parts.hostname, parts.port), timeout=20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    database = tmp_path_factory.mktemp("hostile") / "plumbline.db"
    environment = {**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("bodies"))}
    command = [sys.executable, "-c", LAUNCH, str(database)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "Plumbline at " in line:
                break
        drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
        served = Server(process, line.split("Plumbline at ")[1].split()[0])
        with httpx2.Client(base_url=served.address, timeout=120) as client:
            small = client.post("/v1/scenarios", content=json_bytes(example("tiers-first")), headers=JSON)
            assert small.status_code == 201
            large = json_bytes(example("tiers-first")).rstrip() + b" " * (2 * MIB)  # one that a child has read
            assert client.post("/v1/scenarios", content=large, headers=JSON).status_code == 200
        yield served
        process.terminate()
        process.wait(30)
        drain.wait(30)


@pytest.fixture
def client(server: Server) -> Iterator[httpx2.Client]:
    """Yield a client; in the end the server has not grown, has left nothing on the disk, and serves others."""
    time.sleep(0.1)
    server.forget_peaks()
    before = server.memory(server.process.pid, "VmRSS")
    with httpx2.Client(base_url=server.address, timeout=120) as client:
        yield client
        assert client.get("/v1/scenarios").status_code == 200
    mine, *children = server.pids()
    assert server.memory(mine, "VmHWM") - before < SERVER_GROWS
    for child in children:
        assert server.memory(child, "VmHWM") < CHILD_HAS


def refused(answer: Any, status: int, code: str, issue: str | None = None) -> None:
    """Check a problem, and the code of one of its issues."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text[:500]
    problem = ProblemView.model_validate(answer.json())
    assert problem.code == code, problem
    if issue is not None:
        assert issue in {error.code for error in problem.errors}, problem


@pytest.mark.parametrize(
    ("bomb", "issue"),
    [
        (hostile.zip_bomb, "archive_ratio"),
        (lambda: hostile.zip_bomb(declared=1000), "archive_entry"),  # it lies about itself
        (hostile.overlapping_bomb, "archive_too_large"),
        (hostile.nested_bomb, None),
    ],
)
def test_zip_bombs(client: httpx2.Client, bomb: Callable[[], bytes], issue: str | None) -> None:
    refused(client.post("/v1/scenarios", content=bomb(), headers=ZIP), 422, "scenario_invalid", issue)


@pytest.mark.parametrize("url", ["/v1/scenarios", "/v1/runs"])
@pytest.mark.parametrize(("bomb", "coding"), [(hostile.gzip_bomb, "gzip"), (hostile.zstd_bomb, "zstd")])
def test_packed_bombs(client: httpx2.Client, url: str, bomb: Callable[[], bytes], coding: str) -> None:
    answer = client.post(url, content=bomb(), headers={**JSON, "Content-Encoding": coding})
    refused(answer, 413, "body_too_large")


def test_a_bomb_in_two_layers_is_no_json(client: httpx2.Client) -> None:
    answer = client.post("/v1/scenarios", content=hostile.layered_bomb(), headers={**JSON, "Content-Encoding": "gzip"})
    refused(answer, 422, "scenario_invalid")


@pytest.mark.parametrize("url", ["/v1/scenarios", "/v1/runs"])
def test_a_gigabyte_without_a_length(client: httpx2.Client, url: str) -> None:
    refused(client.post(url, content=hostile.endless(), headers=JSON), 413, "body_too_large")


def test_a_gigabyte_with_a_length(server: Server, client: httpx2.Client) -> None:
    with server.connect() as connection:
        connection.sendall(
            b"POST /v1/scenarios HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            b"content-length: 1073741824\r\nexpect: 100-continue\r\n\r\n"
        )
        answer = b""  # before anything of the body was sent
        while b"body_too_large" not in answer and (piece := connection.recv(1 << 16)):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 413") and b"body_too_large" in answer


@pytest.mark.parametrize(("make", "headers"), [(hostile.wide_zip, ZIP), (hostile.wide_json, JSON)], ids=["csv", "json"])
def test_a_million_columns(client: httpx2.Client, make: Callable[[], bytes], headers: dict[str, str]) -> None:
    answer = client.post("/v1/scenarios", content=make(), headers=headers)
    refused(answer, 422, "scenario_invalid", "too_many_columns")


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting(client: httpx2.Client, opening: bytes, closing: bytes) -> None:
    body = hostile.deep(opening, closing)
    refused(client.post("/v1/scenarios", content=body, headers=JSON), 422, "scenario_invalid", "bad_json")
    refused(client.post("/v1/runs", content=body, headers=JSON), 400, "body_unreadable")
    base = client.get("/v1/scenarios").json()["items"][0]["links"]["variants"]
    refused(client.post(base, content=body, headers=JSON), 422, "request_invalid", "json_invalid")
    shallow = hostile.deep(opening, closing, 900)  # as deep as a parser goes
    refused(client.post("/v1/scenarios", content=shallow, headers=JSON), 422, "scenario_invalid")
    inside = b'{"leads": ' + shallow + b', "reps": [{"id": "A", "x": ' + shallow + b"}]}"
    refused(client.post("/v1/scenarios", content=inside, headers=JSON), 422, "scenario_invalid")


@pytest.mark.parametrize(
    ("value", "issue"),
    [
        (b"NaN", "bad_json"),
        (b"Infinity", "bad_json"),
        (b"-Infinity", "bad_json"),
        (b"1e999", None),
        (b"9" * 400, None),
        (b"-" + b"9" * 400, None),
        (b"9" * 100_000, None),
        (b"0." + b"0" * 100_000 + b"1", None),
    ],
)
def test_numbers_that_are_none(client: httpx2.Client, value: bytes, issue: str | None) -> None:
    body = b'{"leads": [{"id": "A", "value": %b}], "reps": [{"id": "R"}]}' % value
    answer = client.post("/v1/scenarios?dry_run=true", content=body, headers=JSON)
    if answer.status_code == 200:  # a number that is very small is a number
        assert value.startswith(b"0.")
    else:
        refused(answer, 422, "scenario_invalid", issue)


@pytest.mark.parametrize(
    "name",
    [
        "../leads.csv",
        "/leads.csv",
        "a/../../leads.csv",
        "..\\leads.csv",
        "C:leads.csv",
        "C:\\leads.csv",
        "\\\\host\\share\\leads.csv",
        "．．/../leads.csv",
    ],
)
def test_names_that_lead_elsewhere(client: httpx2.Client, name: str) -> None:
    files = {name: b"id\nA\n", "reps.csv": b"id\nR\n"}
    answer = client.post("/v1/scenarios", content=hostile.zip_of(files), headers=ZIP)
    refused(answer, 422, "scenario_invalid", "unsafe_name")


@pytest.mark.parametrize("name", ["leads.csv\0.txt", "ｌｅａｄｓ.csv", "leads.csv\u202e", "LEADS.CSV\n", "a" * 60_000])
def test_names_that_are_odd(client: httpx2.Client, name: str) -> None:
    files = {name: b"id\nA\n", "reps.csv": b"id\nR\n"}
    answer = client.post("/v1/scenarios", content=hostile.zip_of(files), headers=ZIP)
    assert answer.status_code in (200, 201) or answer.json()["code"] == "scenario_invalid"


@pytest.mark.parametrize("name", ["..", "%2e%2e", "%00", "a%00b", "..%5c..%5cx", "%ff%fe", "%F0%9F%92%A9", "a" * 8000])
@pytest.mark.parametrize("kind", ["scenarios", "runs", "plans", "keys", "webhooks"])
def test_ids_that_are_none(server: Server, client: httpx2.Client, kind: str, name: str) -> None:
    with server.connect() as connection:  # a client would tidy the path up
        connection.sendall(f"GET /v1/{kind}/{name} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())
        answer = b""
        while piece := connection.recv(1 << 16):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 404") and b"application/problem+json" in answer


def test_keys_that_come_twice(client: httpx2.Client) -> None:
    body = b'{"reps": [{"id": "R"}], "leads": [{"id": "A", "value": 1, "value": 2}]}'
    answer = client.post("/v1/scenarios", content=body, headers=JSON)
    refused(answer, 422, "scenario_invalid", "duplicate_key")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/leads/0/value"]
    order = b'{"scenario": "x", "limits": {"time": 1, "time": 100000}, "scenario": "y"}'
    answer = client.post("/v1/runs", content=order, headers=JSON)
    refused(answer, 422, "request_invalid", "repeated")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/scenario", "/limits/time"]
    base = client.get("/v1/scenarios").json()["items"][0]["links"]["variants"]
    patch = b'[{"op": "test", "path": "/name", "value": "x", "op": "remove"}]'
    answer = client.post(base, content=patch, headers=JSON)
    refused(answer, 422, "request_invalid", "repeated")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/0/op"]


def test_broken_text(client: httpx2.Client) -> None:
    body = b'{"name": "\xff\xfe\xfa", "leads": [{"id": "\xc3\x28"}], "reps": [{"id": "\xed\xa0\x80"}]}'
    refused(client.post("/v1/scenarios", content=body, headers=JSON), 422, "scenario_invalid")
    refused(client.post("/v1/runs", content=body, headers=JSON), 400, "body_unreadable")


def test_a_patch_of_a_hundred_thousand_steps(client: httpx2.Client) -> None:
    base = client.get("/v1/scenarios").json()["items"][0]["links"]["variants"]
    patch = orjson.dumps([{"op": "add", "path": "/leads/-", "value": {}}] * 20_000)
    refused(client.post(base, content=patch, headers=JSON), 422, "scenario_invalid")


def test_headers_and_queries_without_measure(client: httpx2.Client) -> None:
    answer = client.get("/v1/runs?" + "&".join(f"x{k}=1" for k in range(5_000)))
    refused(answer, 422, "request_invalid", "extra_forbidden")
    assert len(answer.content) < 100_000
    for headers in ({"x": "y" * 300_000}, {f"x{k}": "y" for k in range(60_000)}):
        refused(client.get("/v1/runs", headers=headers), 431, "head_too_large")
    refused(client.get("/v1/runs?" + "x" * 65_000, headers={}), 422, "request_invalid")


def test_those_who_take_their_time(server: Server, client: httpx2.Client) -> None:
    begun = time.monotonic()
    heads = [server.connect() for _ in range(50)]
    bodies = [server.connect() for _ in range(50)]
    for connection in heads:
        connection.sendall(b"GET /v1/runs HTTP/1.1\r\nhost: localhost\r\nx: ")
    for connection in bodies:
        connection.sendall(
            b"POST /v1/scenarios HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            b"content-length: 1000000\r\n\r\n{"
        )
    assert client.get("/v1/scenarios").status_code == 200  # the others do not notice
    waiting, answers = {*heads, *bodies}, []
    while waiting:
        for connection in waiting.copy():
            with contextlib.suppress(OSError):  # one more byte, again and again
                connection.send(b"a")
            connection.settimeout(0.01)
            try:
                answers.append(connection.recv(1 << 16))
            except TimeoutError:
                continue
            connection.settimeout(10)
            while b"}" not in answers[-1]:
                answers[-1] += connection.recv(1 << 16)
            waiting.discard(connection)
            connection.close()
        assert time.monotonic() - begun < 60
    assert len(answers) == 100 and all(answer.startswith(b"HTTP/1.1 408") for answer in answers)
    codes = [b"request_too_slow" in answer for answer in answers]
    assert sum(codes) == 50 and all(b"_too_slow" in answer for answer in answers)


def test_many_uploads_at_once_stay_on_the_disk(server: Server, client: httpx2.Client) -> None:
    """Eight uploads that together are larger than the server may grow, all half sent."""
    body = scenario_as_bytes(example("tiers-first"), "json").rstrip() + b" " * (12 * MIB)
    head = (
        b"POST /v1/scenarios?dry_run=true HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
    )
    open_ones = []
    for _ in range(8):
        open_ones.append(connection := server.connect())
        connection.sendall(head + body[:-1])
    mine = server.memory(server.process.pid, "VmRSS")
    assert mine < 8 * 12 * MIB + 300 * MIB
    for connection in open_ones:
        connection.sendall(body[-1:])
    for connection in open_ones:
        connection.settimeout(120)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
        connection.close()
