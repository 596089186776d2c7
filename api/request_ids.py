"""Every request has an id, and leaves one line in the logs."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import logs
from api.metrics import method_of, route_of

HEADER = "X-Request-Id"
_VALID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_OFTEN = frozenset({"/healthz", "/readyz", "/metrics"})
"""Routes that machines ask for all day: their lines are written at level debug, unless something is wrong."""

log = logging.getLogger("plumbline.access")


class RequestIds:
    """ASGI middleware, the outermost: takes the id from ``X-Request-Id`` if it is valid, or makes one.

    It stands in ``scope["state"]["request_id"]``, in every line of the logs that the request leads to, and in the
    answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on under its id, and write its line when it is over."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = _id_of(scope)
        scope.setdefault("state", {})["request_id"] = number
        began = time.perf_counter()
        status = 500  # if nobody answers, somebody further out does, with this
        sent = 0

        async def watch(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = number
            else:
                sent += len(message.get("body", b""))
            await send(message)

        with logs.bound(request=number):
            try:
                await self._app(scope, receive, watch)
            finally:
                _tell(scope, status, sent, time.perf_counter() - began)


def _id_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _VALID.fullmatch(value):
            given: str = value.decode("ascii")
            return given
    return uuid.uuid4().hex


def _tell(scope: Scope, status: int, sent: int, seconds: float) -> None:
    route, method = route_of(scope), method_of(scope)
    client = scope.get("client")
    facts: dict[str, Any] = {
        "method": method,
        "route": route,
        "status": status,
        "seconds": round(seconds, 6),
        "bytes": sent,
        "address": client[0] if client else None,
    }
    caller = scope["state"].get("caller")
    if caller is not None:
        facts |= {"caller": caller.who, "tenant": caller.tenant}
    level = logging.DEBUG if route in _OFTEN and status < 500 else logging.INFO
    log.log(level, "%s %s %d", method, route, status, extra=facts)
