"""The linear relaxation over near pairs, for prices that are exact where Newton's method stops a little short.

Simplex on the pairs near the best of their lead takes a moment while these are few. Its duals are the best prices of
the whole problem once no pair that was left out beats its lead's best at them; until then such pairs are added (column
generation: Ford & Fulkerson 1958; Gilmore & Gomory 1961). The engine is GLOP: on these models PDLP takes two to five
times as long for the same bound.
"""

from __future__ import annotations

from solver.dual import dual_bound, near_pairs
from solver.limits import Watch
from solver.linear import PairList, linear_model
from solver.methods.backend import run
from solver.prices import Priced, Smoothed
from solver.problem import Problem

MOST_PAIRS = 20_000
"""Simplex on more pairs takes longer than what it adds is worth."""
WIDTH = 0.02
"""How far behind the best of its lead a near pair may be, in parts of the lead's points."""
ROUNDS = 4
EXACT = 1e-7
"""The bound is that of the relaxation when it is no further from its value than this part."""


def refine(problem: Problem, smoothed: Smoothed, priced: Priced, watch: Watch) -> Priced:
    """Return the prices of the linear relaxation, or those given where that is too large or gains nothing."""
    if problem.n_items > MOST_PAIRS:
        return priced
    best, held = priced, None
    prices = priced.prices
    for _ in range(ROUNDS):
        near = near_pairs(problem, prices, WIDTH * smoothed.size)
        fresh = smoothed.sides.hold(problem, near, prices)
        held = fresh if held is None else smoothed.both(held, fresh)
        if len(held.item) > MOST_PAIRS or watch.stop():
            return best
        model = linear_model(problem, PairList(held.item, held.rep, held.score))
        answer = run(model, "GLOP", watch.left())
        if answer.status != "optimal":
            return best
        prices = model.prices(problem, answer.duals)
        bound = dual_bound(problem, prices)
        if bound < best.bound:
            best = Priced(prices, bound)
            watch.tell("prices", None, bound)
        if bound <= answer.objective + EXACT * max(1.0, abs(bound)):
            return best
    return best
