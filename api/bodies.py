"""Bodies: how large they may be, and what they may be."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Problem
from api.settings import Settings

UPLOAD_PATH = "/v1/scenarios"


class LimitBodies:
    """ASGI middleware that stops reading a body as soon as it is too large."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; whoever reads too much of its body gets a `Problem`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        settings, read = self._settings, 0
        limit = settings.upload_bytes if scope["path"] == UPLOAD_PATH else settings.body_bytes

        async def receive_limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise Problem("body_too_large", limit=limit, headers={"Connection": "close"})
            return message

        try:
            await self._app(scope, receive_limited, send)
        except Problem as problem:  # from a middleware within; a route's has been answered there
            await problem.response(Request(scope))(scope, receive, send)


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


def json_only(request: Request) -> None:
    """Refuse, as a dependency of a route, any body that does not say it is JSON."""
    media_type(request, ["application/json"])
