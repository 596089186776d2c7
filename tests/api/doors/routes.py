"""The table of routes, and what it takes to call each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api.doors.caller import Scope
from api.doors.middleware import PUBLIC, WATCH
from api.doors.needs import need_of

SOME_QUERY: Mapping[str, str] = {"lead": "L1", "rep": "R1", "base": "{plan_id}", "other": "{plan_id}"}
"""For every parameter of a query that is required somewhere."""
SOME_BODY: Mapping[str, tuple[str, Any]] = {
    "POST /v1/scenarios": ("application/json", {}),
    "POST /v1/scenarios/{scenario_id}/variants": ("application/json-patch+json", []),
    "POST /v1/runs": ("application/json", {"scenario": "{scenario_id}"}),
    "POST /v1/keys": ("application/json", {"name": "x", "scope": "crm"}),
    "POST /v1/webhooks": ("application/json", {"url": "https://1.1.1.1/hook", "events": ["run.failed"]}),
    "PATCH /v1/webhooks/{webhook_id}": ("application/json", {"enabled": True}),
    "POST /v1/webhooks/{webhook_id}/secret": ("", None),
    "POST /v1/webhooks/{webhook_id}/test": ("", None),
    "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay": ("", None),
}
"""For every route that may take a body."""


@dataclass(frozen=True)
class Operation:
    """A method of a route."""

    method: str
    path: str
    need: Scope | None
    names: tuple[str, ...]
    required: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def request(self, ids: Mapping[str, str]) -> dict[str, Any]:
        """Return a request to it, about things with these ids: a KeyError names what a test has to learn about."""
        path = self.path.replace(":path}", "}").format(**{name: ids[name] for name in self.names})
        query = {name: SOME_QUERY[name].format(**ids) for name in self.required}
        made: dict[str, Any] = {"method": self.method, "url": path, "params": query}
        if self.method in ("POST", "PUT", "PATCH"):
            media, body = SOME_BODY[str(self)]
            if isinstance(body, dict):
                body = {name: value.format(**ids) if isinstance(value, str) else value for name, value in body.items()}
            made |= {} if body is None else {"json": body, "headers": {"Content-Type": media}}
        return made


def operations(app: FastAPI) -> Iterator[Operation]:
    """Yield every operation of an application but those that everybody may see."""
    for route in iter_route_contexts(app.routes):
        if route.path in PUBLIC | WATCH:
            continue
        path = str(route.path)
        required = tuple(_required(getattr(route, "dependant", None)))
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield Operation(method, path, need_of(route), tuple(re.findall(r"{(\w+)", path)), required)


def _required(dependant: Any) -> Iterator[str]:
    if dependant is not None:
        yield from (each.alias for each in dependant.query_params if each.field_info.is_required())
        for inner in dependant.dependencies:
            yield from _required(inner)
