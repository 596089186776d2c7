"""Plans: who owns what, with its proof and the reason for every assignment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Query, Request, Response

from api import rule_costs
from api.answers import Json, plan_view, spoken
from api.compare_schemas import ComparisonView
from api.comparing import TODAY, comparison_view
from api.doors.caller import TheCaller
from api.doors.needs import needs
from api.errors import Problem
from api.etags import unchanging
from api.exporting import FORMATS, MAPS, ExportFormat, ExportPart, table_file, whole_file
from api.pages import PageSize, PageToken, position_of, token_of
from api.runs.frames import Frame
from api.runs.jobs import rules_job, verify_job
from api.runs.packing import Packed, table_bytes, table_of, unpack
from api.schemas import (
    AssignmentPage,
    AssignmentView,
    ExplanationView,
    LoadPage,
    LoadView,
    PlanView,
    ReceiptView,
    RepView,
    RulesView,
    WhyNotView,
)
from api.service import Tenant, TheLocale, TheTenant
from api.store import PlanRecord, Tenancy
from solver.territory.compile import of_territories
from solver.territory.notes import note

router = APIRouter(prefix="/v1", tags=["plans"], dependencies=[needs("crm")])

COLUMNS = {"assignments": tuple(AssignmentView.model_fields), "loads": tuple(LoadView.model_fields)}
"""Columns of the tables of a plan."""

_NOBODY: dict[int | str, dict[str, Any]] = {409: {}}
"""The routes that need a plan with assignments; the description of the problem is added with the others."""


async def _table(tenant: Tenant, plan: PlanRecord, name: str) -> pl.DataFrame:
    """Return a table of a plan; it is empty where there is no plan."""
    return await asyncio.to_thread(table_of, await _kept(tenant, plan, name))


async def _kept(tenant: Tenant, plan: PlanRecord, name: str) -> bytes:
    """Return a table of a plan as Parquet."""
    if not plan.assigns:
        return table_bytes(pl.DataFrame(schema=dict.fromkeys(COLUMNS[name], pl.String)))
    return await tenant.table(plan, name)


def _page(table: pl.DataFrame, size: int, token: str | None) -> dict[str, Any]:
    start = position_of(token) or 0
    more = start + size < table.height
    return {
        "items": table.slice(start, size).to_dicts(),
        "next_page_token": token_of(start + size) if more else None,
    }


@router.get("/plans/{plan_id}", response_model=PlanView)
async def get_plan(plan_id: str, request: Request, tenant: TheTenant, locale: TheLocale) -> Response:
    """Return a plan's document. That no plan exists is a result too, with the conflict and the ways out."""
    plan = await tenant.plan(plan_id)
    headers = unchanging(request, plan.created, spoken(locale))
    return Json(plan_view(plan, locale), headers=headers)


@router.get("/plans/{plan_id}/assignments", response_model=AssignmentPage)
async def list_assignments(
    plan_id: str, request: Request, tenant: TheTenant, page_size: PageSize = 100, page_token: PageToken = None
) -> Response:
    """List who gets each lead, in the scenario's order."""
    plan = await tenant.plan(plan_id)
    headers = unchanging(request, plan.created)
    return Json(_page(await _table(tenant, plan, "assignments"), page_size, page_token), headers=headers)


@router.get("/plans/{plan_id}/loads", response_model=LoadPage)
async def list_loads(
    plan_id: str, request: Request, tenant: TheTenant, page_size: PageSize = 1000, page_token: PageToken = None
) -> Response:
    """List what each rep holds, against target and bounds, with the price of one more unit."""
    plan = await tenant.plan(plan_id)
    headers = unchanging(request, plan.created)
    return Json(_page(await _table(tenant, plan, "loads"), page_size, page_token), headers=headers)


