"""Problems whose only rows count leads per rep: what methods `matching` and `flow` share.

Both find an integral optimum, and prices that prove it: the potentials of the residual network.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solver.dual import dual_bound, net_scores, no_prices
from solver.linear import PairList
from solver.pairs import Floats, Ints, PerLead
from solver.problem import Problem

LARGEST_COST = 2.0**40
ROOM = 1e-9
"""A bound this close to a whole number of leads is meant to be that number."""


@dataclass(frozen=True)
class Counts:
    """How many leads each rep has to take, and may take, (m,); the upper end is at most the number of leads."""

    lower: Ints
    upper: Ints


def counts_of(problem: Problem) -> Counts | None:
    """Return the bounds on the number of leads per rep, or None if the problem has any other row."""
    if problem.spreads or problem.n_items != problem.n:
        return None
    lower, upper = np.zeros(problem.m), np.full(problem.m, float(problem.n))
    for block in problem.rows:
        plain = isinstance(block.values, PerLead) and block.weights is None and block.hard
        if not plain or (block.group != 0).any() or not np.all(block.values.block(slice(None)) == 1.0):
            return None
        lower = np.maximum(lower, np.ceil(block.lower[0] - block.base[0] - ROOM))
        upper = np.minimum(upper, np.floor(block.upper[0] - block.base[0] + ROOM))
    return Counts(lower.astype(np.int64), upper.astype(np.int64))


def integer_costs(pairs: PairList) -> Ints:
    """Return the scores as integers: scaled so that the largest is 2^40, far below what would overflow."""
    largest = float(np.abs(pairs.score).max(initial=0.0))
    factor = 2.0 ** np.floor(np.log2(LARGEST_COST / largest)) if largest > 0 else 1.0
    return np.rint(pairs.score * factor).astype(np.int64)


def prices_of(problem: Problem, counts: Counts, owner: Ints) -> tuple[Floats, ...]:
    """Return the prices that prove an optimal plan, as the blocks of the problem have them.

    With p = 0 for the place of the unassigned, prices p are optimal exactly when no lead gains by another place,
    p_a <= p_b + (smallest s_ia - s_ib of the leads at a), and p_a >= 0 (<= 0) where the upper (lower) bound alone
    could bind. These are difference constraints: shortest paths solve them (Bellman 1958). See Ahuja, Magnanti & Orlin,
    Network Flows (1993), section 9.2.
    """
    nobody = problem.m
    place = np.where(owner >= 0, owner, nobody)
    loss = _smallest_loss(problem, place)
    load = np.bincount(place, minlength=nobody + 1)[:nobody]
    reps = np.arange(nobody)
    can_take, can_give = reps[load < counts.upper], reps[load > counts.lower]
    loss[can_take, nobody] = np.minimum(loss[can_take, nobody], 0.0)
    loss[nobody, can_give] = np.minimum(loss[nobody, can_give], 0.0)
    price = np.zeros(nobody + 1)
    for _ in range(nobody + 1):
        better = np.minimum(price, (loss + price[None, :]).min(axis=1))
        if np.array_equal(better, price):
            break
        price = better
    return _spread_over_blocks(problem, price[:nobody] - price[nobody])


def bound_of_counts(problem: Problem, prices: tuple[Floats, ...]) -> float:
    """Return the dual bound where leads are counted: a bound of half a lead is one of a whole lead."""
    bound = dual_bound(problem, prices)
    for block, price in zip(problem.rows, prices, strict=True):
        lower = block.base + np.ceil(block.lower - block.base - ROOM)
        upper = block.base + np.floor(block.upper - block.base + ROOM)
        bound += replace(block, lower=lower, upper=upper).charge(price) - block.charge(price)
    return bound


def _smallest_loss(problem: Problem, place: Ints) -> Floats:
    """Return, for places a and b, the smallest s_ia - s_ib of the leads at a; infinite where none can move there."""
    nobody = problem.m
    loss = np.full((nobody + 1, nobody + 1), np.inf)
    free = [np.zeros((block.base.shape[0], problem.m)) for block in problem.rows]
    for _, leads in problem.item_blocks():
        idle = np.where(problem.required[leads], -np.inf, 0.0)
        score = np.hstack([net_scores(problem, leads, free), idle[:, None]])
        here = place[leads]
        order = np.argsort(here, kind="stable")
        starts = np.flatnonzero(np.diff(here[order], prepend=-1))
        at = score[np.arange(len(here)), here]
        change = at[order, None] - score[order]
        rows = here[order][starts]
        loss[rows] = np.minimum(loss[rows], np.minimum.reduceat(change, starts, axis=0))
    return loss


def _spread_over_blocks(problem: Problem, price: Floats) -> tuple[Floats, ...]:
    """Give each rep's price to the block whose bound is the tightest."""
    prices = no_prices(problem)
    if not problem.rows:
        return prices
    upper = np.array([b.upper[0] - b.base[0] for b in problem.rows])
    lower = np.array([b.lower[0] - b.base[0] for b in problem.rows])
    for j, p in enumerate(price.tolist()):
        block = int(np.argmin(upper[:, j])) if p > 0 else int(np.argmax(lower[:, j]))
        prices[block][0, j] = p
    return tuple(b.clip(p) for b, p in zip(problem.rows, prices, strict=True))
