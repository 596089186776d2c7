"""Method `matching`: at most one lead per rep, scores only. OR-Tools' linear sum assignment; proves optimality."""

from __future__ import annotations

import numpy as np
from ortools.graph.python import linear_sum_assignment

from solver.dual import dual_bound
from solver.limits import Watch
from solver.linear import pair_list
from solver.methods.base import Outcome
from solver.methods.counts import counts_of, integer_costs, prices_of
from solver.pairs import Ints
from solver.problem import Problem

MOST_PAIRS = 5_000_000


class Matching:
    """A perfect assignment on the doubled graph, in which leads and reps may also stay alone."""

    name = "matching"

    def supports(self, problem: Problem) -> bool:
        """Tell whether every rep takes at most one lead, and has to take none."""
        counts = counts_of(problem)
        small = problem.n * problem.m <= MOST_PAIRS
        return counts is not None and small and bool((counts.upper <= 1).all() and (counts.lower <= 0).all())

    def solve(self, problem: Problem, watch: Watch, start: Ints | None = None) -> Outcome:
        """Match leads with reps.

        The doubled graph: beside each lead i and rep j stand copies i' and j'. Arcs i-j cost -score, i-i' and j'-j
        leave one alone at no cost, and j'-i' mirrors each pair, so that the copies of a matched pair match each other.
        """
        counts = counts_of(problem)
        assert counts is not None
        if (counts.upper < 0).any():  # what a rep carries already is too much
            return Outcome("proof", bound=-np.inf)
        pairs = pair_list(problem)
        pairs = pairs.keep(counts.upper[pairs.rep] > 0)
        n, m = problem.n, problem.m
        leads, reps = np.arange(n), np.arange(m)
        alone = leads[~problem.required]
        left = np.concatenate([pairs.item, alone, n + reps, n + pairs.rep])
        right = np.concatenate([pairs.rep, m + alone, reps, m + pairs.item])
        zeros = np.zeros(len(alone) + m + len(pairs), dtype=np.int64)
        solver = linear_sum_assignment.SimpleLinearSumAssignment()
        if len(left):
            solver.add_arcs_with_cost(left, right, np.concatenate([-integer_costs(pairs), zeros]))
        status = solver.solve()
        if status == solver.INFEASIBLE:
            return Outcome("proof", bound=-np.inf)
        if status != solver.OPTIMAL:
            raise RuntimeError(f"linear sum assignment answered {status}")
        mate = np.array([solver.right_mate(i) for i in range(n)], dtype=np.int64)
        owner = np.where(mate < m, mate, -1)
        prices = prices_of(problem, counts, owner)
        bound = dual_bound(problem, prices)
        watch.tell("matching", None, bound)
        return Outcome("proof", owner, bound, prices)
