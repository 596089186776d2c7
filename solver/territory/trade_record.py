"""Balance against disruption as a record: what programs read, and what tables, pictures and sentences are made from."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import polars as pl

from scenarios.amounts import percent
from scenarios.texts import Locale
from solver.explain.words import joined, metric_word, quantity, rule_word
from solver.frontier.sentences import USUAL, Record, own_tolerances
from solver.territory import trade_texts as texts
from solver.territory.trade_points import Reference, TradeOff

COLUMNS: dict[str, type[pl.DataType]] = {
    "tolerance": pl.Float64,
    "status": pl.String,
    "moved": pl.Float64,
    "moved_least": pl.Float64,
    "moved_part": pl.Float64,
    "moved_leads": pl.Int64,
    "worst_deviation": pl.Float64,
    "objective": pl.Float64,
    "bound": pl.Float64,
    "gap": pl.Float64,
    "seconds": pl.Float64,
    "dominated": pl.Boolean,
}
"""Columns of ``frontier.csv``; one for the worst deviation of each other metric with a band follows."""
OF = "worst_deviation of {metric}"


def record_of(found: TradeOff) -> Record:
    """Return all of it JSON-ready: what ``frontier.json`` says."""
    points = [{**p.record(), "moved_part": None if p.moved is None else p.moved / found.owned} for p in found.points]
    return {
        "kind": "disruption",
        **found.asked.record(),
        "counted": found.counted,
        "owned": found.owned,
        "budgets": list(found.budgets),
        "status": found.status,
        "stopped_by": found.stopped_by,
        "points": points,
        "today": _reference(found.today),
        "free": None if found.free is None else _reference(found.free),
        "seed": found.seed,
        "seconds": found.seconds,
        "versions": {name: version(name) for name in ("plumbline", "ortools", "numpy", "polars")},
        "scenario_sha256": found.asked.scenario.sha256(),
    }


def _reference(one: Reference) -> dict[str, Any]:
    off = one.deviation if one.deviation < float("inf") else None
    return {
        "feasible": one.feasible,
        "moved": one.moved,
        "worst_deviation": off,
        "deviations": one.deviations,
        "objective": one.objective,
        "bound": one.bound,
    }


def table_of(record: Record) -> pl.DataFrame:
    """Return the points of a record as a table, from the widest band to the narrowest; see `COLUMNS`."""
    others = [metric for metric in record["today"]["deviations"] if metric != record["metric"]]
    schema = COLUMNS | {OF.format(metric=metric): pl.Float64 for metric in others}
    rows = [
        {name: point[name] for name in COLUMNS}
        | {OF.format(metric=metric): (point["deviations"] or {}).get(metric) for metric in others}
        for point in record["points"]
    ]
    return pl.DataFrame(rows, schema=schema)


def owners_of(found: TradeOff) -> pl.DataFrame:
    """Return who gets each lead on each point of the curve: a column named by its tolerance, "none" without a band."""
    scenario = found.asked.scenario
    ids = pl.Series([rep.id for rep in scenario.reps], dtype=pl.String)
    columns = [
        ids[point.owner].alias("none" if point.tolerance is None else f"{point.tolerance:g}")
        for point in found.curve
        if point.owner is not None
    ]
    leads = scenario.leads.select(pl.col("id").alias("lead"), pl.col("owner").alias("today"))
    return leads.with_columns(columns)


# -- sentences --------------------------------------------------------------------------------------------------------


def sentences(record: Record, locale: Locale) -> list[str]:
    """Return what a planner should know first: what the bands take, where evenness ends, and what gave way."""
    first = record["points"][0]
    if all(point["moved"] is None for point in record["points"]):
        text = texts.INFEASIBLE if first["status"] == "infeasible" else texts.NO_PLAN_FOUND
        return [text.format(locale)]
    return [
        *_bands(record, locale),
        *_budgets(record, locale),
        *_references(record, locale),
        *_replaced(record, locale),
    ]


def _bands(record: Record, locale: Locale) -> Iterator[str]:
    """Yield a sentence for each band that the scenario has, for the narrowest kept, and the widest that is not."""
    banded = [point for point in record["points"] if point["tolerance"] is not None]
    own = own_tolerances(record)
    told = [point for point in banded if point["tolerance"] in (own or [USUAL])]
    kept = [point for point in banded if point["moved"] is not None]
    failed = [point for point in banded if point["moved"] is None]
    for point in (*kept[-1:], *failed[:1]):
        if point not in told:
            told.append(point)
    for point in told:
        yield _moves(record, point, locale)


def _moves(record: Record, point: Record, locale: Locale) -> str:
    """Return what one band takes."""
    tolerance = percent(point["tolerance"], locale)
    if point["status"] == "infeasible":
        return texts.MOVES["infeasible"].format(locale, tolerance=tolerance)
    facts = {"tolerance": tolerance, **_amount(record, point["moved_least"], locale, "least", "least_part")}
    if point["moved"] is None:
        return texts.MOVES["no_plan_found"].format(locale, **facts)
    facts |= _amount(record, point["moved"], locale, "moved", "part")
    code = "nothing" if point["moved"] == 0 else "exact" if point["status"] == "optimal" else "between"
    return texts.MOVES[code].format(locale, **facts)


def _amount(record: Record, value: float, locale: Locale, name: str, part: str) -> dict[str, str]:
    return {name: quantity(value, record["counted"], locale), part: percent(value / record["owned"], locale)}


def _budgets(record: Record, locale: Locale) -> Iterator[str]:
    """Yield how even territories can be within each budget of the scenario: what was found, and what is proved."""
    for budget in record["budgets"]:
        facts = {"budget": quantity(budget, record["counted"], locale)}
        room = 1e-9 * max(1.0, budget)
        kept = [
            p["worst_deviation"] for p in record["points"] if p["moved"] is not None and p["moved"] <= budget + room
        ]
        beyond = [
            point["tolerance"]
            for point in record["points"]
            if point["tolerance"] is not None and (point["moved_least"] is None or point["moved_least"] > budget + room)
        ]
        even = min((off for off in kept if off is not None), default=None)
        if even is None:
            yield texts.BUDGET["none"].format(locale, **facts)
            continue
        facts["deviation"] = percent(even, locale)
        if beyond:
            yield texts.BUDGET["proved"].format(locale, low=percent(max(beyond), locale), **facts)
        else:
            yield texts.BUDGET["found"].format(locale, **facts)


def _references(record: Record, locale: Locale) -> Iterator[str]:
    today, free = record["today"], record["free"]
    if today["worst_deviation"] is not None:
        metric = metric_word(record["metric"], locale)
        yield texts.TODAY.format(locale, deviation=percent(today["worst_deviation"], locale), metric=metric)
    if not today["feasible"]:
        yield texts.TODAY_BREAKS.format(locale)
    if free is not None:
        off = percent(free["worst_deviation"], locale)
        yield texts.FREE.format(locale, deviation=off, **_amount(record, free["moved"], locale, "moved", "part"))


def _replaced(record: Record, locale: Locale) -> Iterator[str]:
    if record["replaced"]:
        names = [rule_word(part["name"], locale) for part in record["replaced"]]
        yield texts.REPLACED.format(locale, parts=joined(names, locale))
