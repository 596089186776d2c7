"""Header fields of every answer that keep browsers from doing harm with it."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_PAGE = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; sandbox allow-scripts"
)
"""Of a page of ours, the map: it has all in itself, reaches nothing, and has an origin of its own."""
_YEAR = "max-age=31536000"


class SecurityHeaders:
    """ASGI middleware that adds them; it goes around everything, so that faults of ours have them too.

    Parameters
    ----------
    https : bool
        Whether the service is reached by https alone, and browsers should remember that.
    """

    def __init__(self, app: ASGIApp, https: bool = False) -> None:
        self._app, self._https = app, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and add to its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                page = headers.get("content-type", "").startswith("text/html")
                headers["Content-Security-Policy"] = _PAGE if page else _NOTHING
                if scope["path"].startswith("/v1"):
                    # what has a tag may be kept by who asked, who asks each time whether it still holds
                    headers.setdefault("Cache-Control", "private, no-cache" if "etag" in headers else "no-store")
                if self._https:
                    headers["Strict-Transport-Security"] = _YEAR
            await send(message)

        await self._app(scope, receive, guarded)
