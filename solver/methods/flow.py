"""Method `flow`: capacities that count leads, and no other rows. OR-Tools' min-cost flow; proves optimality."""

from __future__ import annotations

import numpy as np
from ortools.graph.python import min_cost_flow

from solver.limits import Watch
from solver.linear import pair_list
from solver.methods.base import Outcome
from solver.methods.counts import bound_of_counts, counts_of, integer_costs, prices_of
from solver.methods.start import Start
from solver.problem import Problem

MOST_PAIRS = 6_000_000
"""The engine has no time limit and no interrupt: beyond this it takes longer than a minute and a gigabyte."""


class Flow:
    """One unit flows from each lead to a rep, or past all of them, into the sink."""

    name = "flow"

    def supports(self, problem: Problem) -> bool:
        """Tell whether the only rows count leads per rep."""
        return problem.n * problem.m <= MOST_PAIRS and counts_of(problem) is not None

    def solve(self, problem: Problem, watch: Watch, start: Start | None = None) -> Outcome:
        """Send the flow; a rep's minimum is a demand of its node."""
        counts = counts_of(problem)
        assert counts is not None
        if (counts.lower > counts.upper).any() or counts.lower.sum() > problem.n:
            return Outcome("proof", bound=-np.inf)
        pairs = pair_list(problem)
        n, m = problem.n, problem.m
        sink = n + m
        leads, reps = np.arange(n), np.arange(m)
        past = leads[~problem.required]
        solver = min_cost_flow.SimpleMinCostFlow()
        taken = solver.add_arcs_with_capacity_and_unit_cost(
            pairs.item, n + pairs.rep, np.ones(len(pairs), dtype=np.int64), -integer_costs(pairs)
        )
        ones, zeros = np.ones(len(past), dtype=np.int64), np.zeros(max(len(past), m), dtype=np.int64)
        solver.add_arcs_with_capacity_and_unit_cost(past, np.full(len(past), sink), ones, zeros[: len(past)])
        solver.add_arcs_with_capacity_and_unit_cost(n + reps, np.full(m, sink), counts.upper - counts.lower, zeros[:m])
        supply = np.concatenate([np.ones(n, dtype=np.int64), -counts.lower, [counts.lower.sum() - n]])
        solver.set_nodes_supplies(np.arange(sink + 1), supply)
        status = solver.solve()
        if status == solver.INFEASIBLE:
            return Outcome("proof", bound=-np.inf)
        if status != solver.OPTIMAL:
            raise RuntimeError(f"min-cost flow answered {status}")
        chosen = solver.flows(taken) > 0 if len(pairs) else np.zeros(0, dtype=bool)
        owner = np.full(n, -1, dtype=np.int64)
        owner[pairs.item[chosen]] = pairs.rep[chosen]
        prices = prices_of(problem, counts, owner)
        bound = bound_of_counts(problem, prices)
        watch.tell("flow", None, bound)
        return Outcome("proof", owner, bound, prices)