@router.get("/plans/{plan_id}/explanations/{lead:path}", response_model=ExplanationView, responses=_NOBODY)
async def explain_lead(
    plan_id: str,
    lead: str,
    request: Request,
    tenant: TheTenant,
    locale: TheLocale,
    others: Annotated[
        int | None, Query(ge=0, le=1000, description="How many of the other reps to tell of; empty: all.")
    ] = None,
) -> Response:
    """Say why a lead goes to its rep, or to nobody."""
    plan = await tenant.assigning(plan_id)
    headers = unchanging(request, plan.created, spoken(locale))
    explainer = await tenant.explainer(plan)
    record = await asyncio.to_thread(_known, explainer.lead, lead, others)
    answer = {"lead": lead, "record": record, "sentence": explainer.sentence(record, locale)}
    if of_territories(explainer.scenario):
        found = await asyncio.to_thread(note, explainer.scenario, explainer.plan.owner, lead)
        answer["territory"] = {"record": found.record(), "sentences": found.sentences(locale)}
    return Json(answer, headers=headers)


@router.get("/plans/{plan_id}/why-not", response_model=WhyNotView, responses=_NOBODY)
async def why_not(
    plan_id: str,
    request: Request,
    tenant: TheTenant,
    caller: TheCaller,
    locale: TheLocale,
    lead: Annotated[str, Query(min_length=1, max_length=1000, description="Id of the lead.")],
    rep: Annotated[str, Query(min_length=1, max_length=1000, description="Id of the rep.")],
    verify: Annotated[bool, Query(description="Solve again with the pair forced, and say what is proved.")] = False,
) -> Response:
    """Say why a rep does not get a lead; with `verify`, what it would cost if they did."""
    if verify:
        caller.must("planner")
    plan = await tenant.assigning(plan_id)
    # what a solve finds out within its time limit may be more the next time
    headers = spoken(locale) if verify else unchanging(request, plan.created, spoken(locale))
    explainer = await tenant.explainer(plan)
    record = await asyncio.to_thread(_known, explainer.why_not, lead, rep)
    answer = {"lead": lead, "rep": rep, "record": record, "sentence": explainer.sentence(record, locale)}
    if verify:
        verified = await _solved_again(tenant, plan, verify_job, lead=lead, rep=rep)
        answer["verified"] = {"record": verified["record"], "sentences": verified["sentences"][locale]}
    return Json(answer, headers=headers)


@router.get("/plans/{plan_id}/reps/{rep:path}", response_model=RepView, responses=_NOBODY)
async def explain_rep(plan_id: str, rep: str, request: Request, tenant: TheTenant, locale: TheLocale) -> Response:
    """Say why a rep has this load, and why not more."""
    plan = await tenant.assigning(plan_id)
    headers = unchanging(request, plan.created, spoken(locale))
    explainer = await tenant.explainer(plan)
    record = await asyncio.to_thread(_known, explainer.rep, rep)
    answer = {"rep": rep, "record": record, "sentences": explainer.rep_sentences(record, locale)}
    return Json(answer, headers=headers)


@router.get("/plans/{plan_id}/rules", response_model=RulesView, responses=_NOBODY, dependencies=[needs("planner")])
async def price_rules(
    plan_id: str,
    request: Request,
    tenant: TheTenant,
    locale: TheLocale,
    verify: Annotated[
        bool, Query(description="Solve again without each rule, and with one unit of slack, and say what is proved.")
    ] = False,
) -> Response:
    """Say what each rule costs: what the plan could gain without it, or with one unit of slack."""
    plan = await tenant.assigning(plan_id)
    headers = spoken(locale) if verify else unchanging(request, plan.created, spoken(locale))
    if verify:
        told = (await _solved_again(tenant, plan, rules_job))["rules"]
    else:
        explainer = await tenant.explainer(plan)
        told = await asyncio.to_thread(lambda: rule_costs.told(explainer.rule_prices(), explainer.scenario))
    rules = [{"record": rule["record"], "sentences": rule["sentences"][locale]} for rule in told]
    return Json({"rules": rules}, headers=headers)


def _known(ask: Any, *names: Any) -> Any:
    """Ask an explainer; a name that it does not know is not found."""
    from solver.explain.names import UnknownName

    try:
        return ask(*names)
    except UnknownName as unknown:
        faults = [(f"#{unknown.what}", "similar_name", {"near": unknown.near})] if unknown.near else []
        raise Problem(f"{unknown.what}_not_found", faults=faults, id=unknown.name) from unknown


