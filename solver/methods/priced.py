"""Method `priced`: for any size. Prices of all rows, a plan by diving, and trades that close the rest of the gap.

It holds a few pairs per lead, never all of them. Its bound is that of the prices over all pairs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.dive import OPEN, dive
from solver.dual import NearPairs, dual_bound, near_pairs
from solver.evaluate import better_of
from solver.limits import StoppedBy, Watch, gap_between
from solver.linear import count_pairs, pair_list
from solver.master import refine
from solver.methods.base import Outcome
from solver.methods.rounding import MOST_CELLS, MOST_PAIRS, relax_and_repair
from solver.methods.start import Start
from solver.pairs import Floats, Ints
from solver.prices import Held, Priced, Smoothed, price
from solver.problem import Problem
from solver.trades import Trades

PRICING, REFINING = 0.45, 0.2
"""Part of the time for prices, at most, and of what is left for exact ones; the rest is for the plan."""
PER_REP, WIDTHS = 500, (0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01)
"""Pairs per rep that are held for trades besides one per lead, about, and how far behind the best of its lead one may
be, in parts of its points: the widest of these that holds no more. With many more, a neighbourhood has few reps."""
NEAR = 0.05
"""A start that is so far from the bound, or misses a hard row by so much of it, is left for a plan by diving."""
MISSED = 0.01
"""A plan that misses a hard row by this part calls for a look at whether any plan can meet it."""


class PricedMethod:
    """Newton's method for the prices, diving for the plan, sub-models of a few reps for the rest."""

    name = "priced"

    def supports(self, problem: Problem) -> bool:
        """Tell that any problem will do."""
        return True

    def solve(self, problem: Problem, watch: Watch, start: Start | None = None) -> Outcome:
        """Price, dive, trade; from a start with prices, trade at once if it is near."""
        known = None if start is None else start.prices
        priced = price(problem, watch.part(PRICING), known)
        if np.isneginf(priced.bound):
            return Outcome("proof", bound=-np.inf)
        smoothed = Smoothed(problem)
        priced = refine(problem, smoothed, priced, watch.part(REFINING))
        trades = None
        if start is not None and known is not None:
            trades = _trades(problem, smoothed, priced, start.owner[problem.starts], watch)
        if trades is None or max(gap_between(trades.points, priced.bound), trades.missed_part) > NEAR:
            trades = _trades(problem, smoothed, priced, dive(problem, priced, watch, _settled(problem, start)), watch)
        if trades.missed_part > MISSED and proves_infeasible(problem, priced.prices):
            return Outcome("proof", bound=-np.inf)
        stopped = trades.run()
        owner = better_of(problem, None if start is None else start.plan, trades.place[problem.item])
        if owner is None:
            return self._otherwise(problem, priced, watch, stopped)
        return Outcome(stopped, owner, priced.bound, priced.prices)

    def _otherwise(self, problem: Problem, priced: Priced, watch: Watch, stopped: StoppedBy) -> Outcome:
        """Say that there is no plan, if the prices prove it; or look for one with all pairs, if they are few enough."""
        if proves_infeasible(problem, priced.prices):
            return Outcome("proof", bound=-np.inf)
        if watch.stop() or problem.n * problem.m > MOST_CELLS or count_pairs(problem) > MOST_PAIRS:
            return Outcome(stopped, None, priced.bound, priced.prices)
        found = relax_and_repair(problem, pair_list(problem), watch, None)
        if found.infeasible or found.prices is None or found.bound < priced.bound:
            return found
        return replace(found, bound=priced.bound, prices=priced.prices)


def _trades(problem: Problem, smoothed: Smoothed, priced: Priced, place: Ints, watch: Watch) -> Trades:
    """Return the trades that begin at a place for each item."""
    return Trades(problem, smoothed.sides, _wide(problem, smoothed, priced, place), priced, place, watch)


def _settled(problem: Problem, start: Start | None) -> Ints | None:
    """Return the places of the items of earlier tiers, as they are in the plan that keeps their points."""
    if start is None or problem.settled is None:
        return None
    return np.where(problem.settled, start.owner, OPEN)[problem.starts]


def _wide(problem: Problem, smoothed: Smoothed, priced: Priced, place: Ints) -> Held:
    """Return the pairs near the best of each item, as many as should be held, and those of a plan."""
    near = near_pairs(problem, priced.prices, WIDTHS[-1] * smoothed.size)
    most, grown = problem.n_items + PER_REP * problem.m, len(near.item)
    for width in reversed(WIDTHS[:-1]):
        if grown > most:
            break
        wider = near_pairs(problem, priced.prices, width * smoothed.size)
        grown = len(wider.item)
        near = wider if grown <= 1.5 * most else near
    return smoothed.sides.hold(problem, _with_plan(problem, near, priced.prices, place), priced.prices)


def _with_plan(problem: Problem, near: NearPairs, prices: tuple[Floats, ...], place: Ints) -> NearPairs:
    """Return the near pairs with those of a plan among them."""
    items = np.flatnonzero(place >= 0)
    known = np.zeros(problem.n_items, dtype=bool)
    known[near.item[near.rep == place[near.item]]] = True
    missing = items[~known[items]]
    if not len(missing):
        return near
    net = net_of(problem, prices, missing, place[missing])
    item = np.concatenate([near.item, missing])
    order = np.argsort(item, kind="stable")
    rep, points = np.concatenate([near.rep, place[missing]]), np.concatenate([near.net, net])
    return NearPairs(item[order], rep[order], points[order], near.best)


def net_of(problem: Problem, prices: tuple[Floats, ...], items: Ints, reps: Ints) -> Floats:
    """Return the net score of some pairs, (pairs,)."""
    leads, which = problem.leads_of(items)
    rep = reps[which]
    net = -problem.unassigned[leads]
    for term in problem.terms:
        net = net + term.values.at(leads, rep)
    for block, price_of in zip(problem.rows, prices, strict=True):
        cost = np.vstack([block.to_reps(price_of), np.zeros((1, problem.m))])  # group -1 costs nothing
        net = net - block.values.at(leads, rep) * cost[block.group[leads], rep]
    return np.bincount(which, weights=net, minlength=len(items)).astype(np.float64)


def proves_infeasible(problem: Problem, prices: tuple[Floats, ...]) -> bool:
    """Tell whether prices prove that no plan meets all hard rows.

    Without scores and soft rows every plan is worth 0, so that a bound below 0 leaves none (Farkas' lemma: such
    prices exist whenever not even shared leads could meet the rows).
    """
    hard = tuple(block.hard for block in problem.rows)
    bare = replace(
        problem,
        terms=(),
        unassigned=np.zeros(problem.n),
        constant=0.0,
        rows=tuple(block for block, kept in zip(problem.rows, hard, strict=True) if kept),
        spreads=(),
    )
    return dual_bound(bare, [p for p, kept in zip(prices, hard, strict=True) if kept]) < 0.0
