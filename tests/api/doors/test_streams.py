"""A stream ends when the key that opened it is revoked."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from api.doors import middleware
from api.doors.keys import made
from api.doors.middleware import Doors, Gate
from api.runs.clock import now
from api.settings import Settings
from api.store import open_store
from api.store.keys import Keys

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def streamed(monkeypatch: pytest.MonkeyPatch, *, revoked: bool, looks: float) -> list[bytes]:
    """Return what comes through of a stream of four pieces, when the key is revoked after the second, or not."""
    store = open_store(":memory:")
    record, key = made("acme", "x", "crm", "tests")
    keys = Keys(store.database, "acme")
    keys.add(record)
    gate = Gate(store, Settings(open=False), "127.0.0.1")
    monkeypatch.setattr(middleware, "FRESH_SECONDS", looks)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for k in range(4):
            if k == 2 and revoked:
                keys.revoke(record.id, now())
                gate.keys.forget(record.id)
            await send({"type": "http.response.body", "body": b"%d" % k, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        assert not over(sent), "nothing may come after the end"
        sent.append(message)

    headers = [(b"x-api-key", key.encode())]
    scope = {"type": "http", "method": "GET", "path": "/v1/x", "headers": headers, "client": ("192.0.2.7", 1)}
    await Doors(app, gate)(scope, receive, send)
    assert over(sent)
    store.close()
    return [message["body"] for message in sent[1:]]


def over(sent: list[dict[str, Any]]) -> bool:
    return bool(sent) and sent[-1]["type"] == "http.response.body" and not sent[-1]["more_body"]


async def test_a_stream_ends_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await streamed(monkeypatch, revoked=True, looks=0.0) == [b"0", b"1", b""]


async def test_a_stream_of_a_good_key_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await streamed(monkeypatch, revoked=False, looks=0.0) == [b"0", b"1", b"2", b"3", b""]


async def test_the_key_of_a_stream_is_not_looked_at_for_every_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await streamed(monkeypatch, revoked=True, looks=60.0) == [b"0", b"1", b"2", b"3", b""]
