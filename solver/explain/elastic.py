"""The elastic model: every hard rule made soft, at what it costs to relax it, and no goals.

Its best plan breaks the rules as cheaply as can be; what it breaks, and by how much, is a way out. It is the
scenario language's own soft rules, solved and judged like any other scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from scenarios.model import Scenario
from scenarios.rules import Band, Capacity, Minimum, Rule, ShareOf
from solver.compile import compile_scenario
from solver.explain.relaxation import restricted_leads, restricted_reps
from solver.explain.trial import Trials
from solver.facts import EXPECTED_VALUE, Facts
from solver.fairness import fixed_targets, groups_of
from solver.pairs import Ints
from solver.problem import LoadRows, Problem

AXIS = {
    "capacity": "reps",
    "minimum": "reps",
    "skills": "leads",
    "availability": "leads",
    "match": "leads",
    "exclusion": "leads",
    "pin": "leads",
    "protection": "leads",
    "family": "leads",
    "wall": "leads",
}
"""Whether a kind of rule is loosened rep by rep or lead by lead; the others only as a whole."""

PART = 0.6
"""One elastic model may use this part of the time that is left: the first way out matters most."""

Held = Mapping[int, frozenset[int] | None]
"""What must not be relaxed: position of a rule -> the leads or reps (by `AXIS`) for which it stays hard; None: all."""


@dataclass(frozen=True)
class Elastic:
    """The best plan of the elastic model.

    `owner` is in the scenario's order; nothing costs less than `bound`, if `exact` says that the model charges no more
    than a relaxation costs.
    """

    owner: Ints
    bound: float
    exact: bool


def solve_elastic(scenario: Scenario, factors: Mapping[int, float], held: Held, trials: Trials) -> Elastic | None:
    """Find the plan that breaks the hard rules most cheaply; None if there is none or the limits ran out.

    Parameters
    ----------
    factors : mapping
        Position of a rule -> how much dearer than by default it is to relax it; infinite: never.
    held : mapping
        Further rules, or places of rules, that stay hard.
    """
    if trials.over:
        return None
    facts = Facts(scenario)
    pieces: list[Rule] = []
    bands: dict[str, Band] = {}
    for index, rule in enumerate(scenario.rules):
        if rule.rate is None:
            for piece in _pieces(rule, facts, index, factors, held):
                named = piece.model_copy(update={"name": f"#{len(pieces)}"})
                pieces.append(named)
                if isinstance(named, Band) and named.rate is not None:
                    bands[named.name] = named
    compiled = compile_scenario(scenario.model_copy(update={"rules": tuple(pieces), "goals": ()}))
    problem = _bands_by_worst(compiled.problem, compiled.facts, bands)
    result = trials.solve(problem, PART)
    if result is None or result.plan is None or result.bound is None:
        return None
    exact = not (_total_varies(facts, bands.values()) or _walls_in_families(facts))
    return Elastic(compiled.owner_in_scenario(result.plan.owner), max(-result.bound, 0.0), exact)


def _pieces(rule: Rule, facts: Facts, index: int, factors: Mapping[int, float], held: Held) -> list[Rule]:
    """Return a hard rule in pieces: what stays hard, and what is soft, each at its own rate."""
    factor, fixed = factors.get(index, 1.0), held.get(index, frozenset())
    if fixed is None or np.isinf(factor):
        return [rule]
    pieces: list[Rule] = []
    if fixed:
        axis, size = (restricted_leads, facts.n) if AXIS[rule.kind] == "leads" else (restricted_reps, facts.m)
        mask = np.zeros(size, dtype=bool)
        mask[list(fixed)] = True
        pieces.append(axis(rule, facts, mask))
        rule = axis(rule, facts, ~mask)
    return pieces + [piece.model_copy(update={"rate": rate}) for piece, rate in _soft(rule, facts, factor)]


def _soft(rule: Rule, facts: Facts, factor: float) -> list[tuple[Rule, float]]:
    """Return the pieces of a rule that can be soft, each with its rate: the cost of one unit of violation."""
    alike = sum(other.kind == rule.kind and other.rate is None for other in facts.scenario.rules)
    if isinstance(rule, Capacity):
        # raising a capacity, or dropping a skill, loosens every rule of its kind: only one of them is to pay
        return [(piece, factor / alike / max(limit, 1.0)) for piece, limit in _capacities(rule, facts)]
    if isinstance(rule, Minimum):
        return [(rule, factor / max(rule.at_least, 1.0))]
    if isinstance(rule, ShareOf):
        total = facts.lead_total(rule.metric, facts.select_leads(rule.leads))
        sides = (("floor", rule.floor, "ceiling"), ("ceiling", rule.ceiling, "floor"))
        return [
            (rule.model_copy(update={other: None}), factor / max(share * total, 1.0))
            for _, share, other in sides
            if share is not None
        ]
    if rule.kind == "disruption":
        return [(rule, factor / max(rule.at_most, 1.0))]
    return [(rule, factor / alike if rule.kind == "skills" else factor)]


def _capacities(rule: Capacity, facts: Facts) -> list[tuple[Rule, float]]:
    """Return one piece for each metric and limit that occurs."""
    chosen = facts.select_reps(rule.reps)
    found = []
    for key in sorted({key for rep in facts.reps for key in rep.capacity}):
        if rule.metrics and key not in rule.metrics:
            continue
        limits = np.array([rep.capacity.get(key, np.inf) for rep in facts.reps])
        for limit in np.unique(limits[chosen & np.isfinite(limits)]).tolist():
            part = restricted_reps(rule, facts, limits == limit)
            found.append((part.model_copy(update={"metrics": (key,)}), limit))
    return found


def _bands_by_worst(problem: Problem, facts: Facts, bands: Mapping[str, Band]) -> Problem:
    """Charge a band for the tolerance that its worst-off rep needs, not for every unit outside."""
    rows: list[LoadRows] = []
    for name in dict.fromkeys(block.rule for block in problem.rows):
        blocks = [block for block in problem.rows if block.rule == name]
        rows += [_by_worst(blocks, facts, bands[name])] if name in bands else blocks
    return replace(problem, rows=tuple(rows))


def _by_worst(blocks: list[LoadRows], facts: Facts, band: Band) -> LoadRows:
    """Join the blocks of a band into one, in which a violation is measured in fair targets."""
    leads = facts.select_leads(band.leads)
    target = np.zeros(facts.m)
    if band.of == "leads":
        reps, fair = fixed_targets(facts, band.metric, leads, band.reps)
        target[reps] = fair
        scale = target
    else:
        groups = groups_of(facts, band.by, band.reps)
        everyone = np.concatenate([group.reps for group in groups])
        total = facts.lead_total(band.metric, leads) + facts.carried(band.metric)[everyone].sum()
        weight = facts.weight
        part = [weight[g.reps].sum() / weight[everyone].sum() for g in groups]
        scale = np.concatenate([np.tile(g.entitlement * p * total, 2) for g, p in zip(groups, part, strict=True)])
    least = 1e-3 * float(scale.max(initial=0.0)) or 1.0  # a target of 0: no tolerance helps, so it is dear
    first = blocks[0]
    return replace(
        first,
        base=np.hstack([b.base for b in blocks]),
        lower=np.hstack([b.lower for b in blocks]),
        upper=np.hstack([b.upper for b in blocks]),
        weights=None if first.weights is None else np.vstack([b.weights for b in blocks if b.weights is not None]),
        worst=np.maximum(scale, least),
        labels=tuple(label for b in blocks for label in b.labels),
    )


def _total_varies(facts: Facts, bands: Iterable[Band]) -> bool:
    """Tell whether a share or band is of a total that may be larger, or split otherwise, than the model assumes."""
    rules = [rule for rule in facts.scenario.rules if isinstance(rule, Band | ShareOf) and rule.rate is None]
    return any(rule.of == "assigned" and rule.metric == EXPECTED_VALUE for rule in rules) or any(
        band.of == "assigned" and len(groups_of(facts, band.by, band.reps)) > 1 for band in bands
    )


def _walls_in_families(facts: Facts) -> bool:
    """Tell whether a hard wall counts families as one customer; soft families count lead by lead."""
    kinds = {rule.kind for rule in facts.scenario.rules if rule.rate is None}
    both = facts.leads["family"].is_not_null() & facts.leads["competitor_group"].is_not_null()
    return {"wall", "family"} <= kinds and bool(both.any())
