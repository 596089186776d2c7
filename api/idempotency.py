"""Idempotency keys: a POST that is sent again gets the answer that it got before, and does nothing again."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bodies import body_of
from api.doors.caller import caller_of
from api.errors import Problem
from api.runs.clock import now
from api.service import Service
from api.store import Answer

Settle = Callable[[Answer | None], Awaitable[None]]

_KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")


class Idempotency:
    """ASGI middleware that honours `Idempotency-Key` on every POST.

    Only an answer that says it worked is kept: after an error the same key may try again. What is created on the way
    can take its id from ``request_token`` in the state of the scope, which is the same each time: so there is one of
    it, even if the process dies before its answer is kept. An answer that holds a secret leaves another one to be kept
    in ``kept_body``.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it from memory.

        Raises
        ------
        Problem
            ``key_invalid``; ``key_reused`` for another request with the same key; ``request_in_progress``.
        """
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        key = Request(scope).headers.get("idempotency-key")
        if key is None:
            await self._app(scope, receive, send)
            return
        if _KEY.fullmatch(key) is None:
            raise Problem("key_invalid")
        fingerprint = _fingerprint(scope)
        tenant, process = caller_of(scope).tenant, self._service.worker.id
        kept = self._service.store.of(tenant)
        claim = await asyncio.to_thread(kept.begin_request, key, fingerprint, process, now())
        if claim == "other":
            raise Problem("key_reused")
        if claim == "running":
            raise Problem("request_in_progress", headers={"Retry-After": "1"})
        if isinstance(claim, Answer):
            await _replay(claim, send)
            return
        token = hashlib.sha256(b"\0".join(part.encode() for part in (tenant, key, fingerprint))).hexdigest()[:32]
        scope.setdefault("state", {})["request_token"] = token

        async def settle(answer: Answer | None) -> None:
            await asyncio.shield(asyncio.to_thread(kept.end_request, key, process, answer))

        await self._answer(settle, scope, receive, send)

    async def _answer(self, settle: Settle, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and keep what it says before the client can hear it."""
        start: Message = {}
        body, settled = b"", False

        async def record(message: Message) -> None:
            nonlocal start, body, settled
            if message["type"] == "http.response.start":
                start = message
            else:
                body += message.get("body", b"")
                if 200 <= start["status"] < 300 and not message.get("more_body", False):
                    again = scope["state"].get("kept_body", body)
                    await settle(Answer(start["status"], _headers(start, again), again))
                    settled = True
            await send(message)

        try:
            await self._app(scope, receive, record)
        finally:
            if not settled:
                await settle(None)


def _headers(start: Message, body: bytes) -> dict[str, str]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return headers | {"content-length": str(len(body))}


def _fingerprint(scope: Scope) -> str:
    digest = hashlib.sha256()
    media = Request(scope).headers.get("content-type", "")
    may = caller_of(scope).scope.encode()  # who may do less does not get an answer that was given to who may more
    for part in (may, scope["path"].encode(), scope["query_string"], media.encode(), body_of(scope).sha256.encode()):
        digest.update(b"%d:" % len(part) + part)
    return digest.hexdigest()


async def _replay(answer: Answer, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    headers.append((b"idempotent-replayed", b"true"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
