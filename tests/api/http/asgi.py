"""Calling an ASGI application by hand, so that a test decides what comes when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.types import ASGIApp, Message


@dataclass
class Answer:
    """What an application said."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)
    over: bool = False

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def code(self) -> str:
        """The code of a problem."""
        assert self.headers["content-type"] == "application/problem+json"
        return str(orjson.loads(self.body)["code"])


def ask(
    app: ASGIApp,
    method: str = "GET",
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    body: Iterable[bytes | float] = (),
) -> Answer:
    """Send a request and return its answer.

    Parameters
    ----------
    body : iterable of bytes or float
        What comes of the body, and how many seconds to wait in between; afterwards the client is silent if the last
        thing was a number, and else has sent all.
    """
    answer, rest = Answer(), iter(body)
    silent = ended = False

    async def receive() -> Message:
        nonlocal silent, ended
        for part in rest:
            silent = not isinstance(part, bytes)
            if isinstance(part, bytes):
                return {"type": "http.request", "body": part, "more_body": True}
            await asyncio.sleep(part)
        if silent:
            await asyncio.Event().wait()
        if ended:  # the client stays until it has its answer
            while not answer.over:
                await asyncio.sleep(0.001)
            return {"type": "http.disconnect"}
        ended = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        assert not answer.over
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.pieces.append(message.get("body", b""))
            answer.over = not message.get("more_body", False)

    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": raw,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "state": {},
    }
    asyncio.run(app(scope, receive, send))
    assert answer.over
    return answer
