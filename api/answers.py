"""Answers: records of the store as clients see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Response

from api.run_fault_texts import RUN_FAULTS
from api.runs.jobs import issue_of
from api.store import PlanRecord, RunRecord, ScenarioRecord
from scenarios.texts import Locale


class Json(Response):
    """An answer in JSON, for what is JSON-ready already. What is not finite is null."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the content as bytes."""
        return orjson.dumps(content)


def spoken(locale: Locale, headers: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the headers of an answer that has sentences in it."""
    return {"Content-Language": locale, "Vary": "Accept-Language", **(headers or {})}


def scenario_view(record: ScenarioRecord, locale: Locale) -> dict[str, Any]:
    """Return a scenario as clients see it."""
    link = f"/v1/scenarios/{record.id}"
    return {
        "id": record.id,
        "sha256": record.sha256,
        "name": record.name,
        "leads": record.leads,
        "reps": record.reps,
        "base": record.base,
        "issues": [issue_of(issue).record(locale) for issue in record.issues],
        "created": record.created,
        "links": {"self": link, "variants": f"{link}/variants"},
    }


def run_view(
    run: RunRecord, locale: Locale, result: dict[str, Any] | None = None, frontier: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return a run as clients see it."""
    link = f"/v1/runs/{run.id}"
    links = {"self": link, "events": f"{link}/events", "scenario": f"/v1/scenarios/{run.scenario}"}
    if run.plan is not None:
        links["plan"] = f"/v1/plans/{run.plan}"
    if run.frontier is not None:
        links["frontier"] = f"{link}/frontier"
    error = None if run.fault is None else {"code": run.fault, "message": RUN_FAULTS[run.fault].format(locale)}
    return {
        "id": run.id,
        "kind": run.kind,
        "scenario": run.scenario,
        "status": run.status,
        "limits": run.limits,
        "priority": run.priority,
        "created": run.created,
        "started": run.started,
        "finished": run.finished,
        "progress": run.progress,
        "plan": run.plan,
        "result": result,
        "ask": run.ask or None,
        "frontier": frontier,
        "error": error,
        "links": links,
    }


def frontier_view(record: PlanRecord, locale: Locale) -> dict[str, Any]:
    """Return a frontier as clients see it: `frontier.json`, with ids and links."""
    link = f"/v1/runs/{record.run}/frontier"
    links = {"self": link, "run": f"/v1/runs/{record.run}", "scenario": f"/v1/scenarios/{record.scenario}"}
    forms = ("csv", "svg", "png") if record.document["points"][0]["objective"] is not None else ("csv",)
    links |= {form: f"{link}?format={form}" for form in forms}
    sentences = record.document["sentences"][locale]
    return {"run": record.run, "scenario": record.scenario, **record.document, "sentences": sentences, "links": links}


def plan_view(plan: PlanRecord, locale: Locale) -> dict[str, Any]:
    """Return a plan as clients see it: `plan.json`, with ids and links."""
    link = f"/v1/plans/{plan.id}"
    links = {"self": link, "run": f"/v1/runs/{plan.run}", "scenario": f"/v1/scenarios/{plan.scenario}"}
    links["receipt"] = f"{link}/receipt"
    if plan.assigns:
        links |= {part: f"{link}/{part}" for part in ("assignments", "loads", "export")}
        links |= {"explanations": f"{link}/explanations/{{lead}}", "why_not": f"{link}/why-not"}
        links |= {"reps": f"{link}/reps/{{rep}}", "rules": f"{link}/rules"}
    ids = {"id": plan.id, "run": plan.run, "scenario": plan.scenario, "created": plan.created}
    conflict = plan.document.get("conflict")
    if conflict is not None:
        conflict = {**conflict, "sentences": conflict["sentences"][locale]}
    return {**ids, **plan.document, "conflict": conflict, "links": links}
