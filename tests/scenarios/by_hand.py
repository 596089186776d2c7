"""The rules that planted scenarios use, checked in plain Python from their descriptions alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

from scenarios.model import Rep, Scenario
from scenarios.rules import Rule

Owners = dict[str, str]
Row = dict[str, Any]


def broken(scenario: Scenario, plan: Owners) -> set[str]:
    """Return the names of the hard rules that a plan (lead id -> rep id) breaks."""
    rows = scenario.lead_records()
    reps = {rep.id: rep for rep in scenario.reps}
    return {rule.name for rule in scenario.rules if rule.rate is None and not _holds(rule, rows, reps, plan)}


def score(scenario: Scenario, row: Row, rep: Rep) -> float:
    """Return the points of a pair: value x win rate by segment, and continuity."""
    points = 0.0
    for goal in scenario.goals:
        if goal.kind == "value":
            points += goal.weight * row["value"] * rep.win_rates[row["segment"]]
        elif goal.kind == "continuity":
            points += goal.weight * (row.get("owner") == rep.id)
        else:
            raise NotImplementedError(goal.kind)
    return points


def _holds(rule: Rule, rows: list[Row], reps: dict[str, Rep], plan: Owners) -> bool:
    chosen = [row for row in rows if all(row.get(c) in v for c, v in rule.leads.items())]
    people = [rep for rep in reps.values() if all(getattr(rep, c) in v for c, v in rule.reps.items())]
    names = {rep.id for rep in people}
    mine = {rep.id: [row for row in chosen if plan.get(row["id"]) == rep.id] for rep in people}
    pairs = [(row, rep) for rep in people for row in mine[rep.id]]
    match rule.kind:
        case "capacity":
            return all(
                _load(mine[rep.id], key) + rep.carried.get(key, 0.0) <= limit
                for rep in people
                for key, limit in rep.capacity.items()
            )
        case "skills":
            return all(rep.skills.get(k, 0) >= v for row, rep in pairs for k, v in row.get("skills", {}).items())
        case "match":
            cells = ((row.get(rule.lead_column), getattr(rep, rule.rep_column)) for row, rep in pairs)
            return all(one is None or other is None or one in other.split(";") for one, other in cells)
        case "exclusion":
            return not pairs
        case "pin":
            return all(plan.get(row["id"]) in names for row in chosen)
        case "protection":
            kept = [row for row in chosen if row.get("owner") in names and row.get("protected_until")]
            return all(plan.get(row["id"]) == row["owner"] for row in kept)
        case "family":
            owners: dict[str, set[str | None]] = {}
            for row in chosen:
                if "family" in row:
                    owners.setdefault(row["family"], set()).add(plan.get(row["id"]))
            return all(len(found) == 1 for found in owners.values())
        case "wall":
            held = Counter((rep.id, row["competitor_group"]) for row, rep in pairs if "competitor_group" in row)
            return all(count <= 1 for count in held.values())
        case "minimum":
            return all(_load(mine[rep.id], rule.metric) >= rule.at_least for rep in people)
        case "disruption":
            moved = [row for row in chosen if row.get("owner") in names and plan.get(row["id"]) != row["owner"]]
            return _load(moved, rule.metric) <= rule.at_most
        case "share":
            assert rule.of == "leads"
            part = _load([row for row, _ in pairs], rule.metric) / _load(chosen, rule.metric)
            return (rule.floor or 0.0) <= part <= (1.0 if rule.ceiling is None else rule.ceiling)
        case "band":
            assert rule.of == "leads"
            assert rule.by is None
            entitled = {rep.id: rep.fte if rep.share is None else rep.share for rep in people}
            total = _load(chosen, rule.metric)
            ratio = {j: _load(mine[j], rule.metric) - entitled[j] / sum(entitled.values()) * total for j in entitled}
            slack = {j: rule.tolerance * entitled[j] / sum(entitled.values()) * total + 1e-9 * total for j in entitled}
            return all(abs(ratio[j]) <= slack[j] for j in entitled)
    raise NotImplementedError(rule.kind)


def _load(rows: list[Row], metric: str) -> float:
    if metric == "leads":
        return float(len(rows))
    return float(sum(row["effort" if metric == "hours" else metric] for row in rows))
