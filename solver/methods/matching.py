"""Method `matching`: at most one lead per rep, scores only. Linear sum assignment; proves optimality."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from solver.dual import dual_bound
from solver.limits import Watch
from solver.linear import pair_list
from solver.methods.base import Outcome
from solver.methods.counts import counts_of, prices_of
from solver.methods.start import Start
from solver.problem import Problem

MOST_CELLS = 20_000_000


class Matching:
    """An assignment of leads to reps or to nobody: shortest augmenting paths (Crouse 2016, in SciPy)."""

    name = "matching"

    def supports(self, problem: Problem) -> bool:
        """Tell whether every rep takes at most one lead, and has to take none."""
        counts = counts_of(problem)
        small = problem.n * (problem.n + problem.m) <= MOST_CELLS
        return counts is not None and small and bool((counts.upper <= 1).all() and (counts.lower <= 0).all())

    def solve(self, problem: Problem, watch: Watch, start: Start | None = None) -> Outcome:
        """Match leads with reps; beside the reps there is a place for each lead to stay alone."""
        counts = counts_of(problem)
        assert counts is not None
        if (counts.upper < 0).any():  # what a rep carries already is too much
            return Outcome("proof", bound=-np.inf)
        pairs = pair_list(problem)
        pairs = pairs.keep(counts.upper[pairs.rep] > 0)
        cost = np.full((problem.n, problem.m + problem.n), np.inf)
        cost[pairs.item, pairs.rep] = -pairs.score
        cost[~problem.required, problem.m :] = 0.0
        try:
            _, place = linear_sum_assignment(cost)
        except ValueError:  # SciPy's word for infeasible
            return Outcome("proof", bound=-np.inf)
        owner = np.where(place < problem.m, place, -1)
        prices = prices_of(problem, counts, owner)
        bound = dual_bound(problem, prices)
        watch.tell("matching", None, bound)
        return Outcome("proof", owner, bound, prices)
