"""A frontier in words, from its record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenarios.amounts import money, percent
from scenarios.texts import Locale
from solver.explain.words import joined, metric_word, rule_word
from solver.frontier import texts
from solver.frontier.fairest import SAME

Record = Mapping[str, Any]

USUAL = 0.1
"""The tolerance that is tried, and told of, where the scenario has no band of its own."""
CLOSE = 1e-5
"""Costs that differ by no more than this part of the points are told as one."""


def sentences(record: Record, locale: Locale) -> list[str]:
    """Return what a planner should know first: what bands cost, where fairness ends, and what gave way."""
    free = record["points"][0]
    if free["objective"] is None:
        text = texts.INFEASIBLE if free["status"] == "infeasible" else texts.NO_PLAN_FOUND
        return [text.format(locale)]
    if len(record["points"]) == 1 and free["worst_deviation"] <= SAME:
        lines = [texts.EVEN.format(locale, metric=metric_word(record["metric"], locale))]
    else:
        lines = [*_costs(record, locale), *_end(record, locale)]
    if record["knee"] is not None:
        lines.append(texts.KNEE.format(locale, tolerance=percent(record["knee"], locale)))
    lines += _today(record, locale)
    lines.append(_replaced(record, locale))
    return lines


def worth_word(record: Record, locale: Locale) -> str:
    """Return what the points are: expected value, if there are points for nothing else."""
    return texts.WORTH["points" if record["points_per_money"] is None else "money"].format(locale)


def own_tolerances(record: Record) -> list[float]:
    """Return the tolerances of the bands that the scenario itself has, the widest first."""
    return sorted({part["tolerance"] for part in record["replaced"] if part["kind"] == "band"}, reverse=True)


def _costs(record: Record, locale: Locale) -> list[str]:
    """Return a sentence for each band that the scenario itself has, or for the one that was tried in its place."""
    own = own_tolerances(record)
    end = record["fairest"]["tolerance"] if record["fairest"] else None
    banded = [point for point in record["points"] if point["tolerance"] is not None]
    told = [point for point in banded if point["tolerance"] in own]
    if not told:
        told = sorted((point for point in banded if point["tolerance"] != end), key=_unusual)[:1]
    return [cost_sentence(record, point, locale) for point in told]


def _unusual(point: Record) -> float:
    return abs(float(point["tolerance"]) - USUAL)


def cost_sentence(record: Record, point: Record, locale: Locale) -> str:
    """Return what one band costs."""
    facts: dict[str, str] = {"tolerance": percent(point["tolerance"], locale), "worth": worth_word(record, locale)}
    if point["objective"] is None:
        return texts.COSTS[point["status"]].format(locale, **facts)
    least, most = point["cost_least"], point["cost_most"]
    if most is None:
        before = record["points"][0]["expected_value"]
        lost = (before - point["expected_value"]) / max(abs(before), 1.0)
        code = "tiers" if lost >= 0 else "tiers more"
        return texts.COSTS[code].format(locale, most=percent(abs(lost), locale), **facts)
    facts |= {"least": percent(least, locale), "most": percent(most, locale)}
    proved = most - least <= CLOSE
    code = "nothing" if proved and most <= CLOSE else "exact" if proved else "at most" if least <= CLOSE else "between"
    return texts.COSTS[code].format(locale, **facts)


def _end(record: Record, locale: Locale) -> list[str]:
    """Return how fair a plan can be."""
    end = record["fairest"]
    if end is None:
        return []
    if end["tolerance"] is None:
        return [texts.END["none"].format(locale)]
    code = (
        "even"
        if end["tolerance"] <= SAME
        else "proved"
        if end["proved"]
        else "between"
        if end["none_below"] > SAME
        else "found"
    )
    deviation, low = percent(end["tolerance"], locale), percent(end["none_below"], locale)
    lines = [texts.END[code].format(locale, deviation=deviation, low=low)]
    same = [point for point in record["points"] if point["tolerance"] == end["tolerance"]]
    lines += [
        cost_sentence(record, point, locale) for point in same if point["tolerance"] not in own_tolerances(record)
    ]
    if code == "proved":
        just = [
            p["status"] for p in record["points"] if p["tolerance"] is not None and p["tolerance"] == end["just_below"]
        ]
        nothing = just == ["infeasible"]
        lines.append(texts.BELOW["infeasible" if nothing else "plan"].format(locale))
    return lines


def _today(record: Record, locale: Locale) -> list[str]:
    today = record["today"]
    if today is None:
        return []
    value = money(today["expected_value"], record["currency"], locale)
    told = texts.TODAY.format(locale, value=value, deviation=percent(today["worst_deviation"], locale))
    if not today["feasible"]:
        told += ("" if locale == "zh-CN" else " ") + texts.TODAY_BREAKS.format(locale)
    return [told]


def _replaced(record: Record, locale: Locale) -> str:
    if not record["replaced"]:
        return texts.NOT_REPLACED.format(locale)
    parts = []
    for part in record["replaced"]:
        name = rule_word(part["name"], locale)
        if part["tolerance"] is not None:
            name = texts.PART.format(locale, name=name, tolerance=percent(part["tolerance"], locale))
        parts.append(name)
    return texts.REPLACED.format(locale, parts=joined(parts, locale))
