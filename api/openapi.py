"""The description of the service (OpenAPI 3.1): what FastAPI finds, and the problems, which it cannot find."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.errors import MEDIA_TYPE
from api.problem_texts import PROBLEMS
from api.schemas import ProblemView
from scenarios.formats.document import COLUMN_TYPES
from scenarios.model import Scenario

ABOUT = """Who gets which lead: a scenario in, a proved and explained plan out.

Errors are problems (RFC 9457) with a stable `type`, a `code` and, where there are several faults, `errors` with a
JSON pointer to each. Sentences come in English or Simplified Chinese, by `Accept-Language`. Every POST honours
`Idempotency-Key`: the same key and request, the same answer."""

_STATUSES: dict[str, tuple[int, ...]] = {"get": (404, 422), "delete": (404,), "post": (404, 409, 413, 415, 422, 429)}
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
            for path, methods in document["paths"].items():
                for method, operation in methods.items():
                    _add_problems(path, method, operation)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


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


def _add_problems(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    statuses = {
        500,
        *(int(status) for status in responses if int(status) >= 400),
        *(_STATUSES[method] if path.startswith("/v1") else ()),
        *((503,) if path == "/readyz" else ()),
    }
    schema = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemView"}}}
    for status in sorted(statuses):
        codes = ", ".join(sorted(code for code, text in PROBLEMS.items() if text.status == status))
        responses[str(status)] = {"description": f"A problem: {codes}.", "content": schema}
    if method == "post":
        operation.setdefault("parameters", []).append(_KEY)
