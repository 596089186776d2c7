"""Solving again: the same question asked of a changed scenario, whichever way it has to be answered."""

from __future__ import annotations

from scenarios.model import Scenario
from solver.limits import Limits
from solver.result import Plan, Result
from solver.solve import solve
from solver.territory.rebalance import rebalance


def solve_again(scenario: Scenario, limits: Limits, start: Plan) -> Result:
    """Solve a scenario from a plan of it; as territories where a rule asks for one piece, as an allocation otherwise.

    Of territories it is a scenario with the reps at their centres, and these stay where they are.
    """
    if any(rule.kind == "contiguity" and rule.rate is None for rule in scenario.rules):
        return rebalance(scenario, limits, start=start).result
    return solve(scenario, limits, start=start)
