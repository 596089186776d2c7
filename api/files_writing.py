"""Writing a plan's folder, whole or not at all; `api.files` reads it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from api.files import ASSIGNMENTS, EXPLANATIONS, LOADS, OURS, PLAN, PRICES, RECEIPT, SCENARIO, TableFormat
from api.folders import whole_folder
from api.receipts import file_digests, receipt_of
from scenarios.model import Scenario
from scenarios.texts import Locale
from scenarios.writing import table_as_bytes, write
from solver.explain import Explainer
from solver.limits import Limits
from solver.result import Plan, Result

MOST_AS_JSON = 50_000
"""Leads up to which the copy of the scenario is one file that people can read; beyond, a folder of Parquet."""


def write_plan(
    folder: Path,
    scenario: Scenario,
    result: Result,
    *,
    explainer: Explainer | None = None,
    conflict: dict[str, Any] | None = None,
    table_format: TableFormat = "csv",
    locales: Sequence[Locale] = ("en",),
    read_seconds: float = 0.0,
    limits: Limits | None = None,
    about: Mapping[str, Any] | None = None,
    beside: Mapping[str, bytes] | None = None,
) -> dict[str, Any]:
    """Write what came of a solve; return what `plan.json` says.

    Parameters
    ----------
    folder : Path
        It appears whole or not at all; an earlier plan is replaced.
    explainer : Explainer, optional
        Of the result's plan; needed where there is one.
    conflict : dict, optional
        Record of the conflict, where the scenario has no plan.
    table_format : {"csv", "parquet"}
        Of the assignments.
    locales : sequence
        Languages of the sentences in the explanations.
    read_seconds : float
        How long it took to read the scenario.
    limits : Limits, optional
        What the solve was limited to; the receipt says so.
    about : mapping, optional
        What `plan.json` says besides: of territories, their centres and accounts.
    beside : mapping, optional
        Further files, by name.

    Raises
    ------
    FolderFault
        If it cannot be written; nothing is left behind then.
    """
    started = time.monotonic()
    document = {**document_of(scenario, result, explainer, conflict), **(about or {})}
    with whole_folder(folder, PLAN, OURS) as part:
        if scenario.leads.height <= MOST_AS_JSON:
            write(scenario, part / f"{SCENARIO}.json")
        else:
            write(scenario, part / SCENARIO, "parquet")
        if result.plan is not None and explainer is not None:
            table = table_as_bytes(explainer.table(), table_format)
            (part / f"{ASSIGNMENTS}.{table_format}").write_bytes(table)
            (part / f"{LOADS}.csv").write_bytes(table_as_bytes(explainer.loads(), "csv"))
            (part / PRICES).write_bytes(prices_file(result.plan))
            _write_explanations(part / EXPLANATIONS, explainer, locales)
        for name, data in (beside or {}).items():
            (part / name).write_bytes(data)
        document["seconds"] = {
            "read": read_seconds,
            **result.seconds,
            "write": time.monotonic() - started,
        }
        (part / PLAN).write_bytes(_json(document))
        (part / RECEIPT).write_bytes(_json(receipt_of(file_digests(part), scenario, document, limits)))
    return document


def document_of(
    scenario: Scenario, result: Result, explainer: Explainer | None, conflict: dict[str, Any] | None
) -> dict[str, Any]:
    """Return what `plan.json` says of a result, JSON-ready."""
    proved, about = {}, result.document()
    for name in ("status", "stopped_by", "objective", "bound", "gap", "bound_by", "certified_bound", "tiers"):
        proved[name] = about.pop(name)
    assigned, metrics = 0, {}
    if result.plan is not None and explainer is not None:
        assigned = int((result.plan.owner >= 0).sum())
        metrics = {"value": explainer.value()["expected_value"], "fairness": explainer.fairness()}
    document = {
        **proved,
        "assigned": assigned,
        "unassigned": scenario.leads.height - assigned,
        "metrics": metrics,
        **about,
        "scenario_sha256": scenario.sha256(),
    }
    return document if conflict is None else {**document, "conflict": conflict}


def prices_file(plan: Plan) -> bytes:
    """Return what `prices.json` holds."""
    tiers = [
        {"tier": t.tier, "certified_bound": t.certified_bound, "prices": [asdict(p) for p in t.prices]}
        for t in plan.tiers
    ]
    return _json({"tiers": tiers})


def _write_explanations(path: Path, explainer: Explainer, locales: Sequence[Locale]) -> None:
    with path.open("wb") as stream:
        for lines in explainer.lines(locales):
            lines.to_frame().write_csv(stream, include_header=False, quote_style="never")  # the lines as they are


def _json(content: Any) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
