"""Runs: submitted, followed, cancelled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.answers import Json, frontier_view, plan_view, run_view, spoken
from api.bodies import json_only
from api.doors.caller import TheCaller
from api.doors.needs import needs
from api.errors import Problem, invalid
from api.etags import revalidated, unchanging
from api.frontier_schemas import FrontierView
from api.negotiation import wait_of_request
from api.pages import PageSize, PageToken, position_of, token_of
from api.runs.jobs import asked_frame, issue_of, picture_job, question_job, refusals_job
from api.runs.territories import refused
from api.schemas import RunIn, RunPage, RunView
from api.service import Tenant, TheLocale, TheTenant
from api.store import RunRecord, ScenarioRecord
from scenarios.texts import Locale
from scenarios.validate import BY_REBALANCE
from scenarios.writing import table_as_bytes
from solver.frontier import table_of
from solver.limits import Limits

router = APIRouter(prefix="/v1/runs", tags=["runs"], dependencies=[needs("crm")])

RETRY_AFTER = {"Retry-After": "1"}
"""Seconds after which it is worth asking again."""

_DONE: dict[int | str, dict[str, Any]] = {200: {"model": RunView, "description": "It is done."}}
_UNDER_WAY: dict[int | str, dict[str, Any]] = {202: {"model": RunView, "description": "It will stop soon."}}

_MEDIA = {"csv": "text/csv; charset=utf-8", "svg": "image/svg+xml", "png": "image/png"}
_FILES: dict[int | str, dict[str, Any]] = {200: {"content": {media: {} for media in _MEDIA.values()}}, 409: {}}


async def _view(tenant: Tenant, run: RunRecord, locale: Locale) -> dict[str, Any]:
    plan = None if run.plan is None else await asyncio.to_thread(tenant.kept.plan, run.plan)
    curve = None if run.frontier is None else await asyncio.to_thread(tenant.kept.plan, run.frontier)
    return run_view(
        run,
        locale,
        None if plan is None else plan_view(plan, locale),
        None if curve is None else frontier_view(curve, locale),
    )


async def _asked(order: RunIn, scenario: ScenarioRecord, tenant: Tenant) -> dict[str, Any] | None:
    """Return what a frontier is asked about, None for another kind; or raise ``request_invalid`` with the place."""
    ask = {"metric": order.metric, "by": order.by, "points": order.points}
    if order.kind != "frontier":
        for name in ask.keys() & order.model_fields_set:
            raise invalid(f"/{name}", "extra_forbidden")
        return None
    if order.metric is None:
        raise invalid("/metric", "missing")
    packed = await tenant.content(scenario.id)
    if scenario.leads + scenario.reps > tenant.service.settings.inline_rows:
        answer = (await tenant.service.helpers.ask(question_job(ask, packed))).head
    else:
        answer = (await asyncio.to_thread(asked_frame, packed, ask)).head
    if answer["code"] is not None:
        place, facts = f"/{answer['about']}", answer["facts"]
        faults = [(place, answer["code"], facts)]
        if facts.get("near"):
            faults.append((place, "similar_name", facts))
        raise Problem("request_invalid", faults=faults, count=1)
    return ask


async def _check_kind(order: RunIn, scenario: ScenarioRecord, tenant: Tenant) -> None:
    """Raise if runs of the kind cannot take the scenario: ``kind_not_available``, or ``scenario_invalid``."""
    if order.kind != "rebalance":
        if why := [issue_of(issue) for issue in scenario.issues if issue["code"] in BY_REBALANCE]:
            raise Problem("kind_not_available", issues=why, kind=order.kind)
        return
    packed = await tenant.content(scenario.id)
    if scenario.leads + scenario.reps > tenant.service.settings.inline_rows:
        issues = (await tenant.service.helpers.ask(refusals_job(packed))).head["issues"]
    else:
        issues = await asyncio.to_thread(refused, packed)
    if issues:
        raise Problem("scenario_invalid", issues=map(issue_of, issues), count=len(issues))


@router.post("", status_code=202, response_model=RunView, responses=_DONE, dependencies=[Depends(json_only)])
async def create_run(
    order: RunIn,
    request: Request,
    tenant: TheTenant,
    caller: TheCaller,
    locale: TheLocale,
    prefer: Annotated[str | None, Header(description="`wait=N`: answer with the result if it is there in N s.")] = None,
) -> Response:
    """Submit a run: 202 and where to look; with `Prefer: wait=N`, 200 and the result if it is done by then."""
    if order.kind == "frontier":
        caller.must("planner")
    scenario = await tenant.scenario(order.scenario)
    await _check_kind(order, scenario, tenant)
    ask = await _asked(order, scenario, tenant)
    limits = order.limits
    most = tenant.service.settings.most_seconds
    seconds = most if limits.time is None else min(limits.time, most)
    checked = Limits(seconds, limits.work, limits.gap, limits.seed, limits.workers)
    run = await tenant.service.desk.submit(
        tenant.kept,
        scenario.id,
        order.kind,
        asdict(checked),
        ask,
        priority=order.priority,
        token=request.scope.get("state", {}).get("request_token"),
        maker=caller.who,
    )
    headers = spoken(locale, {"Location": f"/v1/runs/{run.id}"})
    if wait := min(wait_of_request(request), tenant.service.settings.longest_wait):
        headers["Preference-Applied"] = f"wait={wait:g}"
        await tenant.service.desk.wait(tenant.kept, run.id, wait)
        run = await tenant.run(run.id)
        if run.final:
            return Json(await _view(tenant, run, locale), 200, headers)
    return Json(await _view(tenant, run, locale), 202, headers | RETRY_AFTER)


@router.get("", response_model=RunPage)
async def list_runs(
    tenant: TheTenant, locale: TheLocale, page_size: PageSize = 50, page_token: PageToken = None
) -> Response:
    """List the runs, newest first."""
    before = position_of(page_token)
    found = await asyncio.to_thread(tenant.kept.runs, page_size, before)
    token = token_of(found[-1][0]) if len(found) == page_size and found[-1][0] > 1 else None
    items = [run_view(run, locale) for _, run in found]
    return Json({"items": items, "next_page_token": token}, headers=spoken(locale))


@router.get("/{run_id}", response_model=RunView)
async def get_run(run_id: str, request: Request, tenant: TheTenant, locale: TheLocale) -> Response:
    """Return a run: its state, its progress, and its plan once there is one."""
    run = await tenant.run(run_id)
    headers = spoken(locale, {} if run.final else RETRY_AFTER)
    return revalidated(request, Json(await _view(tenant, run, locale), headers=headers))


@router.get("/{run_id}/frontier", response_model=FrontierView, responses=_FILES, dependencies=[needs("planner")])
async def get_frontier(
    run_id: str,
    request: Request,
    tenant: TheTenant,
    locale: TheLocale,
    format: Annotated[  # noqa: A002 - the name in the contract
        Literal["json", "csv", "svg", "png"], Query(description="The record, the table, or the picture.")
    ] = "json",
) -> Response:
    """Return what fairness costs: the frontier of a run of that kind, as a record, a table or a picture."""
    run = await tenant.run(run_id)
    record = None if run.frontier is None else await asyncio.to_thread(tenant.kept.plan, run.frontier)
    if record is None:
        raise Problem("frontier_not_found", id=run_id)
    if format in ("svg", "png") and record.document["points"][0]["objective"] is None:
        raise Problem("nothing_assigned", id=record.id, status=record.document["status"])
    headers = unchanging(request, record.created, spoken(locale))
    if format == "json":
        return Json(frontier_view(record, locale), headers=headers)
    if format == "csv":
        data = table_as_bytes(table_of(record.document), "csv")
    else:
        (data,) = (await tenant.service.helpers.ask(picture_job(record.document, format, locale))).parts
    headers["Content-Disposition"] = f'attachment; filename="{record.id}.{format}"'
    return Response(data, headers=headers, media_type=_MEDIA[format])


@router.delete("/{run_id}", response_model=RunView, responses=_UNDER_WAY)
async def cancel_run(run_id: str, tenant: TheTenant, caller: TheCaller, locale: TheLocale) -> Response:
    """Cancel a run: its best plan so far and its gap are kept. A run that has ended stays as it is.

    Who has the scope crm alone cancels only what they ordered.
    """
    run = await tenant.run(run_id)
    if run.maker != caller.who:
        caller.must("planner")
    await tenant.service.desk.cancel(tenant.kept, run)
    run = await tenant.run(run_id)
    headers = spoken(locale, {} if run.final else RETRY_AFTER)
    return Json(await _view(tenant, run, locale), 200 if run.final else 202, headers)


async def _known_run(run_id: str, tenant: TheTenant) -> RunRecord:
    return await tenant.run(run_id)


@router.get("/{run_id}/events", response_class=EventSourceResponse)
async def follow_run(
    run: Annotated[RunRecord, Depends(_known_run)],
    tenant: TheTenant,
    last_event_id: Annotated[
        str | None, Header(description="The last event that came through; the stream goes on after it.")
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Follow a run by server-sent events: `status`, `incumbent`, `bound`, and `done`, which is the last."""
    after = int(last_event_id) if last_event_id and last_event_id.isdecimal() and len(last_event_id) < 19 else 0
    async with contextlib.aclosing(tenant.service.desk.events(tenant.kept, run.id, after)) as events:
        async for event in events:
            yield ServerSentEvent(data=event.data, event=event.name, id=str(event.number))
