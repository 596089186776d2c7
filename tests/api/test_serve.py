"""The real thing: a server process on loopback, asked over a socket, stopped by a signal."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import orjson
import pytest

from api.serve import listening, serve
from api.settings import Settings
from scenarios.examples import example
from scenarios.formats.json import json_bytes
from tests.api.conftest import JSON, hard_scenario

LAUNCH = """
from api.serve import serve
from api.settings import Settings
serve('127.0.0.1', 0, Settings(database={database!r}))
"""


def launch(database: Path) -> tuple[subprocess.Popen[str], str]:
    """Start a server on a free port and return it with its address."""
    command = [sys.executable, "-c", LAUNCH.format(database=str(database))]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    for line in server.stderr:
        if "Plumbline at " in line:
            return server, line.split("Plumbline at ")[1].split()[0]
    raise AssertionError(server.wait())


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_serve(tmp_path: Path) -> None:
    database = tmp_path / "served.db"
    server, address = launch(database)
    try:
        with httpx2.Client(base_url=address, timeout=90) as client:
            body = json_bytes(example("tiers-first"))
            scenario = client.post("/v1/scenarios", content=body, headers=JSON).json()["id"]
            run = client.post("/v1/runs", json={"scenario": scenario}, headers={"Prefer": "wait=60"}).json()
            assert run["result"]["status"] == "optimal"
            hard = client.post("/v1/scenarios", content=json_bytes(hard_scenario()), headers=JSON).json()["id"]
            long = client.post("/v1/runs", json={"scenario": hard, "limits": {"time": 300}}).headers["location"]
            with client.stream("GET", f"{long}/events") as stream:  # events come while it runs
                for line in stream.iter_lines():
                    if line == "event: incumbent":
                        break
        children = children_of(server.pid)
        assert children
        # a solve stands back behind beats and requests
        assert all(os.getpriority(os.PRIO_PROCESS, child) > os.getpriority(os.PRIO_PROCESS, 0) for child in children)
        os.kill(server.pid, signal.SIGKILL)  # no time for anything: the children notice by themselves
        server.wait()
        give_up = time.monotonic() + 20
        while not gone(children) and time.monotonic() < give_up:
            time.sleep(0.05)
        assert gone(children)
    finally:
        server.kill()
        server.communicate()
    server, address = launch(database)  # everything is still there; what was under way goes on
    try:
        with httpx2.Client(base_url=address, timeout=30) as client:
            assert client.get(f"/v1/plans/{run['plan']}").json() == run["result"]
            with client.stream("GET", f"{long}/events", headers={"Last-Event-ID": "2"}) as stream:
                states: list[str] = []
                for line in stream.iter_lines():
                    if line.startswith("data: "):
                        states.append(orjson.loads(line.removeprefix("data: ")).get("status", ""))
                    if "queued" in states and states[-1] == "running":
                        assert client.delete(long).status_code in (200, 202)
            assert states[-1] == "cancelled"
        children = children_of(server.pid)
        assert children  # the one that is kept ready
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) in (0, -signal.SIGTERM)
        assert gone(children)
    finally:
        server.kill()
        server.communicate()


def test_an_address_in_use_leaves_the_database_alone(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve("127.0.0.1", taken.getsockname()[1], Settings(database=str(tmp_path / "never.db")))
    assert not (tmp_path / "never.db").exists()


def test_answers_do_not_wait_for_acknowledgements() -> None:
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()[:2]):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
