"""The description of the service (OpenAPI 3.1): what FastAPI finds, and the problems, which it cannot find."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from api.doors.caller import SCOPES, Scope
from api.doors.middleware import PUBLIC
from api.doors.needs import need_of
from api.errors import MEDIA_TYPE
from api.examples import REQUESTS, answers
from api.problem_texts import PROBLEMS
from api.schemas import ProblemView
from scenarios.formats.document import COLUMN_TYPES
from scenarios.model import Scenario

ABOUT = """Who gets which lead: a scenario in, a proved and explained plan out.

Errors are problems (RFC 9457) with a stable `type`, a `code` and, where there are several faults, `errors` with a
JSON pointer to each. Sentences come in English or Simplified Chinese, by `Accept-Language`. Every POST honours
`Idempotency-Key`: the same key and request, the same answer. Bodies may come packed (`Content-Encoding`: gzip or
zstd), and answers are, by `Accept-Encoding`. Every address with a GET has a HEAD too."""

_CREDENTIALS = ("credentials_missing", "credentials_invalid", "too_many_requests", "too_many_failures")
_EVERYWHERE = ("request_invalid", "internal", "store_unavailable")
_WITH_A_KEY = ("request_in_progress", "key_reused", "key_invalid")
_WITH_A_BODY = (
    *("body_unreadable", "body_damaged", "body_too_slow", "body_too_large"),
    *("encoding_unknown", "media_type_unknown", "no_room"),
)
_NAMED = {
    "scenario_id": "scenario_not_found",
    "run_id": "run_not_found",
    "plan_id": "plan_not_found",
    "key_id": "api_key_not_found",
    "lead": "lead_not_found",
    "rep": "rep_not_found",
    "webhook_id": "webhook_not_found",
    "delivery_id": "delivery_not_found",
}
"""What is not there when a name in the path, or in the query, means nothing."""
_OWN: dict[str, tuple[str, ...]] = {
    "readyz": ("not_ready",),
    "create_scenario": ("scenario_invalid", "helper_died"),
    "create_variant": ("scenario_invalid", "patch_failed", "patch_too_large", "helper_died"),
    "create_run": (
        *("scenario_not_found", "kind_not_available", "scenario_invalid", "queue_full", "helper_died"),
        "scope_too_small",  # of a frontier
    ),
    "cancel_run": ("scope_too_small",),  # of another one's run
    "create_webhook": ("too_many_webhooks",),
    "test_webhook": ("webhook_disabled",),
    "replay_delivery": ("webhook_disabled",),
    "get_frontier": ("frontier_not_found", "nothing_assigned", "helper_died"),
    "explain_lead": ("nothing_assigned",),
    "why_not": ("nothing_assigned", "helper_died", "scope_too_small"),
    "explain_rep": ("nothing_assigned",),
    "price_rules": ("nothing_assigned", "helper_died"),
    "export_plan": ("nothing_assigned", "no_territories", "export_too_large"),
    "compare_plans": ("plan_not_found", "nothing_assigned", "plans_not_comparable"),
}
"""What else can go wrong, by the name of the operation."""
_STORELESS = ("healthz", "readyz")
"""What does not fail with the store: the one does not ask it, the other says so in its own way."""
_UNCHANGED = {"description": "It is as it was when this `ETag` was given."}
TAGGED = (
    *("get_scenario", "get_run", "get_frontier", "get_plan", "list_assignments", "list_loads", "explain_lead"),
    *("why_not", "explain_rep", "price_rules", "export_plan", "get_receipt", "compare_plans"),
)
"""The operations that give an `ETag`."""
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of an answer that is there already: 304 if it is still the same.",
    "schema": {"type": "string"},
}
_COLUMN_TYPES = {
    "type": "object",
    "additionalProperties": {"enum": ["text", "number"]},
    "description": "Types of the extra columns, where the cells do not tell.",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and request: the same answer, and nothing is done twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def describe(app: FastAPI) -> None:
    """Let the application describe itself with its problems."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.description = ABOUT
            document = plain()
            _add_schemas(document)
            document["components"]["securitySchemes"] = _SCHEMES
            needs = _needs(app)
            for path, methods in document["paths"].items():
                for method, operation in methods.items():
                    _complete(path, method, operation, needs[path, method])
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI's pages give


def _add_schemas(document: dict[str, Any]) -> None:
    """Add what no route returns as a model: problems, and scenarios as they come in."""
    template = "#/components/schemas/{model}"
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):  # replaced by problems
        schemas.pop(name, None)
    for model in (ProblemView, Scenario):
        schema = model.model_json_schema(ref_template=template)
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    schemas["Scenario"]["properties"] |= dict.fromkeys(COLUMN_TYPES, _COLUMN_TYPES)


def _needs(app: FastAPI) -> dict[tuple[str, str], Scope | None]:
    """Return the scope that each operation needs."""
    return {
        (compile_path(context.path or "")[1], method.lower()): need_of(context)
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ()
    }


def _complete(path: str, method: str, operation: dict[str, Any], need: Scope | None) -> None:
    """Add to an operation what FastAPI does not know of it: headers, credentials, and what can go wrong."""
    name, responses = operation["operationId"], operation["responses"]
    parameters = operation.setdefault("parameters", [])
    names = {parameter["name"] for parameter in parameters}
    codes = {*_EVERYWHERE, *_OWN.get(name, ()), *(_NAMED[known] for known in names & _NAMED.keys())}
    if name in _STORELESS:
        codes.remove("store_unavailable")
    if path not in PUBLIC:
        operation["security"] = [{"bearer": []}, {"key": []}, {}]
        codes |= {*_CREDENTIALS, "issuer_unavailable"}
    if need not in (None, SCOPES[0]):
        codes.add("scope_too_small")
    if "requestBody" in operation:
        codes |= {*_WITH_A_BODY}
    if method == "post":
        codes |= {*_WITH_A_KEY}
        parameters.append(_KEY)
    if name in TAGGED:
        parameters.append(_IF_NONE_MATCH)
        responses["304"] = _UNCHANGED
    _exemplify(name, operation)
    responses.pop("422", None)
    schema = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemView"}}}
    for status in sorted({PROBLEMS[code].status for code in codes}):
        listed = ", ".join(sorted(code for code in codes if PROBLEMS[code].status == status))
        responses[str(status)] = {"description": f"A problem: {listed}.", "content": schema}


def _exemplify(name: str, operation: dict[str, Any]) -> None:
    """Show what an operation was asked and answered once."""
    if name in REQUESTS:
        for media, content in operation["requestBody"]["content"].items():
            if "json" in media:
                content["example"] = REQUESTS[name]
    if name in answers():
        status, body = answers()[name]
        if body is not None:
            operation["responses"][status]["content"]["application/json"]["example"] = body


_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key, or a token of the issuer that is set."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "A key."},
}
