"""Plans: who owns what, with its proof and the reason for every assignment."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Query, Response

from api.answers import Json, plan_view, spoken
from api.comparing import compare
from api.errors import Problem
from api.exporting import FORMATS, ExportFormat, export
from api.pages import PageSize, PageToken, position_of, token_of
from api.runs.jobs import verify_job
from api.runs.packing import table_of
from api.schemas import (
    AssignmentPage,
    AssignmentView,
    ComparisonView,
    ExplanationView,
    LoadPage,
    LoadView,
    PlanView,
    WhyNotView,
)
from api.service import Service, TheLocale, TheService
from api.store import PlanRecord

router = APIRouter(prefix="/v1", tags=["plans"])

COLUMNS = {"assignments": tuple(AssignmentView.model_fields), "loads": tuple(LoadView.model_fields)}
"""Columns of the tables of a plan."""

_NOBODY: dict[int | str, dict[str, Any]] = {409: {}}
"""The routes that need a plan with assignments; the description of the problem is added with the others."""


async def _assigning(service: Service, plan_id: str) -> PlanRecord:
    """Return a plan that assigns somebody, or raise."""
    plan = await service.plan(plan_id)
    if not plan.assigns:
        raise Problem("nothing_assigned", status=plan.document["status"])
    return plan


async def _table(service: Service, plan: PlanRecord, name: str) -> pl.DataFrame:
    """Return a table of a plan; it is empty where there is no plan."""
    if not plan.assigns:
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS[name], pl.String))
    data = await asyncio.to_thread(service.store.plan_table, plan.id, name)
    return await asyncio.to_thread(table_of, data)


def _page(table: pl.DataFrame, size: int, token: str | None) -> dict[str, Any]:
    start = position_of(token) or 0
    more = start + size < table.height
    return {
        "items": table.slice(start, size).to_dicts(),
        "next_page_token": token_of(start + size) if more else None,
    }


@router.get("/plans/{plan_id}", response_model=PlanView)
async def get_plan(plan_id: str, service: TheService, locale: TheLocale) -> Response:
    """Return a plan's document. That no plan exists is a result too, with the conflict and the ways out."""
    return Json(plan_view(await service.plan(plan_id), locale), headers=spoken(locale))


@router.get("/plans/{plan_id}/assignments", response_model=AssignmentPage)
async def list_assignments(
    plan_id: str, service: TheService, page_size: PageSize = 100, page_token: PageToken = None
) -> Response:
    """List who gets each lead, in the scenario's order."""
    plan = await service.plan(plan_id)
    return Json(_page(await _table(service, plan, "assignments"), page_size, page_token))


@router.get("/plans/{plan_id}/loads", response_model=LoadPage)
async def list_loads(
    plan_id: str, service: TheService, page_size: PageSize = 1000, page_token: PageToken = None
) -> Response:
    """List what each rep holds, against target and bounds, with the price of one more unit."""
    plan = await service.plan(plan_id)
    return Json(_page(await _table(service, plan, "loads"), page_size, page_token))


@router.get("/plans/{plan_id}/explanations/{lead:path}", response_model=ExplanationView, responses=_NOBODY)
async def explain_lead(
    plan_id: str,
    lead: str,
    service: TheService,
    locale: TheLocale,
    others: Annotated[
        int | None, Query(ge=0, le=1000, description="How many of the other reps to tell of; empty: all.")
    ] = None,
) -> Response:
    """Say why a lead goes to its rep, or to nobody."""
    explainer = await service.explainers.of(await _assigning(service, plan_id))
    record = await asyncio.to_thread(_known, explainer.lead, lead, others)
    answer = {"lead": lead, "record": record, "sentence": explainer.sentence(record, locale)}
    return Json(answer, headers=spoken(locale))


@router.get("/plans/{plan_id}/why-not", response_model=WhyNotView, responses=_NOBODY)
async def why_not(
    plan_id: str,
    service: TheService,
    locale: TheLocale,
    lead: Annotated[str, Query(min_length=1, max_length=1000, description="Id of the lead.")],
    rep: Annotated[str, Query(min_length=1, max_length=1000, description="Id of the rep.")],
    verify: Annotated[bool, Query(description="Solve again with the pair forced, and say what is proved.")] = False,
) -> Response:
    """Say why a rep does not get a lead; with `verify`, what it would cost if they did."""
    plan = await _assigning(service, plan_id)
    explainer = await service.explainers.of(plan)
    record = await asyncio.to_thread(_known, explainer.why_not, lead, rep)
    answer = {"lead": lead, "rep": rep, "record": record, "sentence": explainer.sentence(record, locale)}
    if verify:
        verified = await _verified(service, plan, lead, rep)
        answer["verified"] = {"record": verified["record"], "sentences": verified["sentences"][locale]}
    return Json(answer, headers=spoken(locale))


def _known(ask: Any, *names: Any) -> Any:
    """Ask an explainer; a name that it does not know is not found."""
    from solver.explain.names import UnknownName

    try:
        return ask(*names)
    except UnknownName as unknown:
        faults = [(f"#{unknown.what}", "similar_name", {"near": unknown.near})] if unknown.near else []
        raise Problem(f"{unknown.what}_not_found", faults=faults, id=unknown.name) from unknown


async def _verified(service: Service, plan: PlanRecord, lead: str, rep: str) -> dict[str, Any]:
    tables = [await asyncio.to_thread(service.store.plan_table, plan.id, name) for name in ("assignments", "tiers")]
    limits = {"time": service.settings.verify_seconds, "seed": plan.document["seed"]}
    head = {"document": plan.document, "lead": lead, "rep": rep, "limits": limits}
    job = verify_job(head, await service.content(plan.scenario), *tables)
    return (await service.helpers.ask(job)).head


@router.get(
    "/plans/{plan_id}/export",
    response_class=Response,
    responses={200: {"content": {media: {} for media in FORMATS.values()}}},
)
async def export_plan(
    plan_id: str,
    service: TheService,
    format: Annotated[  # noqa: A002 - the name in the contract
        ExportFormat, Query(description="csv and parquet: the assignments; xlsx: assignments and loads.")
    ] = "csv",
) -> Response:
    """Return the assignments as a file."""
    plan = await service.plan(plan_id)
    tables = {name: await _table(service, plan, name) for name in ("assignments", "loads")}
    data = await asyncio.to_thread(export, tables, format)
    headers = {"Content-Disposition": f'attachment; filename="{plan.id}.{format}"'}
    return Response(data, headers=headers, media_type=FORMATS[format])


@router.get("/compare", response_model=ComparisonView, responses=_NOBODY)
async def compare_plans(
    service: TheService,
    base: Annotated[str, Query(min_length=1, max_length=100, description="Id of the plan to start from.")],
    other: Annotated[str, Query(min_length=1, max_length=100, description="Id of the plan to compare with it.")],
    page_size: PageSize = 100,
    page_token: PageToken = None,
) -> Response:
    """Say what changed from one plan to another of the same leads, and what it cost."""
    plans = [await _assigning(service, plan_id) for plan_id in (base, other)]
    tables = [{name: await _table(service, plan, name) for name in ("assignments", "loads")} for plan in plans]
    difference = await asyncio.to_thread(compare, *tables)
    page = _page(difference.moves, page_size, page_token)
    first, second = (plan.document for plan in plans)
    answer = {
        "base": base,
        "other": other,
        "objective": second["objective"] - first["objective"],
        "moved": difference.moves.height,
        "assigned": second["assigned"] - first["assigned"],
        "loads": difference.loads.to_dicts(),
        "moves": page["items"],
        "next_page_token": page["next_page_token"],
    }
    return Json(answer)
