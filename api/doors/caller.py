"""Who is calling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from fastapi import Depends, Request

from api.errors import Problem
from api.store import DEFAULT

Scope = Literal["crm", "planner", "admin"]
"""What a caller may do: each of them all that the one before may."""
SCOPES: tuple[Scope, ...] = get_args(Scope)

REALM = 'Bearer realm="plumbline"'
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True)
class Caller:
    """Whoever sent a request.

    Parameters
    ----------
    tenant : str
        Whose things they see.
    who : str
        Name for the audit log.
    scope : {"crm", "planner", "admin"}
        What they may do.
    key : str, optional
        Id of the key that they came with.
    rate : str, optional
        A limit of requests of their own.
    """

    tenant: str = DEFAULT
    who: str = "anybody"
    scope: Scope = "admin"
    key: str | None = None
    rate: str | None = None

    def may(self, needed: Scope) -> bool:
        """Tell whether the scope is enough."""
        return SCOPES.index(self.scope) >= SCOPES.index(needed)

    def must(self, needed: Scope) -> None:
        """Raise ``scope_too_small`` unless the scope is enough."""
        if not self.may(needed):
            challenge = f'{REALM}, error="insufficient_scope", scope="{needed}"'
            headers = {"WWW-Authenticate": challenge}
            raise Problem("scope_too_small", headers=headers, needed=needed, given=self.scope)


OPEN = Caller()
"""Whoever calls a service that is open."""


def is_tenant(name: object) -> bool:
    """Tell whether a name can be a tenant's: 1 to 64 letters, figures, dots, dashes and underscores."""
    return isinstance(name, str) and _TENANT.fullmatch(name) is not None


def caller_of(scope: Mapping[str, Any]) -> Caller:
    """Return who sent the request of an ASGI scope.

    Raises
    ------
    Problem
        ``credentials_missing``, if nobody has looked who it is.
    """
    caller = scope.get("state", {}).get("caller")
    if not isinstance(caller, Caller):
        raise Problem("credentials_missing", headers={"WWW-Authenticate": REALM})
    return caller


def _caller(request: Request) -> Caller:
    return caller_of(request.scope)


TheCaller = Annotated[Caller, Depends(_caller)]
