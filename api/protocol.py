"""HTTP/1.1 on a socket: uvicorn's, with time limits for slow clients, and problems in place of plain text."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import Any

import h11
import orjson
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from api.errors import MEDIA_TYPE, Problem

_LINGER = 1.0
"""Seconds in which a client that was refused may find that out."""


class Protocol(H11Protocol):
    """One connection.

    Parameters
    ----------
    head_seconds : float
        Seconds that the head of a request may take to come, and what is left of a body that nobody reads.
    stall_seconds : float
        Seconds that a client may leave an answer unread before it is cut off.
    connections : int
        Connections that are taken at once; one more is answered with 503.
    """

    def __init__(
        self,
        *given: Any,
        head_seconds: float = 15.0,
        stall_seconds: float = 60.0,
        connections: int = 1000,
        **named: Any,
    ) -> None:
        super().__init__(*given, **named)
        self._head_seconds, self._stall_seconds, self._most = head_seconds, stall_seconds, connections
        self._head: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for a request."""
        super().connection_made(transport)
        if len(self.connections) > self._most:
            self._refuse("too_many_connections", {"Retry-After": "1"})
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take in what came."""
        if not self._refused:
            super().data_received(data)
            self._watch()

    def on_response_complete(self) -> None:
        """Be ready for the next request."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        _stop(self._head)
        _stop(self._stall)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give a client that does not read some time."""
        super().pause_writing()
        self._stall = self._stall or self.loop.call_later(self._stall_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on with a client that reads again."""
        _stop(self._stall)
        self._stall = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP with a problem; uvicorn calls this while it handles the fault."""
        fault = sys.exc_info()[1]
        if isinstance(fault, h11.RemoteProtocolError) and fault.error_status_hint == 431:
            line_came = b"\n" in self.conn.trailing_data[0]
            self._refuse("head_too_large" if line_came else "address_too_long")
        else:
            self._refuse("request_malformed")

    def _watch(self) -> None:
        """Run the clock while a head is awaited, or the rest of a request that has been answered."""
        if self._refused or self.transport.is_closing():
            return
        heard = self.conn.their_state is h11.SEND_BODY and self.conn.our_state in (h11.DONE, h11.MUST_CLOSE)
        begun = self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None
        if not heard and not begun:
            _stop(self._head)
            self._head = None
        elif self._head is None:
            self._head = self.loop.call_later(self._head_seconds, self._late)

    def _late(self) -> None:
        self._head = None
        if self.conn.our_state is h11.IDLE:
            self._refuse("request_too_slow")
        else:
            self.transport.abort()

    def _refuse(self, code: str, headers: dict[str, str] | None = None) -> None:
        """Answer with a problem that needs no request, and close the connection.

        What still comes is read for a moment: a connection that is closed on what was sent may lose the answer.
        """
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        problem = Problem(code)
        body = orjson.dumps(problem.document("en"))
        told = {
            "content-type": MEDIA_TYPE,
            "content-length": str(len(body)),
            "content-language": "en",
            "cache-control": "no-store",
            "connection": "close",
            **(headers or {}),
        }
        status = problem.status_code
        for event in (
            h11.Response(status_code=status, headers=list(told.items()), reason=STATUS_PHRASES[status]),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self._refused = True
        self.connections.discard(self)  # it takes nobody's place
        self.transport.write_eof()
        _stop(self._head)
        self._head = self.loop.call_later(_LINGER, self.transport.abort)


def protocol_with(**limits: Any) -> type[asyncio.Protocol]:
    """Return the protocol with its limits set, as uvicorn takes one (it only calls it)."""
    return partial(Protocol, **limits)  # type: ignore[return-value]  # called like a class


def _stop(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
