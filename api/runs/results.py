"""What is kept of a solve: the document of `plan.json`, the tables, and what explanations are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
import orjson
import polars as pl

from api.runs.packing import table_bytes
from scenarios.model import Scenario
from scenarios.texts import LOCALES
from solver.explain import explain
from solver.explain.conflict import find_conflict
from solver.limits import Limits
from solver.result import Plan, Result, RowPrice, Tier

ASSIGNMENTS, LOADS, TIERS = "assignments", "loads", "tiers"
"""Names of what is kept beside the document: tables as Parquet, the tiers as JSON."""

CONFLICT_SECONDS = 60.0
"""Most seconds that the search for a conflict and its ways out may take."""


def keep(scenario: Scenario, result: Result, limits: Limits) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the document of a result, and its tables and prices by name.

    Where no plan is possible, the document says which rules are in conflict, and the ways out.
    """
    document = {**result.document(), "assigned": 0, "unassigned": scenario.leads.height, "metrics": {}}
    document["scenario_sha256"] = scenario.sha256()
    if result.plan is None:
        return document | _conflict(scenario, result, limits), {}
    explainer = explain(scenario, result.plan, result.seed)
    assigned = int((result.plan.owner >= 0).sum())
    document["assigned"], document["unassigned"] = assigned, scenario.leads.height - assigned
    document["metrics"] = {"value": explainer.value()["expected_value"], "fairness": explainer.fairness()}
    return document, {
        ASSIGNMENTS: table_bytes(explainer.table()),
        LOADS: table_bytes(explainer.loads()),
        TIERS: orjson.dumps([asdict(tier) for tier in result.plan.tiers]),
    }


def _conflict(scenario: Scenario, result: Result, limits: Limits) -> dict[str, Any]:
    """Return the conflict of an infeasible scenario, with its sentences; nothing if none was proved."""
    if result.status != "infeasible":
        return {}
    seconds = min(limits.time or CONFLICT_SECONDS, CONFLICT_SECONDS)
    try:
        conflict = find_conflict(scenario, replace(limits, time=seconds))
    except ValueError:  # an id that the search cannot speak of
        return {}
    sentences = {locale: conflict.sentences(locale) for locale in LOCALES}
    return {"conflict": {"record": conflict.record(), "sentences": sentences}}


def plan_of(scenario: Scenario, assignments: pl.DataFrame, tiers: bytes) -> Plan:
    """Return the plan that was kept."""
    index = {rep.id: j for j, rep in enumerate(scenario.reps)}
    owner = [-1 if rep is None else index[rep] for rep in assignments["rep"].to_list()]
    return Plan(np.array(owner, dtype=np.int64), tuple(_tier(tier) for tier in orjson.loads(tiers)))


def result_of(document: Mapping[str, Any], plan: Plan) -> Result:
    """Return the result that a document and its plan were made from."""
    names = {field.name for field in fields(Result)} - {"plan"}
    return Result(plan=plan, **{name: document[name] for name in names})


def _tier(tier: dict[str, Any]) -> Tier:
    return Tier(**{**tier, "prices": tuple(RowPrice(**price) for price in tier["prices"])})
