"""HEAD: what GET would say, without saying it."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class AnswerHeads:
    """ASGI middleware that answers HEAD wherever there is a GET: the headers of that answer, and nothing after them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; HEAD as GET, whose body is left out."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        inner, over = {**scope, "method": "GET"}, False

        async def leave_out(message: Message) -> None:
            nonlocal over
            if message["type"] == "http.response.start":
                scope.update({**inner, "method": "HEAD"})  # those around want to know the route
                await send(message)
            elif not over:  # the first piece tells that there is a body; a stream need not be waited for
                over = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        async def gone() -> Message:
            return {"type": "http.disconnect"} if over else await receive()

        await self._app(inner, gone, leave_out)
