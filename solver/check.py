"""The judge: it recomputes feasibility, objective and bound from scenario, plan and prices. It never met the solver.

Feasibility and objective come from the rules' and goals' own checks, in plain numpy; the bound from prices and weak
duality (`dual`). Nothing here imports an optimisation engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scenarios.model import Scenario
from solver.compile import Compiled, compile_scenario, names_of
from solver.dual import dual_bound
from solver.facts import Facts
from solver.goals import GOAL_MATHS
from solver.goals.base import TermGoal
from solver.pairs import Bools, Ints
from solver.result import OPTIMAL_GAP, Plan, Result, RowPrice
from solver.row_prices import prices_to_arrays
from solver.rules import RULE_MATHS, Breach
from solver.rules.base import Verdict
from solver.tiers import stage, tiers_of

CLOSE = 1e-6
"""Figures agree when they differ by no more than this part."""


@dataclass(frozen=True)
class Judgement:
    """What the judge says of a plan.

    `breaches` lists (rule name, breach) for hard rules; `tiers` the points of each tier; `penalties` the points lost by
    each soft rule.
    """

    breaches: tuple[tuple[str, Breach], ...]
    tiers: Mapping[int, float]
    penalties: Mapping[str, float]

    @property
    def feasible(self) -> bool:
        """Whether every hard rule holds."""
        return not self.breaches

    @property
    def objective(self) -> float:
        """Points of the last tier."""
        return self.tiers[max(self.tiers)]


def judge(scenario: Scenario, owner: Ints) -> Judgement:
    """Judge a plan: `owner` is the rep of each lead, (n,), -1 for none, in the scenario's order."""
    facts = Facts(scenario)
    breaches: list[tuple[str, Breach]] = []
    penalties: dict[str, float] = {}
    for rule, name in zip(scenario.rules, names_of(scenario.rules), strict=True):
        verdict = RULE_MATHS[rule.kind].judge(rule, facts, owner)
        if rule.rate is None:
            breaches += [(name, b) for b in verdict.breaches]
        else:
            penalties[name] = rule.rate * verdict.total
    tier = facts.lead_numbers("tier").astype(np.int64)
    tiers = {int(t): _pair_points(facts, tier == t, owner) for t in np.unique(tier)} or {1: 0.0}
    tiers[max(tiers)] += _common_points(scenario, facts, owner)
    return Judgement(tuple(breaches), tiers, penalties)


def _pair_points(facts: Facts, mask: Bools, owner: Ints) -> float:
    """Return the points that some leads earn pair by pair: terms, less soft rules about single pairs."""
    scenario = facts.scenario
    if not mask.all():
        facts = Facts(scenario.model_copy(update={"leads": scenario.leads.filter(mask)}))
        owner = owner[mask]
    total = sum(
        float(maths.points(goal, facts, owner))
        for goal in scenario.goals
        if isinstance(maths := GOAL_MATHS[goal.kind], TermGoal)
    )
    for rule in scenario.rules:
        if rule.rate is not None and RULE_MATHS[rule.kind].per_pair:
            total -= rule.rate * RULE_MATHS[rule.kind].judge(rule, facts, owner).total
    return total


def _common_points(scenario: Scenario, facts: Facts, owner: Ints) -> float:
    """Return the points that no single pair earns: balance and the like, less soft rules about loads and families."""
    total = sum(
        float(maths.points(goal, facts, owner))
        for goal in scenario.goals
        if not isinstance(maths := GOAL_MATHS[goal.kind], TermGoal)
    )
    for rule in scenario.rules:
        if rule.rate is not None and not RULE_MATHS[rule.kind].per_pair:
            verdict: Verdict = RULE_MATHS[rule.kind].judge(rule, facts, owner)
            total -= rule.rate * verdict.total
    return total


def certified_bounds(
    compiled: Compiled, prices: Sequence[Sequence[RowPrice]], achieved: Mapping[int, float]
) -> list[float]:
    """Return, for each tier, the bound that its prices prove, given what the earlier tiers achieved."""
    problem = compiled.problem
    bounds = []
    for tier, listed in zip(tiers_of(problem), prices, strict=True):
        part = stage(problem, tier, achieved)
        bounds.append(dual_bound(part, prices_to_arrays(part, listed)))
    return bounds


@dataclass(frozen=True)
class Claim:
    """One thing a result claims, what the judge found instead, and what the proof rests on."""

    name: str
    claimed: float | str
    found: float | str
    holds: bool
    rests_on: str


def check(scenario: Scenario, result: Result, compiled: Compiled | None = None) -> list[Claim]:
    """Return every claim of a result, checked against the scenario.

    A bound by search cannot be recomputed from prices: then the claim says so in `rests_on`. `compiled` is the scenario
    compiled with the result's seed, where it is at hand.
    """
    if result.plan is None:
        return [
            Claim(
                "plan",
                result.status,
                "none to check",
                result.status in ("infeasible", "no_plan_found"),
                "search",
            )
        ]
    plan = result.plan
    judgement = judge(scenario, plan.owner)
    claims = [_feasible(scenario, judgement)]
    achieved = dict(judgement.tiers)
    for tier in plan.tiers:
        found = achieved.get(tier.tier, float("nan"))
        claims.append(
            Claim(f"objective of tier {tier.tier}", tier.objective, found, _agree(tier.objective, found), "plan")
        )
    compiled = compiled or compile_scenario(scenario, result.seed)
    for tier, bound in zip(
        plan.tiers, certified_bounds(compiled, [t.prices for t in plan.tiers], achieved), strict=True
    ):
        name = f"certified bound of tier {tier.tier}"
        claims.append(Claim(name, tier.certified_bound, bound, _agree(tier.certified_bound, bound), "prices"))
        claims.append(_bound_claim(tier.tier, tier.bound, bound, achieved.get(tier.tier, float("nan"))))
    claims += _figures(result, plan)
    return claims


def _feasible(scenario: Scenario, judgement: Judgement) -> Claim:
    broken = sorted({name for name, _ in judgement.breaches})
    return Claim(
        "every hard rule holds",
        "yes",
        "yes" if not broken else "broken: " + ", ".join(broken),
        not broken,
        "plan",
    )


def _bound_claim(tier: int, claimed: float, certified: float, objective: float) -> Claim:
    """Judge a bound: never below the objective; by prices if they prove as much, else it rests on search."""
    by_prices = claimed >= certified - CLOSE * max(1.0, abs(certified))
    sane = claimed >= objective - CLOSE * max(1.0, abs(objective))
    return Claim(f"bound of tier {tier}", claimed, certified, sane, "prices" if by_prices else "search")


def _figures(result: Result, plan: Plan) -> list[Claim]:
    """Judge that the figures on top are those of the last tier, and that the status claims no more than the gap."""
    last = plan.tiers[-1]
    pairs = (("objective", result.objective, last.objective), ("bound", result.bound, last.bound))
    claims = [Claim(n, a if a is not None else "none", b, a is not None and _agree(a, b), "plan") for n, a, b in pairs]
    gap = result.gap if result.gap is not None else float("inf")
    if result.status == "optimal":
        claims.append(Claim("optimal", "gap 0", gap, gap <= OPTIMAL_GAP, result.bound_by or "search"))
    return claims


def _agree(a: float, b: float) -> bool:
    return bool(abs(a - b) <= CLOSE * max(1.0, abs(a), abs(b)))
