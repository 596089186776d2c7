"""The doors: whoever has no right to be here does not come further."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.doors.caller import OPEN, Caller
from api.doors.keys import FRESH_SECONDS, PREFIX, Keys
from api.doors.opening import came_from_here, is_loopback, meant_for_here
from api.doors.rates import Rates, Standing, name_of, written
from api.doors.recording import Recorder
from api.doors.refusals import KEY_PLACE, missing, refused
from api.doors.tokens import Tokens
from api.errors import Problem
from api.runs.clock import now
from api.settings import Settings
from api.store import Store, StoreDownError
from api.store.audit import AuditRecord

PUBLIC = frozenset({"/healthz", "/openapi.json"})
"""What everybody may see: it tells nothing of anybody."""
WATCH = frozenset({"/readyz", "/metrics"})
"""What whoever watches the service may see: from this machine, by setting, or with any key."""
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Gate:
    """Knows who is calling, whether they may, and how often: one for a process.

    Parameters
    ----------
    store : Store
    settings : Settings
    host : str
        Where the service listens.
    """

    def __init__(
        self, store: Store, settings: Settings, host: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings, self._local = settings, is_loopback(host)
        self.keys = Keys(store.database, clock)
        self.recorder = Recorder(store.database, clock)
        self._rates, self._failures = Rates(settings.rate, clock), Rates(settings.failures, clock)
        self._tokens = None
        if settings.oidc_issuer:
            self._tokens = Tokens(
                settings.oidc_issuer,
                settings.oidc_audience,
                settings.oidc_tenant_claim,
                settings.oidc_scope_claim,
                settings.oidc_scope_prefix,
                settings.oidc_leeway,
            )

    async def caller(self, request: Request) -> Caller | None:
        """Return who sent a request; None where that does not matter.

        Raises
        ------
        Problem
            ``credentials_missing``, ``credentials_invalid``, ``too_many_failures`` or ``issuer_unavailable``.
        StoreDownError
            If it would take the store to know.
        """
        path = request.scope["path"]
        if path in PUBLIC or (path in WATCH and (self._settings.open_watch or came_from_here(request))):
            return None
        credential = credential_of(request)
        if credential is None:
            return await self._anybody(request)
        address = _address(request)
        full = self._failures.full(address)
        if full is not None and self.keys.known(credential) is None:
            raise _too_many("too_many_failures", full)
        try:
            return await self.verified(credential)
        except Problem as problem:
            if problem.status_code == 401:
                if full is not None:
                    raise _too_many("too_many_failures", full) from problem
                self._failures.hit(address)
            if "authorization" not in request.headers:
                problem.faults = tuple((KEY_PLACE, code, facts) for _, code, facts in problem.faults)
            raise

    async def verified(self, credential: str) -> Caller:
        """Return whose key or token it is."""
        if not credential.startswith(PREFIX) and self._tokens is not None:
            return await asyncio.to_thread(self._tokens.caller, credential)
        if (record := self.keys.known(credential)) is not None:  # nearly always: nobody has to wait for a thread
            return self.keys.checked(credential, record)
        return await asyncio.to_thread(self.keys.caller, credential)

    async def _anybody(self, request: Request) -> Caller:
        """Return the caller without credentials, if the service is open."""
        if self._settings.open:
            return OPEN
        if not self._local or self._tokens is not None:
            raise missing()
        keys = self.keys.known_any()
        if keys or (keys is None and await asyncio.to_thread(self.keys.any)):
            raise missing()
        if not meant_for_here(request):
            raise missing("open_elsewhere")
        return OPEN

    def count(self, caller: Caller) -> Standing | None:
        """Count a request of a caller; None if they have no limit.

        Raises
        ------
        Problem
            ``too_many_requests``.
        """
        if caller is OPEN:
            return None
        standing = self._rates.hit(f"{caller.tenant} {caller.who}", caller.rate)
        if not standing.kept:
            raise _too_many("too_many_requests", standing)
        return standing


class Doors:
    """ASGI middleware that lets in whom the gate knows, and writes down what they do."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app, self._gate = app, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its caller in ``scope["state"]["caller"]``, or answer it with a problem."""
        if scope["type"] == "lifespan":
            await self._app(scope, self._until_the_end(receive), send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._gate.recorder.settle()
        request = Request(scope)
        caller: Caller | None = None
        try:
            caller = await self._gate.caller(request)
            standing = None if caller is None else self._gate.count(caller)
        except StoreDownError:
            await self._answer(Problem("store_unavailable", headers={"Retry-After": "5"}), request, receive, send)
            return
        except Problem as problem:
            await self._refused(request, caller, problem.status_code)
            await self._answer(problem, request, receive, send)
            return
        if caller is None:
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self._app(scope, receive, _Answer(self._gate, request, caller, standing, send).send)

    def _until_the_end(self, receive: Receive) -> Receive:
        """Return a `receive` that has everything written down before the application closes its store."""

        async def told() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._gate.recorder.settle(now=True)
            return message

        return told

    async def _answer(self, problem: Problem, request: Request, receive: Receive, send: Send) -> None:
        await problem.response(request)(request.scope, receive, send)

    async def _refused(self, request: Request, caller: Caller | None, status: int) -> None:
        if status >= 500 or (status == 401 and not _credentials(request)):
            return  # a fault is no refusal, and who says nothing has tried nothing
        address = _address(request)
        if caller is not None:
            record = _record(request, caller.tenant, caller.who, "rate limit", status, None)
        else:
            tried = self._gate.keys.known(_credentials(request)[0])
            tenant, subject = ("", None) if tried is None else (tried.tenant, tried.id)
            record = _record(request, tenant, address, "authenticate", status, subject)
        await self._gate.recorder.refused(record)


class _Answer:
    """Looks at the answer to a request as it goes out."""

    def __init__(self, gate: Gate, request: Request, caller: Caller, standing: Standing | None, send: Send) -> None:
        self._gate, self._request, self._caller, self._standing, self._send = gate, request, caller, standing, send
        self._looked, self._cut = time.monotonic(), False

    async def send(self, message: Message) -> None:
        """Pass a message on: what was done is written down before its caller can hear of it."""
        if message["type"] == "http.response.start":
            if self._standing is not None:
                message = {**message, "headers": [*message["headers"], *_raw(self._standing.headers)]}
            await self._note(message["status"], dict(message["headers"]))
        elif message.get("more_body", False) and not await self._still():
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        if not self._cut:
            self._cut = message["type"] == "http.response.body" and not message.get("more_body", False)
            await self._send(message)

    async def _note(self, status: int, headers: Mapping[bytes, bytes]) -> None:
        write = self._request.method in _WRITES and 200 <= status < 300 and b"idempotent-replayed" not in headers
        if not write and status != 403:
            return
        scope, caller = self._request.scope, self._caller
        action = f"{self._request.method} {getattr(scope.get('route'), 'path', '')}"
        made = headers.get(b"location", b"").decode("latin-1").rpartition("/")[2]
        ids = [str(value) for value in scope.get("path_params", {}).values()]
        subject = " ".join(dict.fromkeys([*ids, *([made] if made else [])]))[:255] or None
        record = _record(self._request, caller.tenant, caller.who, action, status, subject)
        await (self._gate.recorder.done(record) if write else self._gate.recorder.refused(record))

    async def _still(self) -> bool:
        """Tell whether the caller may go on listening to a stream: a key can be revoked meanwhile."""
        credentials = _credentials(self._request)
        if not credentials or time.monotonic() - self._looked < FRESH_SECONDS:
            return True
        self._looked = time.monotonic()
        try:
            await self._gate.verified(credentials[0])
        except Problem as problem:
            return problem.status_code != 401
        except StoreDownError:
            return True  # nobody knows better
        return True


def credential_of(request: Request) -> str | None:
    """Return the key or token of a request; None if it has none.

    Raises
    ------
    Problem
        ``credentials_invalid``, if it has several, or something else in their place.
    """
    found = _credentials(request)
    if not found:
        return None
    if len(set(found)) > 1 or not found[0]:
        raise refused("credentials_unreadable")
    return found[0]


def _credentials(request: Request) -> list[str]:
    bearers = [given.partition(" ") for given in request.headers.getlist("authorization")]
    tokens = [token.strip() if scheme.lower() == "bearer" else "" for scheme, _, token in bearers]
    return tokens + request.headers.getlist("x-api-key")


def _address(request: Request) -> str:
    return name_of(request.client.host if request.client else "-")


def _record(request: Request, tenant: str, who: str, action: str, status: int, subject: str | None) -> AuditRecord:
    request_id = str(getattr(request.state, "request_id", "") or "-")[:128]
    return AuditRecord(tenant, now(), who[:255], action[:128], subject, status, request_id)


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def _too_many(code: str, standing: Standing) -> Problem:
    headers = standing.headers | {"Retry-After": str(standing.seconds)}
    return Problem(code, headers=headers, limit=written(standing.limit), seconds=standing.seconds)
