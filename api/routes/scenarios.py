"""Scenarios: taken in once, never changed, addressed by their content."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.answers import Json, scenario_view, spoken
from api.bodies import body_of, media_type
from api.doors.needs import needs
from api.etags import unchanging
from api.intake import MEDIA_TYPES
from api.pages import PageSize, PageToken, position_of, token_of
from api.patching import MEDIA_TYPES as PATCH_TYPES
from api.patching import read_patch
from api.schemas import ScenarioPage, ScenarioView
from api.service import TheLocale, TheTenant

router = APIRouter(prefix="/v1/scenarios", tags=["scenarios"], dependencies=[needs("crm")])

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Scenario"}},
            **{media: _BINARY for media in MEDIA_TYPES if media != "application/json"},
        },
    }
}
_OPERATION = {
    "type": "object",
    "required": ["op", "path"],
    "properties": {
        "op": {"enum": ["add", "remove", "replace", "move", "copy", "test"]},
        "path": {"type": "string", "description": "JSON pointer into the scenario's JSON form."},
        "from": {"type": "string"},
        "value": {},
    },
}
_PATCH: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {media: {"schema": {"type": "array", "items": _OPERATION}} for media in PATCH_TYPES},
    }
}
_EXISTS: dict[int | str, dict[str, Any]] = {200: {"model": ScenarioView, "description": "It was there already."}}


@router.post("", status_code=201, response_model=ScenarioView, responses=_EXISTS, openapi_extra=_UPLOAD)
async def create_scenario(
    request: Request,
    tenant: TheTenant,
    locale: TheLocale,
    dry_run: Annotated[bool, Query(description="Only tell what would come of it.")] = False,
) -> Response:
    """Take in a scenario: JSON, a workbook, or a zip of tables.

    201 when it is new, 200 when it was there already or with `dry_run`; 422 with every issue when it has an error.
    """
    media = MEDIA_TYPES[media_type(request, MEDIA_TYPES)]
    record, new = await tenant.intake.take(body_of(request.scope), media, dry_run=dry_run)
    headers = {} if dry_run else {"Location": f"/v1/scenarios/{record.id}"}
    return Json(scenario_view(record, locale), 201 if new else 200, spoken(locale, headers))


@router.get("", response_model=ScenarioPage)
async def list_scenarios(
    tenant: TheTenant, locale: TheLocale, page_size: PageSize = 50, page_token: PageToken = None
) -> Response:
    """List the scenarios, newest first."""
    before = position_of(page_token)
    found = await asyncio.to_thread(tenant.kept.scenarios, page_size, before)
    token = token_of(found[-1][0]) if len(found) == page_size and found[-1][0] > 1 else None
    items = [scenario_view(record, locale) for _, record in found]
    return Json({"items": items, "next_page_token": token}, headers=spoken(locale))


@router.get("/{scenario_id}", response_model=ScenarioView)
async def get_scenario(scenario_id: str, request: Request, tenant: TheTenant, locale: TheLocale) -> Response:
    """Return a scenario's record."""
    record = await tenant.scenario(scenario_id)
    return Json(scenario_view(record, locale), headers=unchanging(request, record.created, spoken(locale)))


@router.post(
    "/{scenario_id}/variants",
    status_code=201,
    response_model=ScenarioView,
    responses=_EXISTS,
    openapi_extra=_PATCH,
    dependencies=[needs("planner")],
)
async def create_variant(scenario_id: str, request: Request, tenant: TheTenant, locale: TheLocale) -> Response:
    """Make a what-if of a scenario by a JSON Patch (RFC 6902) on its JSON form.

    A lead has only the cells that are not empty: `add` fills an empty one.
    """
    media_type(request, PATCH_TYPES)
    operations = read_patch(await request.body())
    base = await tenant.scenario(scenario_id)
    record, new = await tenant.intake.vary(base, operations)
    headers = spoken(locale, {"Location": f"/v1/scenarios/{record.id}"})
    return Json(scenario_view(record, locale), 201 if new else 200, headers)
