"""What balance against disruption asks: the bands and budgets that give way, and territories at the cost of moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenarios.model import Scenario
from scenarios.rules import Disruption
from solver.compile import names_of
from solver.frontier.question import Question, Replaced, question
from solver.pairs import Floats
from solver.territory.compile import Ground
from solver.territory.problem import Territories


def asked_of(scenario: Scenario, metric: str, counted: str) -> tuple[Question, tuple[float, ...]]:
    """Return the question without the budgets that give way, and these."""
    asked = question(scenario, metric)
    budgets = [
        (name, rule)
        for name, rule in zip(names_of(scenario.rules), scenario.rules, strict=True)
        if isinstance(rule, Disruption)
        and rule.rate is None
        and rule.metric == counted
        and not rule.leads
        and not rule.reps
    ]
    gone = {id(rule) for _, rule in budgets}
    rules = tuple(rule for rule in asked.base.rules if id(rule) not in gone)
    base = asked.base.model_copy(update={"rules": rules})
    replaced = tuple(Replaced(name, "disruption", None, True) for name, _ in budgets)
    found = replace(asked, base=base, replaced=(*asked.replaced, *replaced))
    return found, tuple(sorted(rule.at_most for _, rule in budgets))


def by_moves(ground: Ground, amount: Floats, scale: float) -> Territories:
    """Return territories at the cost of what leaves its owner: `amount` by lead, in the problem's order."""
    problem, owner = ground.problem, ground.facts.owner
    owned = owner >= 0
    leaves = np.zeros((problem.n_items, problem.m))
    leaves += np.bincount(problem.item, amount, problem.n_items)[:, None]
    np.subtract.at(leaves, (problem.item[owned], owner[owned]), amount[owned])
    cost = np.where(np.isfinite(ground.base), np.maximum(leaves, 0.0) * scale, np.inf)
    return Territories(
        cost,
        ground.amounts,
        ground.lower,
        ground.upper,
        ground.m,
        links=ground.links,
        before=ground.before,
        budgets=ground.budgets,
    )
