"""Runs: submitted, followed, cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.answers import Json, plan_view, run_view, spoken
from api.bodies import json_only
from api.errors import Problem
from api.negotiation import wait_of_request
from api.pages import PageSize, PageToken, position_of, token_of
from api.schemas import RunIn, RunPage, RunView
from api.service import Service, TheLocale, TheService
from api.store import RunRecord
from scenarios.texts import Locale
from solver.limits import Limits

router = APIRouter(prefix="/v1/runs", tags=["runs"])

RETRY_AFTER = {"Retry-After": "1"}
"""Seconds after which it is worth asking again."""

_DONE: dict[int | str, dict[str, Any]] = {200: {"model": RunView, "description": "It is done."}}
_UNDER_WAY: dict[int | str, dict[str, Any]] = {202: {"model": RunView, "description": "It will stop soon."}}


async def _view(service: Service, run: RunRecord, locale: Locale) -> dict[str, Any]:
    plan = None if run.plan is None else await asyncio.to_thread(service.store.plan, run.plan)
    return run_view(run, locale, None if plan is None else plan_view(plan, locale))


@router.post("", status_code=202, response_model=RunView, responses=_DONE, dependencies=[Depends(json_only)])
async def create_run(
    order: RunIn,
    request: Request,
    service: TheService,
    locale: TheLocale,
    prefer: Annotated[str | None, Header(description="`wait=N`: answer with the result if it is there in N s.")] = None,
) -> Response:
    """Submit a run: 202 and where to look; with `Prefer: wait=N`, 200 and the result if it is done by then."""
    if order.kind != "allocate":
        raise Problem("kind_not_available", kind=order.kind)
    scenario = await service.scenario(order.scenario)
    limits = order.limits
    most = service.settings.most_seconds
    seconds = most if limits.time is None else min(limits.time, most)
    checked = Limits(seconds, limits.work, limits.gap, limits.seed, limits.workers)
    run = await service.runner.submit(scenario.id, order.kind, asdict(checked))
    headers = spoken(locale, {"Location": f"/v1/runs/{run.id}"})
    if wait := min(wait_of_request(request), service.settings.longest_wait):
        headers["Preference-Applied"] = f"wait={wait:g}"
        await service.runner.wait(run.id, wait)
        run = await service.run(run.id)
        if run.final:
            return Json(await _view(service, run, locale), 200, headers)
    return Json(await _view(service, run, locale), 202, headers | RETRY_AFTER)


@router.get("", response_model=RunPage)
async def list_runs(
    service: TheService, locale: TheLocale, page_size: PageSize = 50, page_token: PageToken = None
) -> Response:
    """List the runs, newest first."""
    before = position_of(page_token)
    found = await asyncio.to_thread(service.store.runs, page_size, before)
    token = token_of(found[-1][0]) if len(found) == page_size and found[-1][0] > 1 else None
    items = [run_view(run, locale) for _, run in found]
    return Json({"items": items, "next_page_token": token}, headers=spoken(locale))


@router.get("/{run_id}", response_model=RunView)
async def get_run(run_id: str, service: TheService, locale: TheLocale) -> Response:
    """Return a run: its state, its progress, and its plan once there is one."""
    run = await service.run(run_id)
    headers = spoken(locale, {} if run.final else RETRY_AFTER)
    return Json(await _view(service, run, locale), headers=headers)


@router.delete("/{run_id}", response_model=RunView, responses=_UNDER_WAY)
async def cancel_run(run_id: str, service: TheService, locale: TheLocale) -> Response:
    """Cancel a run: its best plan so far and its gap are kept. A run that has ended stays as it is."""
    await service.runner.cancel(await service.run(run_id))
    run = await service.run(run_id)
    headers = spoken(locale, {} if run.final else RETRY_AFTER)
    return Json(await _view(service, run, locale), 200 if run.final else 202, headers)


async def _known_run(run_id: str, service: TheService) -> RunRecord:
    return await service.run(run_id)


@router.get("/{run_id}/events", response_class=EventSourceResponse)
async def follow_run(
    run: Annotated[RunRecord, Depends(_known_run)],
    service: TheService,
    last_event_id: Annotated[
        str | None, Header(description="The last event that came through; the stream goes on after it.")
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Follow a run by server-sent events: `status`, `incumbent`, `bound`, and `done`, which is the last."""
    after = int(last_event_id) if last_event_id and last_event_id.isdecimal() and len(last_event_id) < 19 else 0
    async for event in service.runner.events(run.id, after):
        yield ServerSentEvent(data=event.data, event=event.name, id=str(event.number))
