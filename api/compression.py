"""Packed answers: zstd or gzip, as `Accept-Encoding` asks for; pieces of a stream stay pieces."""

from __future__ import annotations

import asyncio
import re
import zlib

import zstandard
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 1_000
"""An answer that has fewer bytes, or begins with fewer, is not worth it."""

_IN_A_THREAD = 1 << 17
"""Bytes from which packing would hold others up."""
_LEVELS = {"zstd": 3, "gzip": 5}
_KINDS = ("text/", "application/json", "application/problem+json", "application/geo+json", "image/svg+xml")
_STREAM = "text/event-stream"
_QUALITY = re.compile(r"\s*;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*$", re.ASCII)


def coding_of(accepted: str) -> str | None:
    """Return the content coding that an `Accept-Encoding` likes best of ours; None for none (RFC 9110, 12.5.3)."""
    wishes: dict[str, float] = {}
    for wish in accepted.split(","):
        found = _QUALITY.search(wish)
        wishes[wish.partition(";")[0].strip().lower()] = float(found[1]) if found else 1.0
    best, liked = None, 0.0
    for coding in _LEVELS:
        quality = wishes.get(coding, wishes.get("*", 0.0))
        if quality > liked:
            best, liked = coding, quality
    return best if liked >= wishes.get("identity", 0.0) else None


class PackAnswers:
    """ASGI middleware that packs what can be packed: not what is so already, no events, nothing small."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and pack its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        coding = coding_of(", ".join(Headers(scope=scope).getlist("accept-encoding")))
        await self._app(scope, receive, _Packing(coding, send))


class _Packing:
    """A `send` that packs one answer."""

    def __init__(self, coding: str | None, send: Send) -> None:
        self._coding, self._send = coding, send
        self._start: Message | None = None
        self._machine: zlib._Compress | zstandard.ZstdCompressionObj | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            if not _can_be_packed(message["status"], headers):
                await self._send(message)
                return
            headers.add_vary_header("Accept-Encoding")
            if self._coding is None:
                await self._send(message)
                return
            self._start = message  # until the first piece tells how much there is
            return
        if message["type"] != "http.response.body" or (self._start is None and self._machine is None):
            await self._send(message)
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._start is not None:
            start, self._start = self._start, None
            if len(body) < SMALLEST:
                await self._send(start)
                await self._send(message)
                return
            packed = await self._pack(body, more)
            headers = MutableHeaders(raw=start["headers"])
            headers["Content-Encoding"] = self._coding or ""
            if more:
                del headers["Content-Length"]
            else:
                headers["Content-Length"] = str(len(packed))
            await self._send(start)
        else:
            packed = await self._pack(body, more)
        await self._send({**message, "body": packed})

    async def _pack(self, body: bytes, more: bool) -> bytes:
        if len(body) < _IN_A_THREAD:
            return self._packed(body, more)
        return await asyncio.to_thread(self._packed, body, more)

    def _packed(self, body: bytes, more: bool) -> bytes:
        if self._coding == "gzip":
            if self._machine is None:
                self._machine = zlib.compressobj(_LEVELS["gzip"], zlib.DEFLATED, 16 + zlib.MAX_WBITS)
            ended = zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH
        else:
            if self._machine is None:
                self._machine = zstandard.ZstdCompressor(_LEVELS["zstd"]).compressobj()
            ended = zstandard.COMPRESSOBJ_FLUSH_BLOCK if more else zstandard.COMPRESSOBJ_FLUSH_FINISH
        return self._machine.compress(body) + self._machine.flush(ended)


def _can_be_packed(status: int, headers: Headers) -> bool:
    kind = headers.get("content-type", "").lower()
    if status < 200 or status in (204, 206, 304) or "content-encoding" in headers or kind.startswith(_STREAM):
        return False
    return kind.startswith(_KINDS)
