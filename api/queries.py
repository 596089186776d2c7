"""Query parameters: one that is misspelt must not be passed over in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.errors import Problem


async def known_queries(request: Request) -> None:
    """Refuse, as a dependency of all routes, a query parameter that the route does not have or that comes twice.

    So is one with a NUL in it: nothing is called so, and PostgreSQL would not take it.

    Raises
    ------
    Problem
        ``request_invalid`` with every such name.
    """
    pairs = request.query_params.multi_items()
    given = Counter(name for name, _ in pairs)
    route = request.scope["route"]
    if not given or not isinstance(route, APIRoute):
        return
    known = _parameters(route)
    faults: list[tuple[str, str, dict[str, Any]]] = []
    for name, times in given.items():
        place = f"#query/{name[:100]}"
        if name not in known:
            faults.append((place, "extra_forbidden", {}))
            faults += [(place, "similar_name", {"near": near}) for near in get_close_matches(name[:100], known, n=1)]
        elif times > 1 and not known[name]:
            faults.append((place, "repeated", {}))
    faults += [(f"#query/{name[:100]}", "nul", {}) for name, value in pairs if "\0" in value]
    if faults:
        raise Problem("request_invalid", faults=faults[:_MOST], count=len(faults))


_MOST = 100
"""So many faults are listed."""


def _parameters(route: APIRoute) -> dict[str, bool]:
    """Return the query parameters of a route, and of each whether it may come several times."""
    return dict(_of(route.dependant))


def _of(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    for field in dependant.query_params:
        yield field.alias, isinstance(field.default, list)
    for inner in dependant.dependencies:
        yield from _of(inner)
