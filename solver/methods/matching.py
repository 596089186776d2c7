"""Method `matching`: at most one lead per rep, scores only. Linear sum assignment; proves optimality."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from solver.limits import Watch
from solver.linear import pair_list
from solver.methods.base import Outcome
from solver.methods.counts import bound_of_counts, counts_of, prices_of
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
        """Match leads with reps.

        A lead may stay alone at no cost: at a place of its own beside the reps, or, where no lead is required, at a
        rep with whom it gains nothing.
        """
        counts = counts_of(problem)
        assert counts is not None
        if (counts.upper < 0).any():  # what a rep carries already is too much
            return Outcome("proof", bound=-np.inf)
        pairs = pair_list(problem)
        pairs = pairs.keep(counts.upper[pairs.rep] > 0)
        if problem.required.any():
            cost = np.full((problem.n, problem.m + problem.n), np.inf)
            cost[pairs.item, pairs.rep] = -pairs.score
            cost[~problem.required, problem.m :] = 0.0
        else:
            cost = np.zeros((problem.n, problem.m))
            cost[pairs.item, pairs.rep] = np.minimum(-pairs.score, 0.0)
        try:
            lead, place = linear_sum_assignment(cost)
        except ValueError:  # SciPy's word for infeasible
            return Outcome("proof", bound=-np.inf)
        owner = np.full(problem.n, -1)
        taken = (place < problem.m) & (problem.required[lead] | (cost[lead, place] < 0))
        owner[lead[taken]] = place[taken]
        prices = prices_of(problem, counts, owner)
        bound = bound_of_counts(problem, prices)
        watch.tell("matching", None, bound)
        return Outcome("proof", owner, bound, prices)
