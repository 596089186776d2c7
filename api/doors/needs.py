"""What a route asks of its caller: every route says it, and a test reads it off the table of routes."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, Request

from api.doors.caller import SCOPES, Scope, caller_of


class Need:
    """A dependency that lets in whoever has a scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __call__(self, request: Request) -> None:
        """Raise ``scope_too_small``, or ``credentials_missing``, unless the caller has the scope."""
        caller_of(request.scope).must(self.scope)


def needs(scope: Scope) -> Any:
    """Return the dependency of a route, or of all routes of a router, that only this scope and larger ones open."""
    return Depends(Need(scope))


def need_of(route: Any) -> Scope | None:
    """Return the scope that a route needs, the largest if it says several; None if it says none."""
    asked = [depends.dependency for depends in getattr(route, "dependencies", None) or ()]
    scopes = [need.scope for need in asked if isinstance(need, Need)]
    return max(scopes, key=SCOPES.index, default=None)
