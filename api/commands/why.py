"""`plumbline why` and `plumbline why-not`: the explanations of a plan's folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import polars as pl
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from api.commands.terminal import Refusal, console, print_json
from api.files import PlanFault, read_plan
from api.summary_words import headed
from scenarios.model import Scenario
from scenarios.texts import Locale, Text
from solver.explain import Explainer, UnknownName, explain
from solver.explain.explain_texts import HAS_IT, NOBODY_HAS_IT
from solver.explain.words import points
from solver.limits import Limits
from solver.result import Result
from solver.territory.compile import of_territories
from solver.territory.notes import note

TOLD = 10
"""Reps who did not get a lead that are told of in words."""

_OTHERS = Text("And the others", "其他人")
_MORE = Text("… and {count} more; --json tells of all.", "……另有 {count} 位；--json 可列出全部。")
_VERIFIED = Text("Solved again with this pair", "强制该分配后重新求解")


def why(lead: str, folder: Path, as_json: bool, locales: Sequence[Locale]) -> None:
    """Print why a lead goes to its rep, or to nobody.

    Raises
    ------
    Refusal
        If the folder cannot be read, or has no such lead.
    """
    locale = locales[0]
    scenario, result, explainer = open_plan(folder, locale)
    try:
        record = explainer.lead(lead)
    except UnknownName as fault:
        raise Refusal(fault.message(locale)) from fault
    text = {each: explainer.sentence(record, each) for each in locales}
    found = None if result.plan is None or not of_territories(scenario) else note(scenario, result.plan.owner, lead)
    if as_json:
        answer = {"lead": lead, "record": record, "text": text}
        if found is not None:
            answer["territory"] = {"record": found.record(), "text": {each: found.sentences(each) for each in locales}}
        print_json(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
        return
    lines = [text[locale], *(found.sentences(locale) if found is not None else ())]
    parts: list[RenderableType] = [_title(scenario, lead), Padding(Group(*map(Line, lines)), (0, 0, 1, 2))]
    if record["others"]:
        parts.append(headed(_OTHERS.format(locale), _others(explainer, record, locale)))
    console().print(Group(*parts))


def why_not(lead: str, rep: str, folder: Path, limits: Limits | None, as_json: bool, locales: Sequence[Locale]) -> None:
    """Print why a rep does not get a lead; with limits, solve again with the pair forced, and say what is proved.

    Raises
    ------
    Refusal
        If the folder cannot be read, or has no such lead or rep.
    """
    locale = locales[0]
    scenario, result, explainer = open_plan(folder, locale)
    try:
        record = explainer.why_not(lead, rep)
    except UnknownName as fault:
        raise Refusal(fault.message(locale)) from fault
    text = {each: explainer.sentence(record, each) for each in locales}
    answer: dict[str, Any] = {"lead": lead, "rep": rep, "record": record, "text": text}
    if limits is not None:
        answer["verified"] = _verified(scenario, result, lead, rep, limits, locales)
    if as_json:
        print_json(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
        return
    parts: list[RenderableType] = [_title(scenario, lead), Padding(Line(text[locale]), (0, 0, 0, 2))]
    if limits is not None:
        lines = Group(*(Line(sentence) for sentence in answer["verified"]["text"][locale]))
        parts += [Line(""), headed(_VERIFIED.format(locale), lines)]
    console().print(Group(*parts))


def open_plan(folder: Path, locale: Locale) -> tuple[Scenario, Result, Explainer]:
    """Return what stands in a plan's folder.

    Raises
    ------
    Refusal
        If it cannot be read, or holds no plan.
    """
    try:
        scenario, result = read_plan(folder)
        if result.plan is None:
            raise PlanFault("nothing", folder, status=result.status)
    except PlanFault as fault:
        raise Refusal(fault.message(locale)) from fault
    return scenario, result, explain(scenario, result.plan, result.seed)


def _verified(
    scenario: Scenario, result: Result, lead: str, rep: str, limits: Limits, locales: Sequence[Locale]
) -> dict[str, Any]:
    from solver.explain.counterfactual import verify

    try:
        verified = verify(scenario, result, lead, rep, limits)
    except ValueError as fault:  # an id that the search cannot speak of
        raise Refusal(str(fault)) from fault
    return {"record": verified.record(), "text": {each: verified.sentences(each) for each in locales}}


def _title(scenario: Scenario, lead: str) -> Line:
    name = scenario.leads.filter(pl.col("id") == lead)["name"][0]
    return Line.assemble((lead, "bold"), (f"  {name}" if name else "", "dim"))


def _others(explainer: Explainer, record: dict[str, Any], locale: Locale) -> Table:
    """Return a sentence for each of the best others, without who has the lead: that was said above."""
    holder = NOBODY_HAS_IT.format(locale)
    if record["rep"] is not None:
        holder = HAS_IT.format(locale, chosen=record["rep"], points=points(record["score"], locale))
    lines = Table.grid(padding=(0, 1))
    for other in record["others"][:TOLD]:
        told = explainer.sentence(explainer.why_not(record["lead"], other["rep"]), locale)
        lines.add_row(Line("·", "dim"), told.removesuffix(holder))
    rest = len(record["others"]) - TOLD + record["not_told"]
    if rest > 0:
        lines.add_row("", Line(_MORE.format(locale, count=rest), "dim"))
    return lines
