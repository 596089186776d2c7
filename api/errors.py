"""Errors as data: problems (RFC 9457) with a stable type, a code, and JSON pointers to every fault."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.field_fault_texts import FIELD_FAULTS
from api.negotiation import locale_of_request
from api.problem_texts import PROBLEMS
from api.store.database import StoreDownError
from scenarios.issues import Issue, pointer
from scenarios.texts import Locale

log = logging.getLogger("plumbline.api")

MEDIA_TYPE = "application/problem+json"

_BY_STATUS = {404: "not_found", 405: "method_not_allowed"}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_STORE_AGAIN = {"Retry-After": "5"}
"""Seconds after which a store that is down is worth another try."""


class Problem(HTTPException):
    """An answer that says what is wrong.

    Parameters
    ----------
    code : str
        A key of `PROBLEMS`, which gives status and texts.
    issues : iterable of Issue
        Faults of a scenario, for `errors[]`.
    faults : iterable of (pointer, code, facts)
        Faults of the request itself, with codes from `FIELD_FAULTS`, for `errors[]`.
    headers : mapping, optional
        Further headers of the answer.
    facts
        What the detail needs.
    """

    def __init__(
        self,
        code: str,
        *,
        issues: Iterable[Issue] = (),
        faults: Iterable[tuple[str, str, Mapping[str, Any]]] = (),
        headers: Mapping[str, str] | None = None,
        **facts: object,
    ) -> None:
        super().__init__(PROBLEMS[code].status, code, dict(headers or {}))
        self.code, self.facts = code, facts
        self.issues, self.faults = tuple(issues), tuple(faults)

    def document(self, locale: Locale) -> dict[str, Any]:
        """Return the problem as a JSON-ready object."""
        text = PROBLEMS[self.code]
        document: dict[str, Any] = {
            "type": type_of(self.code),
            "title": text.title.format(locale),
            "status": text.status,
            "detail": text.detail.format(locale, **self.facts),
            "code": self.code,
        }
        errors = [issue.record(locale) for issue in self.issues]
        errors += [_fault_record(place, code, facts, locale) for place, code, facts in self.faults]
        return document | ({"errors": errors} if errors else {})

    def response(self, request: Request) -> Response:
        """Return the answer, in the language that the request asks for."""
        locale = locale_of_request(request)
        headers = {**(self.headers or {}), "Content-Language": locale, "Vary": "Accept-Language"}
        return Response(_bytes(self.document(locale)), self.status_code, headers, MEDIA_TYPE)


def type_of(code: str) -> str:
    """Return the `type` of a problem: a name that never changes, not an address."""
    return "urn:plumbline:problem:" + code.replace("_", "-")


def _fault_record(place: str, code: str, facts: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    text = FIELD_FAULTS.get(code) or FIELD_FAULTS[_kind_of(code)]
    return {"code": code, "pointer": place, "message": text.format(locale, **facts)}


def _kind_of(code: str) -> str:
    if code.startswith(("float_", "finite_")):
        return "_number"
    if code.startswith("int_"):
        return "_integer"
    if code.startswith("bool_"):
        return "_bool"
    if code.startswith("string_"):
        return "_text"
    return "_object" if code.startswith(("model_", "dict_")) else "_other"


def _bytes(document: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(document)
    except TypeError:  # half of a surrogate pair, which JSON can spell and UTF-8 cannot
        return orjson.dumps(_printable(document))


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_printable(k): _printable(v) for k, v in value.items()}
    return [_printable(v) for v in value] if isinstance(value, list | tuple) else value


def invalid(place: str, code: str, **facts: Any) -> Problem:
    """Return the problem of one wrong place in a request."""
    return all_invalid([(place, code, facts)])


def all_invalid(faults: Iterable[tuple[str, str, Mapping[str, Any]]]) -> Problem:
    """Return the problem of several wrong places in a request."""
    found = list(faults)
    return Problem("request_invalid", faults=found, count=len(found))


def incident(fault: BaseException, what: str) -> str:
    """Write a fault of ours to the log, and return the id under which it stands there."""
    number = uuid.uuid4().hex[:12]
    log.error("incident %s: %s", number, what, exc_info=fault)
    return number


def install(app: FastAPI) -> None:
    """Make the application answer every error of a route with a problem; `AnswerFaults` sees to the middleware."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(StoreDownError, _down)
    app.add_exception_handler(Exception, _internal)


class AnswerFaults:
    """ASGI middleware, around all others, that answers what one of them raises with a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; an error before the answer began is the answer, after that it breaks the connection."""
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            if "\0" in scope.get("path", ""):
                raise Problem("not_found")  # and no database need be asked
            await self._app(scope, receive, watch)
        except (Problem, StoreDownError) as fault:
            if begun or scope["type"] != "http":
                raise
            request = Request(scope)
            answer = fault.response(request) if isinstance(fault, Problem) else _down(request, fault)
            await answer(scope, receive, send)


def _http(request: Request, fault: Exception) -> Response:
    if isinstance(fault, Problem):
        return fault.response(request)
    assert isinstance(fault, HTTPException)
    if fault.status_code == 304:
        return Response(status_code=304, headers=fault.headers)
    code = _BY_STATUS.get(fault.status_code, "body_unreadable")
    headers = {**(fault.headers or {}), **({"Allow": _allowed(request)} if code == "method_not_allowed" else {})}
    return Problem(code, headers=headers, method=request.method).response(request)


def _allowed(request: Request) -> str:
    """Return the methods that an address takes: a router tells only those of the first route it has for it."""
    routes = request.app.routes
    taken = [m for m in _METHODS if any(r.matches({**request.scope, "method": m})[0] == Match.FULL for r in routes)]
    return ", ".join((["GET", "HEAD"] if "GET" in taken else []) + [m for m in taken if m != "GET"])


def _validation(request: Request, fault: Exception) -> Response:
    """List all faults of a request: those of the body by JSON pointer, others as ``#query/name`` and the like."""
    assert isinstance(fault, RequestValidationError)
    faults = []
    for entry in fault.errors():
        origin, *path = entry["loc"]
        if entry["type"] == "json_invalid":
            path = []
        place = pointer(*path) if origin == "body" else f"#{origin}{pointer(*path)}"
        facts = entry.get("ctx", {})
        if entry["type"] == "literal_error":  # a sentence in English
            facts = {"expected": re.findall("'([^']*)'", facts["expected"])}
        faults.append((place, entry["type"], facts))
    return all_invalid(faults).response(request)


def _down(request: Request, fault: Exception) -> Response:
    incident(fault, f"{request.method} {request.url.path}: the store does not answer")
    return Problem("store_unavailable", headers=_STORE_AGAIN).response(request)


def _internal(request: Request, fault: Exception) -> Response:
    number = incident(fault, f"{request.method} {request.url.path}")
    return Problem("internal", incident=number).response(request)
