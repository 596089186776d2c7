"""API keys of the caller's tenant: made, listed, revoked."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response

from api.answers import Json
from api.bodies import json_only
from api.doors.caller import TheCaller
from api.doors.keys import made
from api.doors.middleware import Gate
from api.doors.needs import needs
from api.doors.rates import MOST, checked_limit
from api.doors.schemas import KeyIn, KeyMade, KeyPage, KeyView
from api.errors import Problem, invalid
from api.pages import PageSize, PageToken, position_of, token_of
from api.runs.clock import now
from api.service import TheService
from api.store.keys import KeyRecord, Keys

router = APIRouter(prefix="/v1/keys", tags=["keys"], dependencies=[needs("admin")])


def _keys(service: TheService, caller: TheCaller) -> Keys:
    return Keys(service.store.database, caller.tenant)


def _gate(request: Request) -> Gate:
    gate: Gate = request.app.state.gate
    return gate


TheKeys = Annotated[Keys, Depends(_keys)]
TheGate = Annotated[Gate, Depends(_gate)]


def _view(record: KeyRecord) -> dict[str, Any]:
    shown = {name: getattr(record, name) for name in KeyView.model_fields if name != "links"}
    return shown | {"links": {"self": f"/v1/keys/{record.id}"}}


@router.post("", status_code=201, response_model=KeyMade, dependencies=[Depends(json_only)])
async def create_key(order: KeyIn, request: Request, keys: TheKeys, caller: TheCaller, gate: TheGate) -> Response:
    """Make a key. It is in this answer, and nowhere else: whoever loses it makes another one."""
    if order.rate is not None:
        try:
            checked_limit(order.rate)
        except ValueError as fault:
            raise invalid("/rate", "rate_unknown", most=MOST) from fault
    record, key = made(caller.tenant, order.name, order.scope, caller.who, order.days, order.rate)
    await asyncio.to_thread(keys.add, record)
    gate.keys.forget()
    view = _view(record)
    request.scope["state"]["kept_body"] = orjson.dumps(view | {"key": None})
    return Json(view | {"key": key}, 201, {"Location": f"/v1/keys/{record.id}", "Cache-Control": "no-store"})


@router.get("", response_model=KeyPage)
async def list_keys(keys: TheKeys, page_size: PageSize = 50, page_token: PageToken = None) -> Response:
    """List the keys, newest first, with those that open nothing any more."""
    found = await asyncio.to_thread(keys.keys, page_size, position_of(page_token))
    token = token_of(found[-1][0]) if len(found) == page_size and found[-1][0] > 1 else None
    return Json({"items": [_view(record) for _, record in found], "next_page_token": token})


@router.get("/{key_id}", response_model=KeyView)
async def get_key(key_id: str, keys: TheKeys) -> Response:
    """Return a key, without its secret."""
    return Json(_view(_known(await asyncio.to_thread(keys.key, key_id), key_id)))


@router.delete("/{key_id}", response_model=KeyView)
async def revoke_key(key_id: str, keys: TheKeys, gate: TheGate) -> Response:
    """Revoke a key: within some seconds it opens nothing any more. One that was revoked before stays as it is."""
    record = _known(await asyncio.to_thread(keys.revoke, key_id, now()), key_id)
    gate.keys.forget(key_id)
    return Json(_view(record))


def _known(record: KeyRecord | None, key_id: str) -> KeyRecord:
    if record is None:
        raise Problem("api_key_not_found", id=key_id)
    return record
