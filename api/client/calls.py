"""Requests that are made again where that helps, and answers or exceptions."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import SystemRandom
from typing import Any, BinaryIO

import httpx2

from api.client.faults import ProblemError, UnreachableError

AGAIN = frozenset({429, 502, 503, 504})
"""Answers after which the same request may be made again."""
IN_PROGRESS = "request_in_progress"
LONGEST_PAUSE = 60.0

Body = bytes | Callable[[], BinaryIO]
"""What is sent: bytes, or what opens a file anew for every attempt."""


class Calls:
    """One connection pool, one key, one way to try again.

    A request is made again after a lost connection, a time-out, 429 and 502 to 504, with pauses that grow (half of
    each by chance) or last as long as ``Retry-After`` says. That harms nothing: every POST carries an
    ``Idempotency-Key``, the same one each time, so that the service does its work once.

    Parameters
    ----------
    retries : int
        How often a request is made again.
    pause : float
        Seconds before the first time; each further one is twice as long.
    """

    def __init__(self, http: httpx2.Client, retries: int, pause: float) -> None:
        self._http, self._retries, self._pause = http, retries, pause

    def json(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Make a request and return the JSON object of its answer; arguments are as for `send`."""
        answer = self.send(method, path, **request)
        try:
            document: dict[str, Any] = answer.json()
        except ValueError as fault:
            raise UnreachableError(f"{method} {path}: an answer that is no JSON") from fault
        return document

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Body | None = None,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
        key: str | None = None,
    ) -> httpx2.Response:
        """Make a request, again if need be, and return its answer.

        Parameters
        ----------
        seconds : float, optional
            How long to wait for the answer, where that is not as long as usual.
        key : str, optional
            ``Idempotency-Key`` of a POST; a new one if not given.

        Raises
        ------
        ProblemError
            If the service says no.
        UnreachableError
            If it says nothing.
        """
        sent = _headers(method, headers, key)
        for attempt in range(self._retries + 1):
            pause: float | None = None
            try:
                with _opened(body) as content:
                    request = self._http.build_request(
                        method,
                        path,
                        content=content,
                        json=json,
                        params=_given(params),
                        headers=sent,
                        timeout=_within(self._http, seconds),
                    )
                    answer = self._http.send(request)
            except httpx2.TransportError as lost:
                fault: Exception = _lost(f"{method} {path}", lost)
            else:
                if answer.is_success:
                    return answer
                fault = problem_of(answer)
                if not _worth_another(fault):
                    raise fault
                pause = _retry_after(answer)
            if attempt < self._retries:
                self.rest(attempt, pause)
        raise fault

    @contextmanager
    def stream(self, path: str, *, params: Mapping[str, Any] | None = None) -> Iterator[httpx2.Response]:
        """Yield the answer to a GET before its body has been read; the beginning of it is tried as `send` does."""
        for attempt in range(self._retries + 1):
            request = self._http.build_request("GET", path, params=_given(params))
            pause: float | None = None
            try:
                answer = self._http.send(request, stream=True)
            except httpx2.TransportError as lost:
                fault: Exception = _lost(f"GET {path}", lost)
            else:
                try:
                    if answer.is_success:
                        yield answer
                        return
                    answer.read()
                finally:
                    answer.close()
                fault = problem_of(answer)
                if not _worth_another(fault):
                    raise fault
                pause = _retry_after(answer)
            if attempt < self._retries:
                self.rest(attempt, pause)
        raise fault

    def items(self, path: str, *, name: str = "items", **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the entries of a list, page by page."""
        token: str | None = None
        while True:
            page = self.json("GET", path, params={**params, "page_token": token})
            yield from page[name]
            token = page["next_page_token"]
            if token is None:
                return

    def rest(self, attempt: int, seconds: float | None = None) -> None:
        """Pause before the next attempt."""
        grown = self._pause * 2**attempt
        if seconds is None:
            seconds = grown * SystemRandom().uniform(0.5, 1.0)
        time.sleep(min(seconds, LONGEST_PAUSE))

    @property
    def retries(self) -> int:
        """How often a request is made again."""
        return self._retries

    @property
    def http(self) -> httpx2.Client:
        """What makes the requests."""
        return self._http


def problem_of(answer: httpx2.Response) -> ProblemError | UnreachableError:
    """Return what an answer says that is no success."""
    media, _, _ = answer.headers.get("content-type", "").partition(";")
    if media == "application/problem+json":
        return ProblemError(answer.status_code, answer.json(), answer.headers.get("x-request-id"))
    if answer.status_code in AGAIN or answer.is_redirect:  # from something that stands before the service
        return UnreachableError(f"{answer.request.method} {answer.request.url.path}: HTTP {answer.status_code}")
    return ProblemError(answer.status_code, {}, answer.headers.get("x-request-id"))


def _lost(what: str, lost: httpx2.TransportError) -> UnreachableError:
    """Return the fault of a request without an answer; raise it where asking again is no use."""
    fault = UnreachableError(f"{what}: {lost or type(lost).__name__}")
    if isinstance(lost, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError):
        raise fault from lost
    fault.__cause__ = lost
    return fault


def _worth_another(fault: ProblemError | UnreachableError) -> bool:
    if isinstance(fault, ProblemError):
        return fault.status in AGAIN or fault.code == IN_PROGRESS
    return True


def _headers(method: str, headers: Mapping[str, str] | None, key: str | None) -> dict[str, str]:
    return {**(headers or {}), **({"Idempotency-Key": key or str(uuid.uuid4())} if method == "POST" else {})}


def _retry_after(answer: httpx2.Response) -> float | None:
    """Return the seconds of ``Retry-After``; the form with a date is not used by the service, and passed over."""
    value = answer.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None


def _within(http: httpx2.Client, seconds: float | None) -> httpx2.Timeout:
    usual = http.timeout
    read = usual.read if seconds is None else seconds
    return httpx2.Timeout(connect=usual.connect, write=usual.write, pool=usual.pool, read=read)


def _given(params: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (params or {}).items() if value is not None}


@contextmanager
def _opened(body: Body | None) -> Iterator[Any]:
    if body is None or isinstance(body, bytes):
        yield body
    else:
        with body() as file:
            yield file
