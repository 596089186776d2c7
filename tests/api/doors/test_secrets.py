"""Secrets stand in no log: of a real process that is asked with good keys, bad keys and tokens."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.api.doors.conftest import House

COMMAND = [sys.executable, "-m", "api.cli"]
TOKEN = "eyJhbGciOiJIUzI1NiIsImtpZCI6InIxIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLXRoYXQtaXMtc2VjcmV0"


def run(database: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "keys", *arguments, "--database", str(database)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_real_service_with_a_key_from_the_command_line(tmp_path: Path) -> None:
    database = tmp_path / "served.db"
    made = run(database, "create", "--tenant", "acme", "--scope", "admin", "--expires", "1", "--name", "first")
    key = made.stdout.strip()
    assert made.returncode == 0 and re.fullmatch(r"pl_[0-9a-f]{16}_[0-9a-f]{64}", key)
    assert "not shown again" in made.stderr and key not in made.stderr
    environment = {**os.environ, "PLUMBLINE_OPEN": "0", "PLUMBLINE_LOG_LEVEL": "DEBUG"}
    command = [*COMMAND, "serve", "--host", "0.0.0.0", "--port", "0", "--database", str(database)]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        address = _address(server, tmp_path / "log")
        with httpx2.Client(base_url=address, headers={"X-API-Key": key}, timeout=60) as client:
            assert client.get("/v1/runs").status_code == 200
            second = client.post("/v1/keys", json={"name": "x", "scope": "crm"}).json()
            assert client.get("/v1/runs", headers={"X-API-Key": second["key"]}).status_code == 200
            wrong = [key[:-1] + ("0" if key[-1] != "0" else "1"), TOKEN]
            for credential in wrong:
                for headers in ({"X-API-Key": credential}, {"Authorization": f"Bearer {credential}"}):
                    assert httpx2.get(f"{address}/v1/runs", headers=headers).status_code == 401
            assert client.post("/v1/runs", content=b"{" + key.encode()).status_code in (415, 422)
            assert run(database, "revoke", second["id"], "--tenant", "acme").returncode == 0
            revoked = time.monotonic()
            while client.get("/v1/runs", headers={"X-API-Key": second["key"]}).status_code != 401:
                assert time.monotonic() < revoked + 10, "a revocation by another process is known within ten seconds"
                time.sleep(0.2)
            assert run(database, "list", "--tenant", "acme").stdout.count("revoked") == 1
        assert httpx2.get(f"{address}/v1/runs").status_code == 401
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
    written = (tmp_path / "log").read_text()
    assert "/v1/runs" in written, written  # it does tell of requests
    for secret in (key, second["key"], *wrong):
        for part in (secret, secret.rpartition("_")[2], secret.rpartition(".")[2]):
            assert part not in written
    data = b"".join(path.read_bytes() for path in tmp_path.glob("served.db*"))
    assert key.rpartition("_")[2].encode() not in data and second["id"].encode() in data


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    while server.poll() is None:
        if found := re.search(r"http://0\.0\.0\.0:(\d+)", log.read_text()):
            return f"http://127.0.0.1:{found[1]}"
    raise AssertionError(log.read_text())


def test_beyond_loopback_without_keys_it_does_not_start(tmp_path: Path) -> None:
    command = [*COMMAND, "serve", "--host", "0.0.0.0", "--port", "0", "--database", str(tmp_path / "none.db")]
    environment = {**os.environ, "PLUMBLINE_OPEN": "0"}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert ended.returncode == 1 and "plumbline keys create" in ended.stderr and "Traceback" not in ended.stderr


def test_nothing_within_tells_a_secret(house: Callable[..., House], caplog: pytest.LogCaptureFixture) -> None:
    one = house()
    with caplog.at_level(logging.DEBUG):
        good = one.key()
        secret = good["Authorization"].rpartition("_")[2]
        assert one.client.get("/v1/runs", headers=good).status_code == 200
        assert one.client.get("/v1/runs", headers={"Authorization": f"Basic {secret}"}).status_code == 401
        refused = one.client.get("/v1/runs", headers={"X-API-Key": f"pl_{'0' * 16}_{secret}"})
    assert secret not in caplog.text and secret not in refused.text
    assert all(secret not in str(entry) for tenant in ("acme", "") for entry in one.audit(tenant))
    assert secret not in repr(one.app.state.gate.__dict__) and secret not in repr(one.app.state.gate.keys.__dict__)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("create", "--scope", "root"), 2, "there is no scope root"),
        (("create", "--scope", "crm", "--rate", "often"), 2, "often is no limit"),
        (("create", "--scope", "crm", "--tenant", "../x"), 2, "a tenant has"),
        (("create", "--scope", "crm", "--name", "two\nlines"), 2, "a name is a line"),
        (("create", "--scope", "crm", "--expires", "0"), 2, "--expires"),
        (("revoke", "0123456789abcdef"), 1, "has no key 0123456789abcdef"),
        (("list",), 0, "has no keys"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    ended = run(tmp_path / "keys.db", *arguments)
    assert ended.returncode == code and said in ended.stderr and "Traceback" not in ended.stderr
