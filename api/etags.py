"""ETags (RFC 9110): who has an answer already is told so, and it is not sent again."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version

from fastapi import Request, Response
from starlette.exceptions import HTTPException

from api.doors.caller import caller_of

REVALIDATED = "private, no-cache"
"""Keep it, and ask each time: what never changes can still be taken away."""
_SHARED = ("cache-control", "content-language", "content-location", "etag", "expires", "vary")
"""Headers that an answer without the body repeats."""


class NotModified(HTTPException):
    """The client has the answer."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(304, headers=dict(headers))


def unchanging(request: Request, made: str, headers: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the headers of an answer that is always the same for this address, language and release.

    Call it once it is known that the thing is there, and before any work is done for the answer.

    Parameters
    ----------
    made : str
        When the thing was made: one that was taken away may come back.

    Raises
    ------
    NotModified
        If the client has it.
    """
    told = dict(headers or {})
    address = (caller_of(request.scope).tenant, request.url.path, request.url.query)
    parts = (_release(), *address, made, told.get("Content-Language", ""))
    tag = _tag("\n".join(parts).encode())
    told |= {"ETag": tag, "Cache-Control": REVALIDATED}
    if has(request, tag):
        raise NotModified({name: value for name, value in told.items() if name.lower() in _SHARED})
    return told


def revalidated(request: Request, answer: Response) -> Response:
    """Return an answer that can change with a tag of its content; without the content if the client has it."""
    tag = _tag(bytes(answer.body))
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = REVALIDATED
    if answer.status_code != 200 or not has(request, tag):
        return answer
    return Response(status_code=304, headers={n: v for n, v in answer.headers.items() if n in _SHARED})


def has(request: Request, tag: str) -> bool:
    """Tell whether `If-None-Match` names a tag; whether one of them is weak does not matter (section 13.1.2)."""
    named = [part.strip() for value in request.headers.getlist("if-none-match") for part in value.split(",")]
    return "*" in named or tag.removeprefix("W/") in (part.removeprefix("W/") for part in named)


def _tag(data: bytes) -> str:
    """Return a tag; a weak one, because the answer may be sent packed in several ways."""
    return 'W/"' + urlsafe_b64encode(hashlib.sha256(data).digest()[:18]).decode() + '"'


@cache
def _release() -> str:
    return version("plumbline")
