"""Bodies: taken in whole before anybody works on them, within limits of size, time and memory."""

from __future__ import annotations

import asyncio
import hashlib
import io
import tempfile
import time
from collections.abc import Iterable, Iterator
from typing import IO

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Problem, all_invalid
from api.settings import Settings
from api.unpacking import UNPACKERS, DamagedBodyError, Plain, Unpacker
from scenarios.formats.json import repeated_keys

UPLOAD_PATH = "/v1/scenarios"
IN_MEMORY = 1 << 20
"""Bytes of a body that are held in memory; of a larger one nothing is, it goes to a file."""

_CHUNK = 1 << 18
_DRAINED = 1 << 22
"""Bytes of a refused body that are still read, so that the refusal gets through to a client that sends first."""
_DRAIN_SECONDS = 1.0
_CLOSE = {"Connection": "close"}


class Body:
    """A whole body: in memory while it is small, then in a file without a name, which vanishes with the process."""

    def __init__(self) -> None:
        self._file: IO[bytes] = io.BytesIO()
        self._digest = hashlib.sha256()
        self.size = 0

    def add(self, piece: bytes) -> None:
        """Take in what comes next."""
        if not self.large and self.size + len(piece) > IN_MEMORY:
            begun, self._file = self.data(), tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
            self._file.write(begun)
        self._file.write(piece)
        self._digest.update(piece)
        self.size += len(piece)

    def close(self) -> None:
        """Let go of it."""
        self._file.close()

    @property
    def large(self) -> bool:
        """Whether it is in a file."""
        return self.size > IN_MEMORY

    @property
    def sha256(self) -> str:
        """Digest of all its bytes, unpacked."""
        return self._digest.hexdigest()

    def chunks(self) -> Iterator[bytes]:
        """Yield its bytes from the beginning; several may do so, but one after the other."""
        self._file.seek(0)
        while chunk := self._file.read(_CHUNK):
            yield chunk

    def data(self) -> bytes:
        """Return all its bytes."""
        self._file.seek(0)
        return self._file.read()


NOTHING = Body()
"""The body of a request that has none."""


def body_of(scope: Scope) -> Body:
    """Return the body of a request, which `TakeBodies` has taken in."""
    body: Body = scope.get("state", {}).get("body", NOTHING)
    return body


class TakeBodies:
    """ASGI middleware that takes a request's body in: `body_of` gives it to whoever wants it, `receive` too.

    A body may be packed (`Content-Encoding`: gzip or zstd); everybody behind sees it unpacked. Whatever is wrong with
    it is answered here, before an idempotency key is claimed or a route begins.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body, or answer with what is wrong with that."""
        if scope["type"] != "http" or not _has_body(headers := Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        body = Body()
        try:
            try:
                unpacker = self._opened(scope, headers)
                await self._read(body, scope, receive, unpacker)
                if not isinstance(unpacker, Plain):
                    scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in _OF_PACKED]
            except Problem as problem:
                await _refuse(problem, scope, receive, send)
                return
            except _LostError:
                return
            scope.setdefault("state", {})["body"] = body
            await self._app(scope, _again(body, receive), send)
        finally:
            await asyncio.to_thread(body.close) if body.large else body.close()

    def _limit(self, scope: Scope) -> int:
        return self._settings.upload_bytes if scope["path"] == UPLOAD_PATH else self._settings.body_bytes

    def _opened(self, scope: Scope, headers: Headers) -> Unpacker:
        """Return what unpacks a body, or raise what the headers alone tell."""
        limit = self._limit(scope)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdecimal()) or len(length) > 18 or int(length) > limit:
            raise Problem("body_too_large", limit=limit, headers=_CLOSE)
        coding = headers.get("content-encoding", "identity").strip().lower()
        if coding in ("identity", ""):
            return Plain()
        made = UNPACKERS.get(coding.removeprefix("x-"))
        if made is None:
            known = ", ".join(UNPACKERS)
            raise Problem(
                "encoding_unknown", given=coding, accepted=known, headers={"Accept-Encoding": known, **_CLOSE}
            )
        return made()

    async def _read(self, body: Body, scope: Scope, receive: Receive, unpacker: Unpacker) -> None:
        limit, began, came, more = self._limit(scope), time.monotonic(), 0, True

        def take(packed: bytes) -> None:
            for piece in unpacker.feed(packed):
                if body.size + len(piece) > limit:
                    raise Problem("body_too_large", limit=limit, headers=_CLOSE)
                body.add(piece)

        try:
            while more:
                allowed = self._settings.body_seconds + came / self._settings.body_rate
                try:
                    message = await asyncio.wait_for(receive(), max(0.0, began + allowed - time.monotonic()))
                except TimeoutError as late:
                    raise Problem("body_too_slow", headers=_CLOSE) from late
                if message["type"] == "http.disconnect":
                    raise _LostError
                packed, more = message.get("body", b""), message.get("more_body", False)
                came += len(packed)
                if came > limit:
                    raise Problem("body_too_large", limit=limit, headers=_CLOSE)
                if isinstance(unpacker, Plain) and not body.large:
                    take(packed)
                else:  # unpacking and writing to a disk may take a while
                    await asyncio.to_thread(take, packed)
            unpacker.close()
        except DamagedBodyError as fault:
            coding = Headers(scope=scope).get("content-encoding", "")
            raise Problem("body_damaged", encoding=coding, headers=_CLOSE) from fault
        except OSError as fault:  # no room for the file
            raise Problem("no_room", headers={"Retry-After": "30", **_CLOSE}) from fault


_OF_PACKED = (b"content-encoding", b"content-length")


class _LostError(Exception):
    """The client has gone."""


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _again(body: Body, receive: Receive) -> Receive:
    """Return a `receive` that gives a body, and then what the client does."""
    chunks, over = body.chunks(), False

    async def replay() -> Message:
        nonlocal over
        if over:
            return await receive()
        chunk = (await asyncio.to_thread(next, chunks, b"")) if body.large else next(chunks, b"")
        over = not chunk
        return {"type": "http.request", "body": chunk, "more_body": not over}

    return replay


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer, and then read on for a moment: a connection that is closed on what was sent may lose the answer."""
    tail: Message = {"type": "http.response.body", "body": b"", "more_body": False}

    async def hold(message: Message) -> None:
        await send({**message, "more_body": True} if message["type"] == "http.response.body" else message)

    await problem.response(Request(scope))(scope, receive, hold)

    async def drain() -> None:
        read, more = 0, True
        while more and read < _DRAINED:
            message = await receive()
            read += len(message.get("body", b""))
            more = message.get("more_body", False)

    try:
        await asyncio.wait_for(drain(), _DRAIN_SECONDS)
    except TimeoutError:
        pass
    finally:
        await send(tail)


def media_type(request: Request, accepted: Iterable[str]) -> str:
    """Return the content type of a request, without its parameters.

    Raises
    ------
    Problem
        ``media_type_unknown``, if it is not one of those accepted.
    """
    accepted = list(accepted)
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in accepted:
        listed = ", ".join(accepted)
        raise Problem("media_type_unknown", given=given or "-", accepted=listed, headers={"Accept-Post": listed})
    return given


async def json_only(request: Request) -> None:
    """Refuse, as a dependency of a route, any body that does not say it is JSON, or has a key twice."""
    media_type(request, ["application/json"])
    data = await request.body()
    if repeated := repeated_keys(data, await request.json()) if data else []:
        raise all_invalid((place, "repeated", {}) for place, _ in repeated)