async def _solved_again(
    tenant: Tenant, plan: PlanRecord, job: Callable[[dict[str, Any], Packed, bytes, bytes], Frame], **asked: str
) -> dict[str, Any]:
    """Return what a child process finds out about a plan by solving again."""
    tables = [await tenant.table(plan, name) for name in ("assignments", "tiers")]
    limits = {"time": tenant.service.settings.verify_seconds, "seed": plan.document["seed"]}
    head = {"document": plan.document, "limits": limits, **asked}
    return (await tenant.service.helpers.ask(job(head, await tenant.content(plan.scenario), *tables))).head


@router.get(
    "/plans/{plan_id}/export",
    response_class=Response,
    responses={200: {"content": {media: {} for media in FORMATS.values()}}},
)
async def export_plan(
    plan_id: str,
    request: Request,
    tenant: TheTenant,
    locale: TheLocale,
    format: Annotated[  # noqa: A002 - the name in the contract
        ExportFormat,
        Query(
            description="csv and parquet: the assignments; xlsx: assignments and loads. "
            "Of territories: geojson, and the map as html, svg and png."
        ),
    ] = "csv",
    part: Annotated[
        ExportPart, Query(description="changes, of territories: what leaves and what comes, rep by rep.")
    ] = "assignments",
) -> Response:
    """Return the assignments, the changes or the map as a file."""
    plan = await tenant.plan(plan_id)
    named = {"Content-Disposition": f'attachment; filename="{plan.id}.{format}"'}
    if format in MAPS or part == "changes":
        if plan.document.get("kind") != "rebalance":
            raise Problem("no_territories", id=plan_id)
        if not plan.assigns:
            raise Problem("nothing_assigned", id=plan_id, status=plan.document["status"])
    if format == "geojson" or format == "html" or format == "svg" or format == "png":
        name, headers = MAPS[format].format(locale=locale), unchanging(request, plan.created, spoken(locale, named))
        return whole_file(await tenant.table(plan, name), format, headers)
    headers = unchanging(request, plan.created, named)
    names = ("assignments", "loads") if part == "assignments" else ("changes.csv",)
    tables = {name.removesuffix(".csv"): await _kept(tenant, plan, name) for name in names}
    return await asyncio.to_thread(table_file, tables, format, headers)


@router.get("/plans/{plan_id}/receipt", response_model=ReceiptView)
async def get_receipt(plan_id: str, request: Request, tenant: TheTenant) -> Response:
    """Return the digests of what the plan was made from and of what was made; `plumbline check FILE` verifies it."""
    plan = await tenant.plan(plan_id)
    headers = unchanging(request, plan.created)
    return Json(await asyncio.to_thread(_receipt, tenant.kept, plan), headers=headers)


def _receipt(kept: Tenancy, plan: PlanRecord) -> dict[str, Any]:
    from api.runs.results import ASSIGNMENTS, LOADS, TIERS, receipt_kept

    names = (ASSIGNMENTS, LOADS, TIERS) if plan.assigns else ()
    tables = {name: kept.plan_table(plan, name) for name in names}
    scenario = unpack(Packed(*kept.scenario_content(plan.scenario)))
    run = kept.run(plan.run)
    return receipt_kept(plan, scenario, tables, {} if run is None else run.limits)


@router.get("/compare", response_model=ComparisonView, responses=_NOBODY, dependencies=[needs("planner")])
async def compare_plans(
    request: Request,
    tenant: TheTenant,
    locale: TheLocale,
    base: Annotated[
        str,
        Query(min_length=1, max_length=100, description="Id of the plan to start from, or today: the present owners."),
    ],
    other: Annotated[str, Query(min_length=1, max_length=100, description="Id of the plan to compare with it.")],
    page_size: PageSize = 100,
    page_token: PageToken = None,
) -> Response:
    """Say what changed from one plan to another, why each lead moves, and what it cost."""
    first = None if base == TODAY else await tenant.assigning(base)
    second = await tenant.assigning(other)
    headers = unchanging(request, second.created + ("" if first is None else first.created), spoken(locale))
    found = await tenant.service.comparisons.of(tenant.kept, first, second)
    start = position_of(page_token) or 0
    view = await asyncio.to_thread(comparison_view, found, locale, start, start + page_size)
    more = start + page_size < view["moved"]
    ids = {"base": base, "other": other, "next_page_token": token_of(start + page_size) if more else None}
    return Json({**view, **ids}, headers=headers)
