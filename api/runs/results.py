"""What is kept of a solve: the document of `plan.json`, the tables, and what explanations are made from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
import orjson
import polars as pl

from api.files_writing import document_of, prices_file
from api.receipts import receipt_of
from api.runs.packing import table_bytes, table_of
from api.store import PlanRecord
from scenarios.model import Scenario
from scenarios.texts import LOCALES
from scenarios.writing import table_as_bytes
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
    if result.plan is None:
        told = conflict_told(scenario, limits) if result.status == "infeasible" else None
        return document_of(scenario, result, None, told), {}
    explainer = explain(scenario, result.plan, result.seed)
    document = document_of(scenario, result, explainer, None)
    return document, {
        ASSIGNMENTS: table_bytes(explainer.table()),
        LOADS: table_bytes(explainer.loads()),
        TIERS: orjson.dumps([asdict(tier) for tier in result.plan.tiers]),
    }


def conflict_told(scenario: Scenario, limits: Limits) -> dict[str, Any] | None:
    """Return the conflict of an infeasible scenario, with its sentences by language; None if there is none to tell."""
    seconds = min(limits.time or CONFLICT_SECONDS, CONFLICT_SECONDS)
    try:
        conflict = find_conflict(scenario, replace(limits, time=seconds))
    except ValueError:  # an id that the search cannot speak of
        return None
    return {**conflict.record(), "sentences": {locale: conflict.sentences(locale) for locale in LOCALES}}


def receipt_kept(
    record: PlanRecord, scenario: Scenario, tables: Mapping[str, bytes], limits: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the receipt of a kept plan; its files are those that `plumbline solve -o` writes of an equal plan.

    `tables` holds what was kept beside the document; it is empty where there is no plan.
    """
    files: dict[str, bytes] = {}
    if tables:
        assignments, loads = (table_of(tables[name]) for name in (ASSIGNMENTS, LOADS))
        files = {
            "assignments.csv": table_as_bytes(assignments, "csv"),
            "loads.csv": table_as_bytes(loads, "csv"),
            "prices.json": prices_file(plan_of(scenario, assignments, tables[TIERS])),
        }
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return receipt_of(digests, scenario, record.document, limits, record.created)


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
