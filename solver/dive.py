"""A whole plan from prices: the largest leads first, and the prices of the smaller ones make up for them.

At smoothed prices every lead is shared between the reps near its best so that all rows are met on average. Whole
leads cannot be shared; but small ones are nearly as good as parts. So the largest leads are given to one of their
reps, by their shares; the rows' remaining room is priced again for all the others; then the next largest, and so on.
What one size leaves uneven the next evens out, and what is left at the end is the size of the smallest leads.
(Diving is what integer programming calls this, there with a linear programme in place of the smoothed dual.)
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy import sparse

from solver.dual import near_pairs
from solver.limits import Watch
from solver.pairs import Floats, Ints
from solver.prices import Held, Priced, Smoothed
from solver.problem import Problem

PARTS = (0.03, 0.1, 0.25, 0.5, 0.75, 0.9, 0.96, 1.0)
"""The leads that are decided after each stage, the largest first."""
HEAT, REACH = 0.03, 20.0
"""Temperature of the shares, over the root of the leads per rep, and how many of it a pair may be behind the best."""
STEPS, FEW_STEPS, MANY = 25, 8, 100_000
"""Most Newton steps of a stage, and of one with so many pairs that what comes after can make up for it."""
LATE_PART, LATE_STEPS = 0.7, 2
"""Part of the time after which a stage takes only so many steps: trades need the rest."""
KNOWN = 5.0
"""So many temperatures a price may move on the same pairs: further out, others would be near."""
EVEN = 0.1
"""Shares are settled once no row is off by more than this part of a mean open lead, or a thousandth of its bound."""
LOOKS, FAR = 5, 10.0
"""How often the pairs may be picked anew at first, while a row is off by so many times what counts as settled."""
INSIDE, MOST_INSIDE = 0.1, 3.0
"""Hard rows are aimed at from inside, by this times the root of the leads per rep, in mean open leads; 1 at least."""
OPEN = -2
"""The place of an item that is not decided."""
GOLDEN = 0.6180339887498949
"""Multiples of it, less their whole parts, are spread more evenly than random numbers."""


def dive(problem: Problem, priced: Priced, watch: Watch, fixed: Ints | None = None) -> Ints:
    """Return the rep of each item, (items,), -1 for none: near the bound, and nearly feasible.

    Hard rows may be missed by a little: by what the smallest leads leave.

    Parameters
    ----------
    fixed : (items,) array of int, optional
        The rep of items that are decided already, -1 for none, and `OPEN` for all others.
    """
    smoothed = Smoothed(problem)
    per_rep = max(problem.n_items / max(problem.m, 1), 1.0)
    heat = HEAT / np.sqrt(max(per_rep, 100.0))
    inside = float(np.clip(INSIDE * np.sqrt(per_rep), 1.0, MOST_INSIDE))
    sides = smoothed.sides
    place = np.full(problem.n_items, -1, dtype=np.int64)
    bounds = sides.bounds.copy()
    open_items = np.ones(problem.n_items, dtype=bool)
    if fixed is not None:
        open_items = fixed == OPEN
        place[~open_items] = fixed[~open_items]
        bounds -= sides.matrix @ sides.loads(problem, place)

    def near(prices: tuple[Floats, ...]) -> Held:
        held = sides.hold(problem, near_pairs(problem, prices, REACH * heat * smoothed.size), prices)
        return held if fixed is None else held.keep(open_items[held.item])

    held, prices = near(priced.prices), sides.of(priced.prices)
    hard = sparse.csr_matrix(sparse.diags(np.isinf(sides.tops).astype(np.float64)) @ abs(sides.matrix))

    def aims() -> tuple[Floats, Floats]:
        mean = _mean_amounts(held, smoothed)
        return bounds - inside * (hard @ mean), 1e-3 * np.abs(sides.bounds) + EVEN * (abs(sides.matrix) @ mean)

    late = watch.part(LATE_PART)
    known, unit = np.full(len(sides), KNOWN), heat * smoothed.mean / sides.amount
    for _ in range(LOOKS):  # where prices have a long way to go, other pairs come near
        aim, even = aims()
        came = prices
        prices, _ = smoothed.descend(held, aim, came, heat, _steps(held, watch, late), known, even)
        known = np.where(np.abs(prices - came) >= 0.9 * known * unit, 2 * known, KNOWN)
        slope = smoothed.slope(held, aim, smoothed.point(held, aim, prices, heat))
        if (np.abs(slope[(prices > 0) | (slope < 0)]) <= FAR * even[(prices > 0) | (slope < 0)]).all() or late.stop():
            break
        held = near(sides.prices(prices))
    size = _sizes(held, smoothed)
    rank = np.empty(problem.n_items)
    rank[np.argsort(-size, kind="stable")] = (np.arange(problem.n_items) + 1) / max(problem.n_items, 1)
    phase = np.random.Generator(np.random.PCG64(watch.limits.seed)).random()
    for part in PARTS:
        if not len(held.item) or watch.cancelled():
            break
        aim, even = aims()
        prices, _ = smoothed.descend(held, aim, prices, heat, _steps(held, watch, late), known, even)
        point = smoothed.point(held, aim, prices, heat)
        now = rank[held.item] <= part
        chosen = _rounded(held, point.share, np.flatnonzero(now), phase)
        place[held.item[chosen]] = held.rep[chosen]
        bounds -= sides.matrix @ np.asarray(held.amounts[chosen].sum(axis=0)).ravel()
        held = held.keep(~now)
    return place


def _steps(held: Held, watch: Watch, late: Watch) -> int:
    if watch.stop():
        return 0
    return LATE_STEPS if late.stop() else STEPS if len(held.item) < MANY else FEW_STEPS


def _mean_amounts(held: Held, smoothed: Smoothed) -> Floats:
    """Return what a pair adds to each load on average over its block, (loads,)."""
    total = np.asarray(abs(held.amounts).sum(axis=0)).ravel()
    count = held.amounts.getnnz(axis=0)
    mean = np.zeros(len(total))
    for a, b in pairwise(smoothed.sides.offsets.tolist()):
        mean[a:b] = total[a:b].sum() / max(int(count[a:b].sum()), 1)
    return mean


def _sizes(held: Held, smoothed: Smoothed) -> Floats:
    """Return how large each item is, (items,): its amounts, each metric in its own mean, at its largest pair."""
    mean = _mean_amounts(held, smoothed)
    amounts = abs(held.amounts) @ (1.0 / np.where(mean > 0, mean, 1.0))
    size = np.zeros(smoothed.problem.n_items)
    np.maximum.at(size, held.item, amounts)
    return size


def _rounded(held: Held, share: Floats, pairs: Ints, phase: float) -> Ints:
    """Return the chosen pairs among some: one or none per item, by its shares.

    Items of the same kind, next to each other in the order of their best rep, draw evenly spread numbers, so that
    their choices even out.
    """
    if not len(pairs):
        return pairs
    item = held.item[pairs]
    starts = np.flatnonzero(np.diff(item, prepend=-1))
    size = np.diff(np.append(starts, len(item)))
    total = np.cumsum(share[pairs])
    upto = total - np.repeat(total[starts] - share[pairs][starts], size)
    best = np.maximum.reduceat(share[pairs], starts)
    likely = np.flatnonzero(share[pairs] == np.repeat(best, size))
    first = held.rep[pairs][likely[np.searchsorted(likely, starts)]]
    draw = np.empty(len(starts))
    draw[np.lexsort((best, first))] = (np.arange(len(starts)) * GOLDEN + phase) % 1.0
    passed = np.add.reduceat((upto <= np.repeat(draw, size)).astype(np.int64), starts)
    taken = passed < size  # a number beyond the last share: the item stays alone
    return pairs[(starts + passed)[taken]]
