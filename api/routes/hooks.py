"""Webhooks of the caller's tenant: endpoints, their secrets, and what was sent to them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from api.answers import Json
from api.bodies import json_only
from api.doors.caller import TheCaller
from api.doors.needs import needs
from api.errors import Problem, invalid
from api.pages import PageSize, PageToken, position_of, token_of
from api.service import TheService
from api.store.hooks import MOST_HOOKS, DeliveryRecord, HookRecord, Hooks, State, moment
from api.webhooks.reach import Reach, RefusedError
from api.webhooks.schemas import (
    DeliveryPage,
    DeliveryView,
    WebhookChange,
    WebhookIn,
    WebhookMade,
    WebhookPage,
    WebhookView,
)

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], dependencies=[needs("admin")])

OVERLAP = 86_400.0
"""Seconds for which an old secret goes on signing beside a new one."""


def _hooks(service: TheService, caller: TheCaller) -> Hooks:
    return Hooks(service.store.database, caller.tenant)


TheHooks = Annotated[Hooks, Depends(_hooks)]


def _view(hook: HookRecord) -> dict[str, Any]:
    link = f"/v1/webhooks/{hook.id}"
    until = max((until for _, until in hook.secrets if until is not None), default=None)
    return {
        "id": hook.id,
        "url": hook.url,
        "events": hook.events,
        "enabled": hook.disabled is None,
        "disabled": hook.disabled,
        "failing": None if hook.failing is None else moment(hook.failing),
        "old_secret_until": None if until is None else moment(until),
        "created": hook.created,
        "links": {"self": link, "deliveries": f"{link}/deliveries", "test": f"{link}/test", "secret": f"{link}/secret"},
    }


def _delivery_view(delivery: DeliveryRecord) -> dict[str, Any]:
    hook = f"/v1/webhooks/{delivery.hook}"
    link = f"{hook}/deliveries/{delivery.id}"
    named = {name: getattr(delivery, name) for name in DeliveryView.model_fields.keys() - {"webhook", "next", "links"}}
    later = delivery.state == "waiting" and delivery.due > 0
    return {
        **named,
        "webhook": delivery.hook,
        "next": moment(delivery.due) if later else None,
        "links": {"self": link, "webhook": hook, "replay": f"{link}/replay"},
    }


def _with_secret(request: Request, hook: HookRecord, status: int, headers: Mapping[str, str]) -> Response:
    """Answer with a secret, which is not kept for those who send the request again."""
    view = _view(hook)
    request.scope["state"]["kept_body"] = orjson.dumps(view | {"secret": None})
    return Json(view | {"secret": hook.secret}, status, {**headers, "Cache-Control": "no-store"})


async def _check(url: str, reach: Reach) -> None:
    try:
        await reach.addresses(reach.read(url))
    except RefusedError as fault:
        raise invalid("/url", fault.code) from fault


async def _known(hooks: Hooks, hook_id: str) -> HookRecord:
    hook = await asyncio.to_thread(hooks.hook, hook_id)
    if hook is None:
        raise Problem("webhook_not_found", id=hook_id)
    return hook


async def _delivery(hooks: Hooks, hook_id: str, delivery_id: str) -> DeliveryRecord:
    delivery = await asyncio.to_thread(hooks.delivery, hook_id, delivery_id)
    if delivery is None:
        await _known(hooks, hook_id)
        raise Problem("delivery_not_found", id=delivery_id)
    return delivery


def _accepted(delivery: DeliveryRecord | None, hook_id: str) -> Response:
    if delivery is None:
        raise Problem("webhook_disabled", id=hook_id)
    view = _delivery_view(delivery)
    return Json(view, 202, {"Location": view["links"]["self"]})


@router.post("", status_code=201, response_model=WebhookMade, dependencies=[Depends(json_only)])
async def create_webhook(order: WebhookIn, request: Request, service: TheService, hooks: TheHooks) -> Response:
    """Keep an endpoint. Its secret is in this answer, and in no other."""
    await _check(order.url, service.reach)
    hook = await asyncio.to_thread(hooks.add, order.url, tuple(dict.fromkeys(order.events)))
    if hook is None:
        raise Problem("too_many_webhooks", limit=MOST_HOOKS)
    return _with_secret(request, hook, 201, {"Location": f"/v1/webhooks/{hook.id}"})


@router.get("", response_model=WebhookPage)
async def list_webhooks(hooks: TheHooks, page_size: PageSize = 50, page_token: PageToken = None) -> Response:
    """List the endpoints, newest first."""
    found = await asyncio.to_thread(hooks.hooks, page_size, position_of(page_token))
    token = token_of(found[-1][0]) if len(found) == page_size and found[-1][0] > 1 else None
    return Json({"items": [_view(hook) for _, hook in found], "next_page_token": token})


@router.get("/{webhook_id}", response_model=WebhookView)
async def get_webhook(webhook_id: str, hooks: TheHooks) -> Response:
    """Return an endpoint, without its secret."""
    return Json(_view(await _known(hooks, webhook_id)))


@router.patch("/{webhook_id}", response_model=WebhookView, dependencies=[Depends(json_only)])
async def change_webhook(webhook_id: str, order: WebhookChange, service: TheService, hooks: TheHooks) -> Response:
    """Change an endpoint, enable it again or disable it. What waits for one that is disabled is given up."""
    await _known(hooks, webhook_id)
    if order.url is not None:
        await _check(order.url, service.reach)
    events = None if order.events is None else tuple(dict.fromkeys(order.events))
    changed = await asyncio.to_thread(
        lambda: hooks.change(webhook_id, url=order.url, events=events, enabled=order.enabled)
    )
    if changed is None:
        raise Problem("webhook_not_found", id=webhook_id)
    return Json(_view(changed))


@router.delete("/{webhook_id}", status_code=204, response_class=Response)
async def delete_webhook(webhook_id: str, hooks: TheHooks) -> Response:
    """Delete an endpoint with its log."""
    if not await asyncio.to_thread(hooks.remove, webhook_id):
        raise Problem("webhook_not_found", id=webhook_id)
    return Response(status_code=204)


@router.post("/{webhook_id}/secret", response_model=WebhookMade)
async def rotate_secret(
    webhook_id: str,
    request: Request,
    hooks: TheHooks,
    at_once: Annotated[
        bool, Query(description="Sign with the new secret alone: the old one is known to others.")
    ] = False,
) -> Response:
    """Give an endpoint a new secret, which is in this answer alone. For a day the old one signs too."""
    hook = await asyncio.to_thread(hooks.rotate, webhook_id, 0.0 if at_once else OVERLAP)
    if hook is None:
        raise Problem("webhook_not_found", id=webhook_id)
    return _with_secret(request, hook, 200, {})


@router.post("/{webhook_id}/test", status_code=202, response_model=DeliveryView)
async def test_webhook(webhook_id: str, hooks: TheHooks) -> Response:
    """Send a test, once, whatever the endpoint listens to."""
    await _known(hooks, webhook_id)
    return _accepted(await asyncio.to_thread(hooks.test, webhook_id), webhook_id)


@router.get("/{webhook_id}/deliveries", response_model=DeliveryPage)
async def list_deliveries(
    webhook_id: str,
    hooks: TheHooks,
    state: Annotated[State | None, Query(description="Only deliveries in this state.")] = None,
    page_size: PageSize = 50,
    page_token: PageToken = None,
) -> Response:
    """List what was or will be sent to an endpoint, newest first."""
    await _known(hooks, webhook_id)
    before = position_of(page_token)
    found = await asyncio.to_thread(hooks.deliveries, webhook_id, page_size, before, state)
    token = token_of(found[-1][0]) if len(found) == page_size and found[-1][0] > 1 else None
    return Json({"items": [_delivery_view(delivery) for _, delivery in found], "next_page_token": token})


@router.get("/{webhook_id}/deliveries/{delivery_id}", response_model=DeliveryView)
async def get_delivery(webhook_id: str, delivery_id: str, hooks: TheHooks) -> Response:
    """Return a delivery: what is sent, and what became of it."""
    return Json(_delivery_view(await _delivery(hooks, webhook_id, delivery_id)))


@router.post("/{webhook_id}/deliveries/{delivery_id}/replay", status_code=202, response_model=DeliveryView)
async def replay_delivery(webhook_id: str, delivery_id: str, hooks: TheHooks) -> Response:
    """Send the message of a delivery once more, as a new delivery with the same `webhook-id`."""
    await _delivery(hooks, webhook_id, delivery_id)
    return _accepted(await asyncio.to_thread(hooks.replay, webhook_id, delivery_id), webhook_id)
