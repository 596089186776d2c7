"""Live, ready, or why not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.routes.health import PARTS
from api.settings import Settings
from api.store import StoreDownError
from tests.api.conftest import PROBLEM


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def reasons(client: TestClient, query: str = "") -> set[tuple[str, str]]:
    """Return place and code of everything that keeps a service from being ready."""
    answer = client.get(f"/readyz{query}")
    if answer.status_code == 200:
        assert answer.json() == {"status": "ready"}
        return set()
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"], problem["code"]) == (503, PROBLEM, "not_ready")
    assert int(answer.headers["retry-after"]) > 0
    assert all(fault["message"] for fault in problem["errors"])
    assert all(fault["pointer"].removeprefix("#") in problem["detail"] for fault in problem["errors"])
    return {(fault["pointer"], fault["code"]) for fault in problem["errors"]}


def down(*_: Any) -> None:
    raise StoreDownError("gone")


def test_ready(own_client: Callable[..., TestClient]) -> None:
    client = own_client(solvers=1)
    assert reasons(client) == set()
    assert client.get("/healthz").json() == {"status": "ok"}


def test_no_database(own_client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch) -> None:
    client = own_client(solvers=1)
    monkeypatch.setattr(client.app.state.service.store.database, "ping", down)  # type: ignore[attr-defined]
    assert reasons(client) == {("#store", "store_down")}  # and not a second one that follows from it
    assert client.get("/healthz").status_code == 200


def test_no_place_for_tables(own_client: Callable[..., TestClient], tmp_path: Path) -> None:
    client = own_client(solvers=1, blobs=str(tmp_path / "tables"))
    assert reasons(client) == set()
    client.app.state.service.store.blobs.ping = down  # type: ignore[attr-defined]
    assert reasons(client) == {("#tables", "tables_down")}


def test_nobody_solves(idle: TestClient) -> None:
    assert reasons(idle) == {("#solvers", "no_solver")}
    assert reasons(idle, "?exclude=solvers") == set()


def test_a_process_that_has_lost_its_part(own_client: Callable[..., TestClient]) -> None:
    client = own_client(solvers=1)
    service = client.app.state.service  # type: ignore[attr-defined]
    assert client.portal is not None
    client.portal.call(lambda: [task.cancel() for task in service.worker._tasks])
    assert reasons(client) == {("#worker", "worker_down")}


def test_an_unstarted_service() -> None:
    client = TestClient(create_app(Settings(database=":memory:", spare=False)))
    assert reasons(client) == {("#worker", "worker_down"), ("#solvers", "no_solver")}


@pytest.mark.parametrize("tables", ["database", "folder"])
def test_a_disk_that_is_nearly_full(
    own_client: Callable[..., TestClient], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: str
) -> None:
    folder = str(tmp_path / "tables")
    client = own_client(solvers=1, blobs=folder if tables == "folder" else "database", least_free_bytes=1000)
    full = folder if tables == "folder" else str(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(9000, 0, 999 if str(place) == full else 1000))
    assert reasons(client) == {("#disk", "disk_nearly_full")}
    chinese = client.get("/readyz", headers={"Accept-Language": "zh-CN"}).json()["errors"][0]["message"]
    assert "999" in chinese and tmp_path.name not in chinese
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(9000, 0, 0))  # all of them
    assert client.get("/readyz").json()["detail"].count("disk") == 1
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(9000, 0, 1000))
    assert reasons(client) == set()


def test_all_reasons_at_once(own_client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch) -> None:
    client = own_client(solvers=0, least_free_bytes=1 << 62)
    monkeypatch.setattr(client.app.state.service.store.blobs, "ping", down)  # type: ignore[attr-defined]
    assert {place for place, _ in reasons(client)} == {"#tables", "#solvers", "#disk"}
    everything = "&".join(f"exclude={part}" for part in PARTS)
    assert reasons(client, f"?{everything}") == set()


def test_an_unknown_part(idle: TestClient) -> None:
    answer = idle.get("/readyz?exclude=nonsense")
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
