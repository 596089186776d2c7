"""Method `rounding`: the linear relaxation over all pairs, made whole by small mixed-integer models.

For problems too large for CP-SAT and small enough to hold every pair. Its bound is that of the prices.
"""

from __future__ import annotations

import numpy as np

from solver.dual import dual_bound
from solver.limits import Watch
from solver.linear import LinearModel, PairList, count_pairs, linear_model, pair_list
from solver.methods.backend import run
from solver.methods.base import Outcome
from solver.methods.start import Start
from solver.pairs import Floats, Ints
from solver.problem import Problem
from solver.repair import Repair

MOST_PAIRS = 400_000
"""Simplex on more pairs than this takes longer than a minute."""
MOST_CELLS = 40_000_000


class Rounding:
    """GLOP for the prices and the bound, SCIP on sub-models for the plan."""

    name = "rounding"

    def supports(self, problem: Problem) -> bool:
        """Tell whether all pairs fit, and the linear model tells more than prices alone."""
        together = bool(problem.spreads) or any(block.worst is not None for block in problem.rows)
        return together and problem.n * problem.m <= MOST_CELLS and count_pairs(problem) <= MOST_PAIRS

    def solve(self, problem: Problem, watch: Watch, start: Start | None = None) -> Outcome:
        """Relax, then repair."""
        return relax_and_repair(problem, pair_list(problem), watch, None if start is None else start.plan)


def relax_and_repair(problem: Problem, pairs: PairList, watch: Watch, start: Ints | None) -> Outcome:
    """Solve the relaxation over some pairs and make it whole; the bound holds for all pairs."""
    model = linear_model(problem, pairs)
    watch.tell("relaxing", None, None)
    relaxed = run(model, "GLOP", watch.left())
    if relaxed.status == "infeasible":
        return Outcome("proof", bound=-np.inf)
    if relaxed.status != "optimal":
        return Outcome(watch.stop() or "time")
    prices = model.prices(problem, relaxed.duals)
    bound = dual_bound(problem, prices)
    watch.tell("prices", None, bound)
    net = pairs.score - row_costs(model, relaxed.duals, problem.n_items)
    rng = np.random.Generator(np.random.PCG64(watch.limits.seed))
    repair = Repair(problem, model, net, watch, bound, rng)
    stopped = repair.run(relaxed.values[: len(pairs)], start)
    return Outcome(stopped, repair.owner, bound, prices)


def row_costs(model: LinearModel, duals: Floats, items: int) -> Floats:
    """Return what the loads of each pair cost at the duals: of all constraints but the first, which are the items'."""
    costs = duals.copy()
    costs[:items] = 0.0
    return np.asarray(model.matrix.T @ costs)[: len(model.pairs)]
